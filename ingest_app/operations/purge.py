"""Retention: raw rows that are older than the horizon go, rollups stay.

The horizon is written down and committed before the first row goes, in a moment in which nobody
writes events: from then on writers take none of the days before it. A build that counts while rows
are going asks for it after counting, and so leaves the days before it as they are. Whatever a purge
does is committed piece by piece; one that was interrupted is run again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString, TypeVar

from psycopg import Connection, sql
from psycopg.errors import LockNotAvailable

from ingest_app.database.connection import READ, WORK, connect
from ingest_app.database.distribution import by_shard, is_distributed
from ingest_app.enrichment.identity import new_id
from ingest_app.operations.orphans import (
    SESSIONS,
    VISITORS,
    Kind,
    delete_orphans,
    orphans_by_page,
)
from ingest_app.operations.uncounted import UnreadableStateError, days_that_follow, oldest_uncounted

# Rows that one transaction deletes at most.
CHUNK_ROWS = 20_000
# Dropping a month shuts everybody out of raw.events, the horizon those who write, and whoever comes
# waits behind it: for so long, and then it steps back. A writer would give up after two seconds.
LOCK_TIMEOUT = "200ms"
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
PATIENCE_SECONDS = 600.0

# Only its owner can lock the table; whoever may read it cannot.
LOCK = "lock table raw.retention_lock in share update exclusive mode nowait"
IS_LOCKED = """
    select exists (
        select from pg_locks
        where database = (select oid from pg_database where datname = current_database())
            and relation = to_regclass('raw.retention_lock')
            and mode = 'ShareUpdateExclusiveLock'
            and granted
    )
"""
HORIZON = "select (clock_timestamp() at time zone 'UTC')::date - %(days)s::integer"

PARTITIONS = r"""
    with bounds as (
        select
            pg_class.relname as name,
            regexp_match(
                pg_get_expr(pg_class.relpartbound, pg_class.oid),
                $$FROM \('([0-9-]+)'\) TO \('([0-9-]+)'\)$$
            ) as days
        from pg_inherits
        inner join pg_class on pg_inherits.inhrelid = pg_class.oid
        where pg_inherits.inhparent = 'raw.events'::regclass
    )

    select name, days[1]::date as first_day, days[2]::date as end_day
    from bounds
    where days is not null and days[1]::date < %(horizon)s
    order by first_day
"""

OPEN_PURGE = """
    insert into raw.retention_purges (id, purged_before) values (%(id)s, %(horizon)s)
"""
# As of an erasure: raw rows are gone, and the next build rebuilds what they had a part in.
TOUCH_DAYS = "insert into raw.erasures (id, touched_days) values (%(id)s, %(days)s)"
CLOSE_PURGE = """
    update raw.retention_purges set finished_at = clock_timestamp() where id = %(id)s
"""

# No transaction that writes events lives ten minutes: older rows can be counted before the lock.
SETTLED_BEFORE = "select clock_timestamp() - interval '10 minutes'"
COUNT_SETTLED = "select count(*) from raw.{} where created_at < %(settled_before)s"
COUNT_UNSETTLED = "select count(*) from raw.{} where created_at >= %(settled_before)s"

DAYS_OF_PARTITION = """
    select distinct occurred_on from raw.{} where occurred_on < %(horizon)s order by occurred_on
"""
# Rows that a writer holds are passed over, so that neither waits for the other.
DELETE_DAY = """
    delete from raw.{partition} where ctid = any(array(
        select ctid from raw.{partition} where occurred_on = %(day)s
        limit %(limit)s for update skip locked
    ))
"""
# Several shards at once lock no rows and know no ctid. A writer of such a day is one of before the horizon.
DELETE_DAY_OF_SHARDS = "delete from raw.{partition} where occurred_on = %(day)s"
HAS_DAY = "select exists (select 1 from raw.{} where occurred_on = %(day)s)"

DELETE_REJECTIONS = """
    delete from raw.ingest_rejections where id = any(array(
        select id from raw.ingest_rejections
        where occurred_on < %(horizon)s
        limit %(limit)s for update skip locked
    ))
"""
DELETE_DUPLICATES = """
    delete from raw.ingest_duplicates where id = any(array(
        select id from raw.ingest_duplicates where occurred_on < %(horizon)s
        limit %(limit)s for update skip locked
    ))
"""

# What fell into the trap is kept for a look, and counted for good: its words go, and the row stays.
BLANK_TRAPPED = """
    update raw.form_submissions
    set payload = null, fingerprint = null
    where
        validation_status = 'rejected'
        and payload is not null
        and occurred_on < %(horizon)s
"""

COUNT_EVENTS = "select count(*) from raw.events where occurred_on < %(horizon)s"
COUNT_REJECTIONS = """
    select count(*) from raw.ingest_rejections
    where occurred_on < %(horizon)s
