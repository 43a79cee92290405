"""Realtime: what is going on now, read from raw events themselves (docs/decisions/0045)."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest_app.enrichment.hosts import referrer_host
from ingest_app.enrichment.vocabulary import TrafficSource
from ingest_app.reports.statements import Row
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import KINDS, Audience

MINUTES = 30
RECENT_MINUTES = 5
# The newest, where there are more; a statement that takes longer is given up.
MAX_EVENTS = 20_000
SECONDS = 2
MAX_ROWS = 10

# By the index on property and time; days name the partitions, one more on both sides for any zone.
NEWEST = """
    from (select *, device_type = 'bot' as is_bot from raw.events) as events
    where
        property_id = %(property_id)s
        and "timestamp" > now() - %(minutes)s * interval '1 minute'
        and "timestamp" <= now()
        and occurred_on between (now() at time zone 'UTC')::date - 2
        and (now() at time zone 'UTC')::date + 1
        and {kind}
    order by "timestamp" desc
    limit %(limit)s
"""
EVENTS = f"""
    select
        visitor_id,
        "timestamp" as at,
        event_type,
        coalesce(page, path) as path,
        referrer,
        traffic_source::text as traffic_source,
        now() as asked_at
    {NEWEST}
"""
# Few enough to be asked for by every page.
RECENT = f"""
    select count(distinct visitor_id) as visitors
    from (select visitor_id {NEWEST}) as newest
"""  # noqa: S608
NOW = "select now() as asked_at"


def realtime(
    warehouse: Warehouse, property_id: str, *, audience: Audience = Audience.ALL
) -> dict[str, Any]:
    """The last half hour of a property, from raw: no build is needed, and none is waited for.

    Raises MartsUnavailableError.
    """
    values = {"property_id": property_id, "minutes": MINUTES, "limit": MAX_EVENTS}
    [[clock], rows] = warehouse.ask(
        (NOW, {}), (EVENTS.format(kind=KINDS[audience]), values), seconds=SECONDS
    )
    now = clock["asked_at"].astimezone(UTC)
    recent = now - timedelta(minutes=RECENT_MINUTES)
    return {
        "ok": True,
        "readFrom": "raw",
        "asOf": now.isoformat(),
        "isComplete": len(rows) < MAX_EVENTS,
        "visitorsOf5Minutes": len({row["visitor_id"] for row in rows if row["at"] > recent}),
        "visitorsOf30Minutes": len({row["visitor_id"] for row in rows}),
        "minutes": _minutes(rows, now),
        "pages": _pages(rows),
        "referrers": _referrers(rows),
    }


def visitors_now(
    warehouse: Warehouse, property_id: str, *, audience: Audience = Audience.ALL
) -> int:
    """The visitors of the last five minutes of a property, from raw.

    Raises MartsUnavailableError.
    """
    values = {"property_id": property_id, "minutes": RECENT_MINUTES, "limit": MAX_EVENTS}
    [[row]] = warehouse.ask((RECENT.format(kind=KINDS[audience]), values), seconds=SECONDS)
    return int(row["visitors"])


def _minutes(rows: list[Row], now: datetime) -> list[dict[str, Any]]:
    """Each of the last thirty, the one that has just ended last."""
    views: Counter[int] = Counter()
    visitors: dict[int, set[Any]] = defaultdict(set)
    for row in rows:
        ago = int((now - row["at"]) / timedelta(minutes=1))
        views[ago] += row["event_type"] == "page_view"
        visitors[ago].add(row["visitor_id"])
    return [
        {
            "start": (now - timedelta(minutes=ago + 1)).isoformat(),
            "visitors": len(visitors[ago]),
            "pageViews": views[ago],
        }
        for ago in reversed(range(MINUTES))
    ]


def _pages(rows: list[Row]) -> list[dict[str, Any]]:
    views: Counter[str] = Counter()
    visitors: dict[str, set[Any]] = defaultdict(set)
    for row in rows:
        if row["event_type"] == "page_view" and row["path"] is not None:
            views[row["path"]] += 1
            visitors[row["path"]].add(row["visitor_id"])
    first = sorted(views, key=lambda path: (-views[path], path))[:MAX_ROWS]
    return [
        {"path": path, "visitors": len(visitors[path]), "pageViews": views[path]} for path in first
    ]


def _referrers(rows: list[Row]) -> list[dict[str, Any]]:
    """Sites that sent visitors, and not the property itself."""
    visitors: dict[str, set[Any]] = defaultdict(set)
    for row in rows:
        host = referrer_host(row["referrer"])
        if host is not None and row["traffic_source"] != TrafficSource.INTERNAL:
            visitors[host].add(row["visitor_id"])
    first = sorted(visitors, key=lambda host: (-len(visitors[host]), host))[:MAX_ROWS]
    return [{"referrerHost": host, "visitors": len(visitors[host])} for host in first]
