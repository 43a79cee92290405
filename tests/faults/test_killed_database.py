"""PostgreSQL killed, stopped at once or restarted while events come in."""

from __future__ import annotations

from collections.abc import Callable
from operator import methodcaller
from pathlib import Path

import pytest

from tests.support.load import load
from tests.support.postgres import BreakablePostgres
from tests.support.reconciliation import assert_reconciled
from tests.support.server import serving
from tests.support.traffic import Traffic

WAYS: dict[str, Callable[[BreakablePostgres], object]] = {
    "kill -9 of the postmaster": methodcaller("kill"),
    "pg_ctl stop -m immediate": methodcaller("stop_at_once"),
    "pg_ctl stop -m fast": methodcaller("down"),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_database_ends_and_starts_again_under_load(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic, way: str
) -> None:
    with serving(postgres.url, tmp_path) as server, load(traffic, server.url) as running:
        running.wait_for(200, "accepted")
        for _ in range(2):
            WAYS[way](postgres)
            running.wait_for(100, "spooled")
            postgres.start()
            running.wait_for(200, "accepted")
        running.stop()
        assert_reconciled(traffic, postgres, server)
    # Its server was there all the time: no answer but 202, and no request without one.
    assert set(traffic.counts) == {"accepted", "spooled"}


def test_backends_end_one_by_one_under_load(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    with serving(postgres.url, tmp_path) as server, load(traffic, server.url) as running:
        for _ in range(10):
            running.wait_for(50)
            postgres.cut_connections()
        running.wait_for(50, "accepted")
        running.stop()
        assert_reconciled(traffic, postgres, server)
    assert set(traffic.counts) <= {"accepted", "spooled"}
