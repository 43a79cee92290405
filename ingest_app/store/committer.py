"""Group commit: what waits is written together, and each request gets its own answer.

A request hands over its events and waits. A writer thread takes everything that waits, up to
`MAX_GROUP_EVENTS`, and commits it in one transaction; meanwhile the next group gathers. The busier the
server, the larger the groups and the less an event costs. What the database does not take in time
goes to the spool; what the spool does not take either is refused.

On a database that is distributed a group is a transaction for each shard, so that a node that is away
holds up the events of its own visitors alone.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from time import monotonic, sleep
from typing import TypeVar
from uuid import UUID

import psycopg

from ingest_app.enrichment.row import Event
from ingest_app.metrics import Metrics
from ingest_app.store.outage import Outage, is_outage, node_that_is_away
from ingest_app.store.outcomes import (
    CommitOutcome,
    OutcomeUnknownError,
    RefusedByDatabase,
    SpooledEvent,
    Stored,
    TooOld,
    UnavailableError,
    WriteError,
    WriteOutcome,
)
from ingest_app.store.poison import write_around_poison
from ingest_app.store.spool import Spool, SpoolError
from ingest_app.store.waiting import Future, call_soon, wake
from ingest_app.store.writer import Shard, Writer

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

# One writes. The other steps in when something has waited so long that the first must be stuck, by
# a lock for instance. Two that shared the work would halve the groups.
WRITERS = 2
STUCK_SECONDS = 0.1
# If the last group was of several requests, the next one gathers for this long: about the time of a
# commit. A request that comes alone does not wait.
GATHER_SECONDS = 0.002
MAX_GROUP_EVENTS = 500
# More is refused at once, so that clients cannot fill the memory.
MAX_WAITING_EVENTS = 20_000
# Counted from `commit`. Events that have waited longer are spooled, and not tried any more.
DEADLINE_SECONDS = 5.0
# A transaction that was told to stop has this long to do so. Then its connection is cut.
CANCEL_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Ticket:
    """The events of one request, and its answer to come."""

    events: Sequence[Event]
    future: Future[list[CommitOutcome]]
    handed_over: float = field(default_factory=monotonic)


class Committer:
    """The writers of one process, each in a thread of its own. Safe to share between threads."""

    def __init__(
        self,
        writers: Sequence[Writer],
        *,
        spool: Spool,
        outage: Outage,
        metrics: Metrics,
    ) -> None:
        self._metrics = metrics
        self._spool = spool
        self._outage = outage
        self._waiting: deque[_Ticket] = deque()
        self._waiting_events = 0
        self._changed = threading.Condition()
        self._writing = 0
        self._last_size = 0
        self._is_closed = False
        self._writers = [
            _WriterThread(self, writer, number) for number, writer in enumerate(writers)
        ]
        self._watch = threading.Thread(target=self._watch_forever, name="watch", daemon=True)
        for writer in self._writers:
            writer.start()
        self._watch.start()

    def commit(self, events: Sequence[Event]) -> list[CommitOutcome]:
        """Wait until the events are committed, spooled or refused; the outcomes are in their order.

        Raises UnavailableError when they could neither be committed nor spooled.
        """
        ticket = _Ticket(events, Future())
        with self._changed:
            if self._is_closed or self._waiting_events + len(events) > MAX_WAITING_EVENTS:
                raise UnavailableError("too much waits already")
            self._waiting.append(ticket)
            self._waiting_events += len(events)
        # The loop first reads what other clients have sent. That makes the group larger.
        call_soon(self._wake_writer)
        return ticket.future.result()

    def _wake_writer(self) -> None:
        with self._changed:
            if self._writing == 0:
                self._changed.notify()

    def close(self) -> None:
        """Commit or spool what waits, and stop. What is handed over later is refused."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        for writer in self._writers:
            writer.join()

    def take(self) -> list[_Ticket] | None:
        """What waits, for a writer: a group, once there is one; None once it is time to stop."""
        while True:
            with self._changed:
                while not self._is_time_to_write():
                    if self._is_closed and not self._waiting:
                        return None
                    self._changed.wait()
                has_company = self._last_size > 1 and not self._is_closed
            if has_company:
                sleep(GATHER_SECONDS)
            with self._changed:
                if group := self._next_group():
                    self._writing += 1
                    return group

    def _is_time_to_write(self) -> bool:
        if not self._waiting:
            return False
        return self._writing == 0 or self._is_closed or self._is_stuck()

    def _is_stuck(self) -> bool:
        return monotonic() - self._waiting[0].handed_over > STUCK_SECONDS

    def _next_group(self) -> list[_Ticket]:
        group: list[_Ticket] = []
        size = 0
        while self._waiting and (not group or size < MAX_GROUP_EVENTS):
            ticket = self._waiting.popleft()
            group.append(ticket)
            size += len(ticket.events)
        self._waiting_events -= size
        self._last_size = len(group)
        return group

    def answer_group(self, writer: _WriterThread, group: Sequence[_Ticket]) -> None:
        """Answer each request of the group."""
        late = monotonic() - DEADLINE_SECONDS
        for tickets in (
            [ticket for ticket in group if ticket.handed_over >= late],
            [ticket for ticket in group if ticket.handed_over < late],
        ):
            events = [event for ticket in tickets for event in ticket.events]
            if not events:
                continue
            may_try = tickets[0].handed_over >= late and not self._outage.is_on
            try:
                outcomes = self._commit_or_spool(writer, events, may_try=may_try)
            except BaseException as error:
                self._metrics.received(len(events))
                for ticket in tickets:
                    ticket.future.set_exception(error)
            else:
                self._count(outcomes)
                remaining = iter(outcomes)
                for ticket in tickets:
                    ticket.future.set_result([next(remaining) for _ in ticket.events])
        with self._changed:
            self._writing -= 1
            if self._waiting:
                self._changed.notify()
        wake(ticket.future for ticket in group)

    def _commit_or_spool(
        self, writer: _WriterThread, events: Sequence[Event], *, may_try: bool
    ) -> list[CommitOutcome]:
        if not may_try:
            return self._spool_or_refuse(events, set())
        try:
            shards = writer.shards(events)
        except psycopg.Error as error:
            self._note_failure(writer, error)
            return self._spool_or_refuse(events, set())
        outcomes: dict[int, CommitOutcome] = {}
        late = monotonic() + DEADLINE_SECONDS
        for shard in shards:
            of_shard = [events[place] for place in shard.places]
            may_try = shard.node not in self._outage.nodes and monotonic() < late
            found = self._commit_shard_or_spool(writer, shard, of_shard, may_try=may_try)
            outcomes.update(zip(shard.places, found, strict=True))
        return [outcomes[place] for place in range(len(events))]

    def _commit_shard_or_spool(
        self, writer: _WriterThread, shard: Shard, events: Sequence[Event], *, may_try: bool
    ) -> list[CommitOutcome]:
        tried: set[UUID] = set()
        if may_try:
            try:
                with self._metrics.commit_seconds():
                    return list(writer.write(events, tried))
            except (psycopg.Error, WriteError, OutcomeUnknownError) as error:
                self._note_failure(writer, error, shard.node)
        return self._spool_or_refuse(events, tried)

    def _note_failure(
        self, writer: _WriterThread, error: Exception, node: int | None = None
    ) -> None:
        cause = error.__cause__ or error
        away = node_that_is_away(cause, node, is_connected=writer.is_connected)
        if away is not None:
            if self._outage.begin(away):
                logger.error("node %d is away; its events go to the spool", away, exc_info=error)
        elif is_outage(cause):
            if self._outage.begin():
                logger.error("the database is away; events go to the spool", exc_info=error)
        else:
            logger.warning("a group could not be committed in time", exc_info=error)

    def _spool_or_refuse(self, events: Sequence[Event], tried: set[UUID]) -> list[CommitOutcome]:
        # The one that saw the database last: horizons only move on.
        latest = max(self._writers, key=lambda writer: writer.oldest_day)
        outcomes: list[CommitOutcome] = []
        to_spool: list[Event] = []
        for event in events:
            # Whether a tried event was stored is for the database to say, when it is drained.
            if latest.is_surely_closed(event) and event.arrival_id not in tried:
                outcomes.append(TooOld(latest.oldest_day))
            else:
                outcomes.append(SpooledEvent(event.id, event.visitor_id))
                to_spool.append(event)
        try:
            if to_spool:
                self._spool.append(to_spool, tried=tried)
        except SpoolError as error:
            logger.error("the spool does not take events either", exc_info=error)
            raise UnavailableError("neither the database nor the spool takes events") from error
        return outcomes

    def _count(self, outcomes: Sequence[CommitOutcome]) -> None:
        # What is refused is counted by the ledger, as received and as rejected.
        refused = sum(isinstance(outcome, TooOld | RefusedByDatabase) for outcome in outcomes)
        self._metrics.received(len(outcomes) - refused)
        stored = [outcome for outcome in outcomes if isinstance(outcome, Stored)]
        duplicates = sum(outcome.is_duplicate for outcome in stored)
        self._metrics.accepted(len(stored) - duplicates)
        self._metrics.duplicate(duplicates)
        self._metrics.spooled(sum(isinstance(outcome, SpooledEvent) for outcome in outcomes))

    def _watch_forever(self) -> None:
        while not self._is_closed:
            sleep(STUCK_SECONDS)
            with self._changed:
                if self._waiting and self._is_stuck():
                    self._changed.notify()
            for writer in self._writers:
                writer.enforce_deadline()


