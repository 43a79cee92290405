"""The ages that `/metrics` shows, so that a purge that silently stopped is seen."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingest_app.operations.purge import purge
from ingest_app.operations.retention_ages import RetentionAges
from tests.support.server import serving

Connection = psycopg.Connection[dict[str, Any]]
OLDEST = "footfall_oldest_event_age_seconds"
LAST_PURGE = "footfall_last_purge_age_seconds"


def test_metrics_show_both_ages(
    connection: Connection, clean_tables: None, database: str, tmp_path: Path
) -> None:
    with serving(database, tmp_path, RATE_LIMITS_ENABLED="false") as app:
        at = datetime.now(UTC) - timedelta(days=40)
        for index, moment in enumerate((at, datetime.now(UTC))):
            answer = app.post(
                {
                    "anonId": "visitor-0001",
                    "eventType": "page_view",
                    "path": "/",
                    "timestamp": moment.isoformat(),
                    "referrer": ("https://www.google.com/", "https://t.co/x")[index],
                }
            )
            assert answer.status == 202
        purge(database, older_than_days=90)
        body = app.request("GET", "/metrics").body.decode()
    samples = dict(
        line.split() for line in body.splitlines() if line.startswith((OLDEST, LAST_PURGE))
    )
    day_began = datetime.combine(at.date(), time(), UTC)
    age = (datetime.now(UTC) - day_began).total_seconds()
    assert float(samples[OLDEST]) == pytest.approx(age, abs=60)
    assert 0 <= float(samples[LAST_PURGE]) < 60


def test_a_purge_that_did_not_end_does_not_count(
    connection: Connection, clean_tables: None, database: str
) -> None:
    connection.execute("truncate raw.retention_purges")
    connection.execute(
        "insert into raw.retention_purges (id, purged_before) values (gen_random_uuid(), now())"
    )
    ages = RetentionAges(database)
    assert ages.last_purge_seconds() is None
    assert ages.oldest_event_seconds() is None


def test_without_a_database_there_is_no_age() -> None:
    ages = RetentionAges("postgresql://footfall@127.0.0.1:1/footfall")
    assert ages.oldest_event_seconds() is None
    assert ages.last_purge_seconds() is None
