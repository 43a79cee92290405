"""A worker that is killed takes nothing along, and holds up its own visitors alone."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ingest_app.database.distribution import is_back
from ingest_app.enrichment.identity import visitor_id
from tests.support.citus import BreakableNode
from tests.support.load import load, post_all, post_batches
from tests.support.postgres import wait_until
from tests.support.reconciliation import assert_reconciled
from tests.support.server import Server, serving
from tests.support.traffic import Sent, Traffic

Connection = psycopg.Connection[dict[str, Any]]
Kill = Callable[[Connection, BreakableNode], None]

WORKERS = "select nodename, nodeport from pg_dist_node where groupid <> 0 order by groupid"
NODE_OF = """
    select nodeport
    from pg_dist_placement
    inner join pg_dist_node using (groupid)
    where shardid = get_shard_id_for_distribution_column('raw.visitors', %s::uuid)
"""
GROUP_OF = "select groupid from pg_dist_node where nodeport = %s"
WRITERS = """
    select pid from pg_stat_activity
    where datname = current_database() and application_name in ('footfall-ingest', 'footfall-drain')
"""
PREPARED = "select count(*) from pg_prepared_xacts where database = current_database()"


def at_any_moment(nodes: Connection, worker: BreakableNode) -> None:
    time.sleep(random.uniform(0, 0.5))
    worker.kill()


def between_the_phases(nodes: Connection, worker: BreakableNode) -> None:
    """When it has prepared a transaction and was not told what becomes of it."""
    writers = [row["pid"] for row in nodes.execute(WRITERS)]

    def send(number: signal.Signals) -> None:
        for pid in writers:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def is_between() -> bool:
        # The coordinator's side of each transaction stands still while we look.
        send(signal.SIGSTOP)
        if worker.value(PREPARED):
            return True
        send(signal.SIGCONT)
        return False

    try:
        wait_until(is_between, "no transaction was found between its two phases")
        worker.kill()
    finally:
        send(signal.SIGCONT)


@pytest.fixture
def worker(distributed: str, nodes: Connection) -> Iterator[BreakableNode]:
    """One of the workers."""
    found = random.choice(nodes.execute(WORKERS).fetchall())
    node = BreakableNode(make_conninfo(distributed, host=found["nodename"], port=found["nodeport"]))
    yield node
    node.start()


def port_of(node: BreakableNode) -> int:
    return int(str(conninfo_to_dict(node.url)["port"]))


def node_of(nodes: Connection, sent: Sent) -> int:
    """The port of the worker that has the event's visitor."""
    [found] = nodes.execute(NODE_OF, (visitor_id(sent.body["anonId"]),)).fetchall()
    return int(found["nodeport"])


def send_some_again(traffic: Traffic, server: Server) -> None:
    """As somebody who heard nothing of the answers."""
    answered = [sent for sent in traffic.sent if "eventId" in sent.body and sent.attempts]
    post_all(traffic, server.url, random.sample(answered, 20), at_once=4)


@pytest.mark.parametrize("kill", [at_any_moment, between_the_phases])
def test_what_it_had_accepted_is_stored_once_and_other_visitors_do_not_wait(
    distributed: str, nodes: Connection, worker: BreakableNode, tmp_path: Path, kill: Kill
) -> None:
    traffic = Traffic(f"{kill.__name__.replace('_', '-')}.example")
    with serving(distributed, tmp_path) as server, load(traffic, server.url) as running:
        for _ in range(3):
            running.wait_for(100, "accepted")
            kill(nodes, worker)
            running.wait_for(60, "spooled")
            # Those of other visitors.
            running.wait_for(60, "accepted")
            send_some_again(traffic, server)
            worker.start()
            send_some_again(traffic, server)
        running.wait_for(100, "accepted")
        running.stop()
        # Citus itself finds those whose end was decided, and those that nobody knows of.
        wait_until(lambda: worker.value(PREPARED) == 0, "a transaction stays prepared")
        assert_reconciled(traffic, BreakableNode(distributed), server)

    waited = [
        sent
        for sent in traffic.sent
        if any(attempt.outcome == "spooled" for attempt in sent.attempts)
    ]
    assert {node_of(nodes, sent) for sent in waited} == {port_of(worker)}
    assert set(traffic.counts) == {"accepted", "spooled", "duplicate"}


def test_whoever_is_held_on_one_node_holds_up_nobody_on_another(
    distributed: str, nodes: Connection, tmp_path: Path
) -> None:
    traffic = Traffic("held.example")
    # Its shard is the first that a group is written to.
    first = nodes.execute(WORKERS).fetchall()[0]["nodeport"]
    with serving(distributed, tmp_path) as server:
        post_batches(traffic, server.url, traffic.events("before", 20))
        held = next(sent for sent in traffic.sent if node_of(nodes, sent) == first)
        again = traffic.events("again", 20)
        with psycopg.connect(distributed) as holder:
            visitor = visitor_id(held.body["anonId"])
            holder.execute("select 1 from raw.visitors where id = %s for update", (visitor,))
            post_batches(traffic, server.url, again)
        assert {(node_of(nodes, sent) == first, sent.attempts[0].outcome) for sent in again} == {
            (True, "spooled"),
            (False, "accepted"),
        }
        assert_reconciled(traffic, BreakableNode(distributed), server)


def test_a_node_is_not_back_before_it_has_finished_what_it_left(
    nodes: Connection, distributed: str, worker: BreakableNode
) -> None:
    [node] = nodes.execute(GROUP_OF, (port_of(worker),)).fetchall()
    # Of a coordinator that does not exist, so that nobody finishes it but we.
    left = "'citus_99_1_1_1'"
    with psycopg.connect(distributed, autocommit=True) as coordinator:
        assert is_back(coordinator, node["groupid"])
        worker.do("begin", f"prepare transaction {left}")
        try:
            wait_until(lambda: not is_back(coordinator, node["groupid"]), "it is taken for back")
        finally:
            worker.do(f"rollback prepared {left}")
        assert is_back(coordinator, node["groupid"])
