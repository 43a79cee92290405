"""A purge under live ingest and builds, and an erasure: what later builds make of both."""

from __future__ import annotations

import os
import random
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from ingest_app.database.embedded import EmbeddedPostgres, binaries
from ingest_app.enrichment.identity import visitor_id
from ingest_app.operations.purge import purge
from tests.support.citus import pass_grace
from tests.support.cli import footfall
from tests.support.dbt import Dbt
from tests.support.history import random_history
from tests.support.recount import EventFact, ingest_rollups, metric_rollups
from tests.support.recount.reading import read_rows
from tests.support.rejections import wait_for_rejections
from tests.support.server import Server, serving

pytestmark = pytest.mark.usefixtures("days_of_today", "restored")
Connection = psycopg.Connection[dict[str, Any]]

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
# Two months that a purge drops whole, the days around the horizon, and recent ones.
DAYS = [TODAY - timedelta(days=age) for age in (160, 130, 92, 91, 90, 89, 3, 2, 1)]
HORIZON = (TODAY - timedelta(days=90)).date()
MARTS = ("daily_metric_rollups", "daily_ingest_rollups")
ERASED = "visitor-0003"

Rollups = dict[str, dict[Any, dict[str, Any]]]


@contextmanager
def taking_old_events(database: str, data_dir: Path) -> Iterator[Server]:
    """A server that takes events that are older than retention."""
    settings = {"TRUSTED_PROXIES": "127.0.0.1", "MAX_EVENT_AGE_DAYS": "200"}
    with serving(database, data_dir, **settings) as running:
        yield running


@pytest.fixture
def server(database: str, tmp_path: Path) -> Iterator[Server]:
    with taking_old_events(database, tmp_path) as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def history(database: str, data_dir: Path, dbt: Dbt) -> list[EventFact]:
    """Half a year, built."""
    posted = random_history(random.Random(20261125), days=DAYS, events=250, visitors=25)
    with taking_old_events(database, data_dir) as server:
        for each in posted:
            assert server.post(each.body).headers["Footfall-Outcome"] == "accepted"
    pass_grace(database)
    dbt.build()
    return [each.fact for each in posted]


@pytest.fixture
def purged(database: str) -> None:
    """What is older than retention is gone from raw."""
    purge(database, older_than_days=90)
    with psycopg.connect(database) as connection:
        [(left,)] = connection.execute(
            "select count(*) from raw.events where occurred_on < %s", (HORIZON,)
        ).fetchall()
    assert left == 0


def rollups(connection: Connection) -> Rollups:
    return {mart: read_rows(connection, mart) for mart in MARTS}


def before(rows: Rollups, horizon: date) -> Rollups:
    return {
        mart: {key: row for key, row in of_mart.items() if key[1] < horizon}
        for mart, of_mart in rows.items()
    }


def expected(facts: list[EventFact]) -> Rollups:
    return {
        "daily_metric_rollups": metric_rollups(facts),
        "daily_ingest_rollups": ingest_rollups(facts),
    }


def count(connection: Connection, query: str) -> int:
    [row] = connection.execute(query.encode()).fetchall()
    return int(row["count"])


def test_a_purge_amid_ingest_and_a_build_moves_no_rollup(
    history: list[EventFact], server: Server, dbt: Dbt, database: str, connection: Connection
) -> None:
    known = rollups(connection)
    assert known == expected(history)
    rng = random.Random(7)
    live = random_history(rng, days=[TODAY - timedelta(days=1)], events=400, visitors=25)
    is_over = threading.Event()
    sent: list[EventFact] = []

    def ingest() -> None:
        for each in live:
            if is_over.is_set():
                return
            assert server.post(each.body).headers["Footfall-Outcome"] == "accepted"
            sent.append(each.fact)

    builds: list[bool] = []
    threads = [
        threading.Thread(target=ingest),
        threading.Thread(
            target=lambda: builds.append(dbt.run("build", "--full-refresh").is_success)
        ),
    ]
    for thread in threads:
        thread.start()
    while not builds:
        purge(database, older_than_days=90)
    is_over.set()
    for thread in threads:
        thread.join()
    assert builds == [True]
    assert count(connection, "select count(*) from raw.events") > 0
    assert (
        count(connection, f"select count(*) from raw.events where occurred_on < '{HORIZON}'") == 0
    )

    dbt.build("--full-refresh")
    assert before(rollups(connection), HORIZON) == before(known, HORIZON)
    assert rollups(connection) == expected([*history, *sent])


