"""The writer against a real database: order, batches and races change nothing."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise, permutations
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg_pool import ConnectionPool

from ingest_app.enrichment.body import EventBody
from ingest_app.enrichment.event import RequestContext, build_event
from ingest_app.enrichment.identity import new_id
from ingest_app.enrichment.row import Event
from ingest_app.store.writer import Writer
from tests.support.raw import empty_raw
from tests.support.snapshot import snapshot

Connection = psycopg.Connection[dict[str, Any]]

GAP = timedelta(minutes=30)
MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("clean_tables")


@pytest.fixture(scope="module")
def writer(database: str) -> Iterator[Writer]:
    with ConnectionPool[psycopg.Connection[Any]](database, min_size=1, max_size=8) as pool:
        yield Writer(pool, session_gap=GAP)


def made(
    at: datetime | None,
    *,
    anon_id: str = "visitor-0001",
    path: str = "/",
    utm: dict[str, str] | None = None,
    referrer: str | None = None,
    agent: str = "agent",
    now: datetime = NOW,
) -> Event:
    body: dict[str, Any] = {"anonId": anon_id, "eventType": "page_view", "path": path}
    if at is not None:
        body["timestamp"] = at.isoformat()
    if utm is not None:
        body["utm"] = utm
    if referrer is not None:
        body["referrer"] = referrer
    context = RequestContext(now=now, host="shop.example", address="192.0.2.1", user_agent=agent)
    return build_event(EventBody.model_validate_json(json.dumps(body)), context, pepper=b"pepper")


MINUTES = [0, 1, 20, 29, 30, 31, 60, 61, 90, 121, 150, 1439, 1440, 1465]
CAMPAIGNS = [None, None, None, {"source": "news", "medium": "email"}, {"source": "ads"}]

wild_events = st.lists(
    st.builds(
        lambda minute, person, utm, path, referrer: made(
            MIDNIGHT + timedelta(minutes=minute),
            anon_id=f"visitor-000{person}",
            path=path,
            utm=utm,
            referrer=referrer,
            agent=f"agent {minute}",
        ),
        st.sampled_from(MINUTES),
        st.sampled_from([1, 1, 2]),
        st.sampled_from(CAMPAIGNS),
        st.sampled_from(["/a", "/b", "/c"]),
        st.sampled_from([None, "https://www.google.com/"]),
    ),
    min_size=1,
    max_size=14,
)


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(events=wild_events, data=st.data())
def test_shuffled_split_and_resent_events_leave_the_same_rows(
    writer: Writer, connection: Connection, events: list[Event], data: st.DataObject
) -> None:
    one_by_one = sorted(events, key=lambda event: (event.occurred_at, event.dedupe_key))
    empty_raw(connection)
    for event in one_by_one:
        writer.write([event])
    expected = snapshot(connection)

    resent = [
        replace(event, arrival_id=new_id())
        for event in data.draw(st.lists(st.sampled_from(events), max_size=5))
    ]
    shuffled = data.draw(st.permutations([*events, *resent]))
    cuts = data.draw(st.lists(st.integers(0, len(shuffled)), max_size=4).map(sorted))
    empty_raw(connection)
    stored = 0
    for start, end in pairwise([0, *cuts, len(shuffled)]):
        if start < end:
            answers = writer.write(shuffled[start:end])
            stored += sum(not answer.is_duplicate for answer in answers)

    assert snapshot(connection) == expected
    assert stored == len({event.dedupe_key for event in events})
    [counted] = connection.execute(
        "select coalesce(sum(occurrences), 0) as times from raw.ingest_duplicates"
    ).fetchall()
    assert counted["times"] == len(shuffled) - stored


def test_two_campaigns_of_one_moment_leave_the_same_rows_in_any_order(
    writer: Writer, connection: Connection
) -> None:
    news, ads = {"source": "news"}, {"source": "ads"}
    made_at = [(0, news), (0, ads), (20, None), (45, None), (200, None)]
    events = [made(MIDNIGHT + timedelta(minutes=at), utm=utm) for at, utm in made_at]
    snapshots = []
    for arrivals in permutations(events):
        empty_raw(connection)
        for event in arrivals:
            writer.write([event])
        snapshots.append(snapshot(connection))
    assert all(each == snapshots[0] for each in snapshots)
    _, sessions, _ = snapshots[0]
    assert sorted(session["last_event_at"] - MIDNIGHT for session in sessions) == [
        timedelta(minutes=minutes) for minutes in (0, 45, 200)
    ]


def test_a_late_event_bridges_two_sessions_into_one(writer: Writer, connection: Connection) -> None:
    first, second = made(MIDNIGHT, path="/first"), made(MIDNIGHT + timedelta(minutes=50))
    writer.write([second])
    writer.write([first])
    assert len(connection.execute("select 1 from raw.sessions").fetchall()) == 2
    writer.write([made(MIDNIGHT + timedelta(minutes=25), path="/between")])
    [session] = connection.execute("select * from raw.sessions").fetchall()
    assert session["started_at"] == MIDNIGHT
    assert session["last_event_at"] == MIDNIGHT + timedelta(minutes=50)
    assert session["landing_path"] == "/first"
    homes = connection.execute("select distinct session_id from raw.events").fetchall()
    assert homes == [{"session_id": session["id"]}]


def test_a_late_campaign_splits_a_session(writer: Writer, connection: Connection) -> None:
    news = {"source": "news"}
    writer.write(
        [
            made(MIDNIGHT, utm=news, path="/1"),
            made(MIDNIGHT + timedelta(minutes=10), path="/3"),
            made(
                MIDNIGHT + timedelta(minutes=20), utm=news, path="/4", referrer="https://n.example/"
            ),
        ]
    )
    writer.write([made(MIDNIGHT + timedelta(minutes=5), utm={"source": "ads"}, path="/2")])
    sessions = connection.execute(
        "select landing_path, utm_source, referrer, ended_at is null as is_open "
        "from raw.sessions order by started_at"
    ).fetchall()
    assert [tuple(session.values()) for session in sessions] == [
        ("/1", "news", None, False),
        ("/2", "ads", None, False),
        ("/4", "news", "https://n.example/", True),
    ]
    members = connection.execute(
        'select array_agg(path order by "timestamp") as paths from raw.events '
        "group by session_id order by 1"
    ).fetchall()
    assert [member["paths"] for member in members] == [["/1"], ["/2", "/3"], ["/4"]]


def test_a_retry_without_a_timestamp_moves_nothing(writer: Writer, connection: Connection) -> None:
    now = datetime(2026, 3, 10, 12, 0, 1, tzinfo=UTC)
    [first] = writer.write([made(None, now=now)])
    [again] = writer.write([made(None, now=now + timedelta(seconds=20))])
    assert again.is_duplicate
    assert again.event_id == first.event_id
    [visitor] = connection.execute("select * from raw.visitors").fetchall()
    assert visitor["last_seen_at"] == now
    [later] = writer.write([made(None, now=now + timedelta(seconds=40))])
    assert not later.is_duplicate


def test_one_batch_may_hold_an_event_twice(writer: Writer) -> None:
    twin = made(MIDNIGHT)
    first, second = writer.write([twin, made(MIDNIGHT)])
    assert (first.is_duplicate, second.is_duplicate) == (False, True)
    assert first.event_id == second.event_id


def test_many_writers_at_once_lose_and_double_nothing(
    writer: Writer, connection: Connection
) -> None:
    events = [
        made(MIDNIGHT + timedelta(minutes=7 * n), anon_id=f"visitor-000{n % 3}") for n in range(90)
    ]
    both_ways = [*events, *reversed(events)]
    batches = [both_ways[start : start + 7] for start in range(0, len(both_ways), 7)]
    with ThreadPoolExecutor(8) as threads:
        answers = [answer for part in threads.map(writer.write, batches) for answer in part]
    assert sum(not answer.is_duplicate for answer in answers) == 90
    concurrent = snapshot(connection)
    empty_raw(connection)
    for event in events:
        writer.write([event])
    assert concurrent == snapshot(connection)


def test_new_months_are_made_while_others_write(writer: Writer, connection: Connection) -> None:
    months = [datetime(1980 + n // 12, 1 + n % 12, 15, tzinfo=UTC) for n in range(48)]
    batches = [
        [made(month, anon_id=f"visitor-{n % 5:04}"), made(MIDNIGHT, anon_id=f"visitor-{n:04}")]
        for n, month in enumerate(months)
    ]
    with ThreadPoolExecutor(8) as threads:
        answers = [answer for part in threads.map(writer.write, batches) for answer in part]
    assert not any(answer.is_duplicate for answer in answers)
    [stored] = connection.execute("select count(*) as events from raw.events").fetchall()
    assert stored["events"] == 96


def test_any_month_finds_its_partition(writer: Writer, connection: Connection) -> None:
    writer.write([made(datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC))])
    writer.write([made(datetime(2000, 1, 1, tzinfo=UTC))])
    homes = connection.execute(
        "select tableoid::regclass::text as partition, occurred_on from raw.events order by 2"
    ).fetchall()
    assert [(home["partition"], home["occurred_on"].isoformat()) for home in homes] == [
        ("raw.events_1999_12", "1999-12-31"),
        ("raw.events_2000_01", "2000-01-01"),
    ]


def test_a_partition_dropped_meanwhile_is_made_again(
    writer: Writer, connection: Connection
) -> None:
    writer.write([made(datetime(2001, 5, 1, tzinfo=UTC))])
    connection.execute("drop table raw.events_2001_05")
    [answer] = writer.write([made(datetime(2001, 5, 2, tzinfo=UTC))])
    assert not answer.is_duplicate


def test_the_first_and_the_last_sight_of_a_visitor(writer: Writer, connection: Connection) -> None:
    for day, agent in ((5, "middle"), (9, "last"), (2, "first"), (7, "between")):
        writer.write([made(MIDNIGHT + timedelta(days=day), agent=agent)])
    [visitor] = connection.execute("select * from raw.visitors").fetchall()
    assert visitor["first_seen_at"] == MIDNIGHT + timedelta(days=2)
    assert visitor["last_seen_at"] == MIDNIGHT + timedelta(days=9)
    rows = connection.execute('select "timestamp" as at, ua_hash from raw.events').fetchall()
    agents = {row["at"]: row["ua_hash"] for row in rows}
    assert visitor["first_ua_hash"] == agents[visitor["first_seen_at"]]
    assert visitor["last_ua_hash"] == agents[visitor["last_seen_at"]]


def test_deleting_a_session_leaves_its_events(writer: Writer, connection: Connection) -> None:
    writer.write([made(MIDNIGHT)])
    connection.execute("delete from raw.sessions")
    [row] = connection.execute("select session_id, visitor_id from raw.events").fetchall()
    assert row["session_id"] is None
    assert isinstance(row["visitor_id"], uuid.UUID)


def test_deleting_a_visitor_takes_everything_of_theirs(
    writer: Writer, connection: Connection
) -> None:
    writer.write([made(MIDNIGHT), made(MIDNIGHT, anon_id="visitor-0002")])
    connection.execute("delete from raw.visitors where anon_id = 'visitor-0001'")
    for table in ("sessions", "events"):
        assert len(connection.execute(f"select 1 from raw.{table}").fetchall()) == 1
