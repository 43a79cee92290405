"""Of two writers, the one that began before a build's cutoff may come after the one that began later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from ingest_app.enrichment.identity import visitor_id
from ingest_app.store.writer import Writer
from tests.support.arrivals import Begun, events
from tests.support.dbt import Dbt
from tests.support.postgres import wait_until
from tests.support.recount.reading import assert_marts_equal_recount
from tests.support.visits import page_view

Connection = psycopg.Connection[dict[str, Any]]

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
SIX, FIVE, FOUR = (NOON - timedelta(days=days) for days in (6, 5, 4))
ONE_HOUR = timedelta(hours=1)
TEN_MINUTES = timedelta(minutes=10)

WAITING = (
    "select count(*) as n from pg_stat_activity where application_name = 'dbt' "
    "and datname = current_database() and wait_event_type = 'Lock'"
)


def test_what_comes_in_the_wrong_order_while_a_build_runs_is_counted_right(
    database: str, writer: Writer, dbt: Dbt, connection: Connection, tmp_path: Path
) -> None:
    writer.write(events([page_view("of-one-session", FIVE + TEN_MINUTES)]))
    dbt.run_models()

    writer.write(events(page_view("somebody-else", at) for at in (FIVE, FOUR)))
    # One a visitor: on a cluster each may be of another shard, which takes a transaction of its own.
    of_one_session, of_many_days = Begun(database), Begun(database)
    with psycopg.connect(database) as hold:
        # The build stands still when it has its cutoff and looks for the sessions that changed.
        hold.execute("lock table analytics.sessions")
        build = Dbt(database, tmp_path).start("run")
        wait_until(
            lambda: connection.execute(WAITING).fetchall()[0]["n"] > 0,
            "the build did not come to the lock",
        )
        writer.write(events([page_view("of-one-session", FIVE), page_view("of-many-days", FOUR)]))
        of_one_session.write(events([page_view("of-one-session", FIVE + 2 * TEN_MINUTES)]))
        of_many_days.write(events([page_view("of-many-days", FIVE + ONE_HOUR)]))
        hold.rollback()
    output, _ = build.communicate()
    assert build.returncode == 0, output
    # What was received after the cutoff is the next build's.
    [counted] = connection.execute(
        "select property_id, events, exit_path from analytics.sessions where visitor_id = %s",
        (visitor_id("of-one-session"),),
    ).fetchall()
    assert (counted["property_id"], counted["events"]) == ("shop.example", 2)
    assert counted["exit_path"] is not None
    seen = connection.execute(
        "select day, is_returning from analytics.visitor_days where visitor_id = %s",
        (visitor_id("of-many-days"),),
    ).fetchall()
    assert [tuple(row.values()) for row in seen] == [(FIVE.date(), False)]

    # The visitor of several days turns out to have come before.
    writer.write(events([page_view("of-many-days", SIX)]))
    dbt.run_models()
    assert_marts_equal_recount(connection)
