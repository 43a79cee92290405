"""Visitors on different nodes send forms of one address: one lead, which is on every node."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from ingest_app.enrichment.identity import visitor_id
from tests.support.cli import footfall
from tests.support.forms import capture, form, rows
from tests.support.server import Server, serving

NODE_OF = """
    select placement.groupid
    from pg_dist_placement as placement
    where placement.shardid = get_shard_id_for_distribution_column('raw.visitors', %s::uuid)
"""
LEADS_BY_NODE = """
    select nodename || ':' || nodeport as node, result::integer as leads
    from run_command_on_all_nodes('select count(*) from raw.leads')
    inner join pg_dist_node using (nodeid)
"""


def view(server: Server, anon_id: str, property_id: str, at: datetime) -> None:
    body = {
        "anonId": anon_id,
        "eventType": "page_view",
        "path": "/",
        "timestamp": at.isoformat(),
        "traffic": {"propertyId": property_id},
    }
    answer = server.post(body)
    assert (answer.status, answer.headers["Footfall-Outcome"]) == (202, "accepted")


def test_they_are_one_lead(
    distributed: str, nodes: psycopg.Connection[dict[str, Any]], tmp_path: Path
) -> None:
    by_node: dict[int, str] = {}
    for number in range(12):
        [found] = rows(nodes, NODE_OF, visitor_id(f"visitor-{number:04}"))
        by_node.setdefault(found["groupid"], f"visitor-{number:04}")
    first, second = list(by_node.values())[:2]
    hour_ago = datetime.now(UTC) - timedelta(hours=1)

    with serving(distributed, tmp_path) as server:
        leads = set()
        for anon_id in (first, second):
            view(server, anon_id, "shop.example", hour_ago)
            answer = capture(server, form(anonId=anon_id, payload={"from": anon_id}))
            assert answer.status == 200
            leads.add(answer.body["leadId"])
        assert len(leads) == 1
        # Of before the form, and so of the properties where its visitor had been.
        view(server, second, "docs.example", hour_ago - timedelta(hours=1))

    def submissions() -> list[tuple[Any, ...]]:
        found = rows(
            nodes,
            "select form_submissions.visitor_id, is_first_capture, property_id "
            "from raw.form_submissions "
            "inner join raw.submission_properties "
            "on form_submissions.visitor_id = submission_properties.visitor_id "
            "and form_submissions.id = submission_id "
            "order by is_first_capture desc, property_id",
        )
        return [tuple(row.values()) for row in found]

    of_second = [
        (visitor_id(second), False, "docs.example"),
        (visitor_id(second), False, "shop.example"),
    ]
    assert submissions() == [(visitor_id(first), True, "shop.example"), *of_second]
    known = "select visitor_id from raw.lead_identities where link_source = 'form_submit'"
    assert {row["visitor_id"] for row in rows(nodes, known)} == {
        visitor_id(first),
        visitor_id(second),
    }
    assert {row["leads"] for row in rows(nodes, LEADS_BY_NODE)} == {1}

    done = footfall("erase", "--anon-id", first, "--yes", database=distributed)
    assert done.returncode == 0, done.stderr
    # The address came from the other one too.
    assert submissions() == of_second
    assert len(rows(nodes, "select id from raw.leads")) == 1
