"""`footfall erase` against a real database and a real spool."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from ingest_app.enrichment.body import EventBody
from ingest_app.enrichment.event import RequestContext, build_event
from ingest_app.enrichment.identity import new_id, visitor_id
from ingest_app.enrichment.row import Event
from ingest_app.store.spool import Spool
from tests.support.captures import capture
from tests.support.cli import footfall
from tests.support.postgres import wait_until
from tests.support.server import Server

Connection = psycopg.Connection[dict[str, Any]]

NOW = datetime.now(UTC).replace(microsecond=0)
TODAY, EARLIER = NOW.date(), (NOW - timedelta(days=9)).date()
ERASED, OTHER = "visitor-erased", "visitor-other"
MARTS = ("sessions", "visitor_days")


@pytest.fixture
def known(connection: Connection, clean_tables: None, server: Server) -> None:
    """Two visitors with events on two days, a lead, and old rows in marts."""
    connection.execute("truncate raw.erasures")
    connection.execute("drop schema if exists analytics cascade")
    connection.execute("create schema analytics")
    for anon_id in (ERASED, OTHER):
        for at in (NOW, NOW - timedelta(days=9), NOW - timedelta(days=9, minutes=2)):
            answer = server.post(
                {
                    "anonId": anon_id,
                    "eventType": "page_view",
                    "path": "/",
                    "timestamp": at.isoformat(),
                }
            )
            assert answer.status == 202
        lead, visitor = new_id(), visitor_id(anon_id)
        capture(connection, lead, visitor, datetime.now(UTC))
        connection.execute(
            "insert into raw.lead_identities (id, lead_id, visitor_id, link_source, confidence)"
            " values (%s, %s, %s, 'form_submit', 1)",
            (new_id(), lead, visitor),
        )
    for mart in MARTS:
        connection.execute(
            f"create table analytics.{mart} (visitor_id uuid, day date, n int)".encode()
        )
        for anon_id in (ERASED, OTHER):
            connection.execute(
                f"insert into analytics.{mart} values (%s, '2020-01-01', 3)".encode(),
                (visitor_id(anon_id),),
            )


def erase(database: str, anon_id: str, data_dir: Path, *options: str) -> tuple[int, str]:
    done = footfall(
        *("erase", "--anon-id", anon_id, "--yes", *options),
        database=database,
        DATA_DIR=str(data_dir),
    )
    return done.returncode, done.stdout + done.stderr


def of(connection: Connection, table: str, column: str = "visitor_id") -> list[UUID]:
    rows = connection.execute(f"select {column} as id from {table}".encode()).fetchall()
    return [row["id"] for row in rows]


def test_the_raw_rows_go_and_those_of_others_stay(
    known: None, connection: Connection, database: str, data_dir: Path
) -> None:
    code, said = erase(database, f"  {ERASED} ", data_dir)
    assert code == 0, said
    assert "2 days are counted anew" in said
    other = visitor_id(OTHER)
    assert of(connection, "raw.events") == [other] * 3
    assert of(connection, "raw.sessions") == [other] * 2
    assert of(connection, "raw.form_submissions") == [other]
    assert of(connection, "raw.lead_identities") == [other]
    assert of(connection, "raw.visitors", "id") == [other]


def test_the_audit_row_tells_days_and_names_no_one(
    known: None, connection: Connection, database: str, data_dir: Path
) -> None:
    erase(database, ERASED, data_dir)
    [row] = connection.execute("select * from raw.erasures").fetchall()
    assert row["touched_days"] == [EARLIER, TODAY]
    assert (row["events_deleted"], row["sessions_deleted"]) == (3, 2)
    assert row["id"] != visitor_id(ERASED)
    assert ERASED not in str(row)
    assert str(visitor_id(ERASED)) not in str(row)


def test_rows_of_marts_stay_under_one_other_id(
    known: None, connection: Connection, database: str, data_dir: Path
) -> None:
    erase(database, ERASED, data_dir)
    others = set()
    for mart in MARTS:
        ids = set(of(connection, f"analytics.{mart}"))
        assert visitor_id(OTHER) in ids
        others |= ids - {visitor_id(OTHER)}
    assert len(others) == 1
    assert visitor_id(ERASED) not in others


def test_sessions_of_marts_get_other_ids_and_stored_failures_go(
    known: None, connection: Connection, database: str, data_dir: Path
) -> None:
    connection.execute("alter table analytics.sessions add column session_id uuid")
    connection.execute("update analytics.sessions set session_id = visitor_id")
    connection.execute("create schema analytics_failures")
    try:
        connection.execute("create table analytics_failures.a_test as select 'in words' as who")
        assert erase(database, ERASED, data_dir)[0] == 0
        assert connection.execute(
            "select to_regclass('analytics_failures.a_test') as t"
        ).fetchall() == [{"t": None}]
        sessions = set(of(connection, "analytics.sessions", "session_id"))
        assert len(sessions) == 2
        assert sessions & {visitor_id(ERASED), visitor_id(OTHER)} == {visitor_id(OTHER)}
    finally:
        connection.execute("drop schema analytics_failures cascade")


def test_a_second_run_finds_nothing_and_writes_nothing(
    known: None, connection: Connection, database: str, data_dir: Path
) -> None:
    erase(database, ERASED, data_dir)
    assert erase(database, ERASED, data_dir) == (0, "nothing was found of this visitor\n")
    assert erase(database, "visitor-nobody", data_dir)[0] == 0
    assert len(of(connection, "raw.erasures", "id")) == 1


def test_waiting_writers_store_a_visitor_who_is_new(
    known: None, connection: Connection, database: str, data_dir: Path, server: Server
) -> None:
    erase(database, ERASED, data_dir)
    answer = server.post({"anonId": ERASED, "eventType": "page_view", "path": "/again"})
    assert answer.headers["Footfall-Outcome"] == "accepted"
    [row] = connection.execute(
        "select first_seen_at from raw.visitors where anon_id = %s", (ERASED,)
    ).fetchall()
    assert row["first_seen_at"] >= NOW


def waiting(anon_id: str, path: str = "/") -> Event:
    body = EventBody.model_validate({"anonId": anon_id, "eventType": "page_view", "path": path})
    context = RequestContext(now=NOW, host="a.example", address="192.0.2.1", user_agent="agent")
    return build_event(body, context, pepper=b"pepper")


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool" / "events.sqlite3", max_bytes=1_000_000)
    yield opened
    opened.close()


def test_events_in_the_spool_go_too(
    connection: Connection, database: str, tmp_path: Path, spool: Spool, known: None
) -> None:
    mine = waiting(ERASED)
    refused = waiting(ERASED, "/refused")
    theirs = waiting(OTHER)
    spool.append([mine, theirs, refused])
    spool.set_aside(spool.oldest(9)[2].place, "for a test")
    code, said = erase(database, ERASED, tmp_path)
    assert code == 0, said
    assert [one.event.anon_id for one in spool.oldest(9)] == [OTHER]
    assert spool.depth().refused == 0
    files = (tmp_path / "spool").glob("events.sqlite3*")
    assert not any(ERASED.encode() in file.read_bytes() for file in files)


def test_it_waits_for_a_writer_of_the_visitor(
    known: None, connection: Connection, database: str, data_dir: Path
) -> None:
    ended: list[int] = []
    with psycopg.connect(database) as writer:
        writer.execute("update raw.visitors set last_seen_at = now() where anon_id = %s", (ERASED,))
        thread = threading.Thread(target=lambda: ended.append(erase(database, ERASED, data_dir)[0]))
        thread.start()
        wait_until(
            lambda: connection.execute(
                "select from pg_stat_activity"
                " where application_name = 'footfall-erase' and wait_event_type = 'Lock'"
            ).fetchall(),
            "nobody waits",
        )
        writer.execute(
            "insert into raw.events (id, visitor_id, dedupe_key, event_type, timestamp,"
            " occurred_on) select gen_random_uuid(), id, 'late', 'page_view',"
            " '2026-11-01Z', '2026-11-01' from raw.visitors where anon_id = %s",
            (ERASED,),
        )
    thread.join()
    assert ended == [0]
    assert visitor_id(ERASED) not in of(connection, "raw.events")
    [row] = connection.execute("select touched_days from raw.erasures").fetchall()
    assert datetime(2026, 11, 1, tzinfo=UTC).date() in row["touched_days"]


@pytest.mark.parametrize("anon_id", ["short", "   seven12   ".replace("12", ""), "x" * 129])
def test_what_is_no_anonymous_id_is_told_so(database: str, anon_id: str) -> None:
    done = footfall("erase", "--yes", "--anon-id", anon_id, database=database)
    assert done.returncode == 1
    assert f"must have 8 to 128 characters, and has {len(anon_id.strip())}" in done.stderr


def test_without_yes_it_asks(known: None, connection: Connection, database: str) -> None:
    done = footfall("erase", "--anon-id", ERASED, database=database)
    assert done.returncode == 130
    assert visitor_id(ERASED) in of(connection, "raw.events")
