"""The summary of visits that fit some filters, which the recount chooses: each with its commonest value."""

from __future__ import annotations

from functools import partial

from ingest_app.operations.discrepancy.comparison import Asked, Comparison, Figures, share
from ingest_app.reports.statements import Row
from ingest_app.reports.visits import MART, summary
from ingest_app.reports.windows import Audience, Filter, FilterBy

NAME = "report:filters"
MARTS = (MART,)


def compare_filters(comparison: Comparison, asked: Asked) -> None:
    """Of each property by some dimensions alone, and of each audience by several at once."""
    for row in comparison.recount("filters", asked.variables()):
        property_id, audience = row["property_id"], Audience(row["audience"])
        filters = tuple(Filter(by, row[by]) for by in FilterBy if row.get(by) is not None)
        window = asked.window(property_id, audience, filters)
        answer = comparison.answer(partial(summary, window=window))
        comparison.note(
            NAME,
            asked,
            property_id,
            {"audience": audience, "filters": [str(one) for one in filters]},
            {"metrics": answer["metrics"]},
            {"metrics": _metrics(row)},
        )


def _metrics(row: Row) -> Figures:
    sessions = row["sessions"]
    values: Figures = {
        "visitors": row["visitors"],
        "sessions": sessions,
        "pageViews": row["page_views"],
        "viewsPerSession": share(row["page_views"], sessions),
        "bounceRate": share(row["bounces"], sessions),
        "conversions": row["conversions"],
        "convertedSessions": row["converted_sessions"],
        "conversionRate": share(row["converted_sessions"], sessions),
        "engagedMs": row["engaged_ms"],
        "engagedMsPerSession": share(row["engaged_ms"], sessions),
    }
    return {name: {"value": value, "delta": None} for name, value in values.items()}
