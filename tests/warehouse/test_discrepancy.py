"""The discrepancy check finds what was tampered with, and says so with both sides."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.support.cli import footfall
from tests.support.dbt import Dbt
from tests.support.server import Server

Connection = psycopg.Connection[dict[str, Any]]

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=5)
DAY = NOON.date().isoformat()
NEXT_DAY = (NOON + timedelta(days=1)).date().isoformat()


def post(server: Server, at: datetime, property_id: str, **changes: Any) -> None:
    answer = server.post(
        {
            "anonId": "visitor-0001",
            "eventType": "page_view",
            "path": "/",
            "timestamp": at.isoformat(),
            "traffic": {"propertyId": property_id},
        }
        | changes
    )
    assert answer.status == 202


@pytest.fixture(scope="module", autouse=True)
def built(server: Server, dbt: Dbt) -> None:
    """Four page views and a click on two properties, rolled up."""
    for minute in range(3):
        post(server, NOON + timedelta(minutes=minute), "shop.example")
    post(server, NOON, "it's.example")
    post(server, NOON + timedelta(days=1), "shop.example", eventType="cta_click")
    dbt.build()


def check(database: str, first: str, last: str, *options: str) -> subprocess.CompletedProcess[str]:
    return footfall("discrepancy", "--from", first, "--to", last, *options, database=database)


def lines(done: subprocess.CompletedProcess[str]) -> list[list[str]]:
    """The rows of the printed table, as words."""
    return [line.split() for line in done.stdout.splitlines() if line.startswith("20")]


def test_equal_sides_are_clean(database: str) -> None:
    done = check(database, DAY, NEXT_DAY)
    assert done.returncode == 0, done.stderr
    assert "clean" in done.stdout


def test_a_late_event_shows_until_the_next_build(server: Server, dbt: Dbt, database: str) -> None:
    post(server, NOON + timedelta(minutes=40), "shop.example")
    done = check(database, DAY, DAY)
    assert done.returncode == 2
    assert lines(done) == [
        [DAY, "shop.example", "events_accepted", "3", "4", "-1", "1"],
        [DAY, "shop.example", "page_views", "3", "4", "-1", "1"],
    ]
    dbt.build()
    assert check(database, DAY, DAY).returncode == 0


def test_a_deleted_raw_row_is_named_and_fails_the_next_build(
    dbt: Dbt, database: str, connection: Connection
) -> None:
    connection.execute("create temporary table kept as select * from raw.events where false")
    connection.execute(
        "with gone as (delete from raw.events where id = ("
        "   select id from raw.events where property_id = 'it''s.example') returning *) "
        "insert into kept select * from gone"
    )
    done = check(database, DAY, NEXT_DAY)
    assert done.returncode == 2
    assert lines(done) == [
        [DAY, "it's.example", "events_accepted", "1", "0", "+1", "0"],
        [DAY, "it's.example", "page_views", "1", "0", "+1", "0"],
    ]
    assert check(database, NEXT_DAY, NEXT_DAY).returncode == 0
    assert check(database, DAY, DAY, "--property-id", "shop.example").returncode == 0
    assert check(database, DAY, DAY, "--property-id", "it's.example").returncode == 2

    run = dbt.run("build")
    assert not run.is_success
    assert {"events_received_equal_raw", "event_measures_equal_raw"} <= run.failed()

    connection.execute("insert into raw.events select * from kept")
    assert check(database, DAY, NEXT_DAY).returncode == 0


def test_a_rollup_row_that_is_wrong_missing_or_extra_is_listed(
    database: str, connection: Connection
) -> None:
    connection.execute(
        "update analytics.daily_ingest_rollups set events_rejected = 7 "
        "where property_id = 'shop.example' and day = %s",
        (NEXT_DAY,),
    )
    connection.execute(
        "insert into analytics.daily_metric_rollups "
        'select (jsonb_populate_record(rollups, \'{"property_id": "ghost.example"}\')).* '
        "from analytics.daily_metric_rollups as rollups "
        "where property_id = 'shop.example' and day = %s",
        (DAY,),
    )
    connection.execute(
        "delete from analytics.daily_ingest_rollups where property_id = 'it''s.example'"
    )
    done = check(database, DAY, NEXT_DAY)
    assert done.returncode == 2
    assert sorted(row[:6] for row in lines(done)) == [
        [DAY, "ghost.example", "page_views", "4", "0", "+4"],
        [DAY, "it's.example", "events_accepted", "0", "1", "-1"],
        [NEXT_DAY, "shop.example", "events_rejected", "7", "0", "+7"],
    ]


def test_a_quote_in_the_property_is_text(database: str) -> None:
    done = check(database, DAY, DAY, "--property-id", "x' or 'a' = 'a")
    assert done.returncode == 0
    assert "clean" in done.stdout
