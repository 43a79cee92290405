"""The list of properties."""

from __future__ import annotations

from datetime import date

from ingest_app.operations.discrepancy.analyses import days
from ingest_app.operations.discrepancy.comparison import ALL, Comparison, Figures, placed
from ingest_app.reports.bounds import MAX_ROWS
from ingest_app.reports.properties import properties

NAME = "report:properties"


def compare_properties(comparison: Comparison, first: date, last: date, only: str | None) -> None:
    """Which there are, of all time; of other days than these the mart is taken at its word."""
    rows = comparison.recount("properties", days(first, last))
    answer = comparison.answer(lambda marts: properties(marts, limit=MAX_ROWS))
    answer["properties"] = placed(answer["properties"], ("propertyId",))
    expected: Figures = {
        "total": rows[0]["total"] if rows else 0,
        "properties": {
            row["property_id"]: {
                "place": place,
                "firstDay": row["first_day"].isoformat(),
                "lastDay": row["last_day"].isoformat(),
                "eventsAccepted": row["accepted"],
                "eventsRejected": row["rejected"],
            }
            for place, row in enumerate(rows, 1)
        },
    }
    if only is not None:
        answer, expected = (side["properties"].get(only, {}) for side in (answer, expected))
    comparison.note(NAME, None, only or ALL, {}, answer, expected)