class _WriterThread(threading.Thread):
    """Writes one group after the other."""

    def __init__(self, committer: Committer, writer: Writer, number: int) -> None:
        super().__init__(name=f"writer-{number}", daemon=True)
        self._committer = committer
        self._writer = writer
        self._began: float | None = None

    def run(self) -> None:
        while (group := self._committer.take()) is not None:
            self._committer.answer_group(self, group)
        self._writer.connection.close()

    @property
    def oldest_day(self) -> date:
        """The oldest day that the database took when it was last asked."""
        return self._writer.oldest_day

    def is_surely_closed(self, event: Event) -> bool:
        """Whether the database took no event of its time when it was last asked."""
        return self._writer.is_surely_closed(event)

    @property
    def is_connected(self) -> bool:
        """Whether the database itself is there, whatever has failed."""
        return self._writer.connection.is_open

    def shards(self, events: Sequence[Event]) -> list[Shard]:
        """The events in parts that can each be written as one."""
        return self._once_more(lambda: self._writer.shards(events))

    def write(self, events: Sequence[Event], tried: set[UUID]) -> list[WriteOutcome]:
        """Commit the events."""
        return self._once_more(lambda: write_around_poison(self._writer.write, events, tried))

    def _once_more(self, act: Callable[[], Result]) -> Result:
        """Act, and once more where the connection was found broken."""
        self._began = monotonic()
        try:
            try:
                return act()
            except (psycopg.Error, OutcomeUnknownError) as error:
                if not is_outage(error.__cause__ or error):
                    raise
                # It is broken, or the database came back with settings that this session does not
                # have.
                self._writer.connection.close()
                if self._is_late():
                    raise
            # The database may have been restarted since the last group.
            return act()
        finally:
            self._began = None

    def enforce_deadline(self) -> None:
        """Stop a transaction that takes too long: ask the database, then cut the connection."""
        began = self._began
        if began is None:
            return
        seconds = monotonic() - began
        if seconds > DEADLINE_SECONDS + CANCEL_SECONDS:
            self._writer.connection.cut()
        elif seconds > DEADLINE_SECONDS:
            self._writer.connection.cancel()

    def _is_late(self) -> bool:
        return self._began is None or monotonic() - self._began > DEADLINE_SECONDS
