"""The trend by week, and retention."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from ingest_app.operations.discrepancy.comparison import Asked, Comparison, Figures, share
from ingest_app.reports.retention import retention
from ingest_app.reports.statements import Row
from ingest_app.reports.trend import trend
from ingest_app.reports.windows import Bucket

NAME = "report:trend"
RETENTION = "report:retention"
COUNTS = (
    *("visitors", "page_views", "sessions", "bounces", "conversions", "engaged_ms", "new_leads"),
    *("views_of_visits", "conversions_of_visits", "converted_sessions"),
)


def compare_trend(comparison: Comparison, asked: Asked) -> None:
    """Of each property."""
    rows = {
        (row["property_id"], row["bucket"]): row
        for row in comparison.recount("trend", asked.variables())
    }
    for property_id in asked.properties:
        answer = comparison.answer(partial(trend, window=asked.window(property_id), by=Bucket.WEEK))
        buckets = {row.pop("start"): row for row in answer["buckets"]}
        starts = [max(monday, asked.first) for monday in _mondays(asked)]
        expected = {
            start.isoformat(): _bucket(rows.get((property_id, start), dict.fromkeys(COUNTS, 0)))
            for start in starts
        }
        comparison.note(
            NAME, asked, property_id, {"by": "week"}, {"buckets": buckets}, {"buckets": expected}
        )


def compare_retention(comparison: Comparison, asked: Asked) -> None:
    """Of each property."""
    known = {
        (row["property_id"], row["first_week"], row["week"]): row["visitors"]
        for row in comparison.recount("retention", asked.variables())
    }
    mondays = _mondays(asked)
    for property_id in asked.properties:
        answer = comparison.answer(partial(retention, window=asked.window(property_id)))
        cohorts = {
            row["week"]: {
                "visitors": row["visitors"],
                "cameBack": {str(n): came for n, came in enumerate(row["cameBack"], 1)},
            }
            for row in answer["cohorts"]
        }
        expected: Figures = {
            first.isoformat(): {
                "visitors": known.get((property_id, first, first), 0),
                "cameBack": {
                    str(n): known.get((property_id, first, week), 0)
                    for n, week in enumerate((one for one in mondays if one > first), 1)
                },
            }
            for first in mondays
        }
        comparison.note(
            RETENTION, asked, property_id, {}, {"cohorts": cohorts}, {"cohorts": expected}
        )


def _bucket(row: Row) -> Figures:
    return {
        "visitors": row["visitors"],
        "pageViews": row["page_views"],
        "sessions": row["sessions"],
        "conversions": row["conversions"],
        "bounceRate": share(row["bounces"], row["sessions"]),
        "engagedMs": row["engaged_ms"],
        "newLeads": row["new_leads"],
        "visits": {
            "pageViews": row["views_of_visits"],
            "viewsPerSession": share(row["views_of_visits"], row["sessions"]),
            "conversions": row["conversions_of_visits"],
            "convertedSessions": row["converted_sessions"],
            "conversionRate": share(row["converted_sessions"], row["sessions"]),
            "engagedMsPerSession": share(row["engaged_ms"], row["sessions"]),
        },
    }


def _mondays(asked: Asked) -> list[date]:
    """Of the weeks of a window."""
    first = asked.first - timedelta(days=asked.first.weekday())
    return [first + timedelta(weeks=n) for n in range((asked.last - first).days // 7 + 1)]
