"""Raw is spread by visitor, rows and all, and a writer that was at work goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.errors import FeatureNotSupported
from psycopg.rows import dict_row

from ingest_app.database.connection import ReconnectingConnection
from ingest_app.enrichment.row import Event
from tests.support.arrivals import GAP, ShardsWriter, events
from tests.support.cli import footfall
from tests.support.snapshot import snapshot

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
BY_VISITOR = {
    "visitors",
    "sessions",
    "events",
    "lead_identities",
    "form_submissions",
    "submission_properties",
}
# Citus has tables of the coordinator beside them, with a number at the end.
KEYS = """
    select conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    from pg_constraint
    where contype = 'f' and connamespace = 'raw'::regnamespace and conparentid = 0
        and conname !~ '_[0-9]+$'
"""
LEAD = """
    insert into raw.leads (id, email, first_captured_at, last_captured_at)
    values ('00000000-0000-4000-8000-000000000001', 'a@shop.example', now(), now());
    insert into raw.lead_identities (id, lead_id, visitor_id, link_source, confidence)
    select gen_random_uuid(), '00000000-0000-4000-8000-000000000001', id, 'form_submit', 1
    from raw.visitors order by id limit 3
"""


def views(first: int, last: int, *, late: bool = False) -> list[Event]:
    """Page views without an order, of four visitors who look every twenty minutes.

    Those that are not late leave gaps of forty, and so sessions that late ones join to one.
    """
    numbers = [number for number in range(first, last) if (number % 8 < 4) is late]
    return events(
        {
            "anonId": f"visitor-{number % 4:04}",
            "eventType": "page_view",
            "path": f"/{number}",
            "timestamp": (NOON + number * timedelta(minutes=5)).isoformat(),
        }
        for number in sorted(numbers, key=lambda number: number * 37 % 101)
    )


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return sorted(connection.execute(query.encode()).fetchall())


def everything(url: str) -> tuple[list[Any], ...]:
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return snapshot(connection)


def test_rows_of_before_are_kept_and_a_writer_that_was_at_work_goes_on(
    undistributed: str, plain: str
) -> None:
    at_work = ShardsWriter(ReconnectingConnection(undistributed, name="test"), session_gap=GAP)
    beside = ShardsWriter(ReconnectingConnection(plain, name="test"), session_gap=GAP)
    for writer, url in ((at_work, undistributed), (beside, plain)):
        writer.write(views(0, 120))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(LEAD)

    done = footfall("upgrade", database=undistributed)
    assert done.returncode == 0, done.stderr
    assert "footfall upgrade --distributed" in done.stdout
    done = footfall("upgrade", "--distributed", database=undistributed)
    assert done.returncode == 0, done.stderr
    assert "no action" in done.stdout
    done = footfall("init-db", "--distributed", database=undistributed)
    assert (done.returncode, "raw is distributed" in done.stdout) == (0, True)

    # It learns that statements have to name their shard; until then the spool takes its events.
    with pytest.raises(FeatureNotSupported):
        at_work.write(views(124, 126))
    # Late ones too, which cut sessions of before anew.
    for writer in (at_work, beside):
        writer.write(views(120, 240))
        writer.write(views(-1200, 240, late=True))
        writer.connection.close()
    assert everything(undistributed) == everything(plain)
    assert rows(undistributed, "select visitor_id from raw.lead_identities") == rows(
        plain, "select visitor_id from raw.lead_identities"
    )

    found = rows(undistributed, "select table_name::text, citus_table_type from citus_tables")
    kinds = dict(found)
    assert {name for name in BY_VISITOR if kinds[f"raw.{name}"] == "distributed"} == BY_VISITOR
    assert kinds["raw.leads"] == "reference"
    # The months of late events were made on demand, on every node.
    months = [name for name in kinds if name.startswith("raw.events_")]
    assert "raw.events_2026_10" in months
    assert len({kinds[name] for name in months}) == 1
    # One word differs from the keys of plain PostgreSQL.
    assert rows(undistributed, KEYS) == [
        (table, name, text.replace(" ON DELETE SET NULL (session_id)", ""))
        for table, name, text in rows(plain, KEYS)
    ]


def test_status_says_which_nodes_there_are_and_how_even_their_shards(undistributed: str) -> None:
    visitors = rows(undistributed, "select count(*) from raw.visitors")
    assert visitors == [(4,)]
    [line] = [
        line
        for line in footfall("status", database=undistributed).stdout.splitlines()
        if "nodes" in line
    ]
    [(workers,)] = rows(undistributed, "select count(*) from citus_get_active_worker_nodes()")
    assert line.startswith("ok")
    assert f"{workers} answer" in line
    assert "visitors a shard" in line
