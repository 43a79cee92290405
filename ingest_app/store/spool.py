"""Accepted events that the database could not take yet, on the local disk.

An SQLite database in WAL mode that all workers share. An event is in it once `append` returns: the
file has been synced. It grows to `max_bytes` and no further; what has been drained makes room. Its
log and a reserve, beside it, take two megabytes more.

Each event says in which version of its fields it is written. An upgrade reads what apps of the three
versions before it have left; what a newer app has left stays for that app.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage
from threading import RLock
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from ingest_app.enrichment.hashing import shortened
from ingest_app.enrichment.row import Event

# Seconds that a worker waits for another one's write; a write takes a few milliseconds.
BUSY_SECONDS = 5.0
PAGE_BYTES = 4096
# The file may always grow to this. With less free disk than this, the spool counts as full.
MIN_PAGES = 16
LOG_PAGES = 64
# A file of this size holds room on the disk. On a full disk, to delete what was drained needs room
# too: the file is given up for that.
RESERVE_BYTES = 1024 * 1024

# Below a data folder: where the spool is, its file there, and the lease of the process that drains it.
FOLDER_NAME = "spool"
FILE_NAME = "events.sqlite3"
LEASE_NAME = "drain.lock"

_EVENT = TypeAdapter(Event)
Fields = dict[str, Any]

# Of the fields that an event is written with. Whoever changes the fields of Event raises it, and says
# in EARLIER_EVENTS how those of the versions before are brought over.
EVENT_VERSION = 4


def _from_first(fields: Fields) -> Fields:
    """The first version has the fields of the second, and does not say its version."""
    return fields


def _from_second(fields: Fields) -> Fields:
    """The second version knows of no page view, no page, no clock that is wrong, no key before its own."""
    return {**fields, "view_id": None, "page": None, "claimed_on": None, "earlier_key": None}


def _from_third(fields: Fields) -> Fields:
    """The third version has hashes of 64 digits. A try of before may have stored it under such a key."""
    before = fields["dedupe_key"], fields.pop("earlier_key")
    hashes = {name: fields[name] for name in ("ip_hash", "ua_hash")}
    return {
        **fields,
        **{name: digits and shortened(digits) for name, digits in hashes.items()},
        "dedupe_key": shortened(before[0]),
        "earlier_keys": [key for key in before if key is not None],
    }


# From each version that is still read to the one after it.
EARLIER_EVENTS: dict[int, Callable[[Fields], Fields]] = {
    1: _from_first,
    2: _from_second,
    3: _from_third,
}

# Every event begins with it, in all versions but the first: so it is found without reading the rest.
_HEAD = '{"version":'
_VERSION = f"""
    case when substr(event, 1, {len(_HEAD)}) = cast('{_HEAD}' as blob)
        then cast(cast(substr(event, {len(_HEAD) + 1}, 9) as text) as integer)
        else 1
    end
"""
_IS_READABLE = f"{_VERSION} <= {EVENT_VERSION}"

_SCHEMA = """
    create table if not exists spooled (
        place integer primary key autoincrement,
        spooled_at real not null,
        event blob not null
    );
    create table if not exists tried (place integer primary key);
    create table if not exists refused (
        place integer primary key,
        spooled_at real not null,
        refused_at real not null,
        reason text not null,
        event blob not null
    );
