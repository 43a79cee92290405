"""`/metrics` of the real server with two workers."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from ingest_app.metrics import REASONS, Metrics
from ingest_app.settings import load_settings
from ingest_app.web.routes.metrics import is_near
from tests.support.server import Server, serving

POSTS = 240
NOW = datetime.now(UTC)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "server.log"


@pytest.fixture
def app(database: str, tmp_path: Path, log: Path) -> Iterator[Server]:
    with serving(database, tmp_path / "data", log=log, RATE_LIMITS_ENABLED="false") as running:
        yield running


def event(number: int, **more: Any) -> dict[str, Any]:
    return {
        "anonId": f"visitor-{number:04}",
        "eventType": "page_view",
        "path": "/",
        "timestamp": NOW.isoformat(),
        **more,
    }


def scrape(app: Server) -> dict[str, float]:
    """Every sample by its name and labels, asked for on a connection of its own."""
    answer = app.request("GET", "/metrics", Connection="close")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    lines = [line for line in answer.body.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def totals(samples: dict[str, float]) -> dict[str, float]:
    """The counters of events that are not zero."""
    return {
        name.removeprefix("footfall_events_"): value
        for name, value in samples.items()
        if name.startswith("footfall_events_") and "_total" in name and value
    }


def workers_that_answered(log: Path, route: str) -> Counter[int]:
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return Counter(line["pid"] for line in lines if line.get("route") == route)


def post_many(app: Server, first: int = 0) -> None:
    """New events, half of them twice, and refused ones; each on a connection of its own."""

    def post(number: int) -> int:
        if number % 4 == 3:
            return app.post(event(number, nonsense=1), Connection="close").status
        return app.post(event(number), Connection="close").status

    with ThreadPoolExecutor(16) as threads:
        statuses = Counter(threads.map(post, range(first, first + POSTS)))
        again = range(first, first + POSTS, 8)
        statuses += Counter(threads.map(post, again))
    assert statuses == {202: POSTS * 3 // 4 + POSTS // 8, 400: POSTS // 4}


ONCE = {
    "received_total": POSTS + POSTS // 8,
    "accepted_total": POSTS * 3 // 4,
    "duplicate_total": POSTS // 8,
    'rejected_total{reason="invalid_request"}': POSTS // 4,
}


def test_the_totals_are_what_was_sent_whichever_worker_answers(app: Server, log: Path) -> None:
    post_many(app)
    answers = [scrape(app) for _ in range(24)]
    for samples in answers:
        assert totals(samples) == ONCE
        # Those that came together were committed together.
        groups = samples["footfall_commit_seconds_count"]
        assert 2 <= groups <= POSTS * 3 // 4 + POSTS // 8
        assert samples['footfall_commit_seconds_bucket{le="+Inf"}'] == groups
        assert samples["footfall_commit_seconds_sum"] > 0
        assert samples["footfall_workers"] == 2
        # The one that asks.
        assert samples["footfall_requests_in_progress"] == 1
    assert len(workers_that_answered(log, "/v1/events")) == 2
    assert len(workers_that_answered(log, "/metrics")) == 2


def test_what_a_killed_worker_counted_stays_and_it_is_no_worker_any_more(
    app: Server, log: Path
) -> None:
    post_many(app, first=1000)
    os.kill(next(iter(workers_that_answered(log, "/v1/events"))), signal.SIGKILL)
    # The server begins another within a few seconds.
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        time.sleep(0.2)
        try:
            samples = scrape(app)
        except OSError:
            continue
        assert samples["footfall_workers"] <= 2
        assert totals(samples) == ONCE
        if samples["footfall_workers"] == 2 and len(workers_that_answered(log, "/metrics")) == 2:
            break
    assert samples["footfall_workers"] == 2
    assert scrape(app)["footfall_requests_in_progress"] == 1


def test_a_new_server_counts_from_nothing(database: str, tmp_path: Path) -> None:
    for turn in range(2):
        with serving(database, tmp_path) as app:
            assert totals(scrape(app)) == {}
            app.post(event(turn))
            assert totals(scrape(app))["received_total"] == 1


def test_an_event_that_the_database_refuses_is_rejected(app: Server, connection: Any) -> None:
    connection.execute("alter table raw.events add constraint refuse_all check (path <> '/bad')")
    try:
        assert app.post(event(5000, path="/bad")).status == 400
    finally:
        connection.execute("alter table raw.events drop constraint refuse_all")
    samples = scrape(app)
    assert totals(samples) == {
        "received_total": 1,
        'rejected_total{reason="refused_by_database"}': 1,
    }
    assert samples["footfall_commit_seconds_count"] == 1


def test_a_reason_that_nobody_knows_makes_no_series_of_its_own() -> None:
    metrics = Metrics()
    for reason in ("too_large", *(f"made-up-{number}" for number in range(50))):
        metrics.rejected(reason)
    body, _ = metrics.exposition()
    found = re.findall(r'footfall_events_rejected_total\{reason="(.*?)"\} (\S+)', body.decode())
    assert dict(found) == {"too_large": "1.0", "other": "50.0"}
    assert "rate_limited" in REASONS


@pytest.mark.parametrize(
    ("peer", "headers", "may"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("::ffff:127.0.0.1", {}, True),
        ("10.0.0.7", {}, True),
        ("10.0.1.7", {}, False),
        ("203.0.113.9", {}, False),
        ("203.0.113.9", {"X-Forwarded-For": "127.0.0.1"}, False),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, False),
        ("10.0.0.7", {"X-Forwarded-For": "203.0.113.9"}, False),
        ("10.0.0.7", {"Forwarded": "for=203.0.113.9"}, False),
        ("127.0.0.1", {"Via": "1.1 proxy"}, False),
        ("127.0.0.1", {"X-Real-IP": "203.0.113.9"}, False),
        ("", {}, False),
    ],
)
def test_only_who_is_near_and_asks_for_itself_may_read(
    peer: str, headers: dict[str, str], may: bool
) -> None:
    settings = load_settings(trusted_proxies="10.0.0.0/24")
    with Flask("near").test_request_context(
        "/metrics", environ_base={"REMOTE_ADDR": peer}, headers=headers
    ):
        assert is_near(settings) is may


def test_others_are_told_that_there_is_nothing(app: Server) -> None:
    answer = app.request("GET", "/metrics", X_Forwarded_For="203.0.113.9")
    assert (answer.status, answer.body) == (404, {"ok": False, "error": "not_found"})
