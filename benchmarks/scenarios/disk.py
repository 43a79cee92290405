"""How many bytes an event takes, and which of them are whose."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from benchmarks.bench import Bench
from benchmarks.cluster import SETTLED_SECONDS
from benchmarks.figures import Headline, Spread, table
from ingest_app.database.connection import ReconnectingConnection
from ingest_app.enrichment.body import EventBody
from ingest_app.enrichment.event import RequestContext, build_event
from ingest_app.enrichment.row import Event
from ingest_app.store.writer import Writer

TITLE = "Bytes of an event"
PARAMETERS = ("disk_events", "disk_batch_size")
DATABASE = "disk"

# The load of load/events.lua, without a server: the same seed gives the same events on any machine.
COHORTS = 64
PAGES = 5000
PROPERTIES = [f"{name}.example" for name in ("shop", "docs", "news", "blog", "jobs", "forum")]
REFERRERS = [
    *["https://www.google.com/"] * 3,
    *("https://www.bing.com/search?q=running+shoes", "https://duckduckgo.com/"),
    *("https://t.co/a1b2c3", "https://l.facebook.com/"),
    "https://news.ycombinator.com/item?id=41000000",
    "https://partner.example/reviews/best-running-shoes",
]
CAMPAIGN = {"source": "google", "medium": "cpc", "campaign": "autumn-sale"}
TYPES = [*["page_view"] * 90, *["cta_click"] * 6, *["form_start"] * 3, "form_submit"]
AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36"
)
# What the same load took before docs/decisions/0052.
BYTES_BEFORE = {
    "events": 720.3,
    "events_pkey": 147.5,
    "visitors": 98.1,
    "events_path_timestamp_idx": 84.4,
    "events_property_id_timestamp_idx": 67.7,
    "events_session_id_timestamp_idx": 56.3,
    "events_visitor_id_timestamp_idx": 53.3,
    "events_event_type_timestamp_idx": 44.0,
    "sessions": 41.6,
    "events_traffic_source_timestamp_idx": 31.7,
    "visitors_last_ip_hash_idx": 27.0,
    "sessions_pkey": 15.3,
    "sessions_visitor_id_started_at_idx": 12.4,
    "visitors_pkey": 8.7,
    "events_occurred_on_brin": 0.6,
    "events_created_at_brin": 0.5,
    "events_visitor_id_view_id_idx": 0.1,
}
HOT_BEFORE = {"visitors": 0.349, "sessions": 0.0}
# Partitions are their parent's, and so are their indexes.
SIZES = """
    select
        coalesce(parent.relname, pg_class.relname) as name,
        sum(pg_table_size(pg_class.oid))::bigint as bytes
    from pg_class
    left join pg_inherits on inhrelid = pg_class.oid
    left join pg_class as parent on parent.oid = inhparent
    where
        pg_class.relnamespace = 'raw'::regnamespace
        and pg_class.relkind in ('r', 'i')
        and coalesce(parent.relname, pg_class.relname) ~ '^(events|visitors|sessions)(_|$)'
    group by 1
    order by 2 desc
"""
UPDATES = """
    select relname, n_tup_upd, n_tup_hot_upd from pg_stat_user_tables
    where schemaname = 'raw' and relname in ('visitors', 'sessions')
"""


def run(bench: Bench) -> dict[str, Any]:
    """Store the load by the app's own writer, and look at the relations."""
    events, size = bench.plan.disk_events, bench.plan.disk_batch_size
    bench.cluster.create(DATABASE)
    bench.say(f"storing {events:,} events")
    connection = ReconnectingConnection(bench.cluster.url(DATABASE), name="benchmark")
    writer = Writer(connection, session_gap=timedelta(minutes=30))
    stored = 0
    for batch in _batches(events, size):
        stored += len(writer.write(batch))
    connection.close()
    # So long a server may keep what it has counted to itself.
    time.sleep(SETTLED_SECONDS)
    with bench.cluster.connect(DATABASE) as looking:
        sizes = dict(looking.execute(SIZES).fetchall())
        updates = {name: (done, hot) for name, done, hot in looking.execute(UPDATES)}
        # As an operator may do once a month is over (docs/decisions/0063).
        looking.execute("reindex table raw.events")
        sizes_anew = dict(looking.execute(SIZES).fetchall())
    bench.cluster.drop(DATABASE)
    return {"events": stored, "sizes": sizes, "sizes_anew": sizes_anew, "updates": updates}


