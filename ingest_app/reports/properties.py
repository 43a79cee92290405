"""Which sites there are."""

from __future__ import annotations

from typing import Any

from ingest_app.reports.freshness import freshness, freshness_of
from ingest_app.reports.warehouse import Warehouse

MART = "daily_ingest_rollups"
PROPERTIES = """
    select
        property_id,
        min(day) as first_day,
        max(day) as last_day,
        sum(events_accepted)::bigint as accepted,
        sum(events_rejected)::bigint as rejected,
        count(*) over () as properties
    from analytics.daily_ingest_rollups
    where %(property_id)s::text is null or property_id = %(property_id)s
    group by property_id
    order by sum(events_accepted) desc, property_id collate "C" asc
    limit %(limit)s
"""


def properties(
    warehouse: Warehouse, *, limit: int, property_id: str | None = None
) -> dict[str, Any]:
    """Properties by their events, most first, or that one alone.

    Raises MartsNotBuiltError, MartsUnavailableError.
    """
    fresh, rows = warehouse.ask(
        freshness_of(MART), (PROPERTIES, {"limit": limit, "property_id": property_id})
    )
    return {
        "ok": True,
        "freshness": freshness(fresh[0]),
        "total": rows[0]["properties"] if rows else 0,
        "properties": [
            {
                "propertyId": row["property_id"],
                "firstDay": row["first_day"].isoformat(),
                "lastDay": row["last_day"].isoformat(),
                "eventsAccepted": row["accepted"],
                "eventsRejected": row["rejected"],
            }
            for row in rows
        ],
    }
