"""A COMMIT whose outcome the server does not know: stored once, and not taken for a duplicate."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.support.cut_proxy import CutProxy, Harm, cut_proxy
from tests.support.load import load, post_all, post_batches
from tests.support.postgres import BreakablePostgres, wait_until
from tests.support.reconciliation import assert_reconciled, duplicates
from tests.support.server import Server, serving
from tests.support.traffic import Traffic


@pytest.fixture(scope="module")
def proxy(cluster: BreakablePostgres) -> Iterator[CutProxy]:
    with cut_proxy(cluster.url) as running:
        yield running


@pytest.fixture(scope="module")
def app(proxy: CutProxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(proxy.url, tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture(autouse=True)
def _harmless_again(proxy: CutProxy) -> Iterator[None]:
    proxy.harmed = 0
    yield
    proxy.release()


@pytest.mark.parametrize(
    ("harm", "is_batch"),
    [*((harm, False) for harm in Harm), (Harm.CUT_BEFORE, True), (Harm.CUT_AFTER, True)],
    ids=lambda given: given.name.lower() if isinstance(given, Harm) else None,
)
def test_one_harmed_commit(
    postgres: BreakablePostgres,
    proxy: CutProxy,
    app: Server,
    traffic: Traffic,
    harm: Harm,
    is_batch: bool,
) -> None:
    post = post_batches if is_batch else post_all
    tries = itertools.count()

    def is_tried() -> bool:
        post(traffic, app.url, traffic.events(f"before-{next(tries)}", 3))
        return traffic.counts["accepted"] >= 3

    # What the case before has harmed may be taken for an outage still, in which nothing is tried.
    wait_until(is_tried, "the app does not come back to writing")
    proxy.harm_next(harm)
    post(traffic, app.url, traffic.events("harmed", 3))
    assert proxy.harmed == 1, "no COMMIT of events came by"
    proxy.release()
    post(traffic, app.url, traffic.events("after", 3))
    assert_reconciled(traffic, postgres, app)
    assert set(traffic.counts) <= {"accepted", "spooled"}
    assert duplicates(postgres, traffic) == 0


@pytest.mark.parametrize(
    "harm", [Harm.CUT_BEFORE, Harm.CUT_AFTER], ids=lambda harm: harm.name.lower()
)
def test_many_harmed_commits_under_load(
    postgres: BreakablePostgres, proxy: CutProxy, app: Server, traffic: Traffic, harm: Harm
) -> None:
    with load(traffic, app.url) as running:
        running.wait_for(50)
        for _ in range(3):
            # More in a row than any number of retries.
            proxy.harm_next(harm, times=10)
            running.wait_for(100)
        proxy.release()
        running.wait_for(50, "accepted")
        running.stop()
    assert_reconciled(traffic, postgres, app)
    # Where an outage is known, nothing is tried, so fewer than were asked for may have happened.
    assert proxy.harmed >= 3
    assert set(traffic.counts) <= {"accepted", "spooled"}
    assert duplicates(postgres, traffic) == 0


def test_a_client_that_hears_nothing_and_asks_again(
    postgres: BreakablePostgres, proxy: CutProxy, app: Server, traffic: Traffic
) -> None:
    sent = traffic.event("again", 0, kind=0)
    proxy.harm_next(Harm.CUT_AFTER)
    post_all(traffic, app.url, [sent])
    post_all(traffic, app.url, [sent])
    assert_reconciled(traffic, postgres, app)
    # This one was sent twice by the client, and is counted as that.
    assert duplicates(postgres, traffic) == 1
