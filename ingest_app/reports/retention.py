"""Retention: of those who came for the first time in a week, how many came back in each later one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from ingest_app.reports.freshness import freshness, freshness_of
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import Window

WEEK = timedelta(days=7)
# The first day is of all that the mart remembers, not of the window.
MART = "visitor_days"
WEEKS = """
    with weeks as (
        select
            visitor_id,
            date_trunc('week', day)::date as week,
            min(day) as first_day
        from analytics.visitor_days
        where {{scope}} and {kind} and day <= %(to_day)s
        group by 1, 2
    ),

    visitors as (
        select
            week,
            min(first_day) over (partition by visitor_id) as first_day
        from weeks
    )

    select
        date_trunc('week', first_day)::date as first_week,
        week,
        count(*) as visitors
    from visitors
    where first_day >= %(from_day)s
    group by 1, 2
"""


def retention(warehouse: Warehouse, window: Window) -> dict[str, Any]:
    """Every week of a window with the visitors who came to the property for the first time in it.

    `cameBack` has a number for each later week up to the last of the window.

    Raises MartsNotBuiltError and MartsUnavailableError.
    """
    text = WEEKS.format(kind=window.kind)
    fresh, rows = warehouse.ask(freshness_of(MART), (window.scoped(text), window.values()))
    known = {(row["first_week"], row["week"]): row["visitors"] for row in rows}
    weeks = _weeks(window)
    return {
        "ok": True,
        "window": window.as_json(),
        "freshness": freshness(fresh[0]),
        "cohorts": [
            {
                "week": first.isoformat(),
                "visitors": known.get((first, first), 0),
                "cameBack": [known.get((first, week), 0) for week in weeks if week > first],
            }
            for first in weeks
        ],
    }


def _weeks(window: Window) -> list[date]:
    """The Mondays of its weeks."""
    first = window.from_day - timedelta(days=window.from_day.weekday())
    return [first + n * WEEK for n in range((window.to_day - first) // WEEK + 1)]
