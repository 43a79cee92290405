"""Visits of a window, by the day on which each began: whatever is filtered is answered from sessions.

Distinct visitors are counted here too, over the visits of the window.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingest_app.reports.dimensions import VISIT_DIMENSIONS
from ingest_app.reports.freshness import freshness, freshness_of
from ingest_app.reports.ratios import change, ratio
from ingest_app.reports.statements import Row, Statement
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import Window

MART = "sessions"
# By visitor first: to count distinct ones, the database would sort all visits.
FIGURES = """
    select
        {names}count(*) as visitors,
        coalesce(sum(sessions), 0)::bigint as sessions,
        coalesce(sum(page_views), 0)::bigint as page_views,
        coalesce(sum(conversions), 0)::bigint as conversions,
        coalesce(sum(converted_sessions), 0)::bigint as converted_sessions,
        coalesce(sum(bounces), 0)::bigint as bounces,
        coalesce(sum(engaged_ms), 0)::double precision as engaged_ms
    from (
        select
            {expressions}visitor_id,
            count(*) as sessions,
            sum(page_views) as page_views,
            sum(conversions) as conversions,
            count(*) filter (where is_converted) as converted_sessions,
            count(*) filter (where is_bounce) as bounces,
            sum(engaged_ms) as engaged_ms
        from analytics.sessions
        where {{visits}} and {condition}
        group by {groups}visitor_id
    ) as by_visitor
"""
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
    order by sessions desc, {order}
    limit %(limit)s
"""

COLUMNS = (
    *("visitors", "sessions", "pageViews", "conversions", "convertedSessions", "bounces"),
    *("engagedMs", "share", "conversionRate", "bounceRate"),
)


def figures_of(keys: Mapping[str, str] | None = None, condition: str = "true") -> str:
    """A statement of the figures of visits, by these columns, each with its SQL."""
    keys = keys or {}
    names = "".join(f"{name}, " for name in keys)
    return FIGURES.format(
        names=names,
        expressions="".join(f"{sql} as {name}, " for name, sql in keys.items()),
        groups="".join(f"{place}, " for place in range(1, len(keys) + 1)),
        condition=condition,
    )


def figures(row: Row) -> dict[str, Any]:
    """What visits come to, by their JSON names."""
    sessions = row["sessions"]
    return {
        "visitors": row["visitors"],
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


def columns_of(by: str) -> tuple[str, ...]:
    """The names of the values of a row of a breakdown, in their order."""
    return (*VISIT_DIMENSIONS[by][0], *COLUMNS)


def summary(warehouse: Warehouse, window: Window) -> dict[str, Any]:
    """The visits of a window, which may be compared with other days.

    Raises MartsNotBuiltError and MartsUnavailableError.
    """
    baseline = window.baseline()
    windows = [window, *([baseline] if baseline else [])]
    fresh, *answers = warehouse.ask(freshness_of(MART), *(_totals(each) for each in windows))
    now, *before = [figures(row) for [row] in answers]
    return {
        "ok": True,
        "window": window.as_json(),
        "compareTo": baseline and baseline.as_json(),
        "freshness": freshness(fresh[0]),
        "filters": [str(one) for one in window.filters],
        "countedBy": MART,
        "metrics": {
            name: {"value": value, "delta": change(value, before[0][name]) if before else None}
            for name, value in now.items()
        },
    }


def breakdown(warehouse: Warehouse, window: Window, *, by: str, limit: int) -> dict[str, Any]:
    """The visits of a window by one of VISIT_DIMENSIONS, most first.

    Raises MartsNotBuiltError and MartsUnavailableError.
    """
    keys, _ = VISIT_DIMENSIONS[by]
    fresh, rows = warehouse.ask(
        freshness_of(MART), (window.of_visits(STATEMENTS[by]), window.values(limit=limit))
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
    return window.of_visits(TOTALS), window.values()


def _statement(by: str) -> str:
    keys, condition = VISIT_DIMENSIONS[by]
    named = {f"key_{place}": sql for place, sql in enumerate(keys.values())}
    return BREAKDOWN.format(
        figures=figures_of(named, condition),
        keys=", ".join(named),
        order=", ".join(f'{name} collate "C"' for name in named),
    )


TOTALS = figures_of()
STATEMENTS = {by: _statement(by) for by in VISIT_DIMENSIONS}
