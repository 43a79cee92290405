"""Moves the rows of raw, in chunks, while events come in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from psycopg import ClientCursor, Connection, sql
from psycopg.rows import scalar_row

from ingest_app.database.distribution import by_shard
from ingest_app.database.schema import patiently
from ingest_app.enrichment.identity import new_id
from ingest_app.operations import zones
from ingest_app.operations.moves.found import Moved, days_of
from ingest_app.operations.moves.rules import MoveError, alias_of
from ingest_app.operations.purge import TOUCH_DAYS

# Rows that one transaction moves at most. A writer waits for the visitors of one chunk.
CHUNK_ROWS = 5_000
# Two days after the first that there is: who moves days looks so far back.
FIRST_DAY = date(1, 1, 3)
LEDGERS = ("ingest_duplicates", "ingest_rejections")

# A name that comes back is no alias any more. Those that led to the old name lead to the new one.
ADD_ALIAS = """
    with back as (
        delete from raw.property_aliases where alias = %(new)s
    ), flattened as (
        update raw.property_aliases
        set property_id = %(new)s, is_merge = is_merge or %(is_merge)s
        where property_id = %(old)s and alias <> %(new)s
    )
    insert into raw.property_aliases (alias, property_id, is_merge)
    values (%(old)s, %(new)s, %(is_merge)s)
"""
RENAME_SETTINGS = """
    with zones as (
        update raw.property_zones set property_id = %(new)s where property_id = %(old)s
    )
    update raw.properties set property_id = %(new)s, updated_at = now() where property_id = %(old)s
"""
# One that takes events from everywhere goes on to do so.
MERGE_SETTINGS = """
    with zones as (
        delete from raw.property_zones where property_id = %(old)s
    ), gone as (
        delete from raw.properties where property_id = %(old)s returning hosts
    )
    update raw.properties as known
    set
        hosts = array(
            select distinct host from unnest(known.hosts || gone.hosts) as hosts (host) order by host
        ),
        updated_at = now()
    from gone
    where known.property_id = %(new)s and known.hosts <> '{}'
"""
TAKE_ZONES = """
    insert into raw.property_zones (property_id, from_day, time_zone)
    select %(old)s, zones.from_day, zones.time_zone
    from raw.property_zones as zones
    where zones.property_id = %(new)s
"""
# With each chunk anew: a build that began before it has not counted it.
OWE_AGAIN = """
    update raw.erasures
    set
        created_at = clock_timestamp(),
        touched_days = array(
            select distinct day from unnest(touched_days || %(days)s::date[]) as owed (day)
        )
    where id = %(id)s
"""

PAGE_OF_EVENTS = """
    select visitor_id, occurred_on, dedupe_key, "timestamp" as at
    from raw.events
    where property_id = %(old)s and "timestamp" >= %(after)s
    order by "timestamp"
    limit %(limit)s
"""
# Writers lock visitors in this order, and first. Nobody stores a submission of theirs meanwhile.
LOCK_VISITORS = """
    select from raw.visitors where id = any(%(visitors)s) order by id for no key update
"""
MOVE_EVENTS = """
    update raw.events
    set property_id = %(new)s
    from unnest(%(visitors)s::uuid[], %(days)s::date[], %(keys)s::text[])
        as moved (visitor_id, day, dedupe_key)
    where events.visitor_id = moved.visitor_id
        and events.occurred_on = moved.day
        and events.occurred_on = any(%(days)s::date[])
        and events.dedupe_key = moved.dedupe_key
        and events.property_id = %(old)s
"""
PAGE_OF_SUBMISSIONS = """
    select distinct visitor_id
    from raw.submission_properties where property_id = %(old)s limit %(limit)s
"""
# By the earlier of the two a submission counts for the property.
MOVE_SUBMISSIONS = """
    with moved as (
        delete from raw.submission_properties
        where property_id = %(old)s and visitor_id = any(%(visitors)s)
        returning visitor_id, submission_id, created_at, merged_names
    )
    insert into raw.submission_properties as known
        (visitor_id, submission_id, property_id, created_at, merged_names)
    select visitor_id, submission_id, %(new)s, created_at, merged_names from moved
    on conflict (visitor_id, submission_id, property_id) do update
    set
        created_at = least(known.created_at, excluded.created_at),
        merged_names = known.merged_names || excluded.merged_names || %(old)s::varchar
"""
IDS_OF_LEDGER = "select id from raw.{} where property_id = %(old)s"
MOVE_LEDGER = "update raw.{} set property_id = %(new)s where id = any(%(ids)s)"
CLOSE = """
    update raw.property_aliases set moved_at = clock_timestamp() where alias = %(old)s
