"""The database is away: events wait in the spool, and come into the database when it is back."""

from __future__ import annotations

import json
import re
import socket
import time
from collections import defaultdict
from pathlib import Path

from ingest_app.web.readiness import KEPT_SECONDS
from tests.support.citus import CITUS
from tests.support.load import load, post_all, post_batches
from tests.support.postgres import BreakablePostgres, wait_until
from tests.support.reconciliation import assert_reconciled, duplicates, rows_by_path
from tests.support.server import serving
from tests.support.spool import GAUGES, depth, gauges, wait_until_drained
from tests.support.traffic import Traffic

DOWN_SECONDS = 20


def test_twenty_seconds_without_the_database_under_load(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    with serving(postgres.url, tmp_path) as server, load(traffic, server.url) as running:
        running.wait_for(200, "accepted")
        postgres.down()
        time.sleep(DOWN_SECONDS)
        spooled = traffic.counts["spooled"]
        assert spooled, "nothing was spooled"
        postgres.start()
        # The backlog goes down to nothing although new events keep arriving.
        wait_until_drained(server)
        running.wait_for(200, "accepted")
        running.stop()
        assert_reconciled(traffic, postgres, server)
    assert set(traffic.counts) == {"accepted", "spooled"}


def test_a_backlog_outlives_restarts_of_the_server(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    postgres.down()
    for start in range(3):
        # Its start does not need the database.
        with serving(postgres.url, tmp_path) as server:
            post_all(traffic, server.url, traffic.events(f"alone-{start}", 30))
            post_batches(traffic, server.url, traffic.events(f"batch-{start}", 600))
            assert depth(server) == 630 * (start + 1)
        assert server.process.returncode == 0
    assert traffic.counts == {"spooled": 3 * 630}
    with serving(postgres.url, tmp_path) as server:
        postgres.start()
        assert_reconciled(traffic, postgres, server)

    # In the order of the answers: the earlier was committed in no later transaction. On a cluster that is
    # so for each visitor, as each shard has transactions of its own.
    rows = rows_by_path(postgres, traffic)
    commits = defaultdict(list)
    for sent in traffic.sent:
        commits[CITUS and sent.body["anonId"]].append(rows[sent.path][0]["created_at"])
    assert all(those == sorted(those) for those in commits.values())


def test_events_of_one_visitor_from_before_within_and_after_an_outage_are_one_session(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    def post(name: str) -> None:
        sent = traffic.event(name, 0, kind=1, anonId="visitor-0001")
        post_all(traffic, server.url, [sent])

    with serving(postgres.url, tmp_path) as server:
        post("before")
        postgres.down()
        post("within")
        postgres.start()
        wait_until_drained(server)
        post("after")
        assert_reconciled(traffic, postgres, server)
    assert traffic.taken == 3
    rows = rows_by_path(postgres, traffic)
    assert len({row["session_id"] for [row] in rows.values()}) == 1


def test_an_event_that_is_sent_again_after_the_outage_is_a_duplicate(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    with serving(postgres.url, tmp_path) as server:
        postgres.down()
        sent = traffic.event("again", 0, kind=0)
        post_all(traffic, server.url, [sent])
        postgres.start()
        wait_until_drained(server)
        post_all(traffic, server.url, [sent])
        assert_reconciled(traffic, postgres, server)
    # Through the spool once more, where the worker has not noticed yet that the database is back.
    assert [attempt.outcome for attempt in sent.attempts] in (
        ["spooled", "duplicate"],
        ["spooled", "spooled"],
    )
    assert duplicates(postgres, traffic) == 1


def test_an_event_that_was_stored_before_the_outage_is_stored_once(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    with serving(postgres.url, tmp_path) as server:
        sent = traffic.event("again", 0, kind=0)
        post_all(traffic, server.url, [sent])
        postgres.down()
        post_all(traffic, server.url, [sent])
        postgres.start()
        wait_until_drained(server)
        assert_reconciled(traffic, postgres, server)
    assert [attempt.outcome for attempt in sent.attempts] == ["accepted", "spooled"]
    assert duplicates(postgres, traffic) == 1


def test_depth_and_age_are_told(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    with serving(postgres.url, tmp_path) as server:
        assert set(gauges(server)) == set(GAUGES)
        assert gauges(server)[GAUGES[0]] == 0
        assert gauges(server)[GAUGES[1]] == 0
        postgres.down()
        post_all(traffic, server.url, traffic.events("waiting", 37))
        # Whichever worker is asked.
        for _ in range(8):
            told = gauges(server)
            assert told[GAUGES[0]] == 37
            assert told[GAUGES[2]] > 0
        wait_until(
            lambda: gauges(server)[GAUGES[1]] > told[GAUGES[1]], "the oldest event does not age"
        )
        time.sleep(KEPT_SECONDS + 0.1)
        ready = server.request("GET", "/v1/readyz")
        # It can take events, which is what a balancer wants to know.
        assert (ready.status, ready.body["ok"]) == (200, True)
        assert ready.body["checks"]["database"]["ok"] is False
        assert ready.body["checks"]["spool"]["ok"] is True
        assert re.search(r"\b37\b", json.dumps(ready.body["checks"]["spool"]))
        postgres.start()
        wait_until_drained(server)
        assert gauges(server)[GAUGES[1]] == 0
        assert_reconciled(traffic, postgres, server)


def test_a_database_that_is_silent_from_the_start(tmp_path: Path, traffic: Traffic) -> None:
    # The system itself accepts the connections; nobody ever reads from them.
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        port = silent.getsockname()[1]
        url = f"postgresql://footfall:footfall@127.0.0.1:{port}/footfall"
        with serving(url, tmp_path) as server:
            post_all(traffic, server.url, traffic.events("silent", 8), at_once=4)
            assert traffic.counts == {"spooled": 8}
            assert depth(server) == 8
    assert not traffic.oddities
    assert server.process.returncode == 0
