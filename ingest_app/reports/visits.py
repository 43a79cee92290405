"""Visits of a window, by the day on which each began: whatever is filtered is answered from sessions.

There distinct visitors are counted over the visits of the window. Without filters, visits are the sum of a
daily mart, and their visitors too, less those who were counted on an earlier day of the window.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ingest_app.reports.freshness import freshness, freshness_of
from ingest_app.reports.ratios import change, ratio
from ingest_app.reports.statements import SHOWN, Row, Statement
from ingest_app.reports.visit_dimensions import (
    BY_DAY,
    DIMENSIONS,
    ENTRY_SOURCES,
    SUMS,
    figures_of,
)
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import AGAIN, Window

MART, RECENCY = "sessions", "visit_recency"
BREAKDOWN = """
    with totals as (
        {figures}
        group by {keys}
    )

    select
        totals.*,
        (sum(sessions) over ())::bigint as whole,
        count(*) over () as groups
    from totals
    order by {order}
    limit %(limit)s
"""
# By the key alone, which is shorter than what it stands for.
OF_DAYS = """
    with totals as (
        select
            {key} as value_key,
            {names},
            sum(visitors)::bigint as visitor_days,
            sum(sessions)::bigint as sessions,
            sum(page_views)::bigint as page_views,
            sum(conversions)::bigint as conversions,
            sum(converted_sessions)::bigint as converted_sessions,
            sum(bounces)::bigint as bounces,
            sum(engaged_ms) as engaged_ms
        from analytics.{mart}
        where {{scope}} and {{kind}} and day between %(from_day)s and %(to_day)s
        group by {grouped}
    ),
    {shown}
    select shown.*, shown.visitor_days - again.visitors as visitors
    from shown
    cross join lateral (
        select {again} as visitors
        from analytics.visit_recency
        where
            property_id = %(property_or_all)s
            and dimension = '{by}'
            and value_key = shown.value_key
            and day between %(from_day)s and %(to_day)s
    ) as again
    order by {order}
"""

# Visits add up over their sources; visitors do not, and of all of them the summary of events tells.
TOTALS_OF_DAYS = f"""
    select
        {SUMS}
    from analytics.{ENTRY_SOURCES}
    where {{scope}} and {{kind}} and day between %(from_day)s and %(to_day)s
"""  # noqa: S608
COLUMNS = (
    *("visitors", "sessions", "pageViews", "conversions", "convertedSessions", "bounces"),
    *("engagedMs", "share", "conversionRate", "bounceRate"),
)


def figures(row: Row) -> dict[str, Any]:
    """What visits come to, by their JSON names."""
    sessions = row["sessions"]
    return {
        **({"visitors": row["visitors"]} if "visitors" in row else {}),
        "sessions": sessions,
        "pageViews": row["page_views"],
        "viewsPerSession": ratio(row["page_views"], sessions),
        "bounceRate": ratio(row["bounces"], sessions),
        "conversions": row["conversions"],
        "convertedSessions": row["converted_sessions"],
        "conversionRate": ratio(row["converted_sessions"], sessions),
        "engagedMs": row["engaged_ms"],
        "engagedMsPerSession": ratio(row["engaged_ms"], sessions),
    }


def marts_of(by: str) -> tuple[str, ...]:
    """The marts that a breakdown without filters is read from."""
    return BY_DAY[by][0], RECENCY


def columns_of(by: str) -> tuple[str, ...]:
    """The names of the values of a row of a breakdown, in their order."""
    return (*DIMENSIONS[by][0], *COLUMNS)


def summary(warehouse: Warehouse, window: Window) -> dict[str, Any]:
    """The visits of a window, which may be compared with other days; visitors only with filters.

    Raises MartsNotBuiltError and MartsUnavailableError.
    """
    baseline = window.baseline()
    windows = [window, *([baseline] if baseline else [])]
    mart = MART if window.filters else ENTRY_SOURCES
    fresh, *answers = warehouse.ask(freshness_of(mart), *(_totals(each) for each in windows))
    now, *before = [figures(row) for [row] in answers]
    return {
        "ok": True,
        "window": window.as_json(),
        "compareTo": baseline and baseline.as_json(),
        "freshness": freshness(fresh[0]),
        "filters": [str(one) for one in window.filters],
        "countedBy": mart,
        "metrics": {
            name: {"value": value, "delta": change(value, before[0][name]) if before else None}
            for name, value in now.items()
        },
    }


def breakdown(
    warehouse: Warehouse, window: Window, *, by: str, limit: int, by_conversions: bool = False
) -> dict[str, Any]:
    """The visits of a window by one of DIMENSIONS; those with most visits, or conversions, first.

    Raises MartsNotBuiltError and MartsUnavailableError.
    """
    keys, _ = DIMENSIONS[by]
    # As long as nothing is filtered, most is counted by day already.
    is_by_day = by in BY_DAY and not window.filters
    marts = marts_of(by) if is_by_day else (MART,)
    statement = (
        window.of_audience(window.scoped(OF_DAYS_BY[by, by_conversions]))
        if is_by_day
        else window.of_visits(STATEMENTS[by, by_conversions])
    )
    fresh, rows = warehouse.ask(
        freshness_of(*marts),
        (statement, window.values(limit=limit)),
        is_planned_anew=True,
        has_workers=window.property_id is None,
    )
    return {
        "ok": True,
        "window": window.as_json(),
        "freshness": freshness(fresh[0]),
        "by": by,
        "total": rows[0]["groups"] if rows else 0,
        "rows": [
            {name: row[f"key_{place}"] for place, name in enumerate(keys)} | _entry(row)
            for row in rows
        ],
    }


def _entry(row: Row) -> dict[str, Any]:
    of_row = figures(row) | {
        "bounces": row["bounces"],
        "share": ratio(row["sessions"], row["whole"]),
    }
    return {name: of_row[name] for name in COLUMNS}


def _totals(window: Window) -> Statement:
    text = TOTALS if window.filters else window.of_audience(window.scoped(TOTALS_OF_DAYS))
    return window.of_visits(text), window.values()


def _statement(by: str, by_conversions: bool) -> str:
    keys, condition = DIMENSIONS[by]
    named = {f"key_{place}": sql for place, sql in enumerate(keys.values())}
    return BREAKDOWN.format(
        figures=figures_of(named, condition),
        keys=", ".join(named),
        order=_order(named, by_conversions=by_conversions),
    )


def _statement_of_days(by: str, by_conversions: bool) -> str:
    mart, columns, key = BY_DAY[by]
    names = {f"key_{place}": column for place, column in enumerate(columns)}
    # What the key of a mart stands for is the same in all of its rows.
    is_key = key.endswith("_key")
    order = _order(names, by_conversions=by_conversions)
    return OF_DAYS.format(
        by=by,
        mart=mart,
        key=key,
        names=", ".join(
            f"any_value({column}) as {name}" if is_key else f"{column} as {name}"
            for name, column in names.items()
        ),
        grouped=key if is_key else ", ".join(columns),
        shown=SHOWN.format(main="sessions", order=order),
        order=order,
        again=AGAIN,
    )


def _order(names: Iterable[str], *, by_conversions: bool) -> str:
    first = ["conversions desc"] if by_conversions else []
    return ", ".join([*first, "sessions desc", *(f'{name} collate "C"' for name in names)])


TOTALS = figures_of()
OF_DAYS_BY = {(by, each): _statement_of_days(by, each) for by in BY_DAY for each in (False, True)}
STATEMENTS = {(by, each): _statement(by, each) for by in DIMENSIONS for each in (False, True)}
