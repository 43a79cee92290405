"""Sessions by the event's own time.

A visitor's events in order of (timestamp, dedupe key) are cut into sessions: a new one begins
after a gap longer than the inactivity limit, or where an event carries a utm other than the
session's. A session's utm, landing path and referrer are those of its first event. The cut is a
function of the events alone, so events may arrive in any order (docs/decisions/0008).

Most arrivals extend one session or open one, which `Timeline.admit` decides from the sessions
around it. The rest need the events themselves, which `recut` takes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter, itemgetter
from typing import NamedTuple
from uuid import UUID

from ingest_app.enrichment.identity import new_id


class Utm(NamedTuple):
    """The campaign parameters of an event or a session; at least one is set."""

    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    term: str | None = None
    content: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """An event as far as sessions care. `session_id` is None until it is placed."""

    at: datetime
    key: str
    path: str | None
    referrer: str | None
    utm: Utm | None
    session_id: UUID | None = None

    @property
    def day(self) -> date:
        """The UTC day that it is stored under."""
        return self.at.astimezone(UTC).date()


@dataclass(frozen=True, slots=True)
class Session:
    """A row of raw.sessions without its visitor."""

    id: UUID
    started_at: datetime
    last_event_at: datetime
    ended_at: datetime | None
    landing_path: str | None
    referrer: str | None
    utm: Utm | None

    def reaches(self, at: datetime, gap: timedelta) -> bool:
        """Whether an event at this time lies within the gap of the session."""
        return self.started_at - gap <= at <= self.last_event_at + gap


def _open(hit: Hit, session_id: UUID | None = None) -> Session:
    return Session(
        id=session_id or new_id(),
        started_at=hit.at,
        last_event_at=hit.at,
        ended_at=None,
        landing_path=hit.path,
        referrer=hit.referrer,
        utm=hit.utm,
    )


def _in_time(session: Session) -> tuple[datetime, datetime, bool]:
    # Several sessions may begin at one moment, and all but the last of them end there too.
    return session.started_at, session.last_event_at, session.ended_at is None


def _splits(utm: Utm | None, session: Session) -> bool:
    return utm is not None and utm != session.utm


@dataclass(slots=True)
class Timeline:
    """The sessions of one visitor around the arrivals, never overlapping; given in any order."""

    sessions: list[Session]
    gap: timedelta
    changed: dict[UUID, Session] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sessions = sorted(self.sessions, key=_in_time)

    def admit(self, hit: Hit) -> UUID | None:
        """The session that the event joins or opens; None when sessions must be cut anew."""
        index = bisect_right(self.sessions, hit.at, key=attrgetter("started_at"))
        before = self.sessions[index - 1] if index else None
        after = self.sessions[index] if index < len(self.sessions) else None

        if before is not None and hit.at == before.started_at:
            return None  # which of the two is first depends on their keys
        if self._are_twins(index - 2, index - 1) or self._are_twins(index, index + 1):
            return None  # so does which of two sessions of one same moment is nearer
        if before is not None and hit.at <= before.last_event_at:
            return None if _splits(hit.utm, before) else before.id
        if before is not None and before.reaches(hit.at, self.gap) and not _splits(hit.utm, before):
            return self._append(hit, index - 1, before, after)
        if after is not None and after.reaches(hit.at, self.gap) and after.utm in (None, hit.utm):
            return self._prepend(hit, index, after)
        opened = _open(hit)
        self._put(index, opened, insert=True)
        return opened.id

    def _are_twins(self, first: int, second: int) -> bool:
        if first < 0 or second >= len(self.sessions):
            return False
        one, other = self.sessions[first], self.sessions[second]
        return (one.started_at, one.last_event_at) == (other.started_at, other.last_event_at)

    def _append(self, hit: Hit, index: int, before: Session, after: Session | None) -> UUID | None:
        bridged = after is not None and after.reaches(hit.at, self.gap)
        if bridged and after is not None and not after.reaches(before.last_event_at, self.gap):
            return None
        self._put(index, replace(before, last_event_at=hit.at))
        return before.id

    def _prepend(self, hit: Hit, index: int, after: Session) -> UUID | None:
        follower = self.sessions[index + 1] if index + 1 < len(self.sessions) else None
        gains_utm = after.utm != hit.utm
        if gains_utm and follower and follower.reaches(after.last_event_at, self.gap):
            return None
        self._put(
            index,
            replace(
                after,
                started_at=hit.at,
                landing_path=hit.path,
                referrer=hit.referrer,
                utm=hit.utm,
            ),
        )
        return after.id

    def _put(self, index: int, session: Session, *, insert: bool = False) -> None:
        self.sessions[index : index + (not insert)] = [session]
        self.changed[session.id] = session

    def cluster(self, hits: Iterable[Hit]) -> list[Session]:
        """The sessions that the hits can reach, directly or through one another."""
        spans: list[tuple[datetime, datetime, Session | None]] = [
            *((hit.at, hit.at, None) for hit in hits),
            *((known.started_at, known.last_event_at, known) for known in self.sessions),
        ]
        chains: list[list[tuple[datetime, datetime, Session | None]]] = []
        chain_end = datetime.min.replace(tzinfo=UTC)
        for span in sorted(spans, key=itemgetter(0, 1)):
            if not chains or span[0] - chain_end > self.gap:
                chains.append([])
            chains[-1].append(span)
            chain_end = max(chain_end, span[1])
        return [
            known
            for chain in chains
            if any(known is None for _, _, known in chain)
            for _, _, known in chain
            if known is not None
        ]

    def replace_cluster(self, old: Iterable[Session], new: Sequence[Session]) -> None:
        """Put the newly cut sessions in the place of those they were cut from."""
        gone = {session.id for session in old}
        kept = [session for session in self.sessions if session.id not in gone]
        self.sessions = sorted([*kept, *new], key=attrgetter("started_at", "last_event_at"))
        self.changed.update({session.id: session for session in new})

    def close(self) -> None:
        """End every session that has a later one, and no other."""
        for index, session in enumerate(self.sessions):
            is_last = index + 1 == len(self.sessions)
            if is_last and session.id not in self.changed:
                continue  # not touched, and what follows it was not loaded
            ended_at = None if is_last else session.last_event_at
            if session.ended_at != ended_at:
                self._put(index, replace(session, ended_at=ended_at))


def recut(hits: Iterable[Hit], gap: timedelta) -> list[tuple[Session, list[Hit]]]:
    """Cut events into sessions from scratch; a session keeps the id that its first events had.

    The hits must be whole: no other event of the visitor lies within the gap of any of them.
    """
    cut: list[tuple[Session, list[Hit]]] = []
    for hit in sorted(hits, key=attrgetter("at", "key")):
        current = cut[-1][0] if cut else None
        if current is None or hit.at - current.last_event_at > gap or _splits(hit.utm, current):
            cut.append((_open(hit), [hit]))
        else:
            cut[-1][1].append(hit)
            cut[-1] = (replace(current, last_event_at=hit.at), cut[-1][1])

    taken: set[UUID] = set()
    named = []
    for session, members in cut:
        known = (hit.session_id for hit in members if hit.session_id not in taken)
        session_id = next((known_id for known_id in known if known_id is not None), session.id)
        taken.add(session_id)
        named.append((replace(session, id=session_id), members))
    return named
