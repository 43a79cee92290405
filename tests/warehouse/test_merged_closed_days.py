"""Two properties become one on days that raw no longer holds: every mart is what raw would have said.

What is expected is a recount in Python of what raw held before the purge, with the one name for both.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from ingest_app.operations.moves.command import move_property
from ingest_app.store.writer import Writer
from tests.support.arrivals import events
from tests.support.captures import capture
from tests.support.dbt import Dbt
from tests.support.purging import purge
from tests.support.recount.facts import RawFacts, read_facts
from tests.support.recount.marts import recount_marts
from tests.support.recount.reading import differences, read_rows

Connection = psycopg.Connection[dict[str, Any]]

OLD, NEW, OTHER = "old.example", "new.example", "other.example"
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = [FIRST.date() + timedelta(days=n) for n in range(6)]
HORIZON = DAYS[4]
LEADS = [UUID(int=number) for number in range(1, 7)]

# What nobody can know of both any more. Where one of these is null, the rest of the row still holds.
MAY_BE_NULL = {
    "daily_hours": {"visitors", "visitors_once"},
    "daily_pages": {
        *("entering_visitors", "entering_people"),
        *("median_engaged_ms", "people_median_engaged_ms"),
    },
}


def visits(seed: int) -> Iterator[dict[str, Any]]:
    """Visitors who go to and fro between the properties, over midnights and over the horizon."""
    chance = random.Random(seed)
    for visitor in range(24):
        # Few are a bot at times, and most never.
        device = "bot" if visitor % 6 == 0 else "tablet"
        for day in chance.sample(range(6), chance.randint(1, 4)):
            at = FIRST + timedelta(days=day, minutes=chance.randint(0, 1439))
            for _ in range(chance.randint(1, 5)):
                event_type = chance.choice(["page_view"] * 4 + ["form_start", "form_submit"])
                body: dict[str, Any] = {
                    "anonId": f"visitor-{visitor:04}",
                    "eventType": event_type,
                    "path": chance.choice(["/", "/a", "/b", f"/{chance.randint(1, 12)}"]),
                    "timestamp": at.isoformat(),
                    "traffic": {
                        "propertyId": chance.choice([OLD, OLD, NEW, NEW, OTHER]),
                        "deviceType": chance.choice(["desktop", "mobile", device]),
                        "countryCode": chance.choice(["de", "fr"]),
                        "isEntrance": chance.random() < 0.4,
                        "isConversion": chance.random() < 0.1,
                        "isExit": chance.random() < 0.2,
                        "engagedTimeMs": chance.randint(0, 20_000),
                        "scrollDepthPercent": chance.randint(0, 100),
                        "webVitals": {"ttfbMs": chance.randint(50, 900)},
                    },
                    "props": {"formName": chance.choice("fg")},
                }
                if chance.random() < 0.2:
                    body["utm"] = {"source": "letter", "campaign": chance.choice("xy")}
                if chance.random() < 0.2:
                    body["referrer"] = f"https://{chance.choice('ab')}.example/"
                yield body
                at += timedelta(minutes=chance.choice([0, 1, 7, 25, 50, 100]))


@pytest.fixture(scope="module")
def ever(database: str, dbt: Dbt, writer: Writer) -> Iterator[tuple[Connection, RawFacts]]:
    """Everything is built, and raw has lost four of six days; and what raw held."""
    with psycopg.connect(
        database, autocommit=True, row_factory=psycopg.rows.dict_row
    ) as connection:
        writer.write(events(visits(1)))
        seen = connection.execute(
            "select visitor_id, max(timestamp) as at from raw.events group by 1 order by 2, 1"
        ).fetchall()
        for lead, row in zip(LEADS, seen[:: len(seen) // len(LEADS)], strict=False):
            capture(connection, lead, row["visitor_id"], row["at"] + timedelta(minutes=1))
        dbt.run_models()
        facts = read_facts(connection)
        purge(connection, HORIZON)
        yield connection, facts


def merged(facts: RawFacts, old: str, new: str) -> RawFacts:
    return replace(
        facts,
        hits=[
            replace(hit, property_id=new) if hit.property_id == old else hit for hit in facts.hits
        ],
    )


def problems(connection: Connection, facts: RawFacts) -> list[str]:
    told = []
    for mart, expected in recount_marts(facts).items():
        got = read_rows(connection, mart)
        for key, row in got.items():
            for column in MAY_BE_NULL.get(mart, set()):
                if key in expected and row[column] is None:
                    row[column] = expected[key][column]
        told += differences(mart, expected, got)
    return told


def test_every_mart_is_what_raw_would_have_said(
    ever: tuple[Connection, RawFacts], database: str, dbt: Dbt
) -> None:
    connection, facts = ever
    assert not (told := problems(connection, facts)), "\n".join(told)
    move_property(database, OLD, NEW, is_merge=True)
    dbt.run_models()
    assert not (told := problems(connection, merged(facts, OLD, NEW))), "\n".join(told)