"""


logger = logging.getLogger(__name__)


class SpoolError(Exception):
    """The spool is full, or its disk failed; nothing was appended."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """An event and its place in the order of arrival.

    `was_tried`: it may be stored already, by a try whose outcome is not known.
    """

    place: int
    was_tried: bool
    event: Event


@dataclass(frozen=True, slots=True)
class Depth:
    """How much waits: events, the age of the oldest in seconds (0 where none is), bytes.

    `newer`: how many of the events a newer app has left, which this one cannot read.
    `is_full`: the bound is reached, or the disk has no more room.
    """

    events: int
    oldest_seconds: float
    bytes: int
    refused: int
    newer: int
    is_full: bool


class Spool:
    """The spool of a data folder; `max_bytes` of 0 turns it off.

    Safe to share between threads and processes.
    """

    def __init__(self, file: Path, *, max_bytes: int) -> None:
        self._file = file
        self._reserve = file.with_suffix(".reserve")
        self._is_off = max_bytes == 0
        self._max_pages = max(max_bytes // PAGE_BYTES, MIN_PAGES)
        self._lock = RLock()
        self._opened: sqlite3.Connection | None = None
        self._has_said_what_is_left = False

    def append(self, events: Sequence[Event], *, tried: Collection[UUID] = ()) -> None:
        """Keep the events, all or none of them. Raises SpoolError.

        `tried` are the arrival ids of those that may be stored already.
        """
        if self._is_off:
            raise SpoolError("the spool is turned off")
        now = time.time()
        rows = [(event.arrival_id in tried, _write(event)) for event in events]
        try:
            with self._lock:
                # The reserve is for taking events out. An append must not use it: it makes sure
                # that the reserve is there.
                self._connection()
                try:
                    self._set_reserve_aside()
                except OSError:
                    self.shrink()
                    self._set_reserve_aside()
                with self._transaction() as connection:
                    for was_tried, event in rows:
                        place = connection.execute(
                            "insert into spooled (spooled_at, event) values (?, ?)", (now, event)
                        ).lastrowid
                        if was_tried:
                            connection.execute("insert into tried values (?)", (place,))
        except (sqlite3.Error, OSError) as error:
            raise SpoolError(str(error)) from error

    def oldest(self, limit: int, *, after: int = 0) -> list[Spooled]:
        """The events that came first, of those behind the place `after`. Raises sqlite3.Error.

        Those of a newer app are passed over. One that cannot be read is set aside.
        """
        with self._lock:
            rows = (
                self._connection()
                .execute(
                    "select spooled.place, tried.place is not null, event"  # noqa: S608
                    " from spooled left join tried using (place)"
                    f" where spooled.place > ? and {_IS_READABLE}"
                    " order by spooled.place limit ?",
                    (after, limit),
                )
                .fetchall()
            )
        read = []
        for place, was_tried, event in rows:
            try:
                read.append(Spooled(place, bool(was_tried), _read(event)))
            except ValueError:
                self.set_aside(place, "unreadable")
        return read

    def mark_tried(self, spooled: Sequence[Spooled], *, tried: Collection[UUID]) -> None:
        """Note which of the events may be stored, by their arrival ids. Raises sqlite3.Error."""
        with self._transaction(may_use_reserve=True) as connection:
            for one in spooled:
                if one.event.arrival_id in tried:
                    connection.execute("insert or ignore into tried values (?)", (one.place,))
                else:
                    connection.execute("delete from tried where place = ?", (one.place,))

    def remove(self, spooled: Sequence[Spooled]) -> None:
        """Forget events that are committed. Raises sqlite3.Error."""
        places = [(one.place,) for one in spooled]
        with self._transaction(may_use_reserve=True) as connection:
            connection.executemany("delete from spooled where place = ?", places)
            connection.executemany("delete from tried where place = ?", places)

    def forget_visitor(self, visitor_id: UUID) -> int:
        """Delete a visitor's events, waiting and refused, and say how many. Raises sqlite3.Error.

        For whoever holds the lease of the drain, or an event may be on its way to the database.
        """
        forgotten = 0
        with self._transaction(may_use_reserve=True) as connection:
            # SQLite overwrites the deleted bytes; else they would stay in the file.
            connection.execute("pragma secure_delete = on")
            for table in ("spooled", "refused"):
                forgotten += connection.execute(
                    f"delete from {table} where json_valid(cast(event as text))"  # noqa: S608
                    " and json_extract(cast(event as text), '$.visitor_id') = ?",
                    (str(visitor_id),),
                ).rowcount
            connection.execute("delete from tried where place not in (select place from spooled)")
        return forgotten

    def set_aside(self, place: int, reason: str) -> None:
        """Keep an event that the database will never take where it stops nobody."""
        with self._transaction() as connection:
            connection.execute(
                "insert into refused select place, spooled_at, ?, ?, event"
                " from spooled where place = ?",
                (time.time(), reason, place),
            )
            connection.execute("delete from spooled where place = ?", (place,))
            connection.execute("delete from tried where place = ?", (place,))

    def shrink(self) -> None:
        """Give the disk back what has been drained. Raises sqlite3.Error."""
        with self._lock:
            connection = self._connection()
            # The pragma gives back a page at each step. Only a script steps to the end.
            connection.executescript("pragma incremental_vacuum")
            connection.execute("pragma wal_checkpoint(truncate)").fetchall()

    def is_empty(self) -> bool:
        """Whether nothing waits that this app can read. Raises sqlite3.Error."""
        with self._lock:
            found = (
                self._connection()
                .execute(f"select 1 from spooled where {_IS_READABLE} limit 1")  # noqa: S608
                .fetchone()
            )
            if found is None:
                self._say_what_is_left()
        return found is None

    def depth(self) -> Depth:
        """How much waits now. Raises sqlite3.Error."""
        with self._lock:
            connection = self._connection()
            events, oldest = connection.execute(
                "select count(*), min(spooled_at) from spooled"
            ).fetchone()
            [refused] = connection.execute("select count(*) from refused").fetchone()
            newer = self._count_newer()
            [pages] = connection.execute("pragma page_count").fetchone()
            [free] = connection.execute("pragma freelist_count").fetchone()
        return Depth(
            events=events,
            oldest_seconds=0.0 if oldest is None else max(time.time() - oldest, 0.0),
            bytes=(pages - free) * PAGE_BYTES,
            refused=refused,
            newer=newer,
            is_full=self._is_off or not self._has_room(pages - free),
        )

    def _count_newer(self) -> int:
        [newer] = (
            self._connection()
            .execute(f"select count(*) from spooled where not {_IS_READABLE}")  # noqa: S608
            .fetchone()
        )
        return int(newer)

    def _say_what_is_left(self) -> None:
        newer = self._count_newer()
        if newer and not self._has_said_what_is_left:
            logger.error("%d spooled events were written by a newer app: they wait for it", newer)
        self._has_said_what_is_left = newer > 0

    def _has_room(self, used_pages: int) -> bool:
        # An append takes a page or two more than its rows.
        is_within_bound = used_pages + 2 < self._max_pages
        return is_within_bound and disk_usage(self._file.parent).free > MIN_PAGES * PAGE_BYTES

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def _open(self) -> sqlite3.Connection:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self._file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute(f"pragma page_size = {PAGE_BYTES}")
            connection.execute("pragma auto_vacuum = incremental")
            connection.execute("pragma journal_mode = wal")
            # A small log: the room of the reserve is enough to copy it into the file.
            connection.execute(f"pragma wal_autocheckpoint = {LOG_PAGES}")
            # A commit is on the disk before it returns, also across a power cut.
            connection.execute("pragma synchronous = full")
            # The bound belongs to the connection. A changed setting counts from the next start.
            connection.execute(f"pragma max_page_count = {self._max_pages}")
            connection.executescript(_SCHEMA)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _set_reserve_aside(self) -> None:
        """Raises OSError where the disk has no room for it."""
        if self._reserve.exists():
            return
        with self._reserve.open("wb") as file:
            try:
                os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
            except OSError:
                self._reserve.unlink()
                raise

    @contextmanager
    def _transaction(self, *, may_use_reserve: bool = False) -> Iterator[sqlite3.Connection]:
        with self._lock:
            connection = self._connection()
            if may_use_reserve and disk_usage(self._file.parent).free < RESERVE_BYTES:
                self._reserve.unlink(missing_ok=True)
                connection.execute("pragma wal_checkpoint(passive)")
            connection.execute("begin immediate")
            try:
                yield connection
                connection.execute("commit")
            except BaseException:
                # Where the disk is full, the library has rolled back by itself.
                if connection.in_transaction:
                    connection.execute("rollback")
                raise


def _write(event: Event) -> bytes:
    fields = _EVENT.dump_json(event).removeprefix(b"{")
    return f"{_HEAD}{EVENT_VERSION},".encode() + fields


def _read(text: bytes) -> Event:
    """Raises ValueError."""
    fields = json.loads(text)
    if not isinstance(fields, dict):
        raise ValueError("not an event")
    version = fields.pop("version", 1)
    while version != EVENT_VERSION:
        if version not in EARLIER_EVENTS:
            raise ValueError(f"version {version} is not read")
        try:
            fields = EARLIER_EVENTS[version](fields)
        except (KeyError, TypeError) as error:
            raise ValueError(f"no event of version {version}") from error
        version += 1
    return _EVENT.validate_python(fields)