"""

OnProgress = Callable[[str, float], None]


class Move:
    """One run over raw, on a connection that commits each statement unless a transaction is opened."""

    def __init__(
        self, connection: Connection[Any], found: Moved, report: OnProgress, *, is_merge: bool
    ) -> None:
        self._connection = connection
        self._found = found
        self._report = report
        self._is_merge = is_merge
        self._owed = new_id()
        self._names = {"old": found.old, "new": found.new, "is_merge": is_merge}

    def run(self) -> None:
        """Give what was found under the old name the new one, and all that still arrives."""
        # Of both names: a day of the one may have changed what the other says of a later day.
        days = days_of(self._connection, [self._found.old, self._found.new])
        patiently(self._connection, partial(self._open, days))
        self._move_events()
        self._move_submissions()
        for table in LEDGERS:
            self._move_ledger(table)
        with self._connection.transaction():
            # What came in while the days were looked up.
            days = days_of(self._connection, [self._found.new])
            self._found.days = len(days)
            self._owe(days)
            self._connection.execute(CLOSE, self._names)

    def _open(self, days: list[date]) -> None:
        """Whoever writes has seen the alias, or has committed before it is there."""
        self._connection.execute(zones.LOCK, prepare=False)
        if not alias_of(self._connection, self._found.old):
            if self._is_merge:
                self._take_zone()
            self._connection.execute(ADD_ALIAS, self._names)
        if self._is_merge:
            self._connection.execute(MERGE_SETTINGS, self._names)
        else:
            self._connection.execute(RENAME_SETTINGS, self._names)
        self._connection.execute(TOUCH_DAYS, {"id": self._owed, "days": days})

    def _take_zone(self) -> None:
        """Rows of both names have their days by one history before any name changes.

        Not with their chunk: a retry is looked for on the day by the zone of the new name.
        """
        old = self._found.old
        self._connection.execute(zones.FORGET_LATER, {"property_id": old, "from_day": FIRST_DAY})
        self._connection.execute(TAKE_ZONES, self._names)
        first = zones.move_days(self._connection, old, FIRST_DAY).first_moved
        with self._connection.cursor(row_factory=scalar_row) as cursor:
            [horizon] = cursor.execute(zones.HORIZON).fetchall()
        if first is not None and horizon is not None and first < horizon:
            raise MoveError(
                f"by the zone of {self._found.new}, rows of {old} would be on days before {horizon}, "
                "which are closed since their raw rows are purged"
            )

    def _owe(self, days: list[date]) -> None:
        self._connection.execute(OWE_AGAIN, {"id": self._owed, "days": days})

    def _move_events(self) -> None:
        moved, after = 0, datetime.min.replace(tzinfo=UTC)
        while page := self._connection.execute(
            PAGE_OF_EVENTS, self._names | {"after": after, "limit": CHUNK_ROWS}
        ).fetchall():
            visitors, days, keys = (
                list(column) for column in zip(*(row[:3] for row in page), strict=True)
            )
            with self._connection.transaction():
                for _, of_shard in by_shard(self._connection, set(visitors)):
                    self._lock(of_shard)
                self._connection.execute(
                    MOVE_EVENTS, self._names | {"visitors": visitors, "days": days, "keys": keys}
                )
                self._owe(list(set(days)))
            # Of this instant there may be more. Those that were moved are not found again.
            after = page[-1][3]
            moved += len(page)
            self._report("events", min(moved / max(self._found.events, 1), 1))
        self._report("events", 1)

    def _move_submissions(self) -> None:
        while page := self._connection.execute(
            PAGE_OF_SUBMISSIONS, self._names | {"limit": CHUNK_ROWS}
        ).fetchall():
            visitors = [visitor for (visitor,) in page]
            with self._connection.transaction():
                for _, of_shard in by_shard(self._connection, set(visitors)):
                    self._lock(of_shard)
                    names = self._names | {"visitors": of_shard}
                    # Citus loses parameters of a statement that writes in two places.
                    ClientCursor(self._connection).execute(MOVE_SUBMISSIONS, names)
                self._owe([])
        self._report("submissions", 1)

    def _move_ledger(self, table: str) -> None:
        name = sql.Identifier(table)
        with self._connection.cursor(row_factory=scalar_row) as cursor:
            ids = cursor.execute(sql.SQL(IDS_OF_LEDGER).format(name), self._names).fetchall()
        for start in range(0, len(ids), CHUNK_ROWS):
            with self._connection.transaction():
                self._connection.execute(
                    sql.SQL(MOVE_LEDGER).format(name),
                    self._names | {"ids": ids[start : start + CHUNK_ROWS]},
                )
                self._owe([])
            self._report(table, start / len(ids))
        self._report(table, 1)

    def _lock(self, visitors: list[UUID]) -> None:
        self._connection.execute(LOCK_VISITORS, {"visitors": sorted(visitors)})
