"""An upgrade of the schema reaches the nodes of a database that is distributed."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

import ingest_app.database.schema
from ingest_app.database.schema import VERSION, apply_schema

# What upgrades are made of: what they change is on every node, on shards, and on the coordinator alone.
SCRIPT = """
-- A statement may say; and go on.
alter table raw.sessions add column added integer not null default 7;
comment on column raw.sessions.added is 'A text
with an end; and another line.';
alter table raw.sessions set (fillfactor = 70);
create function raw.added(n integer) returns integer language sql immutable as $$
    select n + 1;
$$;
alter table raw.leads add column added integer not null default 7;
alter table raw.properties add column added integer not null default 7;
"""


def test_it_changes_what_is_distributed(
    distributed: str, nodes: psycopg.Connection[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_app.database.schema, "VERSION", VERSION + 1)
    monkeypatch.setattr(ingest_app.database.schema, "upgrade_scripts", lambda _version: [SCRIPT])
    apply_schema(distributed)
    nodes.execute(
        "insert into raw.visitors (id, anon_id, first_seen_at, last_seen_at)"
        " select gen_random_uuid(), 'visitor-' || n, now(), now() from generate_series(1, 20) as n"
    )
    nodes.execute(
        "insert into raw.sessions (id, visitor_id, started_at, last_event_at)"
        " select gen_random_uuid(), id, now(), now() from raw.visitors"
    )
    added = nodes.execute("select sum(raw.added(added)) as sum from raw.sessions").fetchall()
    assert added == [{"sum": 20 * 8}]
    for table in ("leads", "properties"):
        nodes.execute(f"select added from raw.{table}".encode())
