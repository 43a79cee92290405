"""Builds that die half-way, and builds after retention has taken raw rows."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from ingest_app.enrichment.identity import visitor_id
from ingest_app.store.writer import Writer
from tests.support.arrivals import events
from tests.support.captures import capture
from tests.support.dbt import Dbt
from tests.support.postgres import holding, wait_until
from tests.support.processes import kill_family
from tests.support.purging import purge, rows_before, with_what_is_purged
from tests.support.recount.closed import Closed
from tests.support.recount.facts import RawFacts, read_facts
from tests.support.recount.marts import KEYS, recount_marts
from tests.support.recount.reading import assert_marts_equal_recount, differences, read_rows
from tests.support.visits import page_view, random_event, random_visit

pytestmark = pytest.mark.usefixtures("restored")
Connection = psycopg.Connection[dict[str, Any]]

LAST_DAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=2)
DAYS = [LAST_DAY - timedelta(days=n) for n in range(12)]
HORIZON = DAYS[5]
PROPERTIES = ("shop.example", "docs.example")

OF_DBT = "application_name = 'dbt' and datname = current_database()"
WAITING = f"{OF_DBT} and wait_event_type = 'Lock'"


@pytest.fixture
def rng() -> random.Random:
    return random.Random(20260501)


@pytest.fixture(scope="module", autouse=True)
def history(writer: Writer, dbt: Dbt) -> None:
    """Visits of twelve days, and their first build."""
    arrive(writer, random.Random(20260502), visits=150)
    dbt.run_models()


@pytest.fixture(scope="module")
def other_dbt(database: str, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """Another dbt, which starts a process for each command. The first leaves what it parsed."""
    return Dbt(database, tmp_path_factory.mktemp("other-dbt"))


def arrive(writer: Writer, rng: random.Random, *, visits: int) -> None:
    """Random visits on random days."""
    for _ in range(visits):
        visitor, day = f"visitor-{rng.randrange(40):04}", rng.choice(DAYS)
        writer.write(events(random_visit(rng, day=day, visitor=visitor, properties=PROPERTIES)))


def sessions(connection: Connection, which: str) -> int:
    """How many database sessions of a kind there are."""
    [row] = connection.execute(
        f"select count(*) as n from pg_stat_activity where {which}".encode()
    ).fetchall()
    return int(row["n"])


NEW_VISITOR = "in-the-middle"
HOLDS = {
    # A mart that others are built from.
    "before a mart": (
        "select from analytics_state.rollup_locks where name = 'mart.visitor_days' for update"
    ),
    # The row that the build is about to insert, after it has emptied the days.
    "in the middle of a mart": (
        "insert into analytics.visitor_days (property_id, day, visitor_id, is_bot, is_returning, "
        "   events, page_views, entrances, exits, conversions, form_starts, form_submits, "
        "   traffic_sources, device_types, country_codes, event_types, generated_at) "
        f"values ('shop.example', '{DAYS[3]:%Y-%m-%d}', '{visitor_id(NEW_VISITOR)}', false, false, "
        "   1, 1, 1, 0, 0, 0, 0, '{}', '{}', '{}', '{}', now())"
    ),
    "before the commit of a mart": "lock table analytics_state.rollup_watermarks in share mode",
}


@pytest.mark.parametrize("hold", HOLDS)
def test_a_killed_build_leaves_each_mart_whole_and_the_next_repairs_them(
    database: str,
    writer: Writer,
    dbt: Dbt,
    other_dbt: Dbt,
    connection: Connection,
    rng: random.Random,
    hold: str,
) -> None:
    before = {mart: read_rows(connection, mart) for mart in KEYS}
    arrive(writer, rng, visits=25)
    noon = DAYS[3] + timedelta(hours=12)
    # Known to no mart, or the row that holds the build would not be new.
    visitor = NEW_VISITOR if hold == "in the middle of a mart" else f"visitor {hold}"
    body = random_event(rng, at=noon, visitor=visitor, property_id="shop.example")
    writer.write(events([body]))
    after = recount_marts(read_facts(connection))
    with holding(database, HOLDS[hold]):
        build = other_dbt.start("run")
        wait_until(lambda: sessions(connection, WAITING), "the build did not come to the lock")
        time.sleep(rng.random())
        kill_family(build.pid)
        build.communicate()
    wait_until(lambda: not sessions(connection, OF_DBT), "a session of the killed build goes on")

    left = {mart: read_rows(connection, mart) for mart in KEYS}
    stale = {mart for mart in KEYS if any(differences(mart, after[mart], left[mart]))}
    torn = {mart for mart in stale if any(differences(mart, before[mart], left[mart]))}
    assert not torn
    assert "visitor_days" in stale, "the build was killed too late"
    dbt.run_models()
    assert_marts_equal_recount(connection)


def test_no_build_changes_a_day_that_retention_has_taken(
    writer: Writer, dbt: Dbt, connection: Connection, rng: random.Random
) -> None:
    # A visit over the horizon, whose beginning goes and whose end stays.
    over = [HORIZON + timedelta(minutes=minutes) for minutes in (-20, -5, 10)]
    writer.write(events(page_view("goes-over", at) for at in over))
    capture(connection, UUID(int=1), visitor_id("goes-over"), over[1])
    dbt.run_models()
    ever = read_facts(connection)
    purge(connection, HORIZON.date())
    taken = rows_before(connection, HORIZON.date())
    assert all(taken.values())
    assert 0 < len(read_facts(connection).hits) < len(ever.hits)

    dbt.run_models()
    assert_right_around_the_horizon(connection, ever, taken)

    left = [row["anon_id"] for row in connection.execute("select anon_id from raw.visitors")]
    for _ in range(25):
        day = rng.choice([day for day in DAYS if day > HORIZON])
        visit = random_visit(rng, day=day, visitor=rng.choice(left), properties=PROPERTIES)
        writer.write(events(visit))
    writer.write(events([page_view("goes-over", HORIZON + timedelta(minutes=25))]))
    ever = replace(ever, hits=with_what_is_purged(ever.hits, connection))
    ever = replace(ever, duplicates=read_facts(connection).duplicates)
    dbt.run_models()
    assert_right_around_the_horizon(connection, ever, taken)

    # Whoever comes now from before the horizon is too late to be counted.
    writer.write(events([page_view("comes-too-late", HORIZON - timedelta(hours=30))]))
    dbt.run_models()
    assert_right_around_the_horizon(connection, ever, taken)
    dbt.build("--full-refresh")
    assert_right_around_the_horizon(connection, ever, taken)


def assert_right_around_the_horizon(
    connection: Connection, ever: RawFacts, taken: dict[str, list[str]]
) -> None:
    """Days before are untouched, the others as if raw still had all that it ever held."""
    assert rows_before(connection, HORIZON.date()) == taken
    expected = recount_marts(ever)
    held = Closed(HORIZON.date())
    problems = [
        problem
        for mart in KEYS
        for problem in differences(
            mart,
            held.rows_since(KEYS[mart], expected[mart]),
            held.rows_since(KEYS[mart], read_rows(connection, mart)),
        )
    ]
    assert not problems, "\n".join(problems[:20])