def _batches(events: int, size: int) -> Iterator[list[Event]]:
    dice = Random(1)  # noqa: S311
    began = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=1)
    cohorts: list[dict[int, dict[str, Any]]] = [{} for _ in range(COHORTS)]
    seen = 0
    for number in range(events // size):
        cohort = cohorts[number % COHORTS]
        # The turn of a cohort comes again after 45 seconds, for its visitors' next pages.
        now = began + number * timedelta(seconds=45) / COHORTS
        batch = []
        for place in range(size):
            known = cohort.get(slot := dice.randrange(max(16, size // 2)))
            if known is None or known["left"] == 0:
                seen += 1
                known = {
                    "anon_id": f"single1-{seen:08x}",
                    "property": dice.choice(PROPERTIES),
                    "left": dice.choice([4, 5, 6]),
                    "address": f"203.0.{seen % 256}.{seen // 256 % 256}",
                    "last_path": None,
                }
                cohort[slot] = known
            at = now + timedelta(milliseconds=place)
            body = EventBody.model_validate_json(json.dumps(_body(dice, known, at)))
            context = RequestContext(
                now=at, host="ingest.example", address=known["address"], user_agent=AGENT
            )
            batch.append(build_event(body, context, pepper=b"a pepper"))
        yield batch


def _body(dice: Random, visitor: dict[str, Any], at: datetime) -> dict[str, Any]:
    event_type = dice.choice(TYPES)
    page = int(PAGES * dice.random() ** 3)
    came_from: dict[str, Any] = {}
    if visitor["last_path"] is not None:
        came_from = {"referrer": f"https://{visitor['property']}{visitor['last_path']}"}
    elif (arrival := dice.random()) < 0.1:
        came_from = {"referrer": "https://www.google.com/", "utm": CAMPAIGN}
    elif arrival < 0.6:
        came_from = {"referrer": dice.choice(REFERRERS)}
    is_first = visitor["last_path"] is None
    visitor["last_path"] = f"/products/category-{page % 40}/item-{page}"
    visitor["left"] -= 1
    ttfb = 40 + int(900 * dice.random() ** 3)
    fcp = ttfb + 150 + dice.randrange(900)
    return {
        "anonId": visitor["anon_id"],
        "eventType": event_type,
        "path": visitor["last_path"],
        "timestamp": at.isoformat(),
        **came_from,
        "traffic": {
            "propertyId": visitor["property"],
            "isEntrance": is_first and event_type == "page_view",
            "engagedTimeMs": dice.randrange(120_000),
            "scrollDepthPercent": dice.randrange(100),
            "webVitals": {
                "fcpMs": fcp,
                "lcpMs": fcp + dice.randrange(1200),
                "inpMs": 20 + dice.randrange(280),
                "ttfbMs": ttfb,
                "clsScore": round(0.3 * dice.random() ** 4, 3),
            },
        },
        "props": {
            "title": f"Item of category {dice.randrange(40)}",
            "viewport": "1440x900",
            "language": "en-US",
        },
    }


def _by_event(result: dict[str, Any], *tables: str, sizes: str = "sizes") -> float:
    """Bytes of these tables with their indexes."""
    bytes_of_all = sum(
        size for name, size in result[sizes].items() if name.partition("_")[0] in tables
    )
    return float(bytes_of_all / result["events"])


def headlines(result: dict[str, Any]) -> list[Headline]:
    """The goals of an event, alone and with its visitor and session."""
    return [
        Headline(
            "bytes an event, with its indexes",
            Spread.of([_by_event(result, "events")]),
            at_most=800,
            digits=0,
        ),
        Headline(
            "bytes an event, with its indexes, visitors and sessions",
            Spread.of([_by_event(result, "events", "visitors", "sessions")]),
            at_most=880,
            digits=0,
        ),
    ]


def render(result: dict[str, Any]) -> str:
    """The section of the report."""
    sizes = [
        [
            name,
            f"{size / result['events']:,.1f}",
            f"{result['sizes_anew'][name] / result['events']:,.1f}",
            f"{BYTES_BEFORE.get(name, 0):,.1f}",
        ]
        for name, size in result["sizes"].items()
    ]
    for what, names in (
        ("events with their indexes", ("events",)),
        ("all three with their indexes", ("events", "visitors", "sessions")),
    ):
        before = sum(size for name, size in BYTES_BEFORE.items() if name.partition("_")[0] in names)
        now, anew = (_by_event(result, *names, sizes=which) for which in ("sizes", "sizes_anew"))
        sizes.append([what, f"{now:,.1f}", f"{anew:,.1f}", f"{before:,.1f}"])
    updates = [
        [name, f"{done:,}", f"{hot / done:.1%}", f"{HOT_BEFORE[name]:.1%}"]
        for name, (done, hot) in result["updates"].items()
    ]
    header = [
        f"bytes an event, of {result['events']:,}",
        "now",
        "with indexes of events made anew",
        "with hashes of 64 hex digits",
    ]
    return "\n\n".join(
        [
            table(header, sizes),
            table(["rows changed without touching an index", "rows", "now", "before"], updates),
        ]
    )
