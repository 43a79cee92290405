"""`footfall purge` against a real database: what goes, what stays, and who is not in its way."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from ingest_app.enrichment.identity import visitor_id
from ingest_app.operations import purge as retention
from ingest_app.operations.purge import PurgeError, preview, purge
from tests.support.cli import footfall
from tests.support.postgres import wait_until
from tests.support.server import Server, serving

Connection = psycopg.Connection[dict[str, Any]]

pytestmark = pytest.mark.usefixtures("days_of_today")

TODAY = datetime.now(UTC).date()
HORIZON = TODAY - timedelta(days=90)
EDGES = (HORIZON - timedelta(days=1), HORIZON)
AGES = (400, 150, 120, 93, 92, 91, 90, 89, 10, 0)


def instant(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 0, 0, 1, tzinfo=UTC)


def store(connection: Connection, visitor: str, *days: date) -> None:
    """Events of a visitor, each in a session of its own."""
    identity = visitor_id(visitor)
    for day in days:
        at = instant(day)
        connection.execute("select raw.ensure_event_partition(%s)", (day,))
        connection.execute(
            "insert into raw.visitors as known (id, anon_id, first_seen_at, last_seen_at)"
            " values (%(id)s, %(anon)s, %(at)s, %(at)s) on conflict (id) do update set"
            " first_seen_at = least(known.first_seen_at, excluded.first_seen_at),"
            " last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at)",
            {"id": identity, "anon": visitor, "at": at},
        )
        connection.execute(
            "with made as ("
            "   insert into raw.sessions (id, visitor_id, started_at, last_event_at)"
            "   values (gen_random_uuid(), %(id)s, %(at)s, %(at)s) returning id) "
            "insert into raw.events"
            " (id, visitor_id, session_id, dedupe_key, event_type, timestamp, occurred_on)"
            " select gen_random_uuid(), %(id)s, made.id, %(key)s, 'page_view', %(at)s, %(day)s"
            " from made",
            {"id": identity, "at": at, "day": day, "key": f"{visitor} {day}"},
        )


@pytest.fixture
def history(connection: Connection, clean_tables: None) -> None:
    """A visitor of each age, one of all ages, and one with an old session and a recent event."""
    connection.execute("truncate raw.retention_purges")
    for age in AGES:
        store(connection, f"visitor-{age:03}", TODAY - timedelta(days=age))
    store(connection, "visitor-all", *(TODAY - timedelta(days=age) for age in AGES))
    for day in EDGES:
        connection.execute(
            "insert into raw.ingest_duplicates (id, property_id, occurred_on)"
            " values (gen_random_uuid(), 'a', %s)",
            (day,),
        )
        connection.execute(
            "insert into raw.ingest_rejections"
            " (id, property_id, endpoint, reason, status_code, occurred_at)"
            " values (gen_random_uuid(), 'a', '/v1/events', 'x', 400, %s)",
            (instant(day),),
        )


def days(connection: Connection) -> set[date]:
    return {row["occurred_on"] for row in connection.execute("select occurred_on from raw.events")}


def visitors(connection: Connection) -> set[str]:
    return {row["anon_id"] for row in connection.execute("select anon_id from raw.visitors")}


def count(connection: Connection, table: str) -> int:
    [row] = connection.execute(f"select count(*) as rows from raw.{table}".encode()).fetchall()
    return int(row["rows"])


def months(connection: Connection) -> set[str]:
    return {
        row["name"]
        for row in connection.execute(
            "select inhrelid::regclass::text as name from pg_inherits"
            " where inhparent = 'raw.events'::regclass"
        )
    }


KEPT_AGES = [age for age in AGES if age <= 90]
GONE = len([age for age in AGES if age > 90])


def test_days_before_the_horizon_go_and_the_horizon_itself_stays(
    history: None, connection: Connection, database: str
) -> None:
    done = footfall("purge", database=database)
    assert done.returncode == 0, done.stderr
    assert days(connection) == {TODAY - timedelta(days=age) for age in KEPT_AGES}
    assert visitors(connection) == {f"visitor-{age:03}" for age in KEPT_AGES} | {"visitor-all"}
    assert count(connection, "sessions") == 2 * len(KEPT_AGES)
    assert count(connection, "ingest_duplicates") == 1
    assert count(connection, "ingest_rejections") == 1


def test_whole_months_are_dropped_and_the_others_kept(
    history: None, connection: Connection, database: str
) -> None:
    whole = {
        f"raw.events_{day:%Y_%m}"
        for day in (TODAY - timedelta(days=age) for age in AGES)
        if (day.year, day.month) < (HORIZON.year, HORIZON.month)
    }
    assert whole <= months(connection)
    others = months(connection) - whole
    purged = purge(database, older_than_days=90)
    assert months(connection) == others
    assert purged.partitions_dropped == len(whole)


def test_each_run_leaves_a_row_of_what_it_took(
    history: None, connection: Connection, database: str
) -> None:
    purge(database, older_than_days=90)
    purge(database, older_than_days=90)
    first, second = connection.execute(
        "select * from raw.retention_purges order by created_at"
    ).fetchall()
    assert first["purged_before"] == second["purged_before"] == HORIZON
    assert first["finished_at"] is not None
    assert first["events_deleted"] == 2 * GONE
    assert first["sessions_deleted"] == 2 * GONE
    assert first["visitors_deleted"] == GONE
    assert first["rejections_deleted"] == first["duplicates_deleted"] == 1
    numbers = {name: value for name, value in second.items() if name.endswith(("ed", "dropped"))}
    assert set(numbers.values()) == {0}, numbers


def test_a_dry_run_tells_what_a_run_takes_and_changes_nothing(
    history: None, connection: Connection, database: str
) -> None:
    foreseen = preview(database, older_than_days=90)
    assert len(days(connection)) == len(AGES)
    assert count(connection, "retention_purges") == 0
    assert foreseen == purge(database, older_than_days=90)
    assert footfall("purge", "--dry-run", database=database).returncode == 0


def test_what_a_lead_or_a_submission_refers_to_stays(
    history: None, connection: Connection, database: str
) -> None:
    connection.execute(
        "with made as (insert into raw.leads (id, email, first_captured_at, last_captured_at)"
        "   values (gen_random_uuid(), 'a@example.org', now(), now()) returning id) "
        "insert into raw.lead_identities (id, lead_id, visitor_id, link_source, confidence)"
        " select gen_random_uuid(), id, %s, 'form_submit', 1 from made",
        (visitor_id("visitor-400"),),
    )
    connection.execute(
        "insert into raw.form_submissions"
        " (id, visitor_id, session_id, form_name, validation_status, captured_at)"
        " select gen_random_uuid(), visitor_id, id, 'form', 'accepted', started_at"
        " from raw.sessions where visitor_id = %s",
        (visitor_id("visitor-150"),),
    )
    purge(database, older_than_days=90)
    assert {"visitor-400", "visitor-150"} <= visitors(connection)
    assert count(connection, "sessions") == 2 * len(KEPT_AGES) + 1


def test_the_horizon_is_written_before_the_first_row_goes(
    history: None, connection: Connection, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A reader that does not leave: the purge comes no further than its first drop.
    monkeypatch.setattr(retention, "PATIENCE_SECONDS", 0.5)
    with psycopg.connect(database) as reader:
        reader.execute("select from raw.events limit 1")
        with pytest.raises(PurgeError, match="always a reader"):
            purge(database, older_than_days=90)
        assert len(days(connection)) == len(AGES)
        [row] = connection.execute("select * from raw.retention_purges").fetchall()
        assert (row["purged_before"], row["finished_at"]) == (HORIZON, None)
    assert purge(database, older_than_days=90).events_deleted == 2 * GONE


def test_a_later_purge_of_older_rows_leaves_the_horizon(
    history: None, connection: Connection, database: str
) -> None:
    purge(database, older_than_days=90)
    purge(database, older_than_days=300)
    [row] = connection.execute(
        "select max(purged_before) as held_from from raw.retention_purges"
    ).fetchall()
    assert row["held_from"] == HORIZON


def test_two_purges_do_not_run_at_once(history: None, database: str) -> None:
    with psycopg.connect(database) as other:
        other.execute(retention.LOCK)
        done = footfall("purge", database=database)
    assert done.returncode == 1
    assert done.stderr == "Error: another purge is under way\n"


def test_a_visitor_who_comes_back_just_then_is_kept(
    history: None, connection: Connection, database: str
) -> None:
    """Held by a writer that has not committed yet, neither visitor nor session is taken."""
    with psycopg.connect(database) as writer:
        writer.execute("update raw.visitors set last_seen_at = now() where anon_id = 'visitor-400'")
        purge(database, older_than_days=90)
        writer.execute(
            "insert into raw.events (id, visitor_id, session_id, dedupe_key, event_type,"
            ' "timestamp", occurred_on)'
            " select gen_random_uuid(), visitor_id, id, 'again', 'page_view', now(),"
            " (now() at time zone 'UTC')::date from raw.sessions where visitor_id = %s",
            (visitor_id("visitor-400"),),
        )
    assert "visitor-400" in visitors(connection)
    [row] = connection.execute(
        "select session_id from raw.events where dedupe_key = 'again'"
    ).fetchall()
    assert row["session_id"] is not None


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ("0", "0 is not in the range 1<=x<=36500"),
        ("-5", "-5 is not in the range"),
        ("ninety", "'ninety' is not a valid integer range"),
        ("1.5", "'1.5' is not a valid integer range"),
    ],
)
def test_what_is_no_number_of_days_is_told_so(database: str, days: str, said: str) -> None:
    done = footfall("purge", "--older-than-days", days, database=database)
    assert done.returncode == 1
    assert "--older-than-days" in done.stderr
    assert said in done.stderr


@pytest.fixture
def app(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("purged")
    with serving(database, folder, RATE_LIMITS_ENABLED="false", MAX_EVENT_AGE_DAYS="500") as one:
        yield one


def test_ingest_of_old_and_new_events_goes_on_while_months_are_purged(
    history: None, connection: Connection, database: str, app: Server
) -> None:
    taken: list[str] = []
    odd: list[object] = []
    is_over = threading.Event()

    def run(number: int) -> None:
        turn = 0
        while not is_over.is_set():
            age = (0, 95, 400, 91)[turn % 4]
            path = f"/{number}/{turn}"
            answer = app.post(
                {
                    "anonId": f"visitor-{AGES[turn % len(AGES)]:03}",
                    "eventType": "page_view",
                    "path": path,
                    "timestamp": instant(TODAY - timedelta(days=age)).isoformat(),
                }
            )
            is_accepted = answer.status == 202 and answer.headers["Footfall-Outcome"] == "accepted"
            # Closed by the first of the purges; until then it is taken.
            is_too_old = age > 90 and answer.status == 400
            if not (is_accepted or is_too_old):
                odd.append((answer.status, answer.body))
            if age == 0:
                taken.append(path)
            turn += 1

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: len(taken) > 20, "nothing was taken")
        for _ in range(5):
            purge(database, older_than_days=90)
            time.sleep(0.1)
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    assert not odd, odd[:5]
    assert min(days(connection)) >= HORIZON
    stored = connection.execute(
        "select path, session_id from raw.events where occurred_on = %s and path is not null",
        (TODAY,),
    ).fetchall()
    assert {row["path"] for row in stored} == set(taken)
    assert all(row["session_id"] is not None for row in stored)
