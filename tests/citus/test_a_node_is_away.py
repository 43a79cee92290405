"""A worker that is away holds up the events of its own visitors alone, and nothing is lost or doubled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from ingest_app.enrichment.identity import visitor_id
from tests.support.cable import Cable, cable_to
from tests.support.cli import footfall
from tests.support.load import load
from tests.support.postgres import wait_until
from tests.support.server import Server, serving
from tests.support.spool import gauges, wait_until_drained
from tests.support.traffic import Traffic

Connection = psycopg.Connection[dict[str, Any]]

WORKERS = "select nodeid, groupid, nodename, nodeport from pg_dist_node where groupid <> 0 order by groupid"
NODE_OF = """
    select placement.groupid
    from pg_dist_placement as placement
    where placement.shardid = get_shard_id_for_distribution_column('raw.visitors', %s::uuid)
"""
# Sent again is no other one: the arrival tells.
STORED = "select path, count(*) as times from raw.events where property_id = %s group by path"


@pytest.fixture
def cable(distributed: str, nodes: Connection) -> Iterator[Cable]:
    """The cable between the coordinator and its last worker."""
    *_, worker = nodes.execute(WORKERS).fetchall()
    with cable_to(f"tcp://{worker['nodename']}:{worker['nodeport']}") as made:
        move = "select citus_update_node(%s, %s, %s)"
        nodes.execute(move, (worker["nodeid"], "127.0.0.1", made.port))
        yield made
        nodes.execute(move, (worker["nodeid"], worker["nodename"], worker["nodeport"]))
        # Until then no table can be made or dropped.
        nodes.execute("select start_metadata_sync_to_all_nodes()")


def post(server: Server, anon_id: str, name: str) -> str:
    """Whether a page view is accepted or spooled."""
    body = {
        "anonId": anon_id,
        "eventType": "page_view",
        "path": f"/{anon_id}/{name}",
        "timestamp": datetime.now(UTC).isoformat(),
        "traffic": {"propertyId": "away.example"},
    }
    answer = server.post(body)
    assert answer.status == 202, answer.body
    return "spooled" if answer.body.get("spooled") else "accepted"


def test_its_visitors_wait_in_the_spool_and_no_others(
    distributed: str, nodes: Connection, cable: Cable, tmp_path: Path
) -> None:
    *_, away = nodes.execute(WORKERS).fetchall()
    visitors: dict[bool, list[str]] = {True: [], False: []}
    for number in range(12):
        anon_id = f"visitor-{number:04}"
        [found] = nodes.execute(NODE_OF, (visitor_id(anon_id),)).fetchall()
        visitors[found["groupid"] == away["groupid"]].append(anon_id)
    assert all(visitors.values())

    with serving(distributed, tmp_path) as server:
        everybody = visitors[True] + visitors[False]
        assert {post(server, anon_id, "before") for anon_id in everybody} == {"accepted"}
        cable.cut()
        for name in ("away", "still-away"):
            assert {post(server, anon_id, name) for anon_id in visitors[True]} == {"spooled"}
            assert {post(server, anon_id, name) for anon_id in visitors[False]} == {"accepted"}
        lines = footfall("status", database=distributed).stdout.splitlines()
        [line] = [line for line in lines if "nodes" in line]
        assert line.startswith("NOT OK")
        assert str(cable.port) in line
        cable.mend()
        wait_until_drained(server)
        # Each process finds out by itself that the node is back, and spools until then.
        for anon_id in everybody:
            post(server, anon_id, "after")
        wait_until_drained(server)

    stored = nodes.execute(STORED, ("away.example",)).fetchall()
    names = ("before", "away", "still-away", "after")
    assert {row["path"]: row["times"] for row in stored} == {
        f"/{anon_id}/{name}": 1 for anon_id in everybody for name in names
    }
    # One visit each: when the event came, and by which way, is nothing to it.
    [sessions] = nodes.execute("select count(*) as sessions from raw.sessions").fetchall()
    assert sessions["sessions"] == len(everybody)


@pytest.mark.parametrize("away", ["worker", "coordinator"])
def test_under_load_everything_that_was_accepted_is_stored_once(
    distributed: str, nodes: Connection, cable: Cable, tmp_path: Path, away: str
) -> None:
    traffic = Traffic(f"{away}.example")
    address = urlsplit(distributed)
    with (
        cable_to(distributed) as to_coordinator,
        serving(
            distributed.replace(f":{address.port}/", f":{to_coordinator.port}/"), tmp_path
        ) as server,
        load(traffic, server.url) as running,
    ):
        cut = cable if away == "worker" else to_coordinator
        for _ in range(3):
            running.wait_for(60, "accepted")
            # Wherever a transaction is just then, also between the two phases of its commit.
            cut.cut()
            running.wait_for(60, "spooled")
            if away == "worker":
                running.wait_for(60, "accepted")
            cut.mend()
        running.stop()
        wait_until_drained(server)
        assert not gauges(server).get("footfall_spool_refused", 0)

    assert not traffic.oddities, traffic.oddities[:5]
    taken = {sent.path for sent in traffic.sent if sent.is_taken}
    sent = {sent.path for sent in traffic.sent}

    def stored() -> Counter[str]:
        rows = nodes.execute(STORED, (traffic.property_id,)).fetchall()
        return Counter({row["path"]: row["times"] for row in rows})

    # What was decided when the node went is finished by the maintenance of Citus.
    wait_until(lambda: taken <= stored().keys(), "an accepted event is not there")
    assert set(stored().values()) == {1}
    assert stored().keys() <= sent