"""
COUNT_DUPLICATES = "select count(*) from raw.ingest_duplicates where occurred_on < %(horizon)s"
Answer = TypeVar("Answer")
# Called with the name of a step and the share of it that is done, 0 to 1.
OnProgress = Callable[[str, float], None]


class PurgeError(Exception):
    """The purge could not go on; what it has done stays done, and a later one takes up the rest."""


@dataclass(slots=True)
class Purged:
    """What is gone, or would be: raw rows of UTC days before `purged_before`.

    `is_held_back` where older days are kept, because the next build has yet to count them.
    """

    purged_before: date
    is_held_back: bool = False
    partitions_dropped: int = 0
    events_deleted: int = 0
    sessions_deleted: int = 0
    visitors_deleted: int = 0
    rejections_deleted: int = 0
    duplicates_deleted: int = 0


@dataclass(frozen=True, slots=True)
class _Partition:
    name: str
    days: tuple[date, date]


def preview(url: str, *, older_than_days: int, even_uncounted: bool = False) -> Purged:
    """Count what a purge would take now. Changes nothing."""
    with connect(url, READ, name="footfall-purge") as connection:
        asked = _value(connection, HORIZON, {"days": older_than_days})
        horizon = asked if even_uncounted else _held_back(connection, asked)
        values = {"horizon": horizon}
        whole = [one for one in _partitions(connection, horizon) if one.days[1] <= horizon]
        return Purged(
            purged_before=horizon,
            is_held_back=horizon < asked,
            partitions_dropped=len(whole),
            events_deleted=_value(connection, COUNT_EVENTS, values),
            sessions_deleted=_value(connection, SESSIONS.count, values),
            visitors_deleted=_value(connection, VISITORS.count, values),
            rejections_deleted=_value(connection, COUNT_REJECTIONS, values),
            duplicates_deleted=_value(connection, COUNT_DUPLICATES, values),
        )


def purge(
    url: str,
    *,
    older_than_days: int,
    even_uncounted: bool = False,
    report: OnProgress = lambda _step, _share: None,
) -> Purged:
    """Delete raw rows of UTC days more than `older_than_days` before today.

    Days of which the next build has yet to count something are kept, and all days after them, unless
    `even_uncounted`. Raises PurgeError where another purge runs, or readers of raw.events leave no gap
    to drop a month.
    """
    with (
        _alone(url),
        connect(url, WORK, name="footfall-purge", autocommit=True) as connection,
    ):
        horizon = _value(connection, HORIZON, {"days": older_than_days})
        return _Purge(connection, horizon, even_uncounted, report).run()


def _held_back(connection: Connection[Any], horizon: date) -> date:
    """The horizon, or the oldest day before it that a build has yet to count. In a transaction."""
    return _readable(oldest_uncounted, connection, horizon) or horizon


def _readable(
    ask: Callable[[Connection[Any], date], Answer], connection: Connection[Any], horizon: date
) -> Answer:
    try:
        return ask(connection, horizon)
    except UnreadableStateError as error:
        raise PurgeError(str(error)) from None


@contextmanager
def _alone(url: str) -> Iterator[None]:
    """A transaction that does nothing but hold the lock, for the purge is many."""
    with connect(url, WORK, name="footfall-purge-lock") as connection:
        try:
            connection.execute(LOCK)
        except LockNotAvailable:
            raise PurgeError("another purge is under way") from None
        yield


class _Purge:
    """One run, on a connection that commits each statement unless a transaction is opened."""

    def __init__(
        self,
        connection: Connection[Any],
        horizon: date,
        even_uncounted: bool,
        report: OnProgress,
    ) -> None:
        self._connection = connection
        self._horizon = horizon
        self._even_uncounted = even_uncounted
        self._report = report
        self._id = new_id()
        self._purged = Purged(horizon)

    def run(self) -> Purged:
        self._open()
        partitions = _partitions(self._connection, self._horizon)
        whole = [one for one in partitions if one.days[1] <= self._horizon]
        for place, partition in enumerate(whole):
            self._report("whole months", place / len(whole))
            self._drop(partition)
        self._report("whole months", 1)
        for partition in partitions[len(whole) :]:
            self._delete_days(partition)
        self._report("days of the month that is cut", 1)
        for step, statement, column in (
            ("refusals", DELETE_REJECTIONS, "rejections_deleted"),
            ("duplicates", DELETE_DUPLICATES, "duplicates_deleted"),
        ):
            while self._delete(column, statement, {"horizon": self._horizon}):
                self._report(step, 0)
            self._report(step, 1)
        self._connection.execute(BLANK_TRAPPED, {"horizon": self._horizon})
        self._delete_orphans(SESSIONS)
        self._delete_orphans(VISITORS)
        self._connection.execute(CLOSE_PURGE, {"id": self._id})
        return self._purged

    def _open(self) -> None:
        """Write the horizon down. A writer's transaction has seen it, or ends before it is there."""

        asked = self._horizon

        def insert() -> None:
            if not self._even_uncounted:
                # Under the lock: no event of these days comes between this look and the horizon.
                self._horizon = _held_back(self._connection, asked)
                self._purged = Purged(self._horizon, is_held_back=self._horizon < asked)
            elif days := _readable(days_that_follow, self._connection, self._horizon):
                self._connection.execute(TOUCH_DAYS, {"id": self._id, "days": days})
            self._connection.execute(OPEN_PURGE, {"id": self._id, "horizon": self._horizon})

        self._locked("share", insert, "there was always a writer of raw.events")

    def _drop(self, partition: _Partition) -> None:
        """Drop a month where it is attached: that takes one lock alone, which writers take first.

        Once detached, it would have to be dropped under locks on visitors and sessions as well.
        """
        name = sql.Identifier(partition.name)
        values = {"settled_before": _value(self._connection, SETTLED_BEFORE)}
        settled = _value(self._connection, sql.SQL(COUNT_SETTLED).format(name), values)

        def drop() -> None:
            unsettled = _value(self._connection, sql.SQL(COUNT_UNSETTLED).format(name), values)
            self._connection.execute(sql.SQL("drop table raw.{}").format(name))
            self._note("partitions_dropped", 1)
            self._note("events_deleted", settled + unsettled)

        self._locked(
            "access exclusive",
            drop,
            f"raw.{partition.name} could not be dropped: there was always a reader of raw.events",
        )

    def _locked(self, mode: LiteralString, act: Callable[[], None], otherwise: str) -> None:
        """Act under a lock on raw.events, in one transaction; wait for a gap, never long at once."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                with self._connection.transaction():
                    self._connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
                    self._connection.execute(f"lock table only raw.events in {mode} mode")
                    act()
            except LockNotAvailable:
                if time.monotonic() > give_up_at:
                    raise PurgeError(
                        f"{otherwise}, for {PATIENCE_SECONDS:.0f} seconds; run the purge again later"
                    ) from None
                time.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            else:
                return

    def _delete_days(self, partition: _Partition) -> None:
        name = sql.Identifier(partition.name)
        rows = self._connection.execute(
            sql.SQL(DAYS_OF_PARTITION).format(name), {"horizon": self._horizon}
        ).fetchall()
        is_spread = is_distributed(self._connection)
        statement = sql.SQL(DELETE_DAY_OF_SHARDS if is_spread else DELETE_DAY).format(
            partition=name
        )
        for place, (day,) in enumerate(rows):
            self._report("days of the month that is cut", place / len(rows))
            give_up_at = time.monotonic() + PATIENCE_SECONDS
            while True:
                while self._delete("events_deleted", statement, {"day": day}):
                    pass
                if not _value(self._connection, sql.SQL(HAS_DAY).format(name), {"day": day}):
                    break
                if time.monotonic() > give_up_at:
                    raise PurgeError(f"events of {day} stay locked; run the purge again later")
                time.sleep(FIRST_PAUSE_SECONDS)

    def _delete(self, column: str, statement: str | sql.Composed, values: dict[str, Any]) -> int:
        """Delete a chunk and count it, together."""
        with self._connection.transaction():
            deleted = self._connection.execute(statement, values | {"limit": CHUNK_ROWS}).rowcount
            self._note(column, deleted)
        return deleted

    def _delete_orphans(self, kind: Kind) -> None:
        for orphans, share in orphans_by_page(self._connection, kind, self._horizon):
            visitors = {row["visitor_id"] for row in orphans}
            for _, of_shard in by_shard(self._connection, visitors):
                them = set(of_shard)
                theirs = [row for row in orphans if row["visitor_id"] in them]
                with self._connection.transaction():
                    deleted = delete_orphans(self._connection, kind, self._horizon, theirs)
                    self._note(kind.column, deleted)
            self._report(kind.table, share)
        self._report(kind.table, 1)

    def _note(self, column: str, count: int) -> None:
        """Count into the audit row, in the transaction of what is counted."""
        setattr(self._purged, column, getattr(self._purged, column) + count)
        self._connection.execute(
            sql.SQL("update raw.retention_purges set {0} = %(count)s where id = %(id)s").format(
                sql.Identifier(column)
            ),
            {"count": getattr(self._purged, column), "id": self._id},
        )


def _partitions(connection: Connection[Any], horizon: date) -> list[_Partition]:
    """The partitions with days before the horizon, oldest first."""
    rows = connection.execute(PARTITIONS, {"horizon": horizon}).fetchall()
    return [_Partition(name, (first, end)) for name, first, end in rows]


def _value(
    connection: Connection[Any],
    query: str | sql.Composed,
    values: dict[str, Any] | None = None,
) -> Any:
    statement = query.encode() if isinstance(query, str) else query
    [row] = connection.execute(statement, values).fetchall()
    return row[0]
