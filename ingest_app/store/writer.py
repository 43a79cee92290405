"""Writes events: the only code that does.

A batch is one transaction of set-based statements. Visitors are locked first and in order of id,
so that two writers never deadlock and a visitor's sessions are cut by one writer at a time.

On a database that is distributed a batch is of the visitors of one shard: `Writer.shards` says which events
those are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, LiteralString, TypeVar
from uuid import UUID

import psycopg
from psycopg import Connection
from psycopg.errors import (
    CheckViolation,
    DeadlockDetected,
    FeatureNotSupported,
    ForeignKeyViolation,
    IntegrityError,
    InternalError_,
    SerializationFailure,
    UniqueViolation,
)
from psycopg.rows import class_row, dict_row

from ingest_app.database.connection import ReconnectingConnection
from ingest_app.database.distribution import is_distributed, visitors_of_shards
from ingest_app.database.schema import ENSURE_PARTITION
from ingest_app.enrichment.row import Event
from ingest_app.store import statements
from ingest_app.store.outcomes import OutcomeUnknownError, Stored, TooOld, WriteError
from ingest_app.store.sessions import Hit, Session, Timeline

Result = TypeVar("Result")

# How often a batch starts over because another writer was in its way.
MAX_RACES = 5
# Nearly every cut looks at fewer. Each further page is twice as large.
FIRST_PAGE_HITS = 100
# What another writer can cause: it stores the same event between our look and our insert, or
# deletes the session that an event of ours joins. When the batch starts over, it sees what the
# other one did.
RACES = (UniqueViolation, ForeignKeyViolation, DeadlockDetected, SerializationFailure)


@dataclass(frozen=True, slots=True)
class Shard:
    """Events that are written together, by their places; `node` holds their visitors.

    It is None where the database is one.
    """

    node: int | None
    places: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Row:
    event_id: UUID
    dedupe_key: str
    day: date
    visitor_id: UUID
    session_id: UUID | None


class Writer:
    """Commits batches of events, over a connection of its own. Safe to share between threads."""

    def __init__(self, connection: ReconnectingConnection, *, session_gap: timedelta) -> None:
        self.connection = connection
        self._gap = session_gap
        self._months: set[tuple[int, int]] = set()
        # As the last batch found it. The spool goes by it while the database is away.
        self.oldest_day = date.min
        self._has_zones = False
        # None as long as nobody has asked.
        self._is_distributed: bool | None = None

    def is_distributed(self, connection: Connection[Any]) -> bool:
        """Whether the database is distributed; asked once, and again after it refused a statement."""
        if self._is_distributed is None:
            self._is_distributed = is_distributed(connection)
        return self._is_distributed

    def shards(self, events: Sequence[Event]) -> list[Shard]:
        """The events in parts that can each be written as one. Raises psycopg.Error."""
        if self._is_distributed is None:
            with self.connection.connection() as connection:
                self.is_distributed(connection)
        if not self._is_distributed:
            return [Shard(None, range(len(events)))]
        places: dict[UUID, list[int]] = {}
        for place, event in enumerate(events):
            places.setdefault(event.visitor_id, []).append(place)
        with self.connection.connection() as connection:
            return [
                Shard(node, sorted(place for visitor in visitors for place in places[visitor]))
                for node, visitors in visitors_of_shards(connection, places)
            ]

    def write(self, events: Sequence[Event], tried: Collection[UUID] = ()) -> list[Stored | TooOld]:
        """Commit the events, of one shard, together; the outcomes are in their order.

        Those of days before the raw horizon are left out. `tried` are the arrival ids of events
        whose commit was tried before with an unknown outcome. One that is found stored under its
        own id is not a duplicate: it was stored then.

        Raises WriteError when the batch keeps losing races, psycopg.Error when the database
        refuses; nothing is stored then. OutcomeUnknownError when the connection broke in the COMMIT.
        """
        return self.transact(events, lambda connection: self.store(connection, events, tried))

    def store(
        self, connection: Connection[Any], events: Sequence[Event], tried: Collection[UUID] = ()
    ) -> list[Stored | TooOld]:
        """Everything of `write` but the transaction, which is one of `transact`."""
        is_on_shard = self.is_distributed(connection)
        self.oldest_day, names, self._has_zones = _hold_ground(connection, is_on_shard=is_on_shard)
        # Not before: the key of an event has the name that was sent, and so a retry finds its first.
        if names:
            events = [_under_name_of_now(event, names) for event in events]
        if self._has_zones:
            events = _on_their_days(connection, events)
        batch = _Batch(
            connection, events, tried, self._gap, self.oldest_day, is_on_shard=is_on_shard
        )
        try:
            return batch.store()
        except InternalError_ as error:
            if not is_on_shard:
                raise
            self._say_why(connection, events, tried)
            # A moment later nothing is wrong: another writer was in the way, with the same event say.
            raise SerializationFailure("a node refused a copy of what it takes by row") from error

    def _say_why(
        self, connection: Connection[Any], events: Sequence[Event], tried: Collection[UUID]
    ) -> None:
        """Raises what a node says of the events, which after a COPY comes without its code."""
        connection.rollback()
        self.oldest_day, _, _ = _hold_ground(connection, is_on_shard=True)
        _Batch(
            connection,
            events,
            tried,
            self._gap,
            self.oldest_day,
            is_on_shard=True,
            is_by_row=True,
        ).store()
        connection.rollback()

    def transact(
        self, events: Sequence[Event], work: Callable[[Connection[Any]], Result]
    ) -> Result:
        """Commit what `work` does, the storing of these events among it; anew after a lost race.

        Raises as `write` does, and what `work` raises.
        """
        self._ensure_partitions(events)
        lost: psycopg.Error | None = None
        for _ in range(MAX_RACES):
            try:
                with self.connection.connection() as connection:
                    result = work(connection)
                    _commit(connection)
                    return result
            except RACES as error:
                lost = error
            except FeatureNotSupported:
                # It is distributed, or one again, since it was asked.
                self._is_distributed = None
                raise
            except CheckViolation as error:
                # A node tells no name: what comes twice from there is the fault of a row.
                is_of_node = self._is_distributed and isinstance(lost, CheckViolation)
                if error.diag.constraint_name is not None or is_of_node:
                    raise
                lost = error if self._is_distributed else lost
                # A purge has dropped a partition that was there.
                self._months.clear()
                self._ensure_partitions(events)
        if isinstance(lost, IntegrityError):
            # It was no race: a constraint refuses the batch, however often it is written.
            raise lost
        raise WriteError(f"the batch lost {MAX_RACES} races against other writers") from lost

    def _ensure_partitions(self, events: Iterable[Event]) -> None:
        days = {
            day
            for event in events
            for day in self._days_of(event.occurred_on)
            if day >= self.oldest_day
        }
        for day in {day.replace(day=1) for day in days}:
            if (day.year, day.month) not in self._months:
                # In a transaction of its own, because attaching a partition takes a strong lock.
                with self.connection.connection() as connection:
                    connection.execute(ENSURE_PARTITION, {"day": day})
                self._months.add((day.year, day.month))

    def _days_of(self, utc_day: date) -> set[date]:
        """The days that the events of a UTC day may be stored under."""
        if not self._has_zones:
            return {utc_day}
        return {utc_day + timedelta(days=days) for days in (-1, 0, 1)}

    def is_surely_closed(self, event: Event) -> bool:
        """Whether no zone could save the event from lying before the horizon, as last seen."""
        return max(self._days_of(event.occurred_on)) < self.oldest_day


def _hold_ground(
    connection: Connection[Any], *, is_on_shard: bool
) -> tuple[date, dict[str, str], bool]:
    """The oldest day that raw takes, the names that properties have no more with those of now, and
    whether any property has zones.

    All stay that until the transaction ends.
    """
    # All statements go in one message. A prepared one could hold only one of them, and another way
    # to the database and back costs more than to plan anew.
    cursor = connection.execute(statements.HOLD_GROUND, prepare=False)
    while cursor.nextset():
        pass
    [(oldest_day, names, has_zones)] = cursor.fetchall()
    for statement in statements.WAIT_ON_NODES_AS_HERE if is_on_shard else ():
        connection.execute(statement)
    return oldest_day or date.min, names or {}, has_zones


def _under_name_of_now(event: Event, names: Mapping[str, str]) -> Event:
    name = names.get(event.property_id)
    return event if name is None else replace(event, property_id=name)


def _on_their_days(connection: Connection[Any], events: Sequence[Event]) -> list[Event]:
    days = connection.execute(statements.SELECT_DAYS, statements.day_rows(events)).fetchall()
    return [
        event if day == event.occurred_on else replace(event, occurred_on=day)
        for event, (day,) in zip(events, days, strict=True)
    ]


def _commit(connection: Connection[Any]) -> None:
    try:
        connection.commit()
    except psycopg.Error as error:
        # Of whatever class: a coordinator of Citus that dies between the two phases reports an internal
        # error of what is committed, and ends.
        if connection.closed:
            raise OutcomeUnknownError from error
        raise


class _Batch:
    """One transaction."""

    def __init__(
        self,
        connection: Connection[Any],
        events: Sequence[Event],
        tried: Collection[UUID],
        gap: timedelta,
        oldest_day: date,
        *,
        is_on_shard: bool,
        is_by_row: bool = False,
    ) -> None:
        self._connection = connection
        self._is_by_row = is_by_row
        self._events = events
        self._tried = tried
        self._gap = gap
        self._oldest_day = oldest_day
        self._is_on_shard = is_on_shard
        self._visitors: dict[str, Any] = {}
        if is_on_shard:
            self._visitors["visitors"] = list({event.visitor_id for event in events})
        self._changed: list[tuple[UUID, Session]] = []
        self._moved: list[tuple[UUID, Hit, UUID]] = []
        self._merged: list[tuple[UUID, UUID]] = []

    def store(self) -> list[Stored | TooOld]:
        """Everything but the COMMIT."""
        stored: dict[str, _Row] = {row.dedupe_key: row for row in self._select_stored(self._events)}
        fresh: dict[str, Event] = {}
        for event in self._events:
            if event.dedupe_key not in stored:
                for key in event.earlier_keys:
                    if key in stored:
                        stored[event.dedupe_key] = stored[key]
                        break
            if event.dedupe_key not in stored and event.occurred_on >= self._oldest_day:
                fresh.setdefault(event.dedupe_key, event)
        if fresh:
            stored.update(self._store(list(fresh.values())))

        outcomes: list[Stored | TooOld] = []
        first_sights = set(fresh)
        for event in self._events:
            row = stored.get(event.dedupe_key)
            was_stored_then = (
                row is not None and event.arrival_id in self._tried and row.event_id == event.id
            )
            # Stored and sent again: it is not counted either, for its day is closed to duplicates
            # too.
            if row is None or (row.day < self._oldest_day and not was_stored_then):
                outcomes.append(TooOld(self._oldest_day))
                continue
            is_duplicate = event.dedupe_key not in first_sights and not was_stored_then
            first_sights.discard(event.dedupe_key)
            outcomes.append(Stored(row.event_id, row.visitor_id, row.session_id, is_duplicate))
        self._count_duplicates(outcomes, stored)
        return outcomes

    def _select_stored(self, events: Sequence[Event]) -> list[_Row]:
        with self._connection.cursor(row_factory=class_row(_Row)) as cursor:
            return cursor.execute(
                self._of_shard(statements.SELECT_STORED),
                statements.event_keys(events) | self._visitors,
            ).fetchall()

    def _of_shard(self, statement: LiteralString) -> LiteralString | bytes:
        return statements.on_shard(statement) if self._is_on_shard else statement

    def _look_again(self, fresh: Iterable[Event]) -> None:
        """Under the locks of the visitors, for events whose key does not fix their day.

        The primary key holds apart what two writers store on one day, and on no two days.
        """
        movable = [event for event in fresh if event.claimed_on is not None]
        if movable and self._select_stored(movable):
            raise SerializationFailure("another writer has stored an event on another day")

    def _store(self, fresh: list[Event]) -> dict[str, _Row]:
        by_visitor: dict[UUID, list[Event]] = {}
        for event in sorted(fresh, key=lambda event: (event.occurred_at, event.dedupe_key)):
            by_visitor.setdefault(event.visitor_id, []).append(event)

        # This locks the visitors, in order of id. Another batch with one of them waits here.
        self._connection.execute(statements.UPSERT_VISITORS, statements.visitor_rows(by_visitor))
        self._look_again(fresh)
        session_ids = self._place(by_visitor)

        self._connection.execute(
            self._of_shard(statements.UPSERT_SESSIONS),
            statements.session_rows(self._changed)
            | statements.property_rows(by_visitor)
            | self._visitors,
        )
        self._insert(statements.event_rows(fresh, session_ids))
        if self._moved:
            moved = statements.moved_rows(self._moved) | self._visitors
            self._connection.execute(self._of_shard(statements.MOVE_EVENTS), moved)
            self._connection.execute(self._of_shard(statements.MOVE_SUBMISSIONS), moved)
        if self._merged:
            self._connection.execute(
                self._of_shard(statements.DELETE_SESSIONS),
                statements.merged_rows(self._merged) | self._visitors,
            )
        # No trigger and no default changes these columns: the table holds what was copied.
        return {
            event.dedupe_key: _Row(
                event.id,
                event.dedupe_key,
                event.occurred_on,
                event.visitor_id,
                session_ids[event.dedupe_key],
            )
            for event in fresh
        }

    def _insert(self, rows: Iterable[tuple[object, ...]]) -> None:
        if self._is_by_row:
            for row in rows:
                self._connection.execute(statements.INSERT_EVENT, statements.with_json_as_text(row))
            return
        with self._connection.cursor() as cursor, cursor.copy(statements.COPY_EVENTS) as copy:
            copy.set_types(statements.EVENT_TYPES)
            for row in rows:
                copy.write_row(row)

    def _place(self, by_visitor: dict[UUID, list[Event]]) -> dict[str, UUID]:
        """The session of each event, by dedupe key."""
        around = self._sessions_around(by_visitor)
        placed: dict[str, UUID] = {}
        for visitor_id, events in by_visitor.items():
            hits = [_hit(event) for event in events]
            timeline = Timeline(around.get(visitor_id, []), self._gap)
            session_ids = {hit.key: timeline.admit(hit) for hit in hits}
            if None in session_ids.values():
                known = around.get(visitor_id, [])
                timeline = Timeline(known, self._gap)
                session_ids = timeline.recut(hits, _History(self._connection, visitor_id, known))
                self._moved += [(visitor_id, hit, session_id) for hit, session_id in timeline.moved]
                self._merged += [(visitor_id, session_id) for session_id in timeline.merged]
            timeline.close()
            self._changed += [(visitor_id, session) for session in timeline.changed.values()]
            placed |= {key: each for key, each in session_ids.items() if each is not None}
        return placed

    def _sessions_around(self, by_visitor: dict[UUID, list[Event]]) -> dict[UUID, list[Session]]:
        around: dict[UUID, list[Session]] = {}
        with self._connection.cursor(row_factory=dict_row) as cursor:
            for row in cursor.execute(
                self._of_shard(statements.SELECT_SESSIONS),
                statements.moment_rows(by_visitor) | self._visitors,
            ):
                around.setdefault(row["visitor_id"], []).append(statements.read_session(row))
        return around

    def _count_duplicates(
        self, outcomes: Sequence[Stored | TooOld], stored: Mapping[str, _Row]
    ) -> None:
        duplicates = [
            (event, stored[event.dedupe_key].day)
            for event, outcome in zip(self._events, outcomes, strict=True)
            if isinstance(outcome, Stored) and outcome.is_duplicate
        ]
        if duplicates:
            self._connection.execute(
                statements.INSERT_DUPLICATES, statements.duplicate_rows(duplicates)
            )


class _History:
    """What is stored of a visitor, read no further than it is asked for."""

    def __init__(
        self, connection: Connection[Any], visitor_id: UUID, known: Iterable[Session]
    ) -> None:
        self._connection = connection
        self._visitor_id = visitor_id
        self._sessions = {session.id: session for session in known}

    def last_hit(self, since: datetime, before: datetime) -> Hit | None:
        hits = self._select(statements.SELECT_LAST_HIT, since=since, before=before)
        return hits[0] if hits else None

    def hits_since(self, since: datetime) -> Iterator[Hit]:
        after, limit = "", FIRST_PAGE_HITS
        while True:
            page = self._select(statements.SELECT_HITS, since=since, after=after, limit=limit)
            yield from page
            if len(page) < limit:
                return
            since, after = page[-1].at, page[-1].key
            limit *= 2

    def session(self, session_id: UUID) -> Session:
        return self._sessions[session_id]

    def _select(self, statement: str, **values: Any) -> list[Hit]:
        values["visitor_id"] = self._visitor_id
        with self._connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(statement.encode(), values).fetchall()
            hits = [statements.read_hit(row) for row in rows]
            unknown = {hit.session_id for hit in hits} - self._sessions.keys()
            if unknown:
                values["session_ids"] = list(unknown)
                for row in cursor.execute(statements.SELECT_SESSIONS_BY_ID, values):
                    self._sessions[row["id"]] = statements.read_session(row)
        return hits


def _hit(event: Event) -> Hit:
    return Hit(
        event.occurred_at,
        event.dedupe_key,
        event.path,
        event.referrer,
        event.utm,
        is_entrance=event.is_entrance,
        traffic_source=event.traffic_source,
    )
