"""The hours of the day, by the clocks of the property."""

from __future__ import annotations

from typing import Any

from ingest_app.reports.freshness import freshness, freshness_of
from ingest_app.reports.ratios import ratio
from ingest_app.reports.visit_dimensions import HOUR
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import Window

MART = "daily_hours"
COLUMNS = (
    *("hour", "visitors", "pageViews", "sessions", "conversions", "bounces", "engagedMs"),
    *("share", "bounceRate"),
)
# Who was seen both as a bot and not stands in two rows, of which one counts of all together.
HOURS = """
    select
        hour,
        case when count({visitors}) = count(*) then sum({visitors})::bigint end as visitors,
        sum(page_views)::bigint as page_views,
        sum(sessions)::bigint as sessions,
        sum(conversions)::bigint as conversions,
        sum(bounces)::bigint as bounces,
        sum(engaged_ms)::double precision as engaged_ms,
        (sum(sum(page_views)) over ())::bigint as whole,
        count(*) over () as hours
    from analytics.daily_hours
    where
        property_id = %(property_or_all)s
        and day between %(from_day)s and %(to_day)s
        and {kind}
    group by hour
    order by hour
    limit %(limit)s
"""


def by_hour(warehouse: Warehouse, window: Window, *, limit: int) -> dict[str, Any]:
    """A window by the hour of its days, in their order; of one day with its visitors.

    Raises MartsNotBuiltError and MartsUnavailableError.
    """
    is_one_day = window.from_day == window.to_day
    text = HOURS.format(visitors=window.visitors_of_hour, kind=window.kind)
    fresh, rows = warehouse.ask(freshness_of(MART), (text, window.values(limit=limit)))
    return {
        "ok": True,
        "window": window.as_json(),
        "freshness": freshness(fresh[0]),
        "by": HOUR,
        "total": rows[0]["hours"] if rows else 0,
        "rows": [
            {
                "hour": row["hour"],
                "visitors": row["visitors"] if is_one_day else None,
                "pageViews": row["page_views"],
                "sessions": row["sessions"],
                "conversions": row["conversions"],
                "bounces": row["bounces"],
                "engagedMs": row["engaged_ms"],
                "share": ratio(row["page_views"], row["whole"]),
                "bounceRate": ratio(row["bounces"], row["sessions"]),
            }
            for row in rows
        ],
    }
