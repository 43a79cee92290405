"""What a session of the app depends on is fixed by the app, whatever surrounds it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from psycopg.rows import dict_row

import ingest_app
from ingest_app.database.connection import (
    HEALTH,
    INGEST,
    READ,
    WORK,
    Purpose,
    ReconnectingConnection,
    connect,
)
from ingest_app.database.schema import apply_schema
from ingest_app.enrichment.identity import visitor_id
from ingest_app.operations.purge import preview
from tests.support.cli import footfall
from tests.support.server import serving
from tests.support.strange import make_strange

# Yesterday, so that nothing is too old or in the future.
DAY = (datetime.now(UTC) - timedelta(days=2)).date()
PURPOSES = {"ingest": INGEST, "health": HEALTH, "read": READ, "work": WORK}
FIXED = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "extra_float_digits": "1",
    "default_transaction_isolation": "read committed",
    "transaction_isolation": "read committed",
    "search_path": "pg_catalog, pg_temp",
}


@pytest.fixture(scope="module")
def strange(database: str) -> str:
    """The module's database, set up strangely after the schema was made."""
    make_strange(database)
    return database


def shown(connection: psycopg.Connection[Any], names: Iterator[str] | list[str]) -> dict[str, str]:
    found = {}
    for name in names:
        [(value,)] = connection.execute(f"show {name}".encode()).fetchall()
        found[name] = value
    return found


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_session_is_what_the_app_needs(
    strange: str, monkeypatch: pytest.MonkeyPatch, purpose: str
) -> None:
    with psycopg.connect(strange) as plain:
        assert shown(plain, ["timezone"]) == {"timezone": "America/Santiago"}
    monkeypatch.setenv("PGTZ", "Europe/Berlin")
    monkeypatch.setenv("PGDATESTYLE", "SQL, DMY")
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    monkeypatch.setenv("PGOPTIONS", "-c timezone=Asia/Tokyo -c statement_timeout=77s")
    options = quote("-c timezone=Asia/Tokyo -c search_path=elsewhere -c lock_timeout=77s")
    for url in (strange, f"{strange}?options={options}"):
        with connect(url, PURPOSES[purpose], name="footfall-test") as connection:
            assert shown(connection, list(FIXED)) == FIXED
            # What was set must outlive whatever fails first.
            connection.rollback()
            assert shown(connection, list(FIXED)) == FIXED


@pytest.mark.parametrize(
    ("purpose", "waits"),
    [
        (INGEST, ("5s", "2s", "30s", "off")),
        (HEALTH, ("2s", "2s", "0", "on")),
        (READ, ("0", "1min", "0", "on")),
        (WORK, ("0", "1min", "0", "off")),
    ],
)
def test_a_session_waits_as_long_as_its_purpose_says(
    strange: str, monkeypatch: pytest.MonkeyPatch, purpose: Purpose, waits: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c statement_timeout=77s -c lock_timeout=77s")
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    with connect(strange, purpose, name="footfall-test") as connection:
        found = shown(connection, [*names, "transaction_read_only"])
    assert tuple(found.values()) == waits


def test_a_database_that_was_made_read_only_stays_so(strange: str) -> None:
    options = quote("-c default_transaction_read_only=on")
    link = ReconnectingConnection(f"{strange}?options={options}", name="footfall-test")
    with link.connection() as connection:
        assert shown(connection, ["transaction_read_only"]) == {"transaction_read_only": "on"}
    link.close()


def test_one_place_makes_connections() -> None:
    folder = Path(ingest_app.__file__).parent
    makers = {
        str(file.relative_to(folder))
        for file in folder.rglob("*.py")
        if re.search(r"psycopg\.connect\(|Connection\.connect\(", file.read_text())
    }
    assert makers == {"database/connection.py"}


@pytest.mark.parametrize(
    ("zone", "moments"),
    [
        ("America/New_York", ("01:00", "01:50", "01:25")),
        ("Europe/Berlin", ("22:50", "23:40", "23:15")),
    ],
)
@pytest.mark.parametrize("said_by", ["database", "environment"])
def test_a_late_event_joins_sessions_across_midnight_of_another_zone(
    strange: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    zone: str,
    moments: tuple[str, ...],
    said_by: str,
) -> None:
    if said_by == "database":
        with psycopg.connect(strange, autocommit=True) as connection:
            name = connection.info.dbname
            connection.execute(f"alter database {name} set timezone = '{zone}'".encode())
    else:
        monkeypatch.setenv("PGTZ", zone)
    visitor = f"{said_by} {zone}"
    with serving(strange, tmp_path) as server:
        for path, moment in zip("abc", moments, strict=True):
            answer = server.post(
                {
                    "anonId": visitor,
                    "eventType": "page_view",
                    "path": f"/{path}",
                    "timestamp": f"{DAY}T{moment}:00Z",
                }
            )
            assert answer.status == 202, answer.body
    with (
        connect(strange, READ, name="footfall-test") as connection,
        connection.cursor(row_factory=dict_row) as reading,
    ):
        sessions = reading.execute(
            "select id, started_at, last_event_at, landing_path from raw.sessions "
            "where visitor_id = %s",
            (visitor_id(visitor),),
        ).fetchall()
        events = reading.execute(
            "select path, session_id, occurred_on from raw.events where visitor_id = %s "
            "order by path",
            (visitor_id(visitor),),
        ).fetchall()
    [session] = sessions
    assert session["last_event_at"] - session["started_at"] == timedelta(minutes=50)
    assert session["landing_path"] == "/a"
    assert events == [
        {"path": path, "session_id": session["id"], "occurred_on": DAY}
        for path in ("/a", "/b", "/c")
    ]


def test_a_purge_sees_months_however_dates_are_written(strange: str) -> None:
    old = date(2024, 3, 17)
    with connect(strange, WORK, name="footfall-test", autocommit=True) as connection:
        connection.execute("select raw.ensure_event_partition(%s)", (old,))
    done = footfall("purge", "--dry-run", "--older-than-days", "300", database=strange)
    assert done.returncode == 0, done.stderr
    assert preview(strange, older_than_days=300).partitions_dropped == 1
    done = footfall("purge", "--older-than-days", "300", database=strange)
    assert done.returncode == 0, done.stderr
    with connect(strange, READ, name="footfall-test") as connection:
        [(there,)] = connection.execute("select to_regclass('raw.events_2024_03')").fetchall()
    assert there is None


@pytest.mark.parametrize("command", ["init-db", "status", "settings"])
def test_commands_run_where_settings_are_strange(strange: str, command: str) -> None:
    done = footfall(command, database=strange)
    assert "Traceback" not in done.stderr
    # Of `status` alone: there was no build.
    assert done.returncode == (1 if command == "status" else 0), done.stderr


def test_the_schema_is_applied_where_settings_are_strange(strange: str) -> None:
    with psycopg.connect(strange, autocommit=True) as connection:
        connection.execute("drop schema raw cascade")
    apply_schema(strange)
    with connect(strange, READ, name="footfall-test") as reading:
        bounds = reading.execute(
            "select pg_get_expr(relpartbound, pg_class.oid) from pg_class "
            "inner join pg_inherits on inhrelid = pg_class.oid "
            "where inhparent = 'raw.events'::regclass order by relname"
        ).fetchall()
    first = datetime.now(UTC).date().replace(day=1)
    following = (first + timedelta(days=40)).replace(day=1)
    assert bounds[0] == (f"FOR VALUES FROM ('{first}') TO ('{following}')",)
