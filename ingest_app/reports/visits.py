"""Visits of a window, by the day on which each began: whatever is filtered is answered from sessions.

Distinct visitors are counted here too, over the visits of the window.
"""

from __future__ import annotations

from typing import Any

from ingest_app.reports.freshness import freshness, freshness_of
from ingest_app.reports.ratios import change, ratio
from ingest_app.reports.statements import Row, Statement
from ingest_app.reports.visit_dimensions import DIMENSIONS, figures_of
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import Window

MART = "sessions"
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
    return (*DIMENSIONS[by][0], *COLUMNS)


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
    """The visits of a window by one of DIMENSIONS, most first.

    Raises MartsNotBuiltError and MartsUnavailableError.
    """
    keys, _ = DIMENSIONS[by]
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
    keys, condition = DIMENSIONS[by]
    named = {f"key_{place}": sql for place, sql in enumerate(keys.values())}
    return BREAKDOWN.format(
        figures=figures_of(named, condition),
        keys=", ".join(named),
        order=", ".join(f'{name} collate "C"' for name in named),
    )


TOTALS = figures_of()
STATEMENTS = {by: _statement(by) for by in DIMENSIONS}
