"""A constant anonymous id, everyone's events on one visitor: what one more event costs is bounded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_app.enrichment.row import Event
from ingest_app.store import sessions
from ingest_app.store.writer import Writer
from tests.ingest_app.test_sessions import Hit, PlainStore, wild_hits
from tests.ingest_app.test_writer import GAP, made
from tests.support.raw import empty_raw
from tests.support.snapshot import snapshot

Connection = psycopg.Connection[dict[str, Any]]

DAWN = datetime(2026, 3, 1, tzinfo=UTC)
NEWS, ADS, SHOP = {"source": "news"}, {"source": "ads"}, {"source": "shop"}
BATCH = 500
# What surrounds an arrival: a page of events, their sessions, the sessions that it needs.
ROWS_AROUND = 250

pytestmark = pytest.mark.usefixtures("clean_tables")


class CountingCursor(psycopg.Cursor[Any]):
    """Counts the rows that statements read and change."""

    rows = 0

    def execute(self, *arguments: Any, **options: Any) -> CountingCursor:
        super().execute(*arguments, **options)
        CountingCursor.rows += max(self.rowcount, 0)
        return self


class Counted:
    """Connections of which each statement's rows are counted."""

    def __init__(self, database: str) -> None:
        self.database = database

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.database, cursor_factory=CountingCursor) as opened:
            yield opened


@pytest.fixture
def writer(database: str) -> Writer:
    return Writer(Counted(database), session_gap=GAP)


def rows_of(writer: Writer, *events: Event) -> int:
    """How many rows the writing of the events has read and changed."""
    CountingCursor.rows = 0
    answers = writer.write(events)
    assert not any(answer.is_duplicate for answer in answers)
    return CountingCursor.rows


def at(seconds: float) -> datetime:
    return DAWN + timedelta(seconds=seconds)


def fill(writer: Writer, events: int, *campaigns: dict[str, str] | None) -> None:
    """An event a second, the campaigns in turn."""
    turns = [
        made(at(second), utm=campaigns[second % len(campaigns)], path=f"/{second}")
        for second in range(events)
    ]
    for start in range(0, events, BATCH):
        writer.write(turns[start : start + BATCH])


def assert_sessions_are_whole(connection: Connection, *, events: int) -> None:
    """No event without a session, no session without an event, each as long as its events."""
    [counted] = connection.execute(
        "select count(*) as events, count(session_id) as placed from raw.events"
    ).fetchall()
    assert (counted["events"], counted["placed"]) == (events, events)
    wrong = connection.execute(
        """
        select sessions.id
        from raw.sessions
        left join raw.events
            on events.visitor_id = sessions.visitor_id and events.session_id = sessions.id
        group by sessions.visitor_id, sessions.id
        having min(events."timestamp") is distinct from min(sessions.started_at)
            or max(events."timestamp") is distinct from min(sessions.last_event_at)
        """
    ).fetchall()
    assert wrong == []
    in_order = connection.execute(
        "select started_at, last_event_at, ended_at from raw.sessions "
        "order by started_at, last_event_at, ended_at nulls last"
    ).fetchall()
    for one, following in pairwise(in_order):
        assert one["last_event_at"] <= following["started_at"]
    assert [one["ended_at"] for one in in_order] == [
        *(one["last_event_at"] for one in in_order[:-1]),
        None,
    ]


def coarse_sessions(connection: Connection) -> int:
    return len(connection.execute("select from raw.sessions where is_coarse").fetchall())


def test_an_event_among_thousands_of_sessions_looks_at_those_around_it(
    writer: Writer, connection: Connection
) -> None:
    fill(writer, 3_000, NEWS, ADS)
    at_a_known_start = [made(at(1_500 + n), path=f"/tie-{n}") for n in range(3)]
    of_a_third = [made(at(1_600.5 + n), utm=SHOP, path=f"/third-{n}") for n in range(3)]
    merging = [made(at(1_700.5 + n), utm=(NEWS, ADS)[n % 2], path=f"/same-{n}") for n in range(3)]
    for event in [*at_a_known_start, *of_a_third, *merging]:
        assert rows_of(writer, event) < ROWS_AROUND
    assert coarse_sessions(connection) == 0
    assert_sessions_are_whole(connection, events=3_009)

    in_turns = snapshot(connection)
    empty_raw(connection)
    for event in [*merging, *of_a_third]:
        writer.write([event])
    fill(writer, 3_000, NEWS, ADS)
    writer.write(at_a_known_start)
    assert snapshot(connection) == in_turns


