"""The app while its database is stopped, killed and started again under it."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest

from ingest_app.embedded import EmbeddedPostgres
from ingest_app.schema import apply_schema
from tests.support.server import Answer, Server, serving

CLIENTS = 6
EVENTS_OF_A_CLIENT = 40
# Longer than the pool waits for a connection and than it pauses between attempts to connect.
PATIENCE_SECONDS = 45
UNAVAILABLE = {"ok": False, "error": "unavailable"}


@pytest.fixture(scope="module")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A database that a test may stop."""
    # Not pytest's own folder: a second run closes that to the user that the server runs as.
    with tempfile.TemporaryDirectory(prefix="footfall-test-") as folder:
        cluster = EmbeddedPostgres(Path(folder), 50000 + os.getpid() % 4000)
        cluster.up()
        apply_schema(cluster.url)
        yield cluster
        cluster.down()


@pytest.fixture
def app(postgres: EmbeddedPostgres, tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own; the database is up at its start and at its end."""
    with serving(postgres.url, tmp_path, RATE_LIMITS_ENABLED="false") as running:
        yield running
        assert running.process.poll() is None
    postgres.up()


def event(path: str = "/") -> dict[str, Any]:
    return {
        "anonId": "visitor-0001",
        "eventType": "page_view",
        "path": path,
        "timestamp": datetime.now(UTC).isoformat(),
    }


def stored(postgres: EmbeddedPostgres, path: str) -> list[str]:
    """The ids of the events of a path."""
    with psycopg.connect(postgres.url) as connection:
        rows = connection.execute("select id from raw.events where path = %s", (path,)).fetchall()
    return [str(row[0]) for row in rows]


def timed(ask: Callable[[], Answer]) -> tuple[Answer, float]:
    began = time.monotonic()
    return ask(), time.monotonic() - began


def accepted(app: Server, body: dict[str, Any], refused: Event | None = None) -> Answer:
    """Post as a patient client does: the same body again until it is taken."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = app.post(body)
        if answer.status == 202:
            return answer
        assert (answer.status, answer.body) == (503, UNAVAILABLE)
        assert time.monotonic() < deadline, "the app did not find its database again"
        if refused is not None:
            refused.set()
        time.sleep(0.1)


def test_an_app_without_its_database_says_so_and_takes_posts_again_once_it_is_back(
    app: Server, postgres: EmbeddedPostgres
) -> None:
    body = event("/through-an-outage")
    before = app.post(event("/before"))
    assert before.status == 202
    postgres.down()

    # The first posts meet connections that were cut, the later ones find none at all.
    cut = app.post(body)
    with ThreadPoolExecutor() as threads:
        posts = [threads.submit(timed, lambda: app.post(body)) for _ in range(4)]
        invalid = threads.submit(timed, lambda: app.post({"anonId": "short"}))
        alive = threads.submit(timed, lambda: app.request("GET", "/v1/healthz"))
    answers = [post.result() for post in posts]
    for answer in (cut, *(answer for answer, _ in answers)):
        assert answer.status == 503
        assert answer.body == UNAVAILABLE
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["Content-Type"] == "application/json"
    assert max(seconds for _, seconds in answers) < 15

    refusal, seconds = invalid.result()
    assert (refusal.status, refusal.body["error"]) == (400, "invalid_request")
    assert {issue["path"] for issue in refusal.body["issues"]} >= {"eventType", "path"}
    assert seconds < 15
    health, seconds = alive.result()
    assert (health.status, health.body) == (200, {"ok": True})
    assert seconds < 5

    process = app.process.pid
    postgres.up()
    first = accepted(app, body)
    again = accepted(app, body)
    assert again.body == first.body
    assert first.body["visitorId"] == before.body["visitorId"]
    assert stored(postgres, "/through-an-outage") == [first.body["eventId"]]
    assert (app.process.pid, app.process.poll()) == (process, None)


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_clients_that_repeat_themselves_through_an_outage_store_each_event_once(
    app: Server, postgres: EmbeddedPostgres, how: str
) -> None:
    under_way, refused = Event(), Event()

    def client(number: int) -> dict[str, str]:
        ids = {}
        for count in range(EVENTS_OF_A_CLIENT):
            path = f"/{how}/{number}/{count}"
            ids[path] = accepted(app, event(path), refused).body["eventId"]
            under_way.set()
        return ids

    with ThreadPoolExecutor(CLIENTS) as threads:
        clients = [threads.submit(client, number) for number in range(CLIENTS)]
        assert under_way.wait(timeout=10)
        if how == "stopped":
            postgres.down()
        else:
            pid_file = postgres.folder / "cluster" / "postmaster.pid"
            os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
        assert refused.wait(timeout=20)
        postgres.up()
        told = {path: sent for one in clients for path, sent in one.result().items()}

    with psycopg.connect(postgres.url) as connection:
        rows = connection.execute(
            "select path, id from raw.events where path like %s", (f"/{how}/%",)
        ).fetchall()
    assert len(rows) == CLIENTS * EVENTS_OF_A_CLIENT
    assert {path: str(event_id) for path, event_id in rows} == told
