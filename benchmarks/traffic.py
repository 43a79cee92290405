"""Seeded traffic of whole days, up to the last midnight, filled into raw by COPY."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from psycopg import sql

from benchmarks.bench import Bench
from benchmarks.cluster import one
from benchmarks.event_indexes import event_indexes, without
from benchmarks.history import EVENTS_A_VISIT, UNCHECKED, script
from ingest_app.database.schema import ENSURE_PARTITION

# The last visit ends before midnight, so that no event is of a day that is not over.
LONGEST_VISIT = timedelta(minutes=10)
LEDGERS = ("leads", "submissions", "rejections", "duplicates")


def last_day() -> date:
    """The last day of the traffic: yesterday, by UTC."""
    return datetime.now(UTC).date() - timedelta(days=1)


def first_day(bench: Bench) -> date:
    """The first day of traffic of the plan's length."""
    return last_day() - timedelta(days=bench.plan.rollup_days - 1)


def traffic(bench: Bench, *, days: int) -> str:
    """A database with so many days of traffic; the same events a day however many days."""
    events = bench.plan.rollup_events * days // bench.plan.rollup_days
    name = f"traffic_{events}_{days}_{last_day():%Y%m%d}"
    if not bench.cluster.has(name, "public.traffic"):
        _make(bench, name, events=events, days=days)
    return name


def made(bench: Bench, database: str) -> dict[str, Any]:
    """What the making of a traffic database gave and took."""
    with bench.cluster.connect(database) as connection:
        return dict(one(connection, "select made from public.traffic")[0])


def _make(bench: Bench, name: str, *, events: int, days: int) -> None:
    bench.say(f"making {events:,} events of {days} days")
    started = time.monotonic()
    bench.cluster.create(name)
    midnight = datetime.combine(last_day() + timedelta(days=1), datetime.min.time(), UTC)
    first = midnight - timedelta(days=days)
    spans = [(first + timedelta(days=day), first + timedelta(days=day + 1)) for day in range(days)]
    with bench.cluster.connect(name, options=UNCHECKED) as connection:
        for since, _ in spans:
            connection.execute(ENSURE_PARTITION, {"day": since.date()})
        connection.execute(
            script("visits"),
            {
                "first_moment": first,
                "last_moment": midnight - LONGEST_VISIT,
                "visits": events // EVENTS_A_VISIT,
            },
        )
        connection.execute("analyze public.visits")
        for file in (
            "visitors",
            "traffic/sessions",
            *(f"traffic/{ledger}" for ledger in LEDGERS),
        ):
            connection.execute(script(file))
        with without(connection, event_indexes(connection)):
            copying = time.monotonic()
            copied = _copy(bench, name, spans)
            copying = time.monotonic() - copying
            bench.say(f"{copied:,} events are there")
        connection.execute(script("traffic/submission_properties"))
        connection.execute("drop table public.visits")
        connection.execute("vacuum (analyze)")
        connection.execute("create table public.traffic (made jsonb not null)")
        connection.execute(
            "insert into public.traffic values (jsonb_build_object('events', %s::bigint,"
            " 'days', %s::integer, 'copy_seconds', %s::integer, 'seconds', %s::integer,"
            " 'bytes', pg_database_size(current_database())))",
            (copied, days, round(copying), round(time.monotonic() - started)),
        )
    bench.cluster.checkpoint()
    bench.say("their indexes are there")


def _copy(bench: Bench, name: str, spans: list[tuple[datetime, datetime]]) -> int:
    """Day by day, in the order in which ingest would have stored them.

    One backend makes the rows while another stores them: two cores are busy, and rows lie in order.
    """
    select = script("traffic/events")
    with (
        bench.cluster.connect(name, options=UNCHECKED) as source,
        bench.cluster.connect(name, options=UNCHECKED) as target,
        source.cursor() as reader,
        target.cursor() as writer,
    ):
        never = spans[0][0]
        columns = reader.execute(select, {"since": never, "until": never}).description or []
        copy_in = sql.SQL("copy raw.events ({}) from stdin (format binary)").format(
            sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
        )
        copy_out = b"copy (" + select + b") to stdout (format binary)"
        copied = 0
        for since, until in spans:
            with (
                reader.copy(copy_out, {"since": since, "until": until}) as rows,
                writer.copy(copy_in) as store,
            ):
                for block in rows:
                    store.write(block)
            copied += writer.rowcount
    return copied
