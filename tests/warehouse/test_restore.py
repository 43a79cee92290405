"""Backup and restore as the deployment guide has them: the same answers, and builds that go on."""

from __future__ import annotations

import json
import random
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from ingest_app.database.embedded import EmbeddedPostgres, binaries
from ingest_app.store.writer import Writer
from tests.support.arrivals import events, writing
from tests.support.cli import footfall
from tests.support.dbt import Dbt, DbtProcess
from tests.support.ports import new_port
from tests.support.server import serving
from tests.support.visits import random_visit

DAYS = [datetime(2026, 6, day, tzinfo=UTC) for day in range(1, 9)]
KEY = "a key"
PURGED_BEFORE = DAYS[3]
QUESTIONS = (
    "summary?from=2026-06-04&to=2026-06-08&compareTo=yes",
    "summary?from=2026-06-01&to=2026-06-08&propertyId=shop.example",
    "breakdown?from=2026-06-01&to=2026-06-08&by=traffic_source",
    "vitals?from=2026-06-01&to=2026-06-08",
    "properties",
)


@pytest.fixture(scope="module")
def backed_up(database: str, writer: Writer, dbt: Dbt) -> str:
    """A warehouse in use: built, purged in part, and with events that wait for the next build."""
    rng = random.Random(20260601)
    for number in range(80):
        writer.write(events(visit(rng, number)))
    dbt.run_models()
    age = (datetime.now(UTC) - PURGED_BEFORE).days
    purge = footfall("purge", "--older-than-days", str(age), database=database)
    assert purge.returncode == 0, purge.stderr
    writer.write(events(visit(rng, 999, days=DAYS[4:])))
    return database


def visit(rng: random.Random, number: int, days: list[datetime] = DAYS) -> list[dict[str, Any]]:
    return random_visit(
        rng,
        day=rng.choice(days) + timedelta(hours=1),
        visitor=f"visitor-{number % 30:04}",
        properties=("shop.example", "docs.example"),
    )


@pytest.fixture(scope="module")
def restored(backed_up: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Another server that was given the dump, by the commands of the guide."""
    dump = tmp_path_factory.mktemp("backup") / "footfall.dump"
    run("pg_dump", "--format=custom", f"--file={dump}", backed_up)
    with tempfile.TemporaryDirectory(prefix="footfall-test-") as folder:
        other = EmbeddedPostgres(Path(folder), new_port(), extra_conf="fsync = off\n")
        other.up()
        run("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={other.url}", str(dump))
        done = footfall("init-db", database=other.url)
        assert done.returncode == 0, done.stderr
        yield other.url
        other.down()


def run(program: str, *arguments: str) -> None:
    subprocess.run([binaries() / program, *arguments], check=True, timeout=120)


def answers(database: str, folder: Path) -> list[Any]:
    with serving(database, folder, ADMIN_API_KEYS=KEY) as server:
        got = [
            server.request("GET", f"/v1/metrics/{question}", x_admin_key=KEY)
            for question in QUESTIONS
        ]
    assert all(answer.status == 200 for answer in got)
    return [answer.body for answer in got]


def test_every_report_is_the_same(backed_up: str, restored: str, tmp_path: Path) -> None:
    before, after = (
        answers(database, tmp_path / name)
        for name, database in (("before", backed_up), ("after", restored))
    )
    assert after == before
    # Also of days whose raw rows are gone.
    assert before[1]["trend"][0]["uniqueVisitors"] > 0


def test_marts_and_reports_equal_raw_on_both(backed_up: str, restored: str) -> None:
    found = []
    for database in (backed_up, restored):
        done = footfall(
            *("discrepancy", "--json", "--from", "2026-06-01", "--to", "2026-06-08"),
            database=database,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        found.append(json.loads(done.stdout))
    assert found[1] == found[0]


def test_builds_go_on_where_they_were(restored: str, process: DbtProcess, tmp_path: Path) -> None:
    rng = random.Random(1)
    with psycopg.connect(restored, autocommit=True, row_factory=dict_row) as connection:
        purged = "select * from analytics.daily_metric_rollups where day < %s order by 1, 2"
        history = connection.execute(purged, (PURGED_BEFORE,)).fetchall()
        assert history
        with writing(restored) as writer:
            writer.write(events(visit(rng, 1000, days=DAYS[4:])))
        dbt = Dbt(restored, tmp_path, process)
        dbt.run_models("--vars", "{rebuild_from: 2026-06-05, rebuild_to: 2026-06-08}")
        assert connection.execute(purged, (PURGED_BEFORE,)).fetchall() == history
        check_held(connection)


def check_held(connection: psycopg.Connection[dict[str, Any]]) -> None:
    """Days that raw holds whole are counted as raw has them."""
    rows = connection.execute(
        "select count(*) as events, "
        "(select sum(events_accepted) from analytics.daily_ingest_rollups where day >= %(from)s) "
        "as accepted from raw.events where occurred_on >= %(from)s",
        {"from": PURGED_BEFORE},
    ).fetchall()
    [row] = rows
    assert row["events"] == row["accepted"] > 0
