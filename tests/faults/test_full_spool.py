"""A spool without room refuses with 503, and what it refused is not stored later."""

from __future__ import annotations

import resource
import time
from pathlib import Path

from ingest_app.web.readiness import KEPT_SECONDS
from tests.support.load import Client, post_all
from tests.support.postgres import BreakablePostgres, wait_until
from tests.support.processes import family
from tests.support.reconciliation import assert_reconciled, duplicates
from tests.support.server import Server, serving
from tests.support.small_disk import fill, small_disk
from tests.support.spool import GAUGES, depth, gauges, wait_until_drained
from tests.support.traffic import Traffic

MEGABYTE = 1024 * 1024
# Events of about 4 kB fill it soon.
PROPS = {"note": "x" * 4000}
MAX_EVENTS = 4000


def post_until_full(traffic: Traffic, server: Server) -> None:
    """Post until the server has refused a few."""
    client = Client(traffic, server.url)
    for number in range(MAX_EVENTS):
        client.post(traffic.event("until-full", number, kind=number, props=PROPS))
        if traffic.counts["503"] >= 5:
            break
    client.close()
    assert traffic.counts["503"] >= 5, f"the spool does not get full: {traffic.counts}"
    assert traffic.counts["spooled"], "there was no room from the beginning"


def assert_takes_a_second_outage(
    traffic: Traffic, postgres: BreakablePostgres, server: Server
) -> None:
    """There is room again, once the spool is drained."""
    spooled = traffic.counts["spooled"]
    postgres.down()
    post_all(traffic, server.url, traffic.events("second", 20, props=PROPS))
    assert traffic.counts["spooled"] == spooled + 20
    postgres.start()
    assert_reconciled(traffic, postgres, server)


def readyz(server: Server) -> tuple[int, bool]:
    """The status and the verdict on the spool, asked of a worker that has kept no answer."""
    time.sleep(KEPT_SECONDS + 0.1)
    answer = server.request("GET", "/v1/readyz")
    return answer.status, answer.body["checks"]["spool"]["ok"]


def test_the_setting_bounds_the_spool(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    with serving(postgres.url, tmp_path, SPOOL_MAX_BYTES=str(MEGABYTE)) as server:
        postgres.down()
        post_until_full(traffic, server)
        assert gauges(server)[GAUGES[2]] <= MEGABYTE
        assert readyz(server) == (503, False)
        postgres.start()
        wait_until_drained(server)
        assert_reconciled(traffic, postgres, server)
        assert readyz(server) == (200, True)

        assert_takes_a_second_outage(traffic, postgres, server)


def test_the_disk_under_the_spool_is_full(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    with (
        small_disk(tmp_path / "disk", 4 * MEGABYTE) as disk,
        serving(postgres.url, disk) as server,
    ):
        postgres.down()
        post_until_full(traffic, server)
        waiting = depth(server)
        ballast = fill(disk)
        # The way into the database needs no room on that disk.
        postgres.start()
        client = Client(traffic, server.url)
        accepted = traffic.event("while-full", 0, kind=1)
        wait_until(
            lambda: client.post(accepted) and accepted.attempts[-1].status == 202,
            "a full disk keeps events from a database that is there",
        )
        client.close()
        # One small event may have found room where the file had some to spare.
        assert traffic.counts["spooled"] - waiting <= 1
        # What cannot be crossed off may be written again and again, yet is stored and counted once.
        ballast.unlink()
        wait_until_drained(server)
        assert_reconciled(traffic, postgres, server)
        assert duplicates(postgres, traffic) == 0

        assert_takes_a_second_outage(traffic, postgres, server)


def test_a_full_disk_is_told_as_a_full_spool(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    with (
        small_disk(tmp_path / "disk", 4 * MEGABYTE) as disk,
        serving(postgres.url, disk) as server,
    ):
        postgres.down()
        post_until_full(traffic, server)
        # Both workers, whichever is asked.
        post_all(traffic, server.url, traffic.events("refused", 16, props=PROPS), at_once=16)
        assert readyz(server) == (503, False)
        postgres.start()
        assert_reconciled(traffic, postgres, server)
        assert readyz(server) == (200, True)


def test_files_may_not_grow(postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic) -> None:
    with serving(postgres.url, tmp_path) as server:
        postgres.down()
        members = family(server.process.pid)
        before = resource.prlimit(members[0], resource.RLIMIT_FSIZE)
        for member in members:
            # To the process it is an error of the disk, and another than a full one.
            resource.prlimit(member, resource.RLIMIT_FSIZE, (MEGABYTE, before[1]))
        post_until_full(traffic, server)
        for member in members:
            resource.prlimit(member, resource.RLIMIT_FSIZE, before)
        post_all(traffic, server.url, traffic.events("there-is-room", 20, props=PROPS))
        postgres.start()
        assert_reconciled(traffic, postgres, server)
        assert {sent.attempts[0].outcome for sent in traffic.sent[-20:]} == {"spooled"}
