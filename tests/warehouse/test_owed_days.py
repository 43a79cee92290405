"""What a build owes to a mart stays owed until a build has done it, however dbt is called."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingest_app.database.marts import upgrade_marts
from ingest_app.enrichment.identity import new_id, visitor_id
from ingest_app.store.writer import Writer
from tests.support.arrivals import erase, events
from tests.support.captures import capture, submit
from tests.support.citus import CITUS
from tests.support.dbt import Dbt
from tests.support.recount.reading import assert_marts_equal_recount
from tests.support.visits import page_view
from tests.support.waiting import waiting_days

pytestmark = pytest.mark.usefixtures("restored")
Connection = psycopg.Connection[dict[str, Any]]

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
DAYS = [TODAY - timedelta(days=n) for n in range(9, 0, -1)]
NOON = timedelta(hours=12)
MADE_OF_VISITOR_DAYS = {"daily_breakdowns", "daily_funnel", "visitor_recency", "page_recency"}


def day(n: int) -> date:
    return DAYS[n].date()


@pytest.fixture(scope="module", autouse=True)
def history(database: str, writer: Writer, dbt: Dbt) -> None:
    """Somebody who comes every day, and somebody who comes on three; their first build."""
    writer.write(events(page_view("comes-daily", at + NOON) for at in DAYS))
    writer.write(events(page_view("comes-thrice", DAYS[n] + NOON) for n in (1, 2, 3)))
    with psycopg.connect(database) as connection:
        submit(connection, visitor_id("comes-thrice"), DAYS[3] + NOON, is_first=True)
    dbt.run_models()


@pytest.fixture
def fresh_dbt(database: str, tmp_path: Path) -> Dbt:
    """As from a shell: a process for each command, and files in between."""
    return Dbt(database, tmp_path, has_grace=CITUS is None)


def arrive(writer: Writer, visitor: str, n: int) -> None:
    writer.write(events([page_view(visitor, DAYS[n] + NOON)]))


@contextmanager
def failing(connection: Connection, mart: str) -> Iterator[None]:
    """Whatever is written to the mart is refused."""
    column = "visitors" if mart == "visitor_recency" else "events"
    connection.execute(
        f"alter table analytics.{mart} add constraint refused check ({column} < 0) not valid"
    )
    yield
    connection.execute(f"alter table analytics.{mart} drop constraint refused")


def named(first: int, last: int) -> tuple[str, str]:
    return "--vars", f"{{rebuild_from: '{day(first)}', rebuild_to: '{day(last)}'}}"


def waiting(dbt: Dbt) -> dict[str, set[date]]:
    """As the status tells it."""
    return {mart: days for mart, days in waiting_days(dbt).items() if days}


def owed(connection: Connection) -> dict[str, set[date]]:
    """As builds have left it."""
    days = defaultdict(set)
    for row in connection.execute("select mart, day from analytics_state.rollup_owed_days"):
        days[row["mart"]].add(row["day"])
    return dict(days)


def take_out(connection: Connection, visitor: str, n: int) -> None:
    """A raw row goes, behind the back of everybody."""
    done = connection.execute(
        "delete from raw.events where visitor_id = %s and occurred_on = %s",
        (visitor_id(visitor), day(n)),
    )
    assert done.rowcount == 1


def test_a_retry_counts_what_the_build_did_not(
    connection: Connection, writer: Writer, dbt: Dbt, fresh_dbt: Dbt
) -> None:
    arrive(writer, "new-visitor", 4)
    with failing(connection, "visitor_days"):
        failed = fresh_dbt.run("--write-json", "run")
        assert failed.failed() == {"visitor_days"}
    told = waiting(dbt)
    assert told.keys() == {"visitor_days", *MADE_OF_VISITOR_DAYS}
    assert told["visitor_days"] == {day(4)}
    again = fresh_dbt.run("--write-json", "retry")
    assert again.is_success, again.output
    assert again.statuses.keys() >= told.keys()
    assert_marts_equal_recount(connection)
    assert owed(connection) == {}


def test_a_named_rebuild_that_failed_is_owed_until_it_is_done(
    connection: Connection, dbt: Dbt
) -> None:
    take_out(connection, "comes-thrice", 2)
    with failing(connection, "visitor_recency"):
        assert dbt.run("run", *named(2, 2)).failed() == {"visitor_recency"}
    assert waiting(dbt) == {"visitor_recency": {day(n) for n in range(2, 9)}}
    dbt.run_models()
    assert_marts_equal_recount(connection)
    assert owed(connection) == {}


def test_marts_that_a_named_rebuild_leaves_out_follow_what_they_are_made_of(
    connection: Connection, dbt: Dbt
) -> None:
    take_out(connection, "comes-daily", 5)
    dbt.run_models("--exclude", "visitor_recency", "page_recency", *named(5, 5))
    assert owed(connection) == {"visitor_recency": {day(5)}, "page_recency": {day(5)}}
    # Of another mart, and of one of the two.
    dbt.run_models("--select", "daily_pages", "page_recency")
    assert owed(connection).keys() == {"visitor_recency"}
    dbt.run_models()
    assert_marts_equal_recount(connection)


def test_a_mart_built_alone_counts_no_further_than_what_it_is_made_of(
    connection: Connection, writer: Writer, dbt: Dbt
) -> None:
    sent = page_view("comes-daily", DAYS[6] + NOON) | {"eventType": "form_submit"}
    writer.write(events([sent]))
    capture(connection, new_id(), visitor_id("comes-daily"), DAYS[6] + NOON)
    dbt.run_models("--select", "daily_funnel")
    funnel = "select visitors, form_submits, new_leads from analytics.daily_funnel where day = %s"
    # visitor_days knows nothing of the form yet, and the watermark of both says so.
    assert connection.execute(f"{funnel} and form_name = ''", (day(6),)).fetchall() == 2 * [
        {"visitors": 1, "form_submits": 0, "new_leads": 0}
    ]
    assert connection.execute(f"{funnel} and form_name != ''", (day(6),)).fetchall() == []
    dbt.run_models()
    assert_marts_equal_recount(connection)


def test_what_is_made_of_a_mart_follows_when_it_is_made_anew(
    connection: Connection, dbt: Dbt
) -> None:
    connection.execute("update analytics.visitor_days set is_returning = not is_returning")
    dbt.run_models("--select", "visitor_recency", *named(0, 8))
    connection.execute("drop table analytics.visitor_days")
    dbt.run_models("--select", "visitor_days")
    assert owed(connection).keys() == MADE_OF_VISITOR_DAYS
    dbt.run_models()
    assert_marts_equal_recount(connection)
    assert owed(connection) == {}


def test_a_part_of_a_build_is_compared_with_what_it_has_counted(
    connection: Connection, writer: Writer, dbt: Dbt
) -> None:
    measured = {"propertyId": "shop.example", "webVitals": {"ttfbMs": 200}}
    late = page_view("comes-late", DAYS[3] + NOON) | {"traffic": measured}
    writer.write(events([late]))
    arrive(writer, "comes-daily", 5)
    with connection.transaction():
        erase(connection, visitor_id("comes-thrice"))
    # Green, with every test that knows one of them.
    dbt.build("--select", "daily_metric_rollups+", "web_vital_distributions")
    stale = ("events_accepted", 3)
    [answer] = connection.execute(
        "select raw_value, checked_at < (select max(received_through) "
        "   from analytics_state.rollup_watermarks) as is_older "
        "from analytics.rollup_reconciliation where measure = %s and day = %s",
        (stale[0], day(stale[1])),
    ).fetchall()
    # comes-daily and comes-thrice, as they stood when the day's events were last counted.
    assert answer == {"raw_value": 2, "is_older": True}
    dbt.build("--select", "daily_ingest_rollups")
    dbt.build("--select", "rollup_reconciliation")
    [answer] = connection.execute(
        "select raw_value from analytics.rollup_reconciliation where measure = %s and day = %s",
        (stale[0], day(stale[1])),
    ).fetchall()
    # comes-daily and comes-late.
    assert answer == {"raw_value": 2}
    assert connection.execute(
        "select count(*) as n from analytics.rollup_reconciliation where status != 'equal'"
    ).fetchone() == {"n": 0}
    dbt.run_models()
    assert_marts_equal_recount(connection)


def test_a_day_is_published_by_the_watermark_that_has_passed_it(
    connection: Connection, writer: Writer, dbt: Dbt
) -> None:
    """The row was made in the evening; builds after midnight had nothing to do on its day."""
    for mart in ("daily_metric_rollups", "daily_ingest_rollups"):
        connection.execute(
            f"update analytics.{mart} set generated_at = %s where day = %s",
            (DAYS[8] + timedelta(hours=23), day(8)),
        )
    [before] = connection.execute(
        "select received_through from analytics_state.rollup_watermarks "
        "where mart = 'daily_ingest_rollups'"
    ).fetchall()
    arrive(writer, "comes-late", 8)
    dbt.run_models()
    rows = connection.execute(
        "select * from analytics.rollup_restatements where day = %s and mart = %s",
        (day(8), "daily_ingest_rollups"),
    ).fetchall()
    assert {(row["measure"], row["value_before"], row["value_after"]) for row in rows} == {
        ("events_accepted", 1, 2),
        ("people_events_accepted", 1, 2),
    }
    assert rows[0]["late_rows"] == 1
    assert rows[0]["first_published_at"] == before["received_through"]


def set_clock_back(connection: Connection, hours: int) -> None:
    """As if the builds so far had been made that much later than it is."""
    connection.execute(
        "update analytics_state.rollup_watermarks set "
        "received_through = received_through + make_interval(hours => %(hours)s), "
        "clock_at = clock_at + make_interval(hours => %(hours)s)",
        {"hours": hours},
    )


def test_a_clock_that_is_set_back_loses_nothing(
    connection: Connection, writer: Writer, dbt: Dbt
) -> None:
    set_clock_back(connection, 3)
    # Counted by then, and received in what is the future now.
    connection.execute(
        "update raw.events set created_at = (created_at at time zone 'UTC' + interval '2 hours') at time zone 'UTC' "
        "where visitor_id = %s and occurred_on = %s",
        (visitor_id("comes-daily"), day(6)),
    )
    for visitor in ("after-it-was-set-back", "after-a-build-by-that-clock"):
        arrive(writer, visitor, 6)
        assert "it was set back" in dbt.run_models().output
        assert_marts_equal_recount(connection)
    # On a cluster no snapshot tells that the row of the future is counted. Until then its day waits, and
    # those on which its visitor came again.
    expected = {day(n) for n in (6, 7, 8)} if CITUS else set()
    assert set().union(*waiting(dbt).values()) == expected


def test_a_clock_that_is_behind_where_a_dump_was_restored(
    connection: Connection, writer: Writer, dbt: Dbt
) -> None:
    """Numbers of transactions are small again: the watermark's snapshot seems to have seen all."""
    arrive(writer, "after-the-restore", 7)
    set_clock_back(connection, 3)
    connection.execute(
        "update analytics_state.rollup_watermarks set snapshot = '99000000000:99000000000:'"
    )
    dbt.run_models()
    assert_marts_equal_recount(connection)
    # The clock has caught up.
    set_clock_back(connection, -9)
    connection.execute("delete from analytics_state.rollup_touched_days")
    connection.execute(
        "update raw.events set created_at = now() - interval '1 day' where created_at > now()"
    )


def test_a_state_of_the_last_version_goes_on_with_what_it_owed(
    connection: Connection, database: str, writer: Writer, dbt: Dbt
) -> None:
    take_out(connection, "comes-daily", 1)
    with failing(connection, "visitor_recency"):
        assert dbt.run("run", *named(1, 1)).failed() == {"visitor_recency"}
    # The marts have the shapes of this version, and what builds remember that of the last.
    for statement in (
        "delete from analytics_state.rollup_shapes where name = 'build_state'",
        "drop table analytics_state.rollup_owed_days",
        "alter table analytics_state.rollup_watermarks drop column clock_at cascade",
        "alter table analytics_state.rollup_builds drop column clock_at, drop column marts, drop column ended_at",
        "alter table analytics_state.rollup_touched_days drop column is_recount",
    ):
        connection.execute(statement)
    upgrade_marts(database)
    arrive(writer, "comes-late", 4)
    told = waiting(dbt)
    assert told["daily_pages"] == {day(4)}
    assert told["visitor_recency"] >= {day(n) for n in range(1, 9)}
    dbt.run_models()
    assert_marts_equal_recount(connection)
    assert waiting(dbt) == {}
