"""`footfall status` where things are not well; a healthy one is in tests/warehouse/test_retention.py."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingest_app.enrichment.identity import visitor_id
from ingest_app.operations.status import Line, check
from ingest_app.settings import Settings, load_settings
from tests.support.cli import footfall

pytestmark = pytest.mark.usefixtures("days_of_today")

Connection = psycopg.Connection[dict[str, Any]]
UNREACHABLE = "postgresql://footfall@127.0.0.1:1/footfall"
TODAY = datetime.now(UTC).date()
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def watched(database: str, tmp_path: Path) -> Settings:
    return load_settings(database_url=database, data_dir=tmp_path)


@pytest.fixture(autouse=True)
def nothing_purged(connection: Connection, clean_tables: None) -> None:
    connection.execute("truncate raw.retention_purges")


def lines(settings: Settings) -> dict[str, Line]:
    return {line.name: line for line in check(settings)}


def store(
    connection: Connection, day: date, events: int, *, received_on: date | None = None
) -> None:
    connection.execute("select raw.ensure_event_partition(%s)", (day,))
    at = datetime.combine(day, time(23, 59), UTC)
    connection.execute(
        "insert into raw.visitors (id, anon_id, first_seen_at, last_seen_at)"
        " values (%s, 'visitor-0001', %s, %s) on conflict do nothing",
        (visitor_id("visitor-0001"), at, at),
    )
    for number in range(events):
        connection.execute(
            "insert into raw.events (id, visitor_id, dedupe_key, event_type, timestamp,"
            " occurred_on, traffic_source, created_at)"
            " values (gen_random_uuid(), %s, %s, 'page_view', %s, %s, %s, %s)",
            (
                visitor_id("visitor-0001"),
                f"{day} {received_on} {number}",
                at,
                day,
                ("direct", "social", "email")[number % 3],
                datetime.combine(received_on or day, time(23, 59), UTC),
            ),
        )


def refuse(connection: Connection, day: date, times: int, endpoint: str = "/v1/events") -> None:
    connection.execute(
        "insert into raw.ingest_rejections"
        " (id, property_id, endpoint, reason, status_code, occurred_at, created_at, occurrences)"
        " values (gen_random_uuid(), 'a', %(endpoint)s, 'x', 400, %(at)s, %(at)s, %(times)s)",
        {"endpoint": endpoint, "at": datetime.combine(day, time(), UTC), "times": times},
    )


def test_the_ledger_of_two_days_closes(connection: Connection, watched: Settings) -> None:
    store(connection, YESTERDAY, 3)
    # Of a log of last month, say, that was replayed yesterday.
    store(connection, TODAY - timedelta(days=40), 2, received_on=YESTERDAY)
    store(connection, TODAY - timedelta(days=2), 7)
    store(connection, YESTERDAY, 4, received_on=TODAY)
    refuse(connection, YESTERDAY, 3)
    refuse(connection, YESTERDAY, 50, "/v1/leads/capture")
    connection.execute(
        "insert into raw.ingest_duplicates (id, property_id, occurred_on, created_at, occurrences)"
        " values (gen_random_uuid(), 'a', %s, %s, 2)",
        (TODAY - timedelta(days=40), datetime.combine(YESTERDAY, time(12), UTC)),
    )
    found = lines(watched)
    assert found["received yesterday"].text == "10 = 5 accepted + 2 duplicate + 3 rejected"
    assert found["received yesterday"].is_ok
    assert found["received today"].text == "4 = 4 accepted + 0 duplicate + 0 rejected"
    refuse(connection, YESTERDAY, 8)
    assert lines(watched)["received yesterday"] == Line(
        "received yesterday",
        False,
        "18 = 5 accepted + 2 duplicate + 11 rejected; more than half was rejected",
    )


def test_old_events_and_no_purge_are_not_well(connection: Connection, watched: Settings) -> None:
    store(connection, TODAY - timedelta(days=92), 1)
    assert lines(watched)["oldest raw event"].is_ok
    store(connection, TODAY - timedelta(days=93), 1)
    found = lines(watched)
    assert not found["oldest raw event"].is_ok
    assert found["oldest raw event"].text == (
        f"{TODAY - timedelta(days=93)}, 93 days old; kept for 90"
    )
    assert found["last purge"] == Line("last purge", False, "never, and one is due")


def test_an_interrupted_purge_is_not_well_and_one_under_way_is(
    connection: Connection, watched: Settings
) -> None:
    connection.execute(
        "insert into raw.retention_purges (id, purged_before) values (gen_random_uuid(), now())"
    )
    assert not lines(watched)["last purge"].is_ok
    with connection.transaction():
        connection.execute("lock table raw.retention_lock in share update exclusive mode")
        found = lines(watched)["last purge"]
    assert found.is_ok, found
    connection.execute("update raw.retention_purges set finished_at = now(), events_deleted = 1200")
    found = lines(watched)["last purge"]
    assert found.is_ok
    assert f"1,200 events before {TODAY} deleted" in found.text


def test_an_anonymous_id_of_too_many_is_named(connection: Connection, watched: Settings) -> None:
    assert lines(watched)["sessions"].is_ok
    for anon_id, sessions in (("constant-id", 3), ("another-one", 1)):
        connection.execute(
            "with visitor as ("
            "   insert into raw.visitors (id, anon_id, first_seen_at, last_seen_at)"
            "   values (gen_random_uuid(), %s, now(), now()) returning id"
            ") "
            "insert into raw.sessions (id, visitor_id, started_at, last_event_at, is_coarse) "
            "select gen_random_uuid(), visitor.id, now(), now(), true "
            "from visitor cross join generate_series(1, %s)",
            (anon_id, sessions),
        )
    found = lines(watched)["sessions"]
    assert not found.is_ok
    [constant] = connection.execute(
        "select id from raw.visitors where anon_id = 'constant-id'"
    ).fetchall()
    assert (
        found.text
        == f"2 visitors have too many events to cut; is the anonId of visitor {constant['id']} everyone's?"
    )


def test_without_a_build_it_says_so(database: str) -> None:
    done = footfall("status", database=database)
    assert done.returncode == 1
    assert done.stdout.count("no build yet: run `footfall dbt build`") == 2
    assert "Traceback" not in done.stderr


def test_without_a_database_it_says_so(tmp_path: Path) -> None:
    done = footfall("status", database=UNREACHABLE, DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "does not answer" in done.stdout
    assert "ok      spool" in done.stdout
    assert done.stdout.count("not known: the database does not answer") == 9


def test_without_a_schema_it_says_so(connection: Connection, watched: Settings) -> None:
    connection.execute("alter schema raw rename to elsewhere")
    try:
        found = lines(watched)
    finally:
        connection.execute("alter schema elsewhere rename to raw")
    assert found["database"].is_ok
    assert found["received today"] == Line("received today", False, "the schema is not there")
    assert not found["schema"].is_ok
