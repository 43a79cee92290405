"""A row that the database itself refuses harms no other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.load import load, post_all, post_batches
from tests.support.postgres import BreakablePostgres
from tests.support.reconciliation import assert_reconciled
from tests.support.rejections import wait_for_rejections
from tests.support.server import serving
from tests.support.spool import depth, refused, wait_until_drained
from tests.support.traffic import POISON, Sent, Traffic

POISONS = {
    "a constraint": (
        f"alter table raw.events add constraint no_poison check (path not like '%{POISON}')",
        "alter table raw.events drop constraint no_poison",
    ),
    "a trigger": (
        "create function raw.refuse() returns trigger language plpgsql as "
        "$$ begin raise exception 'not this one'; end $$;"
        "create trigger refuse before insert on raw.events for each row "
        f"when (new.path like '%{POISON}') execute function raw.refuse()",
        "drop function raw.refuse cascade",
    ),
}


@pytest.fixture(params=POISONS)
def poisoned(
    postgres: BreakablePostgres, request: pytest.FixtureRequest
) -> Iterator[BreakablePostgres]:
    """A database that refuses some paths."""
    make, undo = POISONS[request.param]
    postgres.do(make)
    yield postgres
    postgres.start()
    postgres.do(undo)


def poison(traffic: Traffic, number: int, **fields: str) -> Sent:
    path = f"/{traffic.property_id}/{number}{POISON}"
    return traffic.event("poison", number, kind=number, path=path, **fields)


def ledger(postgres: BreakablePostgres, traffic: Traffic, times: int) -> Counter[tuple[str, int]]:
    """How often each reason and status was counted for the property."""
    with postgres.connect() as connection:
        counted = wait_for_rejections(connection, times, traffic.property_id)
    # Alone and in batches together.
    totals: Counter[tuple[str, int]] = Counter()
    for (_, _, reason, status), count in counted.items():
        totals[reason, status] += count
    return totals


def test_it_is_refused_alone(poisoned: BreakablePostgres, tmp_path: Path, traffic: Traffic) -> None:
    with serving(poisoned.url, tmp_path) as server:
        sent = poison(traffic, 0)
        answer = server.post(sent.body)
        assert (answer.status, answer.body["error"]) == (400, "invalid_request")
        # The database's own sentence may quote a row.
        assert "not this one" not in str(answer.body)
        assert ledger(poisoned, traffic, 1) == {("refused_by_database", 400): 1}
        post_all(traffic, server.url, traffic.events("after", 3))
        assert_reconciled(traffic, poisoned, server)


def test_its_neighbours_in_a_batch_are_stored(
    poisoned: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    with serving(poisoned.url, tmp_path) as server:
        good = traffic.events("good", 60)
        # Also of the same visitor as its neighbours.
        bad = [poison(traffic, number) for number in range(3)]
        batch = [*good[:10], bad[0], *good[10:40], bad[1], bad[2], *good[40:]]
        post_batches(traffic, server.url, batch)
        assert traffic.counts == {"accepted": 60, "400": 3}
        assert_reconciled(traffic, poisoned, server)
        assert ledger(poisoned, traffic, 3) == {("refused_by_database", 400): 3}


def test_its_concurrent_neighbours_are_stored(
    poisoned: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    with (
        serving(poisoned.url, tmp_path) as server,
        load(traffic, server.url, poison_each=7) as running,
    ):
        running.wait_for(600)
        running.stop()
        assert_reconciled(traffic, poisoned, server)
        refusals = traffic.counts["400"]
        assert refusals
        assert ledger(poisoned, traffic, refusals) == {("refused_by_database", 400): refusals}
    assert set(traffic.counts) == {"accepted", "400"}


def test_it_does_not_stop_the_drain(
    poisoned: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    log = tmp_path / "log"
    with serving(poisoned.url, tmp_path, log=log) as server:
        poisoned.down()
        good = traffic.events("good", 60)
        # Of a property of its own: nobody knows of it yet, so the answers say 202.
        others = Traffic(f"other-{traffic.property_id}")
        bad = [poison(others, number) for number in range(2)]
        post_all(traffic, server.url, good[:30])
        post_all(others, server.url, bad)
        post_batches(traffic, server.url, good[30:])
        assert traffic.counts == {"spooled": 60}
        assert others.counts == {"spooled": 2}
        poisoned.start()
        wait_until_drained(server)
        assert_reconciled(traffic, poisoned, server)
        assert depth(server) == 0
        assert refused(tmp_path) == 2
        assert ledger(poisoned, others, 2) == {("refused_by_database", 400): 2}
    told = log.read_text()
    assert re.search("refuse[sd]", told)
    assert POISON not in told
