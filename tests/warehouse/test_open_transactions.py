"""A row that was received before a build and committed after it reaches the next."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from tests.support.citus import pass_grace
from tests.support.cli import footfall
from tests.support.dbt import Dbt
from tests.support.recount.reading import generation_times, read_rows
from tests.support.server import Server

Connection = psycopg.Connection[dict[str, Any]]

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
EARLIER, QUIET = NOON - timedelta(days=9), NOON - timedelta(days=4)


def test_a_transaction_that_outlives_a_build_is_counted_by_the_next(
    server: Server, dbt: Dbt, connection: Connection, database: str
) -> None:
    for at in (EARLIER, QUIET):
        posted = {
            "anonId": "visitor-0001",
            "eventType": "page_view",
            "path": "/",
            "timestamp": at.isoformat(),
            "traffic": {"propertyId": "shop.example"},
        }
        assert server.post(posted).status == 202
    pass_grace(database)
    dbt.build()
    day = EARLIER.date()
    before = generation_times(connection, "daily_metric_rollups")

    with psycopg.connect(database) as slow:
        slow.execute(
            'insert into raw.events (id, visitor_id, "timestamp", occurred_on, dedupe_key, '
            "   event_type, property_id) "
            "select %s, visitor_id, %s, %s, 'slow', 'page_view', property_id "
            "from raw.events where occurred_on = %s",
            (uuid.uuid4(), EARLIER, day, day),
        )
        dbt.build()
        assert (
            read_rows(connection, "daily_ingest_rollups")["shop.example", day]["events_accepted"]
            == 1
        )
        slow.commit()

    [row] = connection.execute(
        "select created_at < (select min(received_through) "
        "   from analytics_state.rollup_watermarks) as is_older_than_the_watermark "
        "from raw.events where dedupe_key = 'slow'"
    ).fetchall()
    assert row["is_older_than_the_watermark"]
    dbt.build()
    assert (
        read_rows(connection, "daily_ingest_rollups")["shop.example", day]["events_accepted"] == 2
    )
    after = generation_times(connection, "daily_metric_rollups")
    rebuilt = {key[1] for key, made in after.items() if before[key] != made}
    assert rebuilt == {day}
    dates = ("--from", str(day), "--to", str(QUIET.date()))
    assert footfall("discrepancy", *dates, database=database).returncode == 0
