"""A second build stops at its start with a word; one that died, or stands still, holds up nobody."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingest_app.store.writer import Writer
from tests.support.arrivals import events
from tests.support.cli import footfall
from tests.support.dbt import Dbt
from tests.support.postgres import holding, wait_until
from tests.support.recount.reading import assert_marts_equal_recount
from tests.support.visits import page_view

Connection = psycopg.Connection[dict[str, Any]]

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=2)
WORD = "Another build runs since "
OF_DBT = "from pg_stat_activity where application_name = 'dbt' and datname = current_database()"


@pytest.fixture(scope="module", autouse=True)
def history(writer: Writer, dbt: Dbt) -> None:
    """Visits of two days, and their first build."""
    writer.write(events(page_view("comes-twice", NOON - timedelta(days=n)) for n in (0, 1)))
    dbt.run_models()


@pytest.fixture
def stop() -> Iterator[ExitStack]:
    """Called back at the end, so that no process stands still for ever."""
    with ExitStack() as stack:
        yield stack


def watermarks(connection: Connection) -> list[dict[str, Any]]:
    return connection.execute(
        "select * from analytics_state.rollup_watermarks order by mart"
    ).fetchall()


def sessions(connection: Connection, which: str = "true") -> list[int]:
    found = connection.execute(f"select pid {OF_DBT} and {which}".encode()).fetchall()
    return [row["pid"] for row in found]


def ended(build: subprocess.Popen[str]) -> tuple[bool, str]:
    output, _ = build.communicate()
    return build.returncode == 0, output


def test_of_two_builds_that_start_at_once_one_stops_with_a_word(
    database: str, writer: Writer, connection: Connection, tmp_path: Path
) -> None:
    writer.write(events([page_view("comes-in-between", NOON)]))
    with holding(database, "lock table analytics_state.rollup_locks in share mode"):
        builds = [Dbt(database, tmp_path / name).start("run") for name in ("one", "other")]
        wait_until(
            lambda: len(sessions(connection, "wait_event_type = 'Lock'")) == 2,
            "the builds did not meet",
        )
    outcomes = [ended(build) for build in builds]
    assert sorted(is_success for is_success, _ in outcomes) == [False, True], outcomes
    [refused] = [output for is_success, output in outcomes if not is_success]
    assert WORD in refused
    assert_marts_equal_recount(connection)


def test_a_build_that_stands_still_is_waited_for_while_its_session_lives(
    database: str,
    writer: Writer,
    dbt: Dbt,
    connection: Connection,
    stop: ExitStack,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    writer.write(events([page_view("comes-late", NOON)]))
    with holding(database, "lock table analytics_state.rollup_watermarks in share mode"):
        first = Dbt(database, tmp_path).start("run", "--threads", "1")
        # Where something fails here, it may not go on in the database of the next test.
        request.addfinalizer(first.kill)
        wait_until(
            lambda: sessions(connection, "wait_event_type = 'Lock'"),
            "the build did not come to the lock",
        )
        first.send_signal(signal.SIGSTOP)
        stop.callback(first.send_signal, signal.SIGCONT)
        refused = dbt.run("run")
        assert not refused.is_success
        assert f"{WORD}{datetime.now(UTC):%Y-%m-%d} " in refused.output
        wait_until(lambda: len(sessions(connection)) == 1, "the refused build stayed")
        assert f"process {sessions(connection)[0]} of the database" in refused.output
        days = ("--from", f"{NOON:%Y-%m-%d}", "--to", f"{NOON:%Y-%m-%d}")
        backfill = footfall("rollups", "backfill", *days, database=database)
        assert backfill.returncode == 1
        assert WORD.lower() in backfill.stderr.lower()

        # As where its machine is gone: then nobody knows more of it than that.
        for pid in sessions(connection):
            connection.execute("select pg_terminate_backend(%s::integer)", (pid,))
        wait_until(lambda: not sessions(connection), "the session lives on")
    writer.write(events([page_view("comes-later", NOON)]))
    dbt.run_models()
    assert_marts_equal_recount(connection)
    before = watermarks(connection)
    stop.close()
    is_success, output = ended(first)
    assert not is_success
    assert "another one has begun" in output
    assert before == watermarks(connection)
    assert_marts_equal_recount(connection)
