"""Brings bodies into raw by the app's own writer, without a server in between."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import scalar_row
from psycopg_pool import ConnectionPool

from ingest_app.database.connection import (
    WORK,
    ReconnectingConnection,
    connect,
    fix_session,
    parameters,
)
from ingest_app.enrichment.body import EventBody
from ingest_app.enrichment.event import RequestContext, build_event
from ingest_app.enrichment.row import Event
from ingest_app.metrics import Metrics
from ingest_app.operations.erase import LEAD_KEYS, TOUCHED_DAYS
from ingest_app.store.drain import Drain
from ingest_app.store.outage import Outage
from ingest_app.store.outcomes import Stored, TooOld
from ingest_app.store.spool import Spool
from ingest_app.store.writer import Writer
from tests.support.postgres import wait_until
from tests.support.server import BROWSER, PEPPER

GAP = timedelta(minutes=30)


def events(bodies: Iterable[dict[str, Any]]) -> list[Event]:
    """What the app makes of the bodies; each must have a timestamp."""
    context = RequestContext(
        now=datetime.now(UTC), host="shop.example", address="192.0.2.1", user_agent=BROWSER
    )
    return [
        build_event(
            EventBody.model_validate_json(json.dumps(body)), context, pepper=PEPPER.encode()
        )
        for body in bodies
    ]


def view(property_id: str, at: datetime) -> dict[str, Any]:
    """The body of a page view of one visitor."""
    return {
        "anonId": "visitor-0001",
        "eventType": "page_view",
        "path": "/",
        "timestamp": at.isoformat(),
        "traffic": {"propertyId": property_id},
    }


class ShardsWriter(Writer):
    """Writes events of whichever shards, as the app does: those of each for themselves."""

    def write(self, events: Sequence[Event], tried: Collection[UUID] = ()) -> list[Stored | TooOld]:
        """The outcomes are in the order of the events."""
        outcomes: dict[int, Stored | TooOld] = {}
        for shard in self.shards(events):
            written = super().write([events[place] for place in shard.places], tried)
            outcomes |= dict(zip(shard.places, written, strict=True))
        return [outcomes[place] for place in range(len(events))]


@contextmanager
def writing(database: str) -> Iterator[Writer]:
    """A writer for as long as the block takes."""
    with ConnectionPool[psycopg.Connection[Any]](
        database,
        min_size=1,
        max_size=2,
        kwargs=parameters(WORK, name="footfall-test"),
        configure=lambda connection: fix_session(connection, WORK),
        # A test may have restored the database since, and cut them off.
        check=ConnectionPool.check_connection,
    ) as pool:
        yield ShardsWriter(pool, session_gap=GAP)


def drain(database: str, spool: Spool, lease: Path) -> None:
    """All that waits goes to the database, as an app takes it there."""
    link = ReconnectingConnection(database, name="footfall-test")
    draining = Drain(
        Writer(link, session_gap=GAP), spool=spool, outage=Outage(), lease=lease, metrics=Metrics()
    )
    try:
        wait_until(spool.is_empty, "the spool is not drained")
    finally:
        draining.close()


class Begun:
    """A transaction that has begun and done nothing yet.

    What is written through it later was received now, by the database's clock.
    """

    def __init__(self, database: str) -> None:
        # Those of ingest end after half a minute of doing nothing, and a build may take longer.
        self.transaction = connect(database, WORK, name="footfall-test")
        self.transaction.execute("select now()")

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        """For a writer, which commits by itself."""
        yield self.transaction

    def write(self, arriving: list[Event]) -> list[Stored | TooOld]:
        """Store events and commit. Their partitions must exist."""
        outcomes = ShardsWriter(self, session_gap=GAP).write(arriving)
        self.transaction.close()
        return outcomes

    def erase(self, visitor_id: UUID) -> None:
        """Erase a visitor and commit."""
        erase(self.transaction, visitor_id)
        self.transaction.commit()
        self.transaction.close()


def erase(connection: psycopg.Connection[Any], visitor_id: UUID) -> None:
    """Everything of a visitor goes; the ledger keeps the days. Does not commit."""
    values = {"visitor_id": visitor_id}
    with connection.cursor(row_factory=scalar_row) as cursor:
        lead_keys = cursor.execute(LEAD_KEYS, values).fetchall()
    connection.execute(
        "insert into raw.erasures (id, touched_days) "
        f"select gen_random_uuid(), coalesce(array_agg(day), '{{}}') from ({TOUCHED_DAYS}) as days",
        {**values, "lead_keys": lead_keys},
    )
    connection.execute("delete from raw.visitors where id = %s", (visitor_id,))