def test_a_late_campaign_in_a_long_session_moves_what_follows_until_that_is_too_much(
    writer: Writer, connection: Connection
) -> None:
    fill(writer, 3_000, None)
    assert rows_of(writer, made(at(2_950.5), utm=NEWS, path="/late")) < ROWS_AROUND
    cut = "select count(*) as events from raw.events group by session_id order by 1"
    assert [row["events"] for row in connection.execute(cut)] == [50, 2_951]
    assert coarse_sessions(connection) == 0

    for n in range(3):
        taken = rows_of(writer, made(at(100.5 + n), utm=NEWS, path=f"/early-{n}"))
        assert taken < 2 * sessions.MAX_RECUT_EVENTS + ROWS_AROUND
    assert [row["events"] for row in connection.execute(cut)] == [50, 2_954]
    assert coarse_sessions(connection) == 1
    assert_sessions_are_whole(connection, events=3_004)


def test_a_batch_of_late_campaigns_stops_cutting_after_a_while(
    writer: Writer, connection: Connection
) -> None:
    # Sessions of a hundred events each, an hour between them, on the days before.
    for n in range(150):
        began = DAWN - timedelta(hours=2 * n + 3)
        writer.write([made(began + timedelta(seconds=k), path=f"/{n}-{k}") for k in range(100)])
    late = [
        made(DAWN - timedelta(hours=2 * n + 3, seconds=-0.5), utm=NEWS, path=f"/late-{n}")
        for n in range(150)
    ]
    taken = rows_of(writer, *late)
    # Read in pages of twice what is needed at most, moved once, and what the batch itself takes.
    assert taken < 4 * sessions.MAX_RECUT_EVENTS_OF_BATCH + 10 * len(late)
    assert 0 < coarse_sessions(connection) < 150
    assert_sessions_are_whole(connection, events=15_150)


def test_thousands_of_events_at_one_moment_are_not_looked_at_again(
    writer: Writer, connection: Connection
) -> None:
    moment = at(0)
    campaigns = (NEWS, ADS, None)
    for start in range(0, 3_000, BATCH):
        writer.write(
            [
                made(moment, utm=campaigns[n % 3], path=f"/{n}", agent=f"agent {n}")
                for n in range(start, start + BATCH)
            ]
        )
    for n in range(3):
        more = made(moment, utm=campaigns[n], path=f"/more-{n}")
        assert rows_of(writer, more) < 2 * sessions.MAX_RECUT_EVENTS + ROWS_AROUND
    assert coarse_sessions(connection) > 0
    assert_sessions_are_whole(connection, events=3_003)


@given(hits=wild_hits, data=st.data())
def test_however_little_may_be_cut_anew_nothing_is_lost(
    hits: list[Hit], data: st.DataObject
) -> None:
    store = PlainStore(Random(0))
    shuffled = data.draw(st.permutations(hits))
    cuts = data.draw(st.lists(st.integers(0, len(hits)), max_size=6).map(sorted))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sessions, "MAX_RECUT_EVENTS", data.draw(st.integers(0, 6)))
        patch.setattr(sessions, "MAX_RECUT_EVENTS_OF_BATCH", data.draw(st.integers(0, 12)))
        for start, end in pairwise([0, *cuts, len(hits)]):
            if start < end:
                store.arrive(list(shuffled[start:end]))

    assert store.hits.keys() == {one.key for one in hits}
    in_order = sorted(
        store.sessions.values(),
        key=lambda each: (each.started_at, each.last_event_at, each.ended_at is None),
    )
    for session in in_order:
        members = [one.at for one in store.hits.values() if one.session_id == session.id]
        assert (session.started_at, session.last_event_at) == (min(members), max(members))
    for one, following in pairwise(in_order):
        assert one.last_event_at <= following.started_at
    ends = [session.ended_at for session in in_order]
    assert ends == [*(session.last_event_at for session in in_order[:-1]), None]
