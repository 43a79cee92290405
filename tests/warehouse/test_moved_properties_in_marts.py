"""Marts follow a property that is renamed or merged: at once, with the next build, and after it.

Beside numbers by hand there are two recounts of everything from raw: one in SQL, one in Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from ingest_app.operations.discrepancy.check import compare_with_raw
from ingest_app.operations.moves.command import move_property
from ingest_app.operations.moves.rules import MoveError
from ingest_app.store.writer import Writer
from tests.support.arrivals import events
from tests.support.dbt import Dbt
from tests.support.purging import ClosedDays, purge
from tests.support.recount.facts import RawFacts, read_facts
from tests.support.recount.marts import KEYS

Connection = psycopg.Connection[dict[str, Any]]

OLD, NEW, OTHER = "old.example", "new.example", "other.example"
ONE, TWO = "one.example", "two.example"
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = [FIRST.date() + timedelta(days=n) for n in range(5)]
# The first day is purged before anything is moved.
HORIZON = DAYS[1]


def seen(
    visitor: str, property_id: str, clock: str, *, day: int = 1, path: str = "/", **traffic: Any
) -> dict[str, Any]:
    return {
        "anonId": visitor,
        "eventType": "page_view",
        "path": path,
        "timestamp": f"{DAYS[day]}T{clock}:00Z",
        "traffic": {"propertyId": property_id, **traffic},
    }


ARRIVALS = [
    *(
        seen("comes-again", OLD, "10:00", day=day, webVitals={"ttfbMs": 100 + day})
        for day in (0, 1, 3)
    ),
    seen("comes-again", OTHER, "10:05", day=0),
    seen("only-once", OLD, "11:00", day=0, isConversion=True),
    # One session of both: two visits, which are one when the two are one.
    seen("goes-over", ONE, "12:00", path="/in"),
    seen("goes-over", TWO, "12:10", path="/out", isExit=True),
    # Of each on another day: who comes back to the one comes back to the other.
    seen("saw-both", ONE, "13:00", day=2),
    seen("saw-both", TWO, "13:00", day=3, isConversion=True),
    seen("saw-only-two", TWO, "14:00", day=2),
]
LATE = [
    seen("comes-late", OLD, "09:00", day=2),
    seen("comes-late", NEW, "09:01", day=2),
    seen("comes-late", ONE, "09:02", day=2),
    seen("comes-late", TWO, "09:03", day=2),
]


@pytest.fixture(scope="module")
def built(database: str, dbt: Dbt, writer: Writer) -> Iterator[tuple[Connection, RawFacts]]:
    """What was built of all arrivals, of a first day too that raw has no more; and what raw held."""
    with psycopg.connect(
        database, autocommit=True, row_factory=psycopg.rows.dict_row
    ) as connection:
        writer.write(events(ARRIVALS))
        dbt.run_models()
        ever = read_facts(connection)
        purge(connection, HORIZON)
        yield connection, ever


def rows(connection: Connection, table: str, condition: str = "true") -> list[str]:
    found = connection.execute(
        f"select (to_jsonb(known) - 'generated_at')::text as row from {table} as known"
        f" where {condition} order by 1".encode()
    )
    return [row["row"] for row in found]


def marts(connection: Connection, condition: str = "true") -> dict[str, list[str]]:
    return {mart: rows(connection, f"analytics.{mart}", condition) for mart in KEYS}


def renamed(before: dict[str, list[str]], old: str, new: str) -> dict[str, list[str]]:
    """The rows under the other name; in this history no other text has the name."""
    return {mart: sorted(row.replace(old, new) for row in rows) for mart, rows in before.items()}


def test_marts_have_the_new_name_at_once_and_equal_raw_after_the_next_build(
    built: tuple[Connection, RawFacts], database: str, dbt: Dbt, writer: Writer
) -> None:
    connection, ever = built
    # Of late arrivals a build counts the days anyway. Those of a move it counts because they are owed.
    connection.execute(
        "update raw.events set created_at = (created_at at time zone 'UTC' - interval '9 days') at time zone 'UTC'"
    )
    before = marts(connection)
    moved = move_property(database, OLD, NEW, is_merge=False)
    assert (moved.events, moved.days, moved.closed_days) == (2, 2, 1)
    at_once = marts(connection)
    assert {mart: sorted(rows) for mart, rows in at_once.items()} == renamed(before, OLD, NEW)
    assert at_once != before

    # A build that runs has counted some marts already, and others not.
    connection.execute(
        "insert into analytics_state.rollup_builds (invocation_id, cutoff, snapshot, started_at)"
        " values ('a build that runs', now(), pg_current_snapshot(), now())"
    )
    with psycopg.connect(database) as running:
        running.execute("select 'a build that runs'")
        with pytest.raises(MoveError, match="nother build runs since"):
            move_property(database, ONE, TWO, is_merge=True)
    connection.execute(
        "delete from analytics_state.rollup_builds where invocation_id = 'a build that runs'"
    )

    merged = move_property(database, ONE, TWO, is_merge=True)
    assert (merged.events, merged.days, merged.closed_days) == (2, 3, 0)
    closed = marts(connection, f"day < '{HORIZON}'")
    hits = [replace(hit, property_id=NEW) if hit.property_id == OLD else hit for hit in ever.hits]
    known = ClosedDays(connection)
    known.purged(replace(ever, hits=hits), HORIZON, is_built=False)
    writer.write(events(LATE))
    dbt.run_models()

    assert marts(connection, f"day < '{HORIZON}'") == closed
    named = connection.execute(
        "select property_id, day, unique_visitors::integer, returning_visitors::integer,"
        " total_page_views::integer"
        " from analytics.daily_metric_rollups order by property_id, day"
    ).fetchall()
    assert [tuple(row.values()) for row in named] == [
        (NEW, DAYS[0], 2, 0, 2),
        (NEW, DAYS[1], 1, 1, 1),
        (NEW, DAYS[2], 1, 0, 2),
        (NEW, DAYS[3], 1, 1, 1),
        (OTHER, DAYS[0], 1, 0, 1),
        (TWO, DAYS[1], 1, 0, 2),
        (TWO, DAYS[2], 3, 0, 4),
        (TWO, DAYS[3], 1, 1, 1),
    ]
    # The visit that went over is one.
    assert [
        (row["entry_path"], row["exit_path"], row["page_views"])
        for row in connection.execute(
            "select entry_path, exit_path, page_views::integer from analytics.sessions"
            " where property_id = %s and day = %s",
            (TWO, DAYS[1]),
        )
    ] == [("/in", "/out", 2)]
    assert compare_with_raw(database, first=HORIZON, last=DAYS[-1]).differences == []
    known.assert_marts()
