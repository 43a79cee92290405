"""Sessions are a function of the events alone, in whatever order they arrive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise, permutations
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_app.enrichment.row import Utm
from ingest_app.store.sessions import Hit, Session, Timeline

GAP = timedelta(minutes=30)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SPRING = Utm(source="news", medium="email", campaign="spring")
AUTUMN = Utm(source="news", medium="email", campaign="autumn")


def hit(
    minutes: float,
    utm: Utm | None = None,
    key: str | None = None,
    *,
    is_entrance: bool = False,
    source: str = "direct",
) -> Hit:
    key = key or f"key-{minutes}"
    return Hit(
        at=NOON + timedelta(minutes=minutes),
        key=key,
        path=f"/at/{minutes}/{key}",
        referrer=None,
        utm=utm,
        is_entrance=is_entrance,
        traffic_source=source,
    )


def cut_minutes(hits: list[Hit]) -> list[list[float]]:
    """Which minutes after noon share a session."""
    store = PlainStore(Random(0))
    store.arrive(hits)
    at = {one.key: (one.at - NOON) / timedelta(minutes=1) for one in hits}
    return [[at[key] for key in keys] for keys, _ in store.as_cut()]


@pytest.mark.parametrize(
    ("hits", "expected"),
    [
        pytest.param([hit(0), hit(30)], [[0, 30]], id="thirty minutes join"),
        pytest.param([hit(0), hit(30.001)], [[0], [30.001]], id="longer than thirty minutes split"),
        pytest.param([hit(0), hit(25), hit(50)], [[0, 25, 50]], id="the nearest event counts"),
        pytest.param([hit(0, SPRING), hit(1, AUTUMN)], [[0], [1]], id="another utm splits"),
        pytest.param([hit(0, SPRING), hit(1, SPRING)], [[0, 1]], id="the same utm joins"),
        pytest.param([hit(0, SPRING), hit(1)], [[0, 1]], id="no utm never splits"),
        pytest.param([hit(0), hit(1, SPRING)], [[0], [1]], id="a first utm splits"),
        pytest.param(
            [hit(0, SPRING), hit(1, AUTUMN), hit(2)], [[0], [1, 2]], id="no utm joins the latest"
        ),
        pytest.param([hit(40), hit(0), hit(20)], [[0, 20, 40]], id="order of arrival is nothing"),
        pytest.param([hit(0, key="a"), hit(0, SPRING, "b")], [[0, 0]], id="a moment is one visit"),
        pytest.param([hit(0, SPRING, "a"), hit(0, key="b")], [[0, 0]], id="whatever the keys"),
        pytest.param(
            [hit(0), hit(9, key="a"), hit(9, SPRING, "b")], [[0], [9, 9]], id="also after others"
        ),
        pytest.param(
            [hit(0, AUTUMN), hit(9, key="a"), hit(9, SPRING, "b"), hit(9, key="c")],
            [[0], [9, 9, 9]],
            id="a moment belongs to its campaign",
        ),
        pytest.param(
            [hit(0, SPRING, "a"), hit(0, AUTUMN, "b"), hit(0, SPRING, "c"), hit(0, AUTUMN, "d")],
            [[0, 0], [0, 0]],
            id="two campaigns of a moment are two visits",
        ),
    ],
)
def test_the_cut(hits: list[Hit], expected: list[list[float]]) -> None:
    assert cut_minutes(hits) == expected


def test_a_session_takes_landing_path_referrer_and_utm_from_its_first_event() -> None:
    late_first = Hit(NOON, "a", "/landing", "https://google.com/", SPRING)
    store = PlainStore(Random(0))
    store.arrive([hit(5), hit(10, SPRING), late_first])
    [session] = store.sessions.values()
    assert session.landing_path == "/landing"
    assert session.referrer == "https://google.com/"
    assert session.utm == SPRING
    assert (session.started_at, session.last_event_at) == (NOON, NOON + timedelta(minutes=10))
    assert {one.session_id for one in store.hits.values()} == {session.id}


# Coarse times make gaps, ties and bridges all likely.
wild_hits = st.lists(
    st.builds(
        lambda minute, utm, key, is_entrance, source: hit(
            minute, utm, key, is_entrance=is_entrance, source=source
        ),
        st.sampled_from([0, 1, 10, 20, 29, 30, 31, 45, 60, 61, 75, 90, 120, 121, 150, 200]),
        st.sampled_from([None, None, SPRING, AUTUMN]),
        st.uuids().map(lambda value: value.hex),
        st.booleans(),
        st.sampled_from(["direct", "internal", "referral"]),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda made: made.key,
)


def in_order(one: Hit) -> tuple[object, ...]:
    """By time; of one moment the campaigns first, then what came from elsewhere, then entrances."""
    campaign = one.utm or ("", "", "", "", "")
    return (
        one.at,
        0 if one.utm else 1,
        [part or "" for part in campaign],
        0 if one.traffic_source == "referral" else 1,
        0 if one.is_entrance else 1,
        one.key,
    )


def plain_cut(hits: list[Hit]) -> list[tuple[list[str], Utm | None]]:
    """The rule of the contract once more, written as plainly as it can be."""
    groups: list[tuple[list[Hit], Utm | None]] = []
    for one in sorted(hits, key=in_order):
        if groups:
            members, utm = groups[-1]
            is_near = one.at - members[-1].at <= GAP
            is_same_campaign = one.utm is None or one.utm == utm
            if is_near and is_same_campaign:
                members.append(one)
                continue
        groups.append(([one], one.utm))
    return [([one.key for one in members], utm) for members, utm in groups]


class PlainStore:
    """Applies a timeline's answers to a set of stored hits, as the writer does to tables.

    It hands sessions out in an order of its own at every turn, as a table may.
    """

    def __init__(self, order: Random) -> None:
        self.order = order
        self.hits: dict[str, Hit] = {}
        self.sessions: dict[UUID, Session] = {}

    def arrive(self, batch: list[Hit]) -> None:
        batch = sorted(batch, key=lambda each: (each.at, each.key))
        timeline = Timeline(self._in_any_order(), GAP)
        homes = {one.key: timeline.admit(one) for one in batch}
        if None in homes.values():
            timeline = Timeline(self._in_any_order(), GAP)
            homes = timeline.recut(batch, self)
            for one, home in timeline.moved:
                assert self.hits[one.key].session_id != home
                self._keep(one, home)
            for gone in timeline.merged:
                del self.sessions[gone]
        for one in batch:
            self._keep(one, homes[one.key])
        timeline.close()
        self.sessions.update(timeline.changed)

    def last_hit(self, since: datetime, before: datetime) -> Hit | None:
        return max(
            (one for one in self.hits.values() if since <= one.at < before),
            key=in_order,
            default=None,
        )

    def hits_since(self, since: datetime) -> Iterator[Hit]:
        stored = sorted(self.hits.values(), key=lambda each: (each.at, each.key))
        for one in stored:
            if one.at >= since:
                yield one

    def session(self, session_id: UUID) -> Session:
        return self.sessions[session_id]

    def _keep(self, one: Hit, session_id: UUID | None) -> None:
        self.hits[one.key] = replace(one, session_id=session_id)

    def _in_any_order(self) -> list[Session]:
        return self.order.sample(list(self.sessions.values()), k=len(self.sessions))

    def as_cut(self) -> list[tuple[list[str], Utm | None]]:
        ordered = sorted(self.hits.values(), key=in_order)
        return [
            ([one.key for one in ordered if one.session_id == session.id], session.utm)
            for session in sorted(
                self.sessions.values(),
                key=lambda each: min(in_order(one) for one in ordered if one.session_id == each.id),
            )
        ]


@given(hits=wild_hits, data=st.data())
def test_any_order_and_any_batching_gives_the_sessions_of_the_plain_rule(
    hits: list[Hit], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(hits))
    cuts = data.draw(st.lists(st.integers(0, len(hits)), max_size=4).map(sorted))
    store = PlainStore(data.draw(st.randoms(use_true_random=False)))
    for start, end in pairwise([0, *cuts, len(hits)]):
        if start < end:
            store.arrive(list(shuffled[start:end]))

    check(store, hits)


@given(hits=wild_hits, keys=st.data())
def test_what_happens_at_one_moment_is_one_visit_whichever_event_carries_the_campaign(
    hits: list[Hit], keys: st.DataObject
) -> None:
    campaigns = {one.at: one.utm for one in hits if one.utm is not None}
    hits = [replace(one, utm=one.utm and campaigns[one.at]) for one in hits]
    store = PlainStore(Random(0))
    store.arrive(hits)
    sessions_of = {
        at: {one.session_id for one in store.hits.values() if one.at == at}
        for at in {one.at for one in hits}
    }
    assert all(len(sessions) == 1 for sessions in sessions_of.values())

    # Other hashes of the same events, and the events in other places: the sessions are as long.
    names = keys.draw(st.permutations([one.key for one in hits]))
    renamed = PlainStore(Random(0))
    renamed.arrive([replace(one, key=name) for one, name in zip(hits, names, strict=True)])
    lengths = [len(keys) for keys, _ in store.as_cut()]
    assert [len(keys) for keys, _ in renamed.as_cut()] == lengths


TWINS = [hit(0, SPRING, "a"), hit(0, AUTUMN, "b")]


@pytest.mark.parametrize(
    "hits",
    [
        pytest.param([*TWINS, hit(-100), hit(-10), hit(10), hit(100)], id="among others"),
        pytest.param([*TWINS, hit(0, SPRING, "c"), hit(20), hit(100), hit(-100)], id="three"),
        pytest.param([*TWINS, hit(29, key="c"), hit(45, SPRING), hit(75)], id="prolonged"),
    ],
)
def test_sessions_that_begin_at_one_moment_follow_each_other_by_campaign(hits: list[Hit]) -> None:
    order = Random(0)
    for arrivals in permutations(hits):
        store = PlainStore(order)
        for one in arrivals:
            store.arrive([one])
        check(store, hits)


def check(store: PlainStore, hits: list[Hit]) -> None:
    assert store.as_cut() == plain_cut(hits)
    by_time = sorted(
        store.sessions.values(), key=lambda each: (each.started_at, each.ended_at is None)
    )
    for session in by_time:
        members = [one for one in store.hits.values() if one.session_id == session.id]
        assert session.started_at == min(one.at for one in members)
        assert session.last_event_at == max(one.at for one in members)
        first = min(members, key=in_order)
        assert session.landing_path == first.path
    ended = [session.ended_at for session in by_time]
    assert ended[-1] is None
    assert ended[:-1] == [session.last_event_at for session in by_time[:-1]]
