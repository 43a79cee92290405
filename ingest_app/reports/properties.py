"""Which sites there are."""

from __future__ import annotations

from typing import Any

from ingest_app.reports.freshness import freshness, freshness_of
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import Window

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
VIEWS = """
    select property_id, day, total_page_views
    from analytics.daily_metric_rollups
    where {scope} and day between %(from_day)s and %(to_day)s
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


def daily_views(warehouse: Warehouse, window: Window) -> dict[str, list[int]]:
    """The page views of every day of a window, by property.

    Raises MartsNotBuiltError, MartsUnavailableError.
    """
    [rows] = warehouse.ask((window.scoped(VIEWS), window.values()))
    found = {(row["property_id"], row["day"]): row["total_page_views"] for row in rows}
    return {
        name: [found.get((name, day), 0) for day in window.days]
        for name in {row["property_id"] for row in rows}
    }
