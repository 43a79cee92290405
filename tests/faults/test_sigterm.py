"""SIGTERM: stops accepting, commits or spools what waits, and ends with 0 in time."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest

from tests.support.load import load, post_all
from tests.support.postgres import BreakablePostgres
from tests.support.processes import family, wait_until_gone
from tests.support.reconciliation import assert_reconciled
from tests.support.server import Server, serving
from tests.support.traffic import Traffic

# What service managers grant before they kill.
GRACE_SECONDS = 30
WAITING = 12


def stop(server: Server) -> None:
    """SIGTERM to the main process, which must take its workers along."""
    members = family(server.process.pid)
    server.process.terminate()
    assert server.process.wait(timeout=GRACE_SECONDS) == 0
    wait_until_gone(members)


@pytest.mark.parametrize("is_away", [False, True], ids=["database up", "database away"])
def test_sigterm_under_load(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic, is_away: bool
) -> None:
    with serving(postgres.url, tmp_path) as server, load(traffic, server.url) as running:
        running.wait_for(200)
        if is_away:
            postgres.down()
            running.wait_for(100, "spooled")
        stop(server)
        running.stop()
    postgres.start()
    with serving(postgres.url, tmp_path) as server:
        assert_reconciled(traffic, postgres, server)


def test_sigterm_while_events_wait_for_the_database(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    with serving(postgres.url, tmp_path) as server:
        with postgres.connect() as holder, holder.transaction():
            holder.execute("lock table raw.events in share row exclusive mode")
            events = traffic.events("waiting", WAITING)
            posting = Thread(
                target=post_all,
                args=(traffic, server.url, events),
                kwargs={"at_once": WAITING},
            )
            posting.start()
            postgres.wait_for_lock_waits()
            stop(server)
            posting.join()
        # Each of them had been taken in by the server and gets an answer, or was never read.
        assert set(traffic.counts) <= {"spooled", "503", "cut"}, traffic.counts
        assert traffic.counts["spooled"], "what was waiting got no good answer"
    with serving(postgres.url, tmp_path) as server:
        assert_reconciled(traffic, postgres, server)
