"""Sessions by the event's own time.

A visitor's events in order of time are cut into sessions: a new one begins after a gap longer than
the inactivity limit, or where an event carries a utm other than the session's. Of the events of one
moment those with a utm come first (`Hit.rank`). A session's utm, landing path and referrer are those
of its first event. The cut is a function of the events alone, so events may arrive in any order
(docs/decisions/0008).

Most arrivals extend one session or open one, which `Timeline.admit` decides from the sessions
around it. The rest need the events themselves: `Timeline.recut` reads them from the arrival on, until
the cut is again what it was. Where that would be too many, the arrival is placed coarsely
(docs/decisions/0025).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from heapq import merge
from itertools import groupby, islice
from operator import attrgetter
from typing import NamedTuple, Protocol
from uuid import UUID

from ingest_app.enrichment.identity import new_id
from ingest_app.enrichment.row import Utm
from ingest_app.enrichment.vocabulary import TrafficSource

# So many events are cut anew for one arrival, and for all arrivals of a visitor in a batch. Where
# many people share an anonymous id, more would hold up everyone else.
MAX_RECUT_EVENTS = 2_000
MAX_RECUT_EVENTS_OF_BATCH = 10_000
_NOT_FROM_ELSEWHERE = (TrafficSource.DIRECT, TrafficSource.INTERNAL)


@dataclass(slots=True)
class Hit:
    """An event as far as sessions care.

    `session_id` is None until it is placed. `day` is that which it is stored under.
    """

    at: datetime
    key: str
    path: str | None
    referrer: str | None
    utm: Utm | None
    session_id: UUID | None = None
    is_entrance: bool = False
    traffic_source: str = TrafficSource.UNKNOWN
    day: date | None = None

    @property
    def rank(self) -> tuple[object, ...]:
        """Its place among the visitor's events of the same moment.

        First the one that says where the visit came from: by its campaign, by its source, as an
        entrance. The key only decides between events that say the same. The macro order_of_events
        has this order for the marts.
        """
        return (
            self.utm is None,
            tuple(part or "" for part in self.utm or ()),
            self.traffic_source in _NOT_FROM_ELSEWHERE,
            not self.is_entrance,
            self.key,
        )


class Session(NamedTuple):
    """A row of raw.sessions without its visitor."""

    id: UUID
    started_at: datetime
    last_event_at: datetime
    ended_at: datetime | None
    landing_path: str | None
    referrer: str | None
    utm: Utm | None
    is_coarse: bool = False

    def reaches(self, at: datetime, gap: timedelta) -> bool:
        """Whether an event at this time lies within the gap of the session."""
        return self.started_at - gap <= at <= self.last_event_at + gap


def _open(hit: Hit, *, is_coarse: bool = False) -> Session:
    return Session(
        id=new_id(),
        started_at=hit.at,
        last_event_at=hit.at,
        ended_at=None,
        landing_path=hit.path,
        referrer=hit.referrer,
        utm=hit.utm,
        is_coarse=is_coarse,
    )


def _in_time(session: Session) -> tuple[datetime, datetime, bool]:
    # Several sessions may begin at one moment. All but the last of them also end at it.
    return session.started_at, session.last_event_at, session.ended_at is None


def _splits(utm: Utm | None, session: Session) -> bool:
    return utm is not None and utm != session.utm


class History(Protocol):
    """What is stored of a visitor."""

    def last_hit(self, since: datetime, before: datetime) -> Hit | None:
        """The last event from `since` on that lies before the other moment.

        Of several of that moment, one of the session that goes on after it.
        """

    def hits_since(self, since: datetime) -> Iterator[Hit]:
        """The events from the moment on, in order of time and key."""

    def session(self, session_id: UUID) -> Session:
        """The session of an event that was given out."""


@dataclass(slots=True)
class _Part:
    """A session of a new cut, and those of its events that were looked at."""

    session: Session
    hits: list[Hit]
    has_known_id: bool


@dataclass(slots=True)
class Timeline:
    """The sessions of one visitor around the arrivals, never overlapping; given in any order.

    Of each arrival it needs the two sessions that begin last until then, and the next two.
    """

    sessions: list[Session]
    gap: timedelta
    changed: dict[UUID, Session] = field(default_factory=dict)
    moved: list[tuple[Hit, UUID]] = field(default_factory=list)
    merged: list[UUID] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sessions = sorted(self.sessions, key=_in_time)

    def admit(self, hit: Hit, *, coarsely: bool = False) -> UUID | None:
        """The session that the event joins or opens; None when sessions must be cut anew.

        Coarsely, it is never None: the event joins a session that spans or reaches its time, and no
        session is split or merged.
        """
        index = bisect_right(self.sessions, hit.at, key=attrgetter("started_at"))
        before = self.sessions[index - 1] if index else None
        after = self.sessions[index] if index < len(self.sessions) else None

        if not coarsely:
            if before is not None and hit.at == before.started_at:
                return None  # which of the two events comes first is for their ranks to say
            if self._are_twins(index - 2, index - 1) or self._are_twins(index, index + 1):
                return None  # two sessions of one moment: their campaigns say which is nearer
        if before is not None and hit.at <= before.last_event_at:
            if coarsely:
                self._put(index - 1, before._replace(is_coarse=True))
            elif _splits(hit.utm, before):
                return None
            return before.id
        if before is not None and before.reaches(hit.at, self.gap) and not _splits(hit.utm, before):
            return self._append(hit, index - 1, before, after, coarsely)
        if after is not None and after.reaches(hit.at, self.gap) and after.utm in (None, hit.utm):
            return self._prepend(hit, index, after, coarsely)
        opened = _open(hit, is_coarse=coarsely)
        self._put(index, opened, insert=True)
        return opened.id

    def _are_twins(self, first: int, second: int) -> bool:
        if first < 0 or second >= len(self.sessions):
            return False
        one, other = self.sessions[first], self.sessions[second]
        return (one.started_at, one.last_event_at) == (other.started_at, other.last_event_at)

    def _append(
        self, hit: Hit, index: int, before: Session, after: Session | None, coarsely: bool
    ) -> UUID | None:
        bridged = after is not None and after.reaches(hit.at, self.gap)
        if (
            bridged
            and after is not None
            and not after.reaches(before.last_event_at, self.gap)
            and not coarsely
        ):
            return None
        is_coarse = before.is_coarse or coarsely
        self._put(index, before._replace(last_event_at=hit.at, is_coarse=is_coarse))
        return before.id

    def _prepend(self, hit: Hit, index: int, after: Session, coarsely: bool) -> UUID | None:
        follower = self.sessions[index + 1] if index + 1 < len(self.sessions) else None
        gains_utm = after.utm != hit.utm
        if (
            gains_utm
            and follower
            and follower.reaches(after.last_event_at, self.gap)
            and not coarsely
        ):
            return None
        self._put(
            index,
            after._replace(
                started_at=hit.at,
                landing_path=hit.path,
                referrer=hit.referrer,
                utm=hit.utm,
                is_coarse=after.is_coarse or coarsely,
            ),
        )
        return after.id

    def _put(self, index: int, session: Session, *, insert: bool = False) -> None:
        self.sessions[index : index + (not insert)] = [session]
        self.changed[session.id] = session

    def recut(self, arrivals: Sequence[Hit], history: History) -> dict[str, UUID | None]:
        """The session of each arrival, where stored events may have to move.

        The arrivals are given in order of time and key.
        For a timeline that has admitted none of them.
        """
        session_ids: dict[str, UUID | None] = {}
        left = MAX_RECUT_EVENTS_OF_BATCH
        place = 0
        while place < len(arrivals):
            walk = self._walk(arrivals[place:], history, min(left, MAX_RECUT_EVENTS))
            if walk is None:
                break
            arrived, walked = walk
            session_ids |= arrived
            place += len(arrived)
            left -= walked
        self.sessions.sort(key=_in_time)
        for hit in arrivals[place:]:
            session_ids[hit.key] = self.admit(hit, coarsely=True)
        return session_ids

    def _walk(
        self, arrivals: Sequence[Hit], history: History, limit: int
    ) -> tuple[dict[str, UUID | None], int] | None:
        """Cut anew from the first arrival on, until the stored cut and the new one are in step.

        The sessions of the arrivals that were met, and how many events were; None where they are
        more than the limit. Nothing is changed then.
        """
        since = arrivals[0].at
        parts: list[_Part] = []
        taken: set[UUID] = set()
        seen: dict[UUID, Session] = {}
        if (begun := self._begun_before(since, history)) is not None:
            known, until_then = begun
            seen[known.id] = known
            taken.add(known.id)
            parts.append(_Part(until_then, [], has_known_id=True))
        last: Hit | None = None
        walked = 0
        in_time = merge(history.hits_since(since), arrivals, key=attrgetter("at", "key"))
        # All events of one moment are taken together, because they may belong to several sessions.
        for _, moment in groupby(in_time, key=attrgetter("at")):
            if last is not None and _is_in_step(last, parts[-1], seen):
                break
            hits = sorted(islice(moment, limit - walked + 1), key=attrgetter("rank"))
            walked += len(hits)
            if walked > limit:
                return None
            for hit in hits:
                if hit.session_id is not None and hit.session_id not in seen:
                    known = self._known(hit.session_id, history)
                    if known.started_at < since:
                        return None  # after a coarse cut only: it has events before `since`
                    seen[known.id] = known
                self._take(hit, parts, taken)
            last = hits[-1]
        else:
            last = None

        self._replace(seen, parts, goes_on=None if last is None else last.session_id)
        arrived: dict[str, UUID | None] = {}
        for part in parts:
            for hit in part.hits:
                if hit.session_id is None:
                    arrived[hit.key] = part.session.id
                elif hit.session_id != part.session.id:
                    self.moved.append((hit, part.session.id))
        return arrived, walked

    def _begun_before(self, at: datetime, history: History) -> tuple[Session, Session] | None:
        """The session that goes on at the moment, and what of it lies before."""
        last = history.last_hit(at - self.gap, at)
        if last is not None and last.session_id is not None:
            known = self._known(last.session_id, history)
            return known, known._replace(last_event_at=last.at)
        for known in self.sessions:
            if known.started_at < at <= known.last_event_at:
                # Its events before this moment were purged.
                return known, known._replace(last_event_at=at)
        return None

    def _known(self, session_id: UUID, history: History) -> Session:
        return self.changed.get(session_id) or history.session(session_id)

    def _take(self, hit: Hit, parts: list[_Part], taken: set[UUID]) -> None:
        current = parts[-1].session if parts else None
        if (
            current is None
            or hit.at - current.last_event_at > self.gap
            or _splits(hit.utm, current)
        ):
            parts.append(_Part(_open(hit), [], has_known_id=False))
        part = parts[-1]
        part.hits.append(hit)
        part.session = part.session._replace(last_event_at=hit.at)
        # A new session takes over the id of the first of its events that has one.
        if not part.has_known_id and hit.session_id is not None and hit.session_id not in taken:
            part.session = part.session._replace(id=hit.session_id)
            part.has_known_id = True
            taken.add(hit.session_id)

    def _replace(
        self, seen: dict[UUID, Session], parts: Sequence[_Part], *, goes_on: UUID | None
    ) -> None:
        """Put the sessions of the new cut in the place of those seen."""
        self.sessions = [session for session in self.sessions if session.id not in seen]
        for place, part in enumerate(parts):
            known = seen.pop(part.session.id, None)
            if known is not None:
                part.session = part.session._replace(is_coarse=known.is_coarse)
            if place + 1 < len(parts):
                part.session = part.session._replace(ended_at=part.session.last_event_at)
            elif known is not None and known.id == goes_on:
                part.session = part.session._replace(
                    last_event_at=known.last_event_at, ended_at=known.ended_at
                )
            else:
                part.session = part.session._replace(ended_at=None)
            if part.session != known:
                self.changed[part.session.id] = part.session
            self.sessions.append(part.session)
        for session_id in seen:
            self.changed.pop(session_id, None)
            self.merged.append(session_id)

    def close(self) -> None:
        """End every session that has a later one, and no other."""
        for index, session in enumerate(self.sessions):
            is_last = index + 1 == len(self.sessions)
            if is_last and session.ended_at is None:
                continue  # no later session is stored: that one would have ended it
            if session.ended_at != session.last_event_at:
                self._put(index, session._replace(ended_at=session.last_event_at))


def _is_in_step(hit: Hit, part: _Part, seen: dict[UUID, Session]) -> bool:
    """Whether the events after this one are in the session where they were."""
    if hit.session_id != part.session.id:
        return False
    return part.session.utm == seen[part.session.id].utm
