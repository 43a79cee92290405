"""Somebody else is in the way: locks, statements that do not end, deadlocks, lost races."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

from ingest_app.enrichment.identity import visitor_id
from tests.support.load import load, post_all, post_batches
from tests.support.postgres import BreakablePostgres
from tests.support.reconciliation import assert_reconciled
from tests.support.server import serving
from tests.support.traffic import Traffic

MONTH = f"raw.events_{datetime.now(UTC):%Y_%m}"


def test_a_lock_on_a_partition_makes_events_wait_in_the_spool(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    with serving(postgres.url, tmp_path) as server:
        post_all(traffic, server.url, traffic.events("before", 4))
        with postgres.connect() as holder, holder.transaction():
            holder.execute(f"lock table {MONTH} in access exclusive mode".encode())
            post_all(traffic, server.url, traffic.events("meanwhile", 8), at_once=8)
            assert traffic.counts == {"accepted": 4, "spooled": 8}
        assert_reconciled(traffic, postgres, server)
        post_all(traffic, server.url, traffic.events("after", 4))
        assert_reconciled(traffic, postgres, server)


def test_a_lock_on_one_visitor(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    with serving(postgres.url, tmp_path) as server:
        first = traffic.event("before", 0, kind=0)
        post_all(traffic, server.url, [first])
        visitor = visitor_id(first.body["anonId"])
        with postgres.connect() as holder, holder.transaction():
            holder.execute("select 1 from raw.visitors where id = %s for update", (visitor,))
            held = traffic.event("held", 0, kind=1)
            others = traffic.events("others", 15)
            for sent in others:
                sent.body["anonId"] = f"somebody-else-{sent.path[-2:]}"
            post_all(traffic, server.url, [held, *others], at_once=16)
            # The others may have been in a transaction with it; all of them have an answer.
            assert held.attempts[0].outcome == "spooled"
            assert all(sent.is_taken for sent in others)
        assert_reconciled(traffic, postgres, server)


def test_a_statement_that_does_not_end(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    slow = (
        "create or replace function raw.slow() returns trigger language plpgsql as "
        "$$ begin perform pg_sleep({}); return null; end $$"
    )
    postgres.do(
        slow.format(60),
        "create trigger slow before insert on raw.events for each statement "
        "execute function raw.slow()",
    )
    try:
        with serving(postgres.url, tmp_path) as server:
            post_all(traffic, server.url, traffic.events("slow", 8), at_once=8)
            assert traffic.counts == {"spooled": 8}
            # Without a lock on the table, which whoever still sleeps would deny.
            postgres.do(slow.format(0))
            assert_reconciled(traffic, postgres, server)
    finally:
        postgres.do("drop function raw.slow cascade")


def test_a_deadlock_with_another_session(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    postgres.down()
    postgres.do_as_superuser("grant set on parameter deadlock_timeout to footfall")
    postgres.start()
    deadlocks = "select deadlocks from pg_stat_database where datname = current_database()"
    with serving(postgres.url, tmp_path) as server:
        pair = traffic.events("pair", 2)
        post_batches(traffic, server.url, pair)
        low, high = sorted(visitor_id(sent.body["anonId"]) for sent in pair)
        lock = "select 1 from raw.visitors where id = %s for update"
        before = postgres.value(deadlocks)
        again = traffic.events("again", 2)
        writing = Thread(target=post_batches, args=(traffic, server.url, again))
        with postgres.connect() as other:
            # The server's session is the one that looks for a deadlock first, and gives way.
            other.execute("set deadlock_timeout = '1h'")
            with other.transaction():
                other.execute(lock, (high,))
                writing.start()
                # It has the lower one, for the rows are locked in order, and wants the higher.
                postgres.wait_for_lock_waits()
                other.execute(lock, (low,))
        writing.join()
        assert_reconciled(traffic, postgres, server)
        assert postgres.value(deadlocks) > before, "there was no deadlock"
    assert set(traffic.counts) <= {"accepted", "spooled"}


def test_no_default_isolation_puts_transactions_in_each_others_way(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    log = postgres.folder / "server.log"
    before = log.stat().st_size
    postgres.do(
        f"alter database {postgres.name} set default_transaction_isolation = 'repeatable read'"
    )
    try:
        with serving(postgres.url, tmp_path) as server, load(traffic, server.url) as running:
            running.wait_for(1500)
            running.stop()
            assert_reconciled(traffic, postgres, server)
    finally:
        postgres.do(f"alter database {postgres.name} reset default_transaction_isolation")
    assert b"could not serialize" not in log.read_bytes()[before:]
    assert set(traffic.counts) <= {"accepted", "spooled"}
