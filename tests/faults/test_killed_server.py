"""`kill -9` of the server: what was answered 202 is stored, whatever the server was doing."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.support.load import load, post_batches
from tests.support.postgres import BreakablePostgres, wait_until
from tests.support.processes import family, kill_family
from tests.support.reconciliation import assert_reconciled, rows_by_path
from tests.support.server import serving
from tests.support.spool import depth
from tests.support.traffic import Traffic

KILLS = 20
KILLS_WHILE_AWAY = 3
BACKLOG = 4000


def test_twenty_kills_under_load(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    with load(traffic, "http://127.0.0.1:1", resends=True) as running:
        for kill in range(KILLS):
            with serving(postgres.url, tmp_path) as server:
                running.url = server.url
                # Not always at the same moment of a server's life.
                running.wait_for(20 + 3 * kill)
                kill_family(server.process.pid)
        with serving(postgres.url, tmp_path) as server:
            running.url = server.url
            running.wait_for(50)
            running.stop()
            assert_reconciled(traffic, postgres, server)
    assert traffic.counts["cut"] >= KILLS, "the kills did not meet requests on their way"


def test_a_worker_is_killed_under_load(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    with serving(postgres.url, tmp_path) as server, load(traffic, server.url) as running:
        running.wait_for(100)
        os.kill(family(server.process.pid)[1], signal.SIGKILL)
        running.wait_for(300)
        running.stop()
        assert_reconciled(traffic, postgres, server)


def test_kills_while_the_database_is_away(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    with load(traffic, "http://127.0.0.1:1", resends=True) as running:
        with serving(postgres.url, tmp_path) as server:
            running.url = server.url
            running.wait_for(100)
            postgres.kill()
            running.wait_for(100, "spooled")
            kill_family(server.process.pid)
        for kill in range(KILLS_WHILE_AWAY):
            with serving(postgres.url, tmp_path) as server:
                running.url = server.url
                running.wait_for(20 + 30 * kill, "spooled")
                kill_family(server.process.pid)
        with serving(postgres.url, tmp_path) as server:
            running.url = server.url
            running.wait_for(50, "spooled")
            postgres.start()
            running.wait_for(50, "accepted")
            running.stop()
            assert_reconciled(traffic, postgres, server)
    assert not traffic.counts["503"]


def test_kills_while_the_spool_drains(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    postgres.down()
    with serving(postgres.url, tmp_path) as server:
        post_batches(traffic, server.url, traffic.events("backlog", BACKLOG))
        assert traffic.counts == {"spooled": BACKLOG}
        postgres.start()
        wait_until(lambda: rows_by_path(postgres, traffic), "the spool does not begin to drain")
        kill_family(server.process.pid)
    # The second one is killed in the middle of a transaction, whatever its size: it cannot end.
    with postgres.connect() as holder, holder.transaction():
        holder.execute("lock table raw.events in share row exclusive mode")
        with serving(postgres.url, tmp_path) as server:
            if depth(server):
                postgres.wait_for_lock_waits()
            kill_family(server.process.pid)
    with serving(postgres.url, tmp_path) as server:
        assert_reconciled(traffic, postgres, server)
