"""A database that has been in use for months: seeded rows, consistent in every key."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.bench import Bench
from benchmarks.cluster import one
from benchmarks.event_indexes import event_indexes, without
from ingest_app.database.schema import ENSURE_PARTITION

SQL_FOLDER = Path(__file__).with_name("sql")
EVENTS_A_VISIT = 4
# The newest month goes through its indexes row by row, as ingest would fill it: what is posted next
# meets pages as full as they would be. Older ones get their indexes when they are whole.
GROWN = timedelta(days=30)
CONNECTIONS = 2
# The history is our own, and its keys are consistent by construction.
UNCHECKED = (
    "-c session_replication_role=replica -c synchronous_commit=off -c maintenance_work_mem=256MB"
)


def history(bench: Bench) -> tuple[str, dict[str, Any]]:
    """The database with a history, made when it is first wanted, and what its making took."""
    events = bench.plan.history_events
    name = f"history_{events}_{datetime.now(UTC):%Y%m%d}"
    if not bench.cluster.has(name, "public.history"):
        _make(bench, name)
    with bench.cluster.connect(name) as connection:
        [made] = one(connection, "select made from public.history")
    return name, made


def _make(bench: Bench, name: str) -> None:
    plan = bench.plan
    bench.say(f"making a history of {plan.history_events:,} events")
    started = time.monotonic()
    bench.cluster.create(name)
    now = datetime.now(UTC)
    first = now - timedelta(days=30 * plan.history_months)
    grown_since = now - GROWN
    spans = _days(first, now)
    with bench.cluster.connect(name, options=UNCHECKED) as connection:
        for since, _ in spans:
            connection.execute(ENSURE_PARTITION, {"day": since.date()})
        connection.execute(
            script("visits"),
            {
                "first_moment": first,
                "last_moment": now,
                "visits": plan.history_events // EVENTS_A_VISIT,
            },
        )
        connection.execute("analyze public.visits")
        connection.execute(script("visitors"))
        connection.execute(script("sessions"))
        bench.say("visitors and sessions are there")
        with without(connection, event_indexes(connection)):
            _insert(bench, name, [span for span in spans if span[1] <= grown_since])
            bench.say("older events are there")
        bench.say("their indexes are there")
        _insert(bench, name, [span for span in spans if span[1] > grown_since], connections=1)
        connection.execute("drop table public.visits")
        connection.execute("vacuum (analyze) raw.events, raw.sessions, raw.visitors")
        [events] = one(connection, "select count(*) from raw.events")
        [size] = one(connection, "select pg_database_size(current_database())")
        connection.execute("create table public.history (made jsonb not null)")
        connection.execute(
            "insert into public.history values (jsonb_build_object("
            "'events', %s::bigint, 'seconds', %s::integer, 'bytes', %s::bigint))",
            (events, round(time.monotonic() - started), size),
        )
    bench.cluster.checkpoint()
    bench.say(f"the history is there: {events:,} events, {size / 2**30:.1f} GiB")


def _days(first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
    spans = []
    since = first
    while since < last:
        until = min(since + timedelta(days=5), last)
        spans.append((since, until))
        since = until
    return spans


def _insert(
    bench: Bench,
    name: str,
    spans: list[tuple[datetime, datetime]],
    *,
    connections: int = CONNECTIONS,
) -> None:
    events = script("events")

    def insert(every: int) -> None:
        with bench.cluster.connect(name, options=UNCHECKED) as connection:
            for since, until in spans[every::connections]:
                connection.execute(events, {"since": since, "until": until})

    with ThreadPoolExecutor(connections) as threads:
        list(threads.map(insert, range(connections)))


def script(name: str) -> bytes:
    """The SQL of a file of the benchmarks."""
    return (SQL_FOLDER / f"{name}.sql").read_bytes()
