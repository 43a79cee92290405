"""The properties of a capture: decided when it happens, and by late events before it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from ingest_app.database.schema import apply_schema
from ingest_app.enrichment.identity import new_id, visitor_id
from ingest_app.store.writer import Writer
from tests.support.arrivals import Begun, events, writing
from tests.support.postgres import wait_until

Connection = psycopg.Connection[dict[str, Any]]

CAPTURED = datetime(2026, 11, 10, 12, tzinfo=UTC)
VISITOR = "visitor-0001"
INSERT = """
    insert into raw.form_submissions (id, visitor_id, form_name, validation_status, captured_at)
    values (%s, %s, 'lead_capture', 'accepted', %s)
"""

pytestmark = pytest.mark.usefixtures("clean_tables")


@pytest.fixture(scope="module")
def writer(database: str) -> Iterator[Writer]:
    with writing(database) as made:
        yield made


def view(property_id: str, at: datetime, anon_id: str = VISITOR) -> dict[str, Any]:
    return {
        "anonId": anon_id,
        "eventType": "page_view",
        "path": "/",
        "timestamp": at.isoformat(),
        "traffic": {"propertyId": property_id},
    }


def capture(connection: psycopg.Connection[Any], at: datetime = CAPTURED) -> UUID:
    submission_id = new_id()
    connection.execute(INSERT, (submission_id, visitor_id(VISITOR), at))
    return submission_id


def properties(connection: Connection, submission_id: UUID) -> set[str]:
    rows = connection.execute(
        "select property_id from raw.submission_properties where submission_id = %s",
        (submission_id,),
    )
    return {row["property_id"] for row in rows}


def test_it_counts_where_its_visitor_was_at_or_before(
    writer: Writer, connection: Connection
) -> None:
    moment = timedelta(milliseconds=1)
    writer.write(
        events(
            [
                view("before", CAPTURED - timedelta(days=20)),
                view("before", CAPTURED - timedelta(days=19)),
                view("at", CAPTURED),
                view("after", CAPTURED + moment),
                view("other", CAPTURED - timedelta(days=1), "visitor-0002"),
            ]
        )
    )
    submission = capture(connection)
    assert properties(connection, submission) == {"before", "at"}
    # Late ones add theirs, to the captures that they lie before.
    later = capture(connection, CAPTURED + timedelta(days=1))
    writer.write(
        events(
            [
                view("late", CAPTURED - timedelta(hours=1)),
                view("late at", CAPTURED),
                view("late after", CAPTURED + moment),
                view("late other", CAPTURED - timedelta(days=1), "visitor-0002"),
            ]
        )
    )
    been = {"before", "at", "late", "late at"}
    assert properties(connection, submission) == been
    assert properties(connection, later) == been | {"after", "late after"}


def test_what_is_stored_outlives_the_events_and_not_the_submission(
    writer: Writer, connection: Connection
) -> None:
    writer.write(events([view("shop", CAPTURED - timedelta(hours=1))]))
    submission = capture(connection)
    connection.execute("delete from raw.events")
    assert properties(connection, submission) == {"shop"}
    connection.execute("delete from raw.form_submissions")
    assert properties(connection, submission) == set()


def test_it_is_received_with_the_first_event_of_the_property(
    database: str, writer: Writer, connection: Connection
) -> None:
    """Builds count what was received before their cutoff: this must not come after the event."""
    writer.write(events([view("shop", CAPTURED - timedelta(hours=9))]))
    begun = Begun(database)
    submission = capture(connection)
    writer.write(events([view("other", CAPTURED - timedelta(hours=1))]))
    # Received before the one that was stored before it.
    begun.write(events([view("other", CAPTURED - timedelta(hours=2))]))
    rows = connection.execute(
        "select kept.property_id, kept.created_at, min(events.created_at) as received_at"
        " from raw.submission_properties as kept"
        " inner join raw.events using (visitor_id, property_id)"
        " where kept.submission_id = %s group by 1, 2",
        (submission,),
    ).fetchall()
    assert {row["property_id"] for row in rows} == {"shop", "other"}
    assert all(row["created_at"] == row["received_at"] for row in rows)


@pytest.mark.parametrize("is_event_first", [True, False])
def test_of_an_event_and_a_capture_at_once_the_later_sees_the_other(
    database: str, writer: Writer, connection: Connection, is_event_first: bool
) -> None:
    writer.write(events([view("shop", CAPTURED - timedelta(hours=1))]))
    late = events([view("late", CAPTURED - timedelta(hours=2))])
    submissions: list[UUID] = []
    with psycopg.connect(database, application_name="first") as first:
        if is_event_first:
            # What the writer does, up to where it would commit.
            first.execute("update raw.visitors set updated_at = updated_at")
            first.execute(
                "insert into raw.events (id, visitor_id, dedupe_key, event_type, property_id,"
                ' "timestamp", occurred_on) values (%s, %s, %s, %s, %s, %s, %s)',
                (
                    late[0].id,
                    late[0].visitor_id,
                    late[0].dedupe_key,
                    "page_view",
                    "late",
                    late[0].occurred_at,
                    late[0].occurred_on,
                ),
            )
            thread = threading.Thread(target=lambda: submissions.append(capture(connection)))
        else:
            submissions.append(capture(first))
            thread = threading.Thread(target=lambda: writer.write(late))
        thread.start()
        with psycopg.connect(database, autocommit=True) as other:
            wait_until(
                lambda: other.execute(
                    "select from pg_stat_activity where wait_event_type = 'Lock'"
                ).fetchall(),
                "nobody waits for the visitor",
            )
    thread.join()
    assert properties(connection, submissions[0]) == {"shop", "late"}


def test_an_upgrade_fills_in_what_raw_still_knows(
    database: str, writer: Writer, connection: Connection
) -> None:
    writer.write(events([view("shop", CAPTURED - timedelta(hours=1)), view("later", CAPTURED)]))
    submission = capture(connection, CAPTURED - timedelta(minutes=1))
    query = "select * from raw.submission_properties"
    known = connection.execute(query).fetchall()
    assert [row["property_id"] for row in known] == ["shop"]
    # As an earlier version left it.
    connection.execute("drop table raw.submission_properties")
    connection.execute("drop trigger keep_properties on raw.form_submissions")
    connection.execute("delete from raw.schema_version")
    apply_schema(database)
    assert connection.execute(query).fetchall() == known
    apply_schema(database)
    assert connection.execute(query).fetchall() == known
    assert properties(connection, submission) == {"shop"}
