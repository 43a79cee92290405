"""`/v1/healthz` and `/v1/readyz` of the real server, with the database well, old and away."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ingest_app.database.connection import HEALTH
from ingest_app.database.schema import VERSION, apply_schema
from ingest_app.web.readiness import KEPT_SECONDS
from tests.support.cli import footfall
from tests.support.postgres import BreakablePostgres, breakable_postgres
from tests.support.server import Answer, Server, serving

EMPTY_SPOOL = {"ok": True, "events": 0, "oldestSeconds": 0.0}
READY = {
    "ok": True,
    "checks": {"database": {"ok": True}, "schema": {"ok": True}, "spool": EMPTY_SPOOL},
}


@pytest.fixture(scope="module")
def postgres() -> Iterator[BreakablePostgres]:
    """A database that a test may stop."""
    with breakable_postgres() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def app(postgres: BreakablePostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data_dir = tmp_path_factory.mktemp("data")
    with serving(postgres.url, data_dir, RATE_LIMITS_ENABLED="false") as running:
        yield running


@pytest.fixture(autouse=True)
def _well_again(postgres: BreakablePostgres) -> Iterator[None]:
    yield
    postgres.up()
    apply_schema(postgres.url)


def readyz(app: Server) -> Answer:
    """An answer that no worker had kept."""
    time.sleep(KEPT_SECONDS + 0.1)
    return app.request("GET", "/v1/readyz")


def do(postgres: BreakablePostgres, statement: str) -> None:
    with psycopg.connect(postgres.url) as connection:
        connection.execute(statement.encode())


def test_a_server_that_can_work_is_ready(app: Server) -> None:
    answer = readyz(app)
    assert (answer.status, answer.body) == (200, READY)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "older",
    [
        f"delete from raw.schema_version where version = '{VERSION}'",
        "delete from raw.schema_version; "
        f"insert into raw.schema_version (version) values ('{VERSION - 1}')",
        "drop table raw.schema_version",
        "drop schema raw cascade",
    ],
)
def test_an_older_schema_is_not_ready_and_says_what_to_run(
    postgres: BreakablePostgres, app: Server, older: str
) -> None:
    do(postgres, older)
    answer = readyz(app)
    assert answer.status == 503
    assert answer.body["ok"] is False
    assert answer.body["checks"]["database"] == {"ok": True}
    assert answer.body["checks"]["schema"]["ok"] is False
    assert "footfall init-db" in answer.body["checks"]["schema"]["message"]
    for _ in range(2):
        done = footfall("init-db", database=postgres.url)
        assert done.returncode == 0, done.stderr
    assert readyz(app).status == 200


def test_a_schema_that_a_later_version_applied_stays_ready(
    postgres: BreakablePostgres, app: Server
) -> None:
    newer = f"insert into raw.schema_version (version) values ({VERSION + 1})"
    do(postgres, newer)
    assert readyz(app).status == 200
    # One with which this app cannot work any more.
    do(
        postgres,
        f"update raw.schema_version set oldest_app = {VERSION + 1} where version = '{VERSION + 1}'",
    )
    answer = readyz(app)
    assert (answer.status, answer.body["checks"]["schema"]["ok"]) == (503, False)
    do(postgres, f"delete from raw.schema_version where version = '{VERSION + 1}'")


def test_without_a_database_it_is_ready_as_long_as_it_can_spool(
    postgres: BreakablePostgres, app: Server
) -> None:
    postgres.down()
    answer = readyz(app)
    assert (answer.status, answer.body["ok"]) == (200, True)
    assert answer.body["checks"]["spool"]["ok"] is True
    assert answer.body["checks"]["database"]["ok"] is False
    assert answer.body["checks"]["schema"]["ok"] is False
    assert app.request("GET", "/v1/healthz").body == {"ok": True}
    postgres.up()
    assert readyz(app).status == 200


def test_a_database_that_is_silent_is_told_within_the_bound(
    postgres: BreakablePostgres, app: Server
) -> None:
    os.kill(postgres.pid, signal.SIGSTOP)
    try:
        time.sleep(KEPT_SECONDS + 0.1)
        began = time.monotonic()
        answer = app.request("GET", "/v1/readyz")
        seconds = time.monotonic() - began
        assert app.request("GET", "/v1/healthz").status == 200
    finally:
        os.kill(postgres.pid, signal.SIGCONT)
    assert answer.body["checks"]["database"]["ok"] is False
    assert seconds < HEALTH.statement_seconds + 10


def test_without_a_database_and_without_a_spool_it_is_not_ready(
    postgres: BreakablePostgres, tmp_path: Path
) -> None:
    postgres.down()
    with serving(postgres.url, tmp_path, SPOOL_MAX_BYTES="0") as app:
        answer = readyz(app)
        assert (answer.status, answer.body["ok"]) == (503, False)
        assert answer.body["checks"]["spool"] == EMPTY_SPOOL | {
            "ok": False,
            "message": "has no more room",
        }
        event = {"anonId": "visitor-0001", "eventType": "page_view", "path": "/"}
        refused = app.post(event)
        assert (refused.status, refused.body) == (503, {"ok": False, "error": "unavailable"})
        assert int(refused.headers["Retry-After"]) > 0
        # What is wrong of itself is told all the same.
        assert app.post({"anonId": "short"}).status == 400
