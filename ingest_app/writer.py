"""Writes events: the only code that does.

A batch is one transaction of set-based statements. Visitors are locked first and in order of id,
so that two writers never deadlock and a visitor's sessions are cut by one writer at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.errors import CheckViolation, DeadlockDetected, SerializationFailure
from psycopg.rows import class_row, dict_row
from psycopg_pool import ConnectionPool

from ingest_app import statements
from ingest_app.events import Event
from ingest_app.schema import ENSURE_PARTITION
from ingest_app.sessions import Hit, Session, Timeline, recut

# How often a batch starts over because another writer was in its way.
MAX_RACES = 5


class WriteError(Exception):
    """The batch could not be committed; nothing of it is stored."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The ids of an event as the database returned them; of the first, for a duplicate."""

    event_id: UUID
    visitor_id: UUID
    session_id: UUID | None
    is_duplicate: bool


@dataclass(frozen=True, slots=True)
class _Row:
    event_id: UUID
    dedupe_key: str
    visitor_id: UUID
    session_id: UUID | None


class _RaceLostError(Exception):
    """Another writer stored one of our events between our look and our insert."""


class Writer:
    """Commits batches of events. Safe to share between threads."""

    def __init__(self, pool: ConnectionPool[Connection[Any]], *, session_gap: timedelta) -> None:
        self._pool = pool
        self._gap = session_gap
        self._months: set[tuple[int, int]] = set()

    def write(self, events: Sequence[Event]) -> list[Stored]:
        """Commit the events together; the answers are in their order.

        Raises WriteError when the batch keeps losing races, psycopg.Error when the database
        refuses; nothing is stored then.
        """
        self._ensure_partitions(events)
        for _ in range(MAX_RACES):
            try:
                with self._pool.connection() as connection:
                    return _Batch(connection, events, self._gap).commit()
            except (_RaceLostError, DeadlockDetected, SerializationFailure):
                continue
            except CheckViolation as error:
                if error.diag.constraint_name is not None:
                    raise
                # A purge dropped the partition after we had seen it.
                self._months.clear()
                self._ensure_partitions(events)
        raise WriteError(f"the batch lost {MAX_RACES} races against other writers")

    def _ensure_partitions(self, events: Iterable[Event]) -> None:
        for day in {event.occurred_on.replace(day=1) for event in events}:
            if (day.year, day.month) not in self._months:
                # A transaction of its own: attaching locks more than a batch should hold.
                with self._pool.connection() as connection:
                    connection.execute(ENSURE_PARTITION, {"day": day})
                self._months.add((day.year, day.month))


