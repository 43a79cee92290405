"""`footfall rollups status` tells, mart by mart, the days that the next build rebuilds: no day more,
none less."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from ingest_app.enrichment.identity import visitor_id
from ingest_app.store.writer import Writer
from tests.support.arrivals import erase, events
from tests.support.captures import submit
from tests.support.cli import footfall
from tests.support.dbt import Dbt
from tests.support.recount.reading import assert_marts_equal_recount
from tests.support.visits import page_view, random_visit
from tests.support.waiting import MARTS, Days, Rebuilt, frozen_days, waiting_days

pytestmark = pytest.mark.usefixtures("restored")
Connection = psycopg.Connection[dict[str, Any]]

FIRST_DAY = datetime(2026, 2, 20, tzinfo=UTC)
DAYS = [FIRST_DAY + timedelta(days=n) for n in range(14)]
PROPERTIES = ("shop.example", "docs.example")
# Of days around which nobody else comes.
TRAVELLER, SLEEPER, LEAD = "the-traveller", "the-sleeper", "comes-as-a-lead"


def day(n: int) -> date:
    return DAYS[n].date()


@pytest.fixture(scope="module", autouse=True)
def history(writer: Writer, dbt: Dbt, database: str) -> None:
    """Visits of two weeks, and their first build."""
    rng = random.Random(20260220)
    for _ in range(120):
        visitor, on = f"visitor-{rng.randrange(30):04}", rng.choice(DAYS)
        writer.write(events(random_visit(rng, day=on, visitor=visitor, properties=PROPERTIES)))
    noon, midnight = timedelta(hours=12), DAYS[8]
    writer.write(events(page_view(TRAVELLER, DAYS[n] + noon) for n in (3, 6, 9, 12)))
    writer.write(events(page_view(SLEEPER, midnight + timedelta(minutes=m)) for m in (-25, 25)))
    writer.write(events(page_view(LEAD, DAYS[n] + noon) for n in (5, 7)))
    with psycopg.connect(database) as connection:
        submit(connection, visitor_id(LEAD), DAYS[7] + noon, is_first=True)
    dbt.run_models()


def told_and_rebuilt(connection: Connection, dbt: Dbt, *build: str) -> Days:
    """What the status told before a build that did exactly that."""
    told = waiting_days(dbt)
    assert told.keys() == set(MARTS)
    before = Rebuilt(connection)
    dbt.run_models(*build)
    assert told == frozen_days(connection)
    rebuilt, there = before.days()
    assert rebuilt == {mart: told[mart] & there[mart] for mart in MARTS}
    assert {mart: days for mart, days in waiting_days(dbt).items() if days} == {}
    assert_marts_equal_recount(connection)
    return told


def test_nothing_waits_after_a_build(dbt: Dbt, connection: Connection) -> None:
    assert not any(told_and_rebuilt(connection, dbt).values())


def test_a_late_event_is_told_with_every_day_that_it_changes(
    dbt: Dbt, writer: Writer, connection: Connection
) -> None:
    writer.write(events([page_view(TRAVELLER, DAYS[1] + timedelta(hours=12))]))
    told = told_and_rebuilt(connection, dbt)
    # It came on the second day, and made the visitor one who returns on the fourth.
    assert told["daily_pages"] == {day(1), day(3)}
    assert told["sessions"] >= {day(1), day(3)}
    assert told["visitor_recency"] == {day(1), day(3), day(6)}


def test_a_session_that_merges_is_told_with_the_day_on_which_it_began(
    dbt: Dbt, writer: Writer, connection: Connection
) -> None:
    writer.write(events([page_view(SLEEPER, DAYS[8] + timedelta(minutes=1))]))
    told = told_and_rebuilt(connection, dbt)
    assert told["daily_pages"] == {day(8)}
    assert told["sessions"] == told["daily_campaigns"] == {day(7), day(8)}


def test_a_lead_made_older_is_told_with_the_day_of_its_capture(
    dbt: Dbt, writer: Writer, connection: Connection
) -> None:
    writer.write(events([page_view(LEAD, DAYS[4] + timedelta(hours=12))]))
    told = told_and_rebuilt(connection, dbt)
    assert told["daily_metric_rollups"] == {day(4), day(5), day(7)}


def test_an_erasure_is_told_with_all_days_of_the_visitor(dbt: Dbt, connection: Connection) -> None:
    with connection.transaction():
        erase(connection, visitor_id(TRAVELLER))
    told = told_and_rebuilt(connection, dbt)
    assert told["daily_metric_rollups"] >= {day(n) for n in (3, 6, 9, 12)}


def test_all_at_once(dbt: Dbt, writer: Writer, connection: Connection) -> None:
    rng = random.Random(3)
    for _ in range(12):
        visitor, on = f"visitor-{rng.randrange(40):04}", rng.choice(DAYS)
        writer.write(events(random_visit(rng, day=on, visitor=visitor, properties=PROPERTIES)))
    with connection.transaction():
        erase(connection, visitor_id("visitor-0002"))
    told = told_and_rebuilt(connection, dbt)
    assert len({frozenset(days) for days in told.values()}) > 2


def test_days_that_other_marts_were_rebuilt_on_are_told(dbt: Dbt, connection: Connection) -> None:
    """A named rebuild of one mart alone: all that is made of it, however far off, has to follow."""
    range_of = f"{{rebuild_from: '{day(10)}', rebuild_to: '{day(10)}'}}"
    dbt.run_models("--select", "visitor_days", "--vars", range_of)
    known = {row["day"] for row in connection.execute("select day from analytics.visitor_days")}
    told = told_and_rebuilt(connection, dbt)
    assert {mart for mart in MARTS if told[mart]} == {
        "visitor_recency",
        "page_recency",
        "daily_breakdowns",
        "daily_funnel",
    }
    for mart in ("daily_breakdowns", "daily_funnel"):
        assert told.pop(mart) == {day(10)}
    # Anything may have changed on that day: whoever came later may look back to another one.
    for mart in ("visitor_recency", "page_recency"):
        assert told.pop(mart) == {visited for visited in known if visited >= day(10)}
    assert not any(told.values())


def test_a_mart_whose_watermark_is_lost_waits_for_every_day(
    dbt: Dbt, database: str, connection: Connection
) -> None:
    connection.execute(
        "delete from analytics_state.rollup_watermarks where mart = 'web_vital_distributions'"
    )
    done = footfall("rollups", "status", database=database)
    assert done.returncode == 1
    [line] = [
        line for line in done.stdout.splitlines() if line.startswith("web_vital_distributions ")
    ]
    assert "not known" in line
    told = told_and_rebuilt(connection, dbt)
    # With what is made of it.
    assert {mart for mart in MARTS if told[mart]} == {"web_vital_distributions", "daily_web_vitals"}
    assert told["web_vital_distributions"] >= {day(n) for n in range(1, 13)}


def test_asking_leaves_nothing_behind(dbt: Dbt, connection: Connection) -> None:
    count = "select count(*) from analytics_state.rollup_touched_days"
    before = connection.execute(count).fetchall()
    connection.execute(
        "update analytics_state.rollup_watermarks set received_through = '2026-01-01'"
    )
    assert all(waiting_days(dbt).values())
    assert connection.execute(count).fetchall() == before
