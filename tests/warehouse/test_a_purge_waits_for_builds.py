"""What a build has yet to count is not purged, whatever kind of row it is and whatever clocks say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from ingest_app.enrichment.identity import new_id, visitor_id
from ingest_app.operations.discrepancy.check import compare_with_raw
from ingest_app.operations.purge import PurgeError, preview, purge
from ingest_app.operations.uncounted import GRACE_MINUTES
from ingest_app.settings import PROJECT_FOLDER
from ingest_app.store.writer import Writer
from tests.support.arrivals import Begun, erase, events
from tests.support.captures import submit
from tests.support.citus import pass_grace
from tests.support.dbt import Dbt
from tests.support.purging import ClosedDays
from tests.support.recount.facts import read_facts
from tests.support.visits import page_view
from tests.support.waiting import waiting_days

pytestmark = pytest.mark.usefixtures("days_of_today", "restored")
Connection = psycopg.Connection[dict[str, Any]]

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
AGE = 10
HORIZON = (TODAY - timedelta(days=AGE)).date()
OLD = TODAY - timedelta(days=15, hours=-12)
FIRST = TODAY - timedelta(days=20)
RECENT = [TODAY - timedelta(days=age, hours=-12) for age in (4, 3, 2)]


@pytest.fixture(scope="module", autouse=True)
def history(database: str, writer: Writer, dbt: Dbt) -> None:
    writer.write(events(page_view("visitor-old", at) for at in (FIRST, OLD, TODAY)))
    writer.write(events(page_view("visitor-young", at) for at in RECENT))
    with psycopg.connect(database) as connection:
        capture(connection, "visitor-young", RECENT[1])
    pass_grace(database)
    dbt.run_models()


@pytest.fixture
def late(database: str, dbt: Dbt) -> Iterator[Begun]:
    """A transaction that had begun before the last build."""
    begun = Begun(database)
    dbt.run_models()
    yield begun
    begun.transaction.close()


def capture(
    connection: psycopg.Connection[Any],
    visitor: str,
    at: datetime,
    *,
    lead: UUID | None = None,
    is_first: bool = True,
) -> None:
    submit(connection, visitor_id(visitor), at, erased_lead=lead, is_first=is_first)


def kept_from(database: str) -> date:
    """The oldest day that a purge leaves."""
    return preview(database, older_than_days=AGE).purged_before


def assert_waits(database: str, dbt: Dbt, day: date) -> None:
    assert kept_from(database) == day
    told = {each for days in waiting_days(dbt).values() for each in days}
    assert min(told) == day


def test_where_nothing_waits_it_goes_to_its_horizon(database: str) -> None:
    assert kept_from(database) == HORIZON


def test_a_late_event(database: str, writer: Writer, dbt: Dbt) -> None:
    writer.write(events([page_view("visitor-late", OLD)]))
    assert_waits(database, dbt, OLD.date())


def test_a_duplicate(database: str, writer: Writer, dbt: Dbt) -> None:
    [outcome] = writer.write(events([page_view("visitor-old", OLD)]))
    assert outcome.is_duplicate
    assert_waits(database, dbt, OLD.date())


def test_a_refusal(database: str, connection: Connection, dbt: Dbt) -> None:
    connection.execute(
        "insert into raw.ingest_rejections "
        "(id, property_id, endpoint, reason, status_code, occurred_at, occurrences) "
        "values (%s, 'shop.example', '/v1/events', 'invalid_json', 400, %s, 1)",
        (new_id(), OLD),
    )
    assert_waits(database, dbt, OLD.date())


def test_a_capture(database: str, connection: Connection, dbt: Dbt) -> None:
    capture(connection, "visitor-old", OLD)
    assert_waits(database, dbt, OLD.date())


def test_a_report_that_takes_an_earlier_one_off_its_day(
    database: str, writer: Writer, dbt: Dbt
) -> None:
    traffic = {"propertyId": "shop.example", "webVitals": {"ttfbMs": 100}}
    view = {"viewId": str(uuid4()), "traffic": traffic}
    writer.write(events([page_view("visitor-late", OLD) | view]))
    pass_grace(database)
    dbt.run_models()
    assert kept_from(database) == HORIZON
    writer.write(events([page_view("visitor-late", TODAY) | view]))
    assert_waits(database, dbt, OLD.date())


def test_a_submission_by_whom_a_lead_of_then_was_seen_before(
    database: str, connection: Connection, dbt: Dbt
) -> None:
    lead = new_id()
    for visitor, at, is_first in (("visitor-young", OLD, True), ("visitor-old", TODAY, False)):
        capture(connection, visitor, at, lead=lead, is_first=is_first)
        if is_first:
            pass_grace(database)
            dbt.run_models()
            assert kept_from(database) == HORIZON
    assert_waits(database, dbt, OLD.date())


def test_an_erasure(database: str, connection: Connection, dbt: Dbt) -> None:
    with connection.transaction():
        erase(connection, visitor_id("visitor-old"))
    assert_waits(database, dbt, FIRST.date())


def test_a_debt(database: str, connection: Connection, dbt: Dbt) -> None:
    connection.execute(
        "insert into analytics_state.rollup_owed_days (mart, day, is_recount, invocation_id) "
        "values ('daily_pages', %s, true, 'another')",
        (OLD.date(),),
    )
    assert_waits(database, dbt, OLD.date())


def test_an_event_whose_transaction_was_open_during_the_build(
    database: str, late: Begun, dbt: Dbt
) -> None:
    late.write(events([page_view("visitor-late", OLD)]))
    assert_waits(database, dbt, OLD.date())


def test_an_event_after_the_clock_was_set_back(
    database: str, connection: Connection, writer: Writer, dbt: Dbt
) -> None:
    connection.execute(
        "update analytics_state.rollup_watermarks set "
        "received_through = received_through + interval '3 hours', "
        "clock_at = clock_at + interval '3 hours'"
    )
    assert kept_from(database) == HORIZON
    writer.write(events([page_view("visitor-late", OLD)]))
    assert_waits(database, dbt, OLD.date())
    # A dump was restored: transactions have small numbers again, and no snapshot tells anything.
    connection.execute(
        "update analytics_state.rollup_watermarks set snapshot = '99000000000:99000000000:'"
    )
    assert_waits(database, dbt, FIRST.date())


def test_it_has_the_grace_of_builds() -> None:
    project = (PROJECT_FOLDER / "dbt_project.yml").read_text(encoding="utf-8")
    assert f"\n  late_commit_grace_minutes: {GRACE_MINUTES}\n" in project


@pytest.mark.parametrize(
    "change",
    [
        "alter table {} rename to elsewhere; create view {} as select * from {schema}.elsewhere",
        "alter table {} enable row level security",
        "create domain {schema}.text_of_ours as text;"
        "alter table {} add column ours {schema}.text_of_ours",
    ],
)
@pytest.mark.parametrize("table", ["rollup_watermarks", "rollup_owed_days"])
def test_what_could_run_code_of_others_is_not_read(
    database: str, connection: Connection, table: str, change: str
) -> None:
    schema = "analytics_state"
    connection.execute(
        change.format(f"{schema}.{table}", f"{schema}.{table}", schema=schema).encode()
    )
    with pytest.raises(PurgeError, match="no plain table"):
        preview(database, older_than_days=AGE)


def test_what_is_purged_uncounted_is_forgotten_by_no_later_day(
    database: str, connection: Connection, writer: Writer, dbt: Dbt
) -> None:
    """It was the first sight of a visitor, who is returning on days that were counted by then."""
    writer.write(events([page_view("visitor-young", OLD)]))
    ever = read_facts(connection)
    purge(database, older_than_days=AGE, even_uncounted=True)
    closed = ClosedDays(connection)
    closed.purged(ever, HORIZON, is_built=True)
    dbt.run_models()
    closed.assert_marts()
    found = compare_with_raw(database, first=HORIZON, last=TODAY.date())
    assert not found.differences
