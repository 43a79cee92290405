"""`sentAt`: a clock that is wrong moves the time of an event, and never what event it is."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest_app.enrichment.body import EventBody
from ingest_app.enrichment.event import RequestContext, build_event
from ingest_app.enrichment.row import Event
from ingest_app.store.outcomes import Stored
from ingest_app.store.spool import Spool
from ingest_app.store.writer import Writer
from tests.support.arrivals import writing
from tests.support.postgres import wait_until
from tests.support.server import Server, serving
from tests.support.spool import wait_until_drained

Connection = psycopg.Connection[dict[str, Any]]

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
YEARS = timedelta(days=730)
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture(scope="module")
def writer(database: str) -> Iterator[Writer]:
    with writing(database) as made:
        yield made


def arrival(claimed: datetime, *, sent_at: datetime | None, now: datetime, **changes: Any) -> Event:
    """What the app makes of an event that it receives at `now`."""
    body = {
        "anonId": "visitor-0001",
        "eventType": "page_view",
        "path": "/",
        "timestamp": claimed.isoformat(),
        **({} if sent_at is None else {"sentAt": sent_at.isoformat()}),
        **changes,
    }
    context = RequestContext(now=now, host="shop.example", address=None, user_agent="agent")
    return build_event(EventBody.model_validate_json(json.dumps(body)), context, pepper=b"pepper")


def moved(claimed: datetime, sent_at: datetime, now: datetime) -> datetime:
    """The rule of the contract, in its own words."""
    off = (now - sent_at).total_seconds()
    return claimed + (now - sent_at) if abs(off) > 60 else claimed


def written(writer: Writer, *events: Event) -> list[Stored]:
    outcomes = writer.write(events)
    stored = [outcome for outcome in outcomes if isinstance(outcome, Stored)]
    assert len(stored) == len(outcomes)
    return stored


def rows_of(connection: Connection, anon_id: str) -> list[dict[str, Any]]:
    return connection.execute(
        "select events.* from raw.events inner join raw.visitors on visitors.id = visitor_id "
        "where anon_id = %s",
        (anon_id,),
    ).fetchall()


def someone() -> str:
    return f"visitor-{uuid.uuid4()}"


spans = st.timedeltas
skews = st.one_of(
    st.sampled_from([0 * MINUTE, YEARS, -YEARS, MINUTE, -MINUTE, MINUTE + MICROSECOND]),
    spans(-4 * YEARS, 4 * YEARS),
    spans(-2 * MINUTE, 2 * MINUTE),
)
delays = st.one_of(st.just(0 * MINUTE), spans(0 * MINUTE, timedelta(seconds=70)))
# Between two days, and between two months.
midnights = st.sampled_from([MIDNIGHT, MIDNIGHT - timedelta(days=1)])


@given(
    true_time=st.builds(lambda at, by: at + by, midnights, spans(-2 * MINUTE, 2 * MINUTE)),
    skew=skews,
    waits=st.lists(spans(0 * MINUTE, timedelta(days=3)), min_size=3, max_size=3),
    ways=st.lists(
        st.one_of(delays, spans(0 * MINUTE, timedelta(hours=20))), min_size=3, max_size=3
    ),
    is_numbered=st.booleans(),
    size_of_batch=st.integers(1, 3),
)
@settings(
    max_examples=60,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_an_event_is_stored_once_at_its_moved_time_however_often_and_late_it_comes(
    writer: Writer,
    connection: Connection,
    true_time: datetime,
    skew: timedelta,
    waits: list[timedelta],
    ways: list[timedelta],
    is_numbered: bool,
    size_of_batch: int,
) -> None:
    anon_id = someone()
    claimed = true_time + skew
    more: dict[str, Any] = {"anonId": anon_id, "traffic": {"propertyId": f"{uuid.uuid4()}"}}
    if is_numbered:
        more["eventId"] = str(uuid.uuid4())
    # A client that waits sends later, by its own clock; on the way the server's goes on.
    times = [
        (claimed + wait, true_time + wait + way) for wait, way in zip(waits, ways, strict=True)
    ]
    arrivals = [arrival(claimed, sent_at=sent, now=now, **more) for sent, now in times]
    expected = [moved(claimed, sent, now) for sent, now in times]
    assert [event.occurred_at for event in arrivals] == expected
    outcomes = []
    for start in range(0, 3, size_of_batch):
        outcomes += written(writer, *arrivals[start : start + size_of_batch])
    assert [outcome.is_duplicate for outcome in outcomes] == [False, True, True]
    assert len({(each.event_id, each.visitor_id, each.session_id) for each in outcomes}) == 1
    [row] = rows_of(connection, anon_id)
    assert (row["timestamp"], row["occurred_on"]) == (expected[0], expected[0].date())
    counted = connection.execute(
        "select occurred_on, sum(occurrences)::integer as times from raw.ingest_duplicates "
        "where property_id = %s group by 1",
        (more["traffic"]["propertyId"],),
    ).fetchall()
    assert counted == [{"occurred_on": expected[0].date(), "times": 2}]


@pytest.mark.parametrize("is_numbered", [True, False])
def test_the_identity_is_of_what_was_claimed(is_numbered: bool) -> None:
    more = {"eventId": str(uuid.uuid4())} if is_numbered else {}
    plain = arrival(MIDNIGHT, sent_at=None, now=MIDNIGHT, **more)
    skewed = arrival(MIDNIGHT, sent_at=MIDNIGHT - YEARS, now=MIDNIGHT, **more)
    assert skewed.occurred_at == MIDNIGHT + YEARS
    assert skewed.dedupe_key == plain.dedupe_key
    other = arrival(MIDNIGHT + MICROSECOND, sent_at=MIDNIGHT + MICROSECOND, now=MIDNIGHT, **more)
    assert other.dedupe_key != plain.dedupe_key


@pytest.mark.parametrize(
    ("off", "moves"),
    [
        (MINUTE, False),
        (-MINUTE, False),
        (MINUTE + MICROSECOND, True),
        (-MINUTE - MICROSECOND, True),
    ],
)
def test_a_minute_moves_nothing_and_more_than_it_does(off: timedelta, moves: bool) -> None:
    event = arrival(MIDNIGHT, sent_at=MIDNIGHT - off, now=MIDNIGHT)
    assert event.occurred_at == MIDNIGHT + (off if moves else 0 * MINUTE)
    assert event.occurred_on == event.occurred_at.date()


def test_a_retry_before_its_first_came_with_a_clock_finds_it_however_late(
    writer: Writer, connection: Connection
) -> None:
    """The same bytes again, days later: by sentAt the event seems to be of today."""
    anon_id = someone()
    first = arrival(MIDNIGHT, sent_at=MIDNIGHT, now=MIDNIGHT, anonId=anon_id)
    again = arrival(MIDNIGHT, sent_at=MIDNIGHT, now=MIDNIGHT + timedelta(days=5), anonId=anon_id)
    assert again.occurred_on == date(2026, 3, 7)
    assert [each.is_duplicate for each in written(writer, first) + written(writer, again)] == [
        False,
        True,
    ]
    assert len(rows_of(connection, anon_id)) == 1


def two_days(anon_id: str) -> tuple[Event, Event]:
    """One event that arrives twice, a second before and a second after a midnight."""
    claimed = MIDNIGHT + YEARS
    before, after = (
        arrival(claimed, sent_at=claimed, now=MIDNIGHT + seconds, anonId=anon_id)
        for seconds in (timedelta(seconds=-1), timedelta(seconds=1))
    )
    assert before.occurred_on + timedelta(days=1) == after.occurred_on
    assert before.dedupe_key == after.dedupe_key
    return before, after


@pytest.mark.parametrize("is_known", [True, False])
def test_two_writers_at_once_store_it_on_one_of_the_days(
    writer: Writer, database: str, connection: Connection, is_known: bool
) -> None:
    anon_id = someone()
    pair = two_days(anon_id)
    if is_known:
        written(writer, arrival(MIDNIGHT, sent_at=None, now=MIDNIGHT, anonId=anon_id))
    waiting = (
        "select count(*) as count from pg_locks inner join pg_stat_activity using (pid) "
        "where not granted and datname = current_database()"
    )
    with (
        writing(database) as other,
        psycopg.connect(database) as holder,
        ThreadPoolExecutor(2) as threads,
    ):
        # Both look for a first, find none, and wait for the visitor.
        if is_known:
            holder.execute("select from raw.visitors where anon_id = %s for update", (anon_id,))
        else:
            holder.execute(
                "insert into raw.visitors (id, anon_id, first_seen_at, last_seen_at) "
                "values (%s, %s, now(), now())",
                (pair[0].visitor_id, anon_id),
            )
        written_at_once = [
            threads.submit(written, one, event)
            for one, event in zip((writer, other), pair, strict=True)
        ]
        wait_until(
            lambda: connection.execute(waiting).fetchone() == {"count": 2},
            "the writers do not wait for the visitor",
        )
        holder.rollback()
        [first], [second] = (one.result(timeout=60) for one in written_at_once)
    assert {first.is_duplicate, second.is_duplicate} == {True, False}
    assert first.event_id == second.event_id
    assert len(rows_of(connection, anon_id)) == 1 + is_known


def test_a_first_on_the_neighbouring_day_is_found_from_the_spool(
    writer: Writer, database: str, connection: Connection, tmp_path: Path
) -> None:
    stored, spooled = someone(), someone()
    # Of one pair the first is in the database; of the other both wait.
    first, again = two_days(stored)
    written(writer, first)
    waiting = [again, *two_days(spooled)]
    folder = tmp_path / "spool"
    folder.mkdir()
    spool = Spool(folder / "events.sqlite3", max_bytes=1_000_000)
    spool.append(waiting)
    spool.close()
    with serving(database, tmp_path) as server:
        wait_until_drained(server)
    [row] = rows_of(connection, stored)
    assert row["occurred_on"] == first.occurred_on
    [row] = rows_of(connection, spooled)
    # Moved by the clock at receipt, whenever it was drained.
    assert row["timestamp"] == MIDNIGHT - timedelta(seconds=1)


def test_the_server_moves_what_a_wrong_clock_says(server: Server, connection: Connection) -> None:
    """Two years behind, in a batch and alone."""
    anon_id = someone()
    began = datetime.now(UTC)
    sent_at = began - YEARS
    sent = [
        {
            "anonId": anon_id,
            "eventType": "page_view",
            "path": f"/{n}",
            "timestamp": (sent_at - timedelta(seconds=n)).isoformat(),
            "sentAt": sent_at.isoformat(),
            "eventId": str(uuid.uuid4()),
        }
        for n in range(2)
    ]
    for again in ("accepted", "duplicate"):
        answer = server.post(sent[0])
        assert (answer.status, answer.headers["Footfall-Outcome"]) == (202, again)
        answer = server.request(
            "POST",
            "/v1/events/batch",
            json.dumps(sent[1:]).encode(),
            Content_Type="application/json",
        )
        assert [result["outcome"] for result in answer.body["results"]] == [again]
    ended = datetime.now(UTC)
    rows = {row["path"]: row["timestamp"] for row in rows_of(connection, anon_id)}
    assert rows.keys() == {"/0", "/1"}
    for path, at in rows.items():
        assert began <= at + timedelta(seconds=int(path[1:])) <= ended


@pytest.mark.parametrize(
    ("claimed", "sent_at", "expected"),
    [
        # The claim is within the bounds, the event is not; and the other way round.
        pytest.param(0, -100, "hours ahead", id="moved into the future"),
        pytest.param(0, 100, "days old", id="moved into the past"),
        pytest.param(-700, -700, None, id="moved out of the past"),
        pytest.param(700, 700, None, id="moved out of the future"),
        # Clocks at the ends of the calendar.
        pytest.param("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "hours ahead", id="beyond"),
        pytest.param("0001-01-02T00:00:00Z", "9999-12-31T23:59:59Z", "days old", id="before"),
    ],
)
def test_the_bounds_are_those_of_the_moved_time(
    server: Server, claimed: Any, sent_at: Any, expected: str | None
) -> None:
    now = datetime.now(UTC)
    body = {"anonId": someone(), "eventType": "page_view", "path": "/"} | {
        name: at if isinstance(at, str) else (now + timedelta(days=at)).isoformat()
        for name, at in (("timestamp", claimed), ("sentAt", sent_at))
    }
    answer = server.post(body)
    if expected is None:
        assert answer.status == 202
        return
    assert answer.status == 400
    [issue] = answer.body["issues"]
    assert issue["path"] == "timestamp"
    assert expected in issue["message"]
    assert issue["message"].endswith("once sentAt has moved it")
