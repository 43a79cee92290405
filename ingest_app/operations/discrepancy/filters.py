"""The summary of visits that fit some filters, which the recount chooses: each with its commonest value."""

from __future__ import annotations

from functools import partial

from ingest_app.operations.discrepancy.comparison import Asked, Comparison, Figures, share
from ingest_app.reports.statements import Row
from ingest_app.reports.visit_dimensions import ENTRY_SOURCES
from ingest_app.reports.visits import MART, summary
from ingest_app.reports.windows import Audience, Filter, FilterBy

NAME = "report:filters"
# Where no visit has any of a dimension, nothing is filtered.
MARTS = (MART, ENTRY_SOURCES)


def compare_filters(comparison: Comparison, asked: Asked) -> None:
    """Of each property by some dimensions alone, and of each audience by several at once."""
    for row in comparison.recount("filters", asked.variables()):
        property_id, audience = row["property_id"], Audience(row["audience"])
        filters = tuple(Filter(by, row[by]) for by in FilterBy if row.get(by) is not None)
        window = asked.window(property_id, audience, filters)
        answer = comparison.answer(partial(summary, window=window))
        expected = _metrics(row)
        if not filters:
            # Visitors of all visits together are told of events.
            del expected["visitors"]
        comparison.note(
            NAME,
            asked,
            property_id,
            {"audience": audience, "filters": [str(one) for one in filters]},
            {"metrics": answer["metrics"]},
            {"metrics": expected},
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
