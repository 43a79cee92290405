"""Reports read whole weeks of pages as their sums, and a week whose days have changed by day.

What is expected is a recount in Python of what raw held.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any, LiteralString

import psycopg
import pytest

from ingest_app.reports import statements, windows
from ingest_app.reports.breakdown import breakdown
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import Audience
from ingest_app.store.writer import Writer
from tests.support.arrivals import events
from tests.support.dbt import Dbt
from tests.support.postgres import wait_until
from tests.support.purging import purge
from tests.support.recount import read_facts
from tests.support.recount.facts import Hit
from tests.support.recount.reports import breakdown as recounted
from tests.support.recount.windows import Window
from tests.support.visits import page_view, random_visit

Connection = psycopg.Connection[dict[str, Any]]

# A Monday. Of the third week there are three days.
FIRST = datetime(2026, 3, 2, tzinfo=UTC)
MONDAYS = [FIRST.date() + timedelta(weeks=n) for n in range(3)]
LAST = MONDAYS[2] + timedelta(days=2)
PROPERTIES = ("shop.example", "docs.example")
# Offsets from the first Monday: both weeks whole, with ends and without; one of them; parts of both.
ASKED = [(-3, 25), (0, 16), (0, 13), (1, 13), (0, 12), (7, 13), (6, 14), (4, 10), (9, 9), (2, 16)]
IS_BOT = {Audience.ALL: None, Audience.PEOPLE: False, Audience.BOTS: True}


@pytest.fixture(scope="module", autouse=True)
def history(writer: Writer, dbt: Dbt) -> None:
    """Visits of all days, and a build of pages."""
    rng = random.Random(20260302)
    for number in range(90):
        # Visits begin about a midnight, some before it.
        day = FIRST + timedelta(days=number % 16 + 1)
        writer.write(
            events(
                random_visit(
                    rng, day=day, visitor=f"visitor-{number % 25:04}", properties=PROPERTIES
                )
            )
        )
    dbt.run_models("--select", "+weekly_pages", "+page_recency", "rollup_freshness")


@pytest.fixture(scope="module")
def warehouse(database: str) -> Iterator[Warehouse]:
    marts = Warehouse(database)
    yield marts
    marts.close()


def weeks(connection: Connection) -> list[date]:
    """Those that are added up."""
    rows = connection.execute("select distinct week from analytics.weekly_pages order by week")
    return [row["week"] for row in rows]


def assert_reports_equal(warehouse: Warehouse, hits: list[Hit]) -> None:
    """Of every window, of each property and of all, whoever is asked for."""
    for (first, last), property_id, audience in product(ASKED, (None, *PROPERTIES), Audience):
        days = (FIRST.date() + timedelta(days=first), FIRST.date() + timedelta(days=last))
        rows = recounted(hits, Window(*days, property_id, is_bot=IS_BOT[audience]), "page")
        asked = windows.Window(*days, property_id, audience)
        answer = breakdown(warehouse, asked, by="page", limit=1000)
        assert answer["rows"] == [pytest.approx(row) for row in rows], asked
        assert answer["total"] == len(rows)


def test_whole_weeks_are_read_as_their_sums(connection: Connection, warehouse: Warehouse) -> None:
    assert weeks(connection) == MONDAYS[:2]
    assert_reports_equal(warehouse, read_facts(connection).hits)
    connection.execute("update analytics.weekly_pages set views = views + 1000")
    told = {
        (first, last): breakdown(
            warehouse,
            windows.Window(FIRST.date() + timedelta(first), FIRST.date() + timedelta(last)),
            by="page",
            limit=1,
        )["rows"][0]["pageViews"]
        // 1000
        for first, last in ASKED
    }
    connection.execute("update analytics.weekly_pages set views = views - 1000")
    # Of two properties, each with the path.
    assert told == {
        ends: 2 * sum(ends[0] <= monday <= ends[1] - 6 for monday in (0, 7)) for ends in ASKED
    }


def test_a_server_that_knows_no_any_value_answers_the_same(
    connection: Connection, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert statements.for_server("select any_value(path)", 150012) == "select min(path)"
    assert statements.for_server("select any_value(path)", 160001) == "select any_value(path)"
    monkeypatch.setattr(statements, "KNOWS_ANY_VALUE", connection.info.server_version + 1)
    assert_reports_equal(warehouse, read_facts(connection).hits)


def test_before_the_build_that_makes_them_weeks_are_read_by_day(
    connection: Connection, warehouse: Warehouse
) -> None:
    connection.execute("alter table analytics.weekly_pages rename to not_there_yet")
    try:
        assert_reports_equal(warehouse, read_facts(connection).hits)
    finally:
        connection.execute("alter table analytics.not_there_yet rename to weekly_pages")


CHANGES: dict[LiteralString, list[date]] = {
    "update analytics.daily_pages set views = views + 1 where day = '2026-03-05'": [MONDAYS[1]],
    "update analytics.daily_pages set day = '2026-03-09', property_id = 'other.example'"
    " where day = '2026-03-18'": [MONDAYS[0]],
    "delete from analytics.daily_pages where day = '2026-03-15'": [MONDAYS[0]],
    "insert into analytics.daily_pages select (jsonb_populate_record("
    'known, \'{"day": "2026-03-08", "property_id": "other.example"}\')).*'
    " from analytics.daily_pages as known where day = '2026-03-18'": [MONDAYS[1]],
    "update analytics.daily_pages set views = views + 1 where day = '2026-03-18'": MONDAYS[:2],
}


@pytest.mark.parametrize("change", CHANGES)
def test_whoever_changes_a_day_takes_its_week_away(
    connection: Connection, change: LiteralString
) -> None:
    with connection.transaction(force_rollback=True):
        assert connection.execute(change).rowcount
        assert weeks(connection) == CHANGES[change]


@pytest.mark.usefixtures("restored")
def test_a_build_of_a_part_leaves_no_sum_of_before(
    connection: Connection, writer: Writer, dbt: Dbt, warehouse: Warehouse
) -> None:
    late = [page_view(f"comes-late-{n}", FIRST + timedelta(days=2, hours=n)) for n in range(3)]
    writer.write(events(late))
    dbt.run_models("--select", "daily_pages", "visitor_days", "page_recency")
    hits = read_facts(connection).hits
    assert weeks(connection) == [MONDAYS[1]]
    assert_reports_equal(warehouse, hits)
    dbt.run_models("--select", "weekly_pages")
    assert weeks(connection) == MONDAYS[:2]
    assert_reports_equal(warehouse, hits)

    # Nobody has watched the days of a mart that is made anew.
    connection.execute("drop table analytics.daily_pages cascade")
    dbt.run_models("--select", "daily_pages")
    assert weeks(connection) == []


@pytest.mark.usefixtures("restored")
def test_a_warehouse_of_before_gets_all_weeks_also_of_closed_days(
    connection: Connection, dbt: Dbt, warehouse: Warehouse
) -> None:
    hits = read_facts(connection).hits
    purge(connection, MONDAYS[1])
    # Sums that nobody has watched, as in a table that was restored by itself.
    connection.execute("drop function analytics.forget_weeks cascade")
    connection.execute("update analytics.weekly_pages set views = views + 1")
    assert "weeks_of_pages_equal_their_days" in (
        dbt.run("test", "--select", "weeks_of_pages_equal_their_days").failed()
    )
    dbt.run_models("--select", "weekly_pages")
    assert weeks(connection) == MONDAYS[:2]
    assert_reports_equal(warehouse, hits)
    connection.execute("update analytics.daily_pages set views = views where day < %s", (LAST,))
    assert weeks(connection) == []


@pytest.mark.usefixtures("restored")
def test_a_week_is_added_up_when_nobody_is_changing_its_days(
    database: str, connection: Connection, dbt: Dbt
) -> None:
    connection.execute("delete from analytics.weekly_pages where week = %s", (MONDAYS[0],))
    # The second week is the last one now, and goes on.
    connection.execute("delete from analytics.daily_pages where day >= %s", (MONDAYS[2],))
    with ThreadPoolExecutor(1) as threads, psycopg.connect(database) as changing:
        changing.execute(
            "update analytics.daily_pages set views = views + 1 where day = '2026-03-05'"
        )
        build = threads.submit(dbt.run_models, "--select", "weekly_pages")
        waiting = "select from pg_stat_activity where wait_event_type = 'Lock'"
        wait_until(
            lambda: build.done() or connection.execute(waiting).rowcount > 0,
            "the build neither waits nor ends",
            seconds=60,
        )
        changing.commit()
        build.result(timeout=60)
    assert weeks(connection) == MONDAYS[:1]
    [sums] = connection.execute(
        "select (select sum(views) from analytics.weekly_pages) as of_weeks,"
        " (select sum(views) from analytics.daily_pages where day < %s) as of_days",
        (MONDAYS[1],),
    ).fetchall()
    assert sums["of_weeks"] == sums["of_days"]
