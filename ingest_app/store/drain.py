"""Takes spooled events to the database once it is back, in the order in which they came.

Of a distributed database, events whose node is away are passed over.
"""

from __future__ import annotations

import fcntl
import logging
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import psycopg

from ingest_app.database.distribution import is_back
from ingest_app.metrics import Metrics
from ingest_app.refusals import Reason
from ingest_app.store.ledger import SPOOLED_EVENTS, Row, write_rejections
from ingest_app.store.outage import Outage, is_outage, node_that_is_away
from ingest_app.store.outcomes import (
    OutcomeUnknownError,
    RefusedByDatabase,
    Stored,
    TooOld,
    WriteError,
    WriteOutcome,
)
from ingest_app.store.poison import write_around_poison
from ingest_app.store.spool import Spool, Spooled
from ingest_app.store.writer import Writer

logger = logging.getLogger(__name__)

# A process asks this often whether the database is back, and whether anything is in the spool.
POLL_SECONDS = 0.5
CHUNK_EVENTS = 200
# While a node is away, its events are read to be passed over. This often, at most.
PASS_SECONDS = 10.0


class Drain:
    """The one thread of a process that drains. Of all processes one does so at a time."""

    def __init__(
        self,
        writer: Writer,
        *,
        spool: Spool,
        outage: Outage,
        lease: Path,
        metrics: Metrics,
    ) -> None:
        self._writer = writer
        self._spool = spool
        self._outage = outage
        self._lease = lease
        self._metrics = metrics
        self._next_pass = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="drain", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Finish the chunk at hand and stop."""
        self._stop.set()
        self._thread.join()
        self._writer.connection.close()

    def _run(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            try:
                if self._outage.is_on and not self._is_back():
                    continue
                self._outage.end()
                self._look_for_nodes()
                if monotonic() >= self._next_pass and not self._spool.is_empty():
                    with self._leased() as is_ours:
                        if is_ours:
                            self._drain()
            except (psycopg.Error, sqlite3.Error, OSError, OutcomeUnknownError) as error:
                logger.warning("the spool waits", exc_info=error)
            except Exception:
                logger.exception("the drain of the spool failed")

    def _is_back(self) -> bool:
        try:
            with self._writer.connection.connection() as connection:
                [is_read_only] = connection.execute(
                    "select current_setting('transaction_read_only')::boolean"
                ).fetchone() or [True]
        except psycopg.Error:
            return False
        if is_read_only:
            # A session keeps the setting with which it began. The next one may be allowed to write.
            self._writer.connection.close()
        return not is_read_only

    def _look_for_nodes(self) -> None:
        for node in self._outage.nodes:
            try:
                with self._writer.connection.connection() as connection:
                    if not is_back(connection, node):
                        continue
            except psycopg.errors.QueryCanceled:
                continue
            self._outage.end(node)
            self._next_pass = 0.0

    def _drain(self) -> None:
        size = CHUNK_EVENTS
        passed_over = 0
        while not self._stop.is_set():
            chunk = self._spool.oldest(size, after=passed_over)
            if not chunk:
                self._spool.shrink()
                return
            try:
                if self._take_by_shard(chunk):
                    passed_over = chunk[-1].place
                    self._next_pass = monotonic() + PASS_SECONDS
            except (psycopg.Error, WriteError, OutcomeUnknownError) as error:
                if is_outage(error.__cause__ or error):
                    self._outage.begin()
                    raise
                if len(chunk) == 1:
                    # What fails here is this one event. Those behind it need not wait for it.
                    logger.warning("a spooled event was passed over", exc_info=error)
                    passed_over = chunk[0].place
                size = max(len(chunk) // 4, 1)
            else:
                size = min(size * 2, CHUNK_EVENTS)

    def _take_by_shard(self, chunk: Sequence[Spooled]) -> bool:
        """Take the events, but for those whose node is away: true where there are such."""
        are_left = False
        for shard in self._writer.shards([spooled.event for spooled in chunk]):
            if shard.node in self._outage.nodes:
                are_left = True
                continue
            try:
                self._take([chunk[place] for place in shard.places])
            except (psycopg.Error, WriteError, OutcomeUnknownError) as error:
                cause = error.__cause__ or error
                is_connected = self._writer.connection.is_open
                node = node_that_is_away(cause, shard.node, is_connected=is_connected)
                if node is None:
                    raise
                # A session keeps the settings with which it began, and those of its node likewise: the
                # next one may be allowed to write.
                self._writer.connection.close()
                self._outage.begin(node)
                are_left = True
        return are_left

    def _take(self, chunk: Sequence[Spooled]) -> None:
        tried = {spooled.event.arrival_id for spooled in chunk if spooled.was_tried}
        # Marked before the write: this process may be killed between the commit and the removal.
        self._spool.mark_tried(chunk, tried={spooled.event.arrival_id for spooled in chunk})
        try:
            outcomes = write_around_poison(
                self._writer.write, [spooled.event for spooled in chunk], tried
            )
        except BaseException:
            self._spool.mark_tried(chunk, tried=tried)
            raise
        self._write_down(chunk, outcomes)
        taken = []
        for spooled, outcome in zip(chunk, outcomes, strict=True):
            if isinstance(outcome, RefusedByDatabase):
                reason = f"{outcome.sqlstate} {outcome.constraint or ''}".strip()
                logger.error("the database refuses a spooled event: %s", reason)
                self._spool.set_aside(spooled.place, reason)
            else:
                taken.append(spooled)
        self._spool.remove(taken)
        for outcome in outcomes:
            self._count(outcome)

    def _write_down(self, chunk: Sequence[Spooled], outcomes: Sequence[WriteOutcome]) -> None:
        """Write refusals to the ledger before the spool forgets the events, each under its own id."""
        now = datetime.now(UTC)
        rows = [
            Row(
                spooled.event.arrival_id,
                spooled.event.property_id,
                SPOOLED_EVENTS,
                _reason(outcome).value,
                _reason(outcome).status,
                now,
                1,
            )
            for spooled, outcome in zip(chunk, outcomes, strict=True)
            if not isinstance(outcome, Stored)
        ]
        if rows:
            write_rejections(self._writer.connection, rows)
        if too_old := sum(isinstance(outcome, TooOld) for outcome in outcomes):
            logger.error("%d spooled events are of days that are purged by now", too_old)

    def _count(self, outcome: WriteOutcome) -> None:
        if not isinstance(outcome, Stored):
            self._metrics.rejected(_reason(outcome).value)
        elif outcome.is_duplicate:
            self._metrics.duplicate()
        else:
            self._metrics.accepted()

    @contextmanager
    def _leased(self) -> Iterator[bool]:
        """Whether the lease is ours for the block; a process that is killed gives it back."""
        self._lease.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._lease.open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True


def _reason(outcome: TooOld | RefusedByDatabase) -> Reason:
    if isinstance(outcome, TooOld):
        return Reason.PURGED_BEFORE_STORED
    return Reason.REFUSED_BY_DATABASE
