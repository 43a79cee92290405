"""Visitors and sessions change with nearly every event, and no index of theirs has to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from ingest_app.database.connection import ReconnectingConnection
from ingest_app.enrichment.body import EventBody
from ingest_app.enrichment.event import RequestContext, build_event
from ingest_app.enrichment.row import Event
from ingest_app.store.writer import Writer

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
# What this transaction has done so far. A row that was replaced beside the old one, and whose indexes
# lead to both, is a heap-only tuple.
REPLACED = """
    select relname, n_tup_upd, n_tup_hot_upd from pg_stat_xact_user_tables
    where schemaname = 'raw' and relname in ('visitors', 'sessions')
    order by relname
"""


def page_view(at: datetime) -> Event:
    body = {"anonId": "visitor-0001", "eventType": "page_view", "path": "/", "timestamp": at}
    context = RequestContext(now=at, host="shop.example", address="192.0.2.1", user_agent="agent")
    return build_event(EventBody.model_validate(body), context, pepper=b"a pepper")


def test_an_event_that_joins_a_visit_touches_no_index_of_its_visitor_and_session(
    database: str,
) -> None:
    def store(connection: psycopg.Connection[Any], event: Event) -> list[tuple[Any, ...]]:
        writer.store(connection, [event])
        return connection.execute(REPLACED).fetchall()

    writer = Writer(ReconnectingConnection(database, name="a test"), session_gap=timedelta(hours=1))
    try:
        first, next_one = page_view(NOON), page_view(NOON + timedelta(minutes=1))
        writer.write([first])
        replaced = writer.transact([next_one], lambda connection: store(connection, next_one))
    finally:
        writer.connection.close()
    assert replaced == [("sessions", 1, 1), ("visitors", 1, 1)]


def test_their_pages_keep_room_for_the_row_to_come(database: str) -> None:
    with psycopg.connect(database) as connection:
        kept = connection.execute(
            "select relname, reloptions from pg_class where relnamespace = 'raw'::regnamespace"
            " and relname in ('visitors', 'sessions') order by relname"
        ).fetchall()
    assert kept == [("sessions", ["fillfactor=80"]), ("visitors", ["fillfactor=80"])]