class _Batch:
    """One transaction."""

    def __init__(
        self, connection: Connection[Any], events: Sequence[Event], gap: timedelta
    ) -> None:
        self._connection = connection
        self._events = events
        self._gap = gap
        self._changed: list[tuple[UUID, Session]] = []
        self._moved: list[tuple[UUID, Hit, UUID]] = []
        self._merged: list[tuple[UUID, UUID]] = []

    def commit(self) -> list[Stored]:
        stored = {row.dedupe_key: row for row in self._select_stored()}
        fresh: dict[str, Event] = {}
        for event in self._events:
            if event.dedupe_key not in stored:
                fresh.setdefault(event.dedupe_key, event)
        if fresh:
            stored |= self._store(list(fresh.values()))

        answers = []
        first_sights = set(fresh)
        for event in self._events:
            row = stored[event.dedupe_key]
            is_duplicate = event.dedupe_key not in first_sights
            first_sights.discard(event.dedupe_key)
            answers.append(Stored(row.event_id, row.visitor_id, row.session_id, is_duplicate))
        self._count_duplicates(answers)
        return answers

    def _select_stored(self) -> list[_Row]:
        with self._connection.cursor(row_factory=class_row(_Row)) as cursor:
            return cursor.execute(
                statements.SELECT_STORED, statements.event_keys(self._events)
            ).fetchall()

    def _store(self, fresh: list[Event]) -> dict[str, _Row]:
        by_visitor: dict[UUID, list[Event]] = {}
        for event in sorted(fresh, key=lambda event: (event.occurred_at, event.dedupe_key)):
            by_visitor.setdefault(event.visitor_id, []).append(event)

        self._connection.execute(statements.UPSERT_VISITORS, statements.visitor_columns(by_visitor))
        placed = self._place(by_visitor)

        self._connection.execute(
            statements.UPSERT_SESSIONS, statements.session_columns(self._changed)
        )
        with self._connection.cursor(row_factory=class_row(_Row)) as cursor:
            rows = cursor.execute(
                statements.INSERT_EVENTS, statements.event_columns(fresh, placed)
            ).fetchall()
        if len(rows) != len(fresh):
            raise _RaceLostError
        if self._moved:
            self._connection.execute(statements.MOVE_EVENTS, statements.moved_columns(self._moved))
        if self._merged:
            self._connection.execute(
                statements.DELETE_SESSIONS, statements.merged_columns(self._merged)
            )
        return {row.dedupe_key: row for row in rows}

    def _place(self, by_visitor: dict[UUID, list[Event]]) -> dict[str, UUID]:
        """The session of each event, by dedupe key."""
        around = self._sessions_around(by_visitor)
        placed: dict[str, UUID] = {}
        for visitor_id, events in by_visitor.items():
            hits = [_hit(event) for event in events]
            timeline = Timeline(around.get(visitor_id, []), self._gap)
            homes = {hit.key: timeline.admit(hit) for hit in hits}
            if None in homes.values():
                timeline, homes = self._recut(visitor_id, hits)
            timeline.close()
            self._changed += [(visitor_id, session) for session in timeline.changed.values()]
            placed |= {key: home for key, home in homes.items() if home is not None}
        return placed

    def _recut(self, visitor_id: UUID, hits: list[Hit]) -> tuple[Timeline, dict[str, UUID | None]]:
        with self._connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(
                statements.SELECT_ALL_SESSIONS, {"visitor_id": visitor_id}
            ).fetchall()
            timeline = Timeline([statements.read_session(row) for row in rows], self._gap)
            old = timeline.cluster(hits)
            moments = [hit.at for hit in hits] + [session.started_at for session in old]
            moments += [session.last_event_at for session in old]
            known = cursor.execute(
                statements.SELECT_HITS,
                {
                    "visitor_id": visitor_id,
                    "session_ids": [session.id for session in old],
                    "first_day": min(moments).date(),
                    "last_day": max(moments).date(),
                },
            ).fetchall()
        stored_hits = [statements.read_hit(row) for row in known]
        cut = recut([*stored_hits, *hits], self._gap)
        timeline.replace_cluster(old, [session for session, _ in cut])
        homes: dict[str, UUID | None] = {}
        for session, members in cut:
            for hit in members:
                if hit.session_id is None:
                    homes[hit.key] = session.id
                elif hit.session_id != session.id:
                    self._moved.append((visitor_id, hit, session.id))
        left = {session.id for session, _ in cut}
        self._merged += [(visitor_id, session.id) for session in old if session.id not in left]
        return timeline, homes

    def _sessions_around(self, by_visitor: dict[UUID, list[Event]]) -> dict[UUID, list[Session]]:
        spans = {
            "visitor_ids": list(by_visitor),
            "since": [events[0].occurred_at - self._gap for events in by_visitor.values()],
            "until": [events[-1].occurred_at + self._gap for events in by_visitor.values()],
        }
        around: dict[UUID, list[Session]] = {}
        with self._connection.cursor(row_factory=dict_row) as cursor:
            for row in cursor.execute(statements.SELECT_SESSIONS, spans):
                around.setdefault(row["visitor_id"], []).append(statements.read_session(row))
        return around

    def _count_duplicates(self, answers: Sequence[Stored]) -> None:
        duplicates = [
            event
            for event, answer in zip(self._events, answers, strict=True)
            if answer.is_duplicate
        ]
        if duplicates:
            self._connection.execute(
                statements.INSERT_DUPLICATES, statements.duplicate_columns(duplicates)
            )


def _hit(event: Event) -> Hit:
    return Hit(event.occurred_at, event.dedupe_key, event.path, event.referrer, event.utm)
