"""What a purge has closed takes no more events: what is accepted can be counted."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingest_app.enrichment.identity import visitor_id
from ingest_app.operations.purge import PurgeError, purge
from tests.support.cli import footfall
from tests.support.postgres import wait_until
from tests.support.rejections import wait_for_rejections
from tests.support.server import Answer, Server, serving

Connection = psycopg.Connection[dict[str, Any]]

pytestmark = pytest.mark.usefixtures("days_of_today")

TODAY = datetime.combine(datetime.now(UTC).date(), time(), UTC)
OLD = TODAY - timedelta(days=18)
HORIZON = TODAY - timedelta(days=10)
# Each a way for the app and the owner's commands to mean different ages.
APPS = {
    "the retention of the commands is shorter": {},
    "the retention was raised": {"RAW_RETENTION_DAYS": "365"},
    "events may be older than retention": {"MAX_EVENT_AGE_DAYS": "36500"},
}


@pytest.fixture(scope="module", params=APPS)
def app(
    request: pytest.FixtureRequest, database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with serving(database, tmp_path_factory.mktemp("data"), **APPS[request.param]) as running:
        yield running


@pytest.fixture(autouse=True)
def never_purged(connection: Connection, clean_tables: None) -> None:
    connection.execute("truncate raw.retention_purges")


def event(at: datetime, path: str = "/", anon_id: str = "visitor-0001") -> dict[str, object]:
    return {
        "anonId": anon_id,
        "eventType": "page_view",
        "path": path,
        "timestamp": at.isoformat(),
        "traffic": {"propertyId": "horizon.example"},
    }


def assert_too_old(answer: Answer) -> None:
    assert (answer.status, answer.body["error"]) == (400, "invalid_request")
    [issue] = answer.body["issues"]
    assert issue["path"] == "timestamp"
    assert str(HORIZON.date()) in issue["message"]


def stored(connection: Connection) -> list[datetime]:
    rows = connection.execute('select "timestamp" as at from raw.events order by 1').fetchall()
    return [row["at"] for row in rows]


def test_what_lies_before_the_horizon_is_refused_and_what_does_not_is_taken(
    app: Server, database: str, connection: Connection
) -> None:
    before = event(OLD, "/before")
    assert app.post(before).headers["Footfall-Outcome"] == "accepted"
    done = footfall("purge", "--older-than-days", "10", database=database)
    assert done.returncode == 0, done.stderr

    moments = [OLD, HORIZON - timedelta(microseconds=1), HORIZON, TODAY]
    answers = [app.post(event(at)) for at in moments]
    # The horizon's day by the sender's clock, and the one before by UTC.
    east = (HORIZON + timedelta(hours=1)).isoformat().replace("+00:00", "+02:00")
    answers.append(app.post({**event(HORIZON), "timestamp": east}))
    for answer in (*answers[:2], answers[4]):
        assert_too_old(answer)
    assert [answer.status for answer in answers[2:4]] == [202, 202]
    # One that was stored, counted and purged is not a duplicate, which is not counted either.
    assert_too_old(app.post(before))

    batch = [event(at, "/batch") for at in moments]
    answer = app.request(
        "POST", "/v1/events/batch", json.dumps(batch).encode(), Content_Type="application/json"
    )
    outcomes = [result["outcome"] for result in answer.body["results"]]
    assert outcomes == ["rejected", "rejected", "accepted", "accepted"]

    assert stored(connection) == [HORIZON, HORIZON, TODAY, TODAY]
    counted = wait_for_rejections(connection, 6)
    assert counted == {
        ("horizon.example", "/v1/events", "bad_timestamp", 400): 4,
        ("horizon.example", "/v1/events/batch", "bad_timestamp", 400): 2,
    }


@pytest.mark.parametrize("app", ["events may be older than retention"], indirect=True)
def test_what_nobody_purged_may_be_as_old_as_the_setting_says(
    app: Server, database: str, connection: Connection
) -> None:
    ages = [TODAY - timedelta(days=days) for days in (20_000, 400, 91)]
    for at in ages:
        assert app.post(event(at)).headers["Footfall-Outcome"] == "accepted"
    assert stored(connection) == ages


@pytest.mark.parametrize("app", ["the retention was raised"], indirect=True)
def test_a_day_that_is_being_purged_takes_no_duplicate(app: Server, connection: Connection) -> None:
    assert app.post(event(OLD)).headers["Footfall-Outcome"] == "accepted"
    assert app.post(event(OLD)).headers["Footfall-Outcome"] == "duplicate"
    # A purge that has come no further than its first statement.
    connection.execute(
        "insert into raw.retention_purges (id, purged_before) values (gen_random_uuid(), %s)",
        (HORIZON,),
    )
    assert_too_old(app.post(event(OLD)))
    assert len(connection.execute("select from raw.ingest_duplicates").fetchall()) == 1


@pytest.mark.parametrize("app", ["the retention was raised"], indirect=True)
def test_the_horizon_waits_for_writers_who_have_not_seen_it(
    app: Server, database: str, connection: Connection
) -> None:
    """An event is committed before the horizon is written, and purged, or not at all."""
    assert app.post(event(TODAY)).status == 202
    answers: list[Answer] = []
    purges: list[object] = []
    threads = [
        threading.Thread(target=lambda: answers.append(app.post(event(OLD)))),
        threading.Thread(target=lambda: purges.append(purge(database, older_than_days=10))),
    ]

    def waits(name: str) -> bool:
        return bool(
            connection.execute(
                "select from pg_stat_activity"
                " where application_name = %s and wait_event_type = 'Lock'",
                (name,),
            ).fetchall()
        )

    with psycopg.connect(database) as other:
        # Between the look at the horizon and the commit the writer waits for this.
        other.execute(
            "update raw.visitors set updated_at = updated_at where id = %s",
            (visitor_id("visitor-0001"),),
        )
        threads[0].start()
        wait_until(lambda: waits("footfall-ingest"), "the writer does not wait")
        threads[1].start()
        wait_until(lambda: waits("footfall-purge"), "the purge does not wait")
        assert connection.execute("select from raw.retention_purges").fetchall() == []
    for thread in threads:
        thread.join()
    assert len(purges) == 1
    [answer] = answers
    assert answer.headers["Footfall-Outcome"] == "accepted"
    assert stored(connection) == [TODAY]
    assert_too_old(app.post(event(OLD)))


def test_a_purge_that_finds_no_gap_between_writers_says_so(
    database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest_app.operations.purge.PATIENCE_SECONDS", 0.5)
    with psycopg.connect(database) as writer:
        writer.execute("delete from raw.events where false")
        with pytest.raises(PurgeError, match=r"always a writer of raw\.events"):
            purge(database, older_than_days=10)
    assert connection.execute("select from raw.retention_purges").fetchall() == []


def test_the_data_folder_of_a_refusing_app_keeps_nothing(
    database: str, connection: Connection, tmp_path: Path
) -> None:
    purge(database, older_than_days=10)
    with serving(database, tmp_path) as app:
        assert_too_old(app.post(event(OLD)))
        metrics = app.request("GET", "/metrics").body.decode()
    assert "footfall_spool_events 0.0" in metrics
    assert 'footfall_events_rejected_total{reason="bad_timestamp"} 1.0' in metrics
    assert stored(connection) == []
