"""Keeps count of what was refused: received = accepted + duplicate + rejected.

Refusals are counted in memory and written as counts, so that a flood of them costs a row a second
and not a transaction each. Neither memory nor disk is the client's to fill, although property ids
are the client's to invent: a flush writes at most `MAX_KEYS` named rows, and once a process has
written `MAX_ROWS_A_DAY` in a UTC day, it counts new refusals under `OTHER_PROPERTIES` and writes
once a minute.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple
from uuid import UUID

import psycopg

from ingest_app.database.connection import ReconnectingConnection
from ingest_app.enrichment.identity import new_id
from ingest_app.enrichment.property_id import MAX_PROPERTY_ID_LENGTH
from ingest_app.metrics import Metrics
from ingest_app.refusals import MAX_REASON_LENGTH

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 1.0
FRUGAL_FLUSH_SECONDS = 60.0
# How long a stop waits for the flush that is under way. The server's own patience is 10 seconds.
CLOSE_SECONDS = 6.0
MAX_KEYS = 500
MAX_ROWS_A_DAY = 50_000
# Stands for all properties beyond the bounds. No host can be called that.
OTHER_PROPERTIES = "(other)"
MAX_ENDPOINT_LENGTH = 64
# Events come in by the paths that begin so. The metrics count the refusals of these alone.
EVENT_PATHS = "/v1/events"
# For events that were answered 202, spooled, and then refused by the database.
SPOOLED_EVENTS = f"{EVENT_PATHS}/spooled"

# A row has its id before the first attempt. If the answer is lost, the next attempt writes no
# second row.
INSERT_REJECTIONS = """
    insert into raw.ingest_rejections
        (id, property_id, endpoint, reason, status_code, occurred_at, occurrences)
    select
        refused.id, coalesce(aliases.property_id, refused.property_id), refused.endpoint,
        refused.reason, refused.status_code, refused.occurred_at, refused.occurrences
    from unnest(
        %(id)s::uuid[], %(property_id)s::text[], %(endpoint)s::text[], %(reason)s::text[],
        %(status_code)s::smallint[], %(occurred_at)s::timestamptz[], %(occurrences)s::integer[]
    ) as refused (id, property_id, endpoint, reason, status_code, occurred_at, occurrences)
    left join raw.property_aliases as aliases on refused.property_id = aliases.alias
    on conflict do nothing
"""


class Key(NamedTuple):
    """What refusals have in common that are written as one row."""

    property_id: str
    endpoint: str
    reason: str
    status_code: int
    day: date
    quarter: int


class Row(NamedTuple):
    """A row of raw.ingest_rejections; `occurred_at` is the first refusal that it counts."""

    id: UUID
    property_id: str
    endpoint: str
    reason: str
    status_code: int
    occurred_at: datetime
    occurrences: int


class RejectionLedger:
    """Counts for one process; one daemon thread writes them to raw.ingest_rejections."""

    def __init__(self, connection: ReconnectingConnection, *, metrics: Metrics) -> None:
        self._metrics = metrics
        self._connection = connection
        self._counts: dict[Key, tuple[datetime, int]] = {}
        self._unwritten: list[Row] = []
        self._rows_of_day: tuple[date, int] = (date.min, 0)
        self._lock = threading.Lock()
        self._flush_lock = threading.Lock()
        self._wake = threading.Event()
        self._is_closed = False
        self._thread: threading.Thread | None = None
        atexit.register(self.close)

    def record(
        self,
        *,
        property_id: str,
        endpoint: str,
        reason: str,
        status_code: int,
        occurrences: int = 1,
    ) -> None:
        """Count refusals. Never waits for the database and never raises for it.

        `reason` may name a field behind a colon, as `Refusal.ledger_reason` does.
        """
        if endpoint.startswith(EVENT_PATHS):
            self._metrics.received(occurrences)
            self._metrics.rejected(reason.partition(":")[0], occurrences)
        now = _now()
        key = Key(
            _storable(property_id)[:MAX_PROPERTY_ID_LENGTH],
            _storable(endpoint)[:MAX_ENDPOINT_LENGTH],
            _storable(reason)[:MAX_REASON_LENGTH],
            status_code,
            now.date(),
            # At a quarter of an hour a day of some property may end.
            now.hour * 4 + now.minute // 15,
        )
        with self._lock:
            if key not in self._counts and self._is_full(key.day):
                key = key._replace(property_id=OTHER_PROPERTIES)
            first, count = self._counts.get(key, (now, 0))
            self._counts[key] = (first, count + occurrences)
            if len(self._counts) >= MAX_KEYS and not self._is_frugal(key.day):
                self._wake.set()
            if self._thread is None and not self._is_closed:
                self._thread = threading.Thread(
                    target=self._flush_forever, name="rejections", daemon=True
                )
                self._thread.start()

    def flush(self) -> bool:
        """Write what was counted; when the database does not take it, keep it for the next time."""
        with self._flush_lock:
            # First the rows that an earlier flush could not write, under the ids that they have.
            if not self._write():
                return False
            self._take()
            return self._write()

    def close(self) -> None:
        """Write what was counted and stop. Later refusals are counted but no longer written."""
        atexit.unregister(self.close)
        with self._lock:
            self._is_closed = True
            thread = self._thread
        self._wake.set()
        if thread is not None:
            thread.join(CLOSE_SECONDS)
        if not self.flush():
            logger.error("refusals were counted and could not be written before the stop")

    def _is_full(self, day: date) -> bool:
        return len(self._counts) >= MAX_KEYS or self._is_frugal(day)

    def _is_frugal(self, day: date) -> bool:
        counted_day, rows = self._rows_of_day
        return counted_day == day and rows >= MAX_ROWS_A_DAY

    def _flush_forever(self) -> None:
        while not self._is_closed:
            is_frugal = self._is_frugal(_now().date())
            self._wake.wait(FRUGAL_FLUSH_SECONDS if is_frugal else FLUSH_SECONDS)
            self._wake.clear()
            if not self._is_closed:
                try:
                    self.flush()
                except Exception:
                    logger.exception("the flush of the refusals failed")

    def _take(self) -> None:
        with self._lock:
            counts, self._counts = self._counts, {}
            for key, (first, count) in counts.items():
                self._unwritten.append(Row(new_id(), *key[:4], first, count))
            today = _now().date()
            counted_day, rows = self._rows_of_day
            self._rows_of_day = (today, len(counts) + (rows if counted_day == today else 0))

    def _write(self) -> bool:
        if not self._unwritten:
            return True
        try:
            write_rejections(self._connection, self._unwritten)
        except psycopg.Error as error:
            logger.warning(
                "%d rows of refusals wait for the database: %s",
                len(self._unwritten),
                type(error).__name__,
            )
            return False
        self._unwritten = []
        return True


def write_rejections(connection: ReconnectingConnection, rows: Sequence[Row]) -> None:
    """Write rows, each once however often it is given. Raises psycopg.Error."""
    columns = dict(zip(Row._fields, map(list, zip(*rows, strict=True)), strict=True))
    with connection.connection() as opened:
        opened.execute(INSERT_REJECTIONS, columns)


def _storable(text: str) -> str:
    """The text without what PostgreSQL's text cannot hold."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "")


def _now() -> datetime:
    return datetime.now(UTC)
