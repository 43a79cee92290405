"""What a row says of when it was made and changed holds for every event of it, whoever came first.

A transaction's own time is that of its start: of two writers, the one that began first may be the one
that comes last.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from ingest_app.store.writer import Writer
from tests.ingest_app.test_writer import made
from tests.support.arrivals import Begun, writing

Connection = psycopg.Connection[dict[str, Any]]

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEN_MINUTES = timedelta(minutes=10)
NEWS = {"source": "news"}

pytestmark = pytest.mark.usefixtures("clean_tables")


@pytest.fixture
def writer(database: str) -> Iterator[Writer]:
    with writing(database) as made_writer:
        yield made_writer


def last_updates(connection: Connection) -> list[datetime]:
    rows = connection.execute("select updated_at from raw.sessions order by started_at").fetchall()
    return [row["updated_at"] for row in rows]


def assert_no_session_is_older_than_its_events(connection: Connection) -> None:
    older = connection.execute(
        "select 1 from raw.sessions inner join raw.events "
        "   on events.visitor_id = sessions.visitor_id and events.session_id = sessions.id "
        "where events.created_at > sessions.updated_at"
    ).fetchall()
    assert older == []


def test_the_writer_that_began_first_and_comes_last_sets_no_clock_back(
    database: str, writer: Writer, connection: Connection
) -> None:
    began_first = Begun(database)
    writer.write([made(NOON, path="/later")])
    before = last_updates(connection)
    began_first.write([made(NOON + TEN_MINUTES, path="/sooner")])
    assert last_updates(connection) > before
    assert_no_session_is_older_than_its_events(connection)

    [visitor] = connection.execute("select created_at, updated_at from raw.visitors").fetchall()
    [received] = connection.execute(
        "select min(created_at) as first, max(created_at) as last from raw.events"
    ).fetchall()
    assert visitor["created_at"] == received["first"]
    assert visitor["updated_at"] > received["last"]


def test_a_session_that_a_split_makes_is_no_older_than_the_events_it_takes_over(
    database: str, writer: Writer, connection: Connection
) -> None:
    began_first = Begun(database)
    writer.write([made(NOON), made(NOON + 2 * TEN_MINUTES)])
    began_first.write([made(NOON + TEN_MINUTES, utm=NEWS)])
    assert len(last_updates(connection)) == 2
    assert_no_session_is_older_than_its_events(connection)