@pytest.mark.usefixtures("purged")
def test_late_events_of_purged_days_are_refused_and_change_no_rollup(
    server: Server, dbt: Dbt, connection: Connection
) -> None:
    """Although the app takes events that are older than retention."""
    known = rollups(connection)
    late = random_history(random.Random(9), days=DAYS[:4], events=5, visitors=3)
    for each in late:
        each.body["anonId"] = "visitor-late"
        each.body["traffic"]["propertyId"] = "late.example"
        assert server.post(each.body).status == 400
    assert wait_for_rejections(connection, len(late), "late.example") == {
        ("late.example", "/v1/events", "bad_timestamp", 400): len(late)
    }
    connection.execute("delete from raw.ingest_rejections")
    dbt.run_models()
    assert rollups(connection) == known


def test_status_is_well_and_tells_the_waiting_days(
    server: Server, database: str, tmp_path: Path
) -> None:
    purge_done = footfall("purge", database=database)
    assert purge_done.returncode == 0, purge_done.stderr
    done = footfall("status", database=database, DATA_DIR=str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "NOT OK" not in done.stdout

    done = footfall("rollups", "status", database=database)
    assert done.returncode == 0, done.stdout + done.stderr
    [line] = [row for row in done.stdout.splitlines() if row.startswith("daily_metric_rollups ")]
    assert line.split()[-1] == "0"
    [late] = random_history(random.Random(3), days=[DAYS[-2]], events=1, visitors=1)
    late.body["anonId"] = "visitor-once"
    assert server.post(late.body).status == 202
    done = footfall("rollups", "status", database=database)
    [line] = [row for row in done.stdout.splitlines() if row.startswith("daily_metric_rollups ")]
    day = DAYS[-2].date().isoformat()
    assert line.split()[-4:] == ["1", day, "to", day]


def test_a_backfill_mends_what_was_broken_by_hand(
    history: list[EventFact], database: str, connection: Connection
) -> None:
    day = DAYS[-3].date()
    connection.execute(
        "update analytics.daily_metric_rollups set total_page_views = 999 where day = %s", (day,)
    )
    days = ("--from", day.isoformat(), "--to", day.isoformat())
    done = footfall("rollups", "backfill", *days, database=database)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"rebuilt {day} to {day}" in done.stdout
    assert rollups(connection) == expected(history)


def test_a_backfill_whose_tests_fail_exits_1_and_names_them(
    database: str, connection: Connection
) -> None:
    day = DAYS[-3].date()
    connection.execute(
        "update analytics.daily_metric_rollups set total_page_views = 999 where day = %s", (day,)
    )
    other = DAYS[-1].date().isoformat()
    done = footfall("rollups", "backfill", "--from", other, "--to", other, database=database)
    assert done.returncode == 1
    assert "reconciliation_is_of_the_rollups_as_they_are" in done.stderr


@pytest.mark.usefixtures("purged")
def test_after_an_erasure_and_a_build_the_visitor_is_in_no_count(
    history: list[EventFact], dbt: Dbt, database: str, connection: Connection, tmp_path: Path
) -> None:
    known = before(rollups(connection), HORIZON)
    assert any(fact.visitor == ERASED and fact.at.date() >= HORIZON for fact in history)
    done = footfall(
        "erase", "--anon-id", ERASED, "--yes", database=database, DATA_DIR=str(tmp_path)
    )
    assert done.returncode == 0, done.stderr
    dbt.build()
    now = rollups(connection)
    assert before(now, HORIZON) == known
    remaining = expected([fact for fact in history if fact.visitor != ERASED])
    for mart in MARTS:
        held = {key: row for key, row in now[mart].items() if key[1] >= HORIZON}
        assert held == {key: row for key, row in remaining[mart].items() if key[1] >= HORIZON}
    for table in ("raw.events", "raw.sessions"):
        query = f"select count(*) from {table} where visitor_id = '{visitor_id(ERASED)}'"
        assert count(connection, query) == 0


@pytest.mark.usefixtures("purged")
def test_a_restored_backup_has_the_same_rollups_and_equals_its_raw_rows(
    database: str, connection: Connection, tmp_path: Path
) -> None:
    """As docs/deployment.md says it."""
    dump = tmp_path / "footfall.dump"
    tools = binaries()
    subprocess.run([tools / "pg_dump", "--format=custom", f"--file={dump}", database], check=True)
    with tempfile.TemporaryDirectory(prefix="footfall-test-") as folder:
        other = EmbeddedPostgres(
            Path(folder), 33000 + os.getpid() % 4000, extra_conf="fsync = off\n"
        )
        other.up()
        try:
            subprocess.run(
                [tools / "pg_restore", "--no-owner", "--exit-on-error", "-d", other.url, dump],
                check=True,
            )
            with psycopg.connect(other.url, row_factory=dict_row) as restored:
                assert rollups(restored) == rollups(connection)
            days = ("--from", HORIZON.isoformat(), "--to", TODAY.date().isoformat())
            done = footfall("discrepancy", *days, database=other.url)
            assert done.returncode == 0, done.stdout + done.stderr
        finally:
            other.down()
