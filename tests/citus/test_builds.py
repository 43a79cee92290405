"""Builds on a cluster give the numbers of plain PostgreSQL, whatever has happened to raw."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from ingest_app.database.connection import IN_TURN
from ingest_app.enrichment.identity import visitor_id
from tests.support.arrivals import events, writing
from tests.support.captures import capture, set_consent
from tests.support.cli import footfall
from tests.support.dbt import Dbt, DbtProcess
from tests.support.visits import random_visit

PROPERTIES = ("shop.example", "docs.example", "blog.example")
VISITORS = [f"visitor-{number:04}" for number in range(14)]
LEADS = [UUID(int=number) for number in (1, 2, 3)]
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
DAYS = [TODAY - timedelta(days=ago) for ago in (12, 11, 10, 8, 7)]
# Made at random, or of the moment of a build.
DIFFERENT = {
    *("session_id", "generated_at", "built_at", "restated_at", "published_at", "checked_at"),
    *("last_received_at", "received_through", "compared_at", "raw_counted_at"),
}
MARTS = """
    select relname, array_agg(attname::text order by attname)
    from pg_class
    inner join pg_attribute on pg_class.oid = attrelid
    where
        relnamespace = 'analytics'::regnamespace and relkind in ('r', 'p')
        and attnum > 0 and not attisdropped
    group by relname
"""


def marts(url: str) -> dict[str, list[str]]:
    with psycopg.connect(url) as connection:
        connection.execute("set timezone = 'UTC'")
        return {
            mart: sorted(
                repr(row)
                for row in connection.execute(
                    f"select {', '.join(set(columns) - DIFFERENT)} from analytics.{mart}".encode()
                )
            )
            for mart, columns in connection.execute(MARTS).fetchall()
        }


def ok(*arguments: str, database: str) -> None:
    done = footfall(*arguments, database=database)
    assert done.returncode == 0, (arguments, done.stdout[-2000:], done.stderr[-2000:])


class Told:
    """One history, told to a database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._rng = random.Random(21)

    def visits(self, count: int, days: Sequence[datetime] = DAYS) -> None:
        bodies: list[dict[str, Any]] = []
        for _ in range(count):
            bodies += random_visit(
                self._rng,
                day=self._rng.choice(days),
                visitor=self._rng.choice(VISITORS),
                properties=PROPERTIES,
            )
        with writing(self.url) as writer:
            writer.write(events(bodies))

    def captures(self, *numbers: int, at: datetime | None = None) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute(IN_TURN)
            # Whoever came last becomes a lead first, and is found to have come before by others.
            known = connection.execute(
                "select id, first_seen_at from raw.visitors order by first_seen_at desc, id"
            ).fetchall()
            for number in numbers:
                visitor, seen_at = known[number % len(known)]
                at_this = at or seen_at + timedelta(hours=1)
                submission = UUID(int=1000 + number)
                lead = LEADS[number % 3]
                capture(
                    connection, lead, visitor, at_this, event=submission, sent_from="shop.example"
                )

    def consent(self) -> None:
        with psycopg.connect(self.url) as connection:
            set_consent(connection, LEADS[1], "withdrawn")


@pytest.fixture
def both(distributed: str, plain: str) -> list[Told]:
    return [Told(distributed), Told(plain)]


def test_numbers_are_those_of_plain_postgresql(
    both: list[Told], process: DbtProcess, tmp_path: Path
) -> None:
    def build_and_compare() -> None:
        for place, told in enumerate(both):
            # Or all that this test stores is new to every build. Nobody else stores anything.
            Dbt(told.url, tmp_path / str(place), process, has_grace=False).build()
        found, expected = (marts(told.url) for told in both)
        assert found.keys() == expected.keys()
        assert {mart for mart in found if found[mart] != expected[mart]} == set()
        assert sum(map(len, found.values())) > 500

    def each(*steps: Callable[[Told], object]) -> None:
        for told in both:
            for step in steps:
                step(told)

    each(lambda told: told.visits(40, DAYS[2:]), lambda told: told.captures(1, 3, 5))
    build_and_compare()
    # Late events of one day, which change others; forms of known leads by visitors who were there
    # before; a withdrawal.
    each(
        lambda told: told.visits(8, DAYS[:1]),
        lambda told: told.captures(2, 7, 10, 11, 13, at=DAYS[4] + timedelta(hours=20)),
        Told.consent,
    )
    build_and_compare()
    # Nobody stores, and much changes: erased, moved, purged, merged.
    changes: list[tuple[str, ...]] = [
        ("erase", "--anon-id", VISITORS[4], "--yes"),
        (
            "property",
            "set",
            "shop.example",
            "--time-zone",
            "Europe/Berlin",
            "--from",
            f"{DAYS[2]:%F}",
        ),
        ("property", "rename", "docs.example", "handbook.example", "--yes"),
        ("purge", "--older-than-days", "9"),
    ]
    for told in both:
        for arguments in changes:
            ok(*arguments, database=told.url)
    build_and_compare()
    for told in both:
        ok("property", "merge", "blog.example", "shop.example", "--yes", database=told.url)
    build_and_compare()
    with psycopg.connect(both[0].url) as connection:
        known = connection.execute("select distinct visitor_id from analytics.visitor_days")
        assert (visitor_id(VISITORS[4]),) not in known.fetchall()
