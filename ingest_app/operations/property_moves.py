"""Renames and merges of properties: rows of one name become rows of another, and so does what is to come.

First the alias is committed, in a moment in which nobody writes events or refusals: from then on writers
store under the new name. Then raw rows are moved, a chunk a transaction, each of which owes its days to
the next build. Marts come last: at once where they belong to the same role, else with the next build of
their owner. One that was interrupted is run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from psycopg import Connection, sql
from psycopg.errors import LockNotAvailable
from psycopg.rows import dict_row, scalar_row

from ingest_app.database.connection import READ, WORK, connect
from ingest_app.database.ownership import MARTS, owners_of_marts
from ingest_app.database.schema import patiently
from ingest_app.enrichment.identity import new_id
from ingest_app.operations import zones
from ingest_app.operations.macros import macro
from ingest_app.operations.purge import TOUCH_DAYS

# Rows that one transaction moves at most. A writer waits for the visitors of one chunk.
CHUNK_ROWS = 5_000
# Two days after the first that there is: who moves days looks so far back.
FIRST_DAY = date(1, 1, 3)
LEDGERS = ("ingest_duplicates", "ingest_rejections")

LOCK = "lock table raw.property_aliases in share update exclusive mode nowait"
# Builds take the same lock before they begin.
HOLD_BUILDS = "lock table analytics_state.rollup_locks in share update exclusive mode"
RUNNING_BUILD = """
    select builds.started_at
    from analytics_state.rollup_builds as builds
    inner join pg_stat_activity as sessions
        on sessions.datname = current_database() and strpos(sessions.query, builds.invocation_id) > 0
    where builds.ended_at is null and sessions.pid <> pg_backend_pid()
    limit 1
"""
BUILD_IS_OPEN = "select exists (select from analytics_state.rollup_builds where ended_at is null)"
HAS_BUILDS = "select to_regclass('analytics_state.rollup_builds') is not null"
CLOSE_BUILDS = """
    update analytics_state.rollup_builds set ended_at = clock_timestamp() where ended_at is null
"""
# A build that lives is between two statements for less than this.
BUILD_IS_SEEN_WITHIN_SECONDS = 5

ALIAS = "select property_id, is_merge, moved_at from raw.property_aliases where alias = %(name)s"
INTERRUPTED = """
    select alias, property_id, is_merge
    from raw.property_aliases where moved_at is null and alias <> %(old)s
"""
# In which tables of raw a name stands, and in how many rows.
COUNTS = """
    select
        (select count(*) from raw.events where property_id = %(name)s) as events,
        (select count(*) from raw.ingest_duplicates where property_id = %(name)s) as duplicates,
        (select count(*) from raw.ingest_rejections where property_id = %(name)s) as rejections,
        (
            select count(*) from raw.submission_properties where property_id = %(name)s
        ) as submissions,
        (select count(*) from raw.properties where property_id = %(name)s) as settings
"""
DAYS = """
    select distinct occurred_on as day from raw.events where property_id = any(%(names)s)
    union
    select occurred_on from raw.ingest_duplicates where property_id = any(%(names)s)
    union
    select occurred_on from raw.ingest_rejections where property_id = any(%(names)s)
    union
    select form_submissions.occurred_on
    from raw.submission_properties
    inner join raw.form_submissions
        on submission_properties.visitor_id = form_submissions.visitor_id
            and submission_properties.submission_id = form_submissions.id
    where submission_properties.property_id = any(%(names)s)
    order by day
"""

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
        returning visitor_id, submission_id, created_at
    )
    insert into raw.submission_properties as known
        (visitor_id, submission_id, property_id, created_at)
    select visitor_id, submission_id, %(new)s, created_at from moved
    on conflict (visitor_id, submission_id, property_id) do update
    set created_at = least(known.created_at, excluded.created_at)
"""
IDS_OF_LEDGER = "select id from raw.{} where property_id = %(old)s"
MOVE_LEDGER = "update raw.{} set property_id = %(new)s where id = any(%(ids)s)"
# Of a merge the marts have no days that raw does not hold.
CLOSE = """
    update raw.property_aliases
    set
        moved_at = clock_timestamp(),
        marts_moved_at = case when is_merge then clock_timestamp() end
    where alias = %(old)s
"""

WAITING_NAMES = """
    select alias from raw.property_aliases where property_id = %(old)s and marts_moved_at is null
"""
HAS_PURGED = "select exists (select from raw.retention_purges)"
HELD_FROM = "select coalesce(max(purged_before), '-infinity') from raw.retention_purges"
MOVED_ROWS = "select coalesce(nullif(current_setting('footfall.moved_rows', true), ''), '0')"
MARTS_WITH_DAYS = """
    select pg_class.relname
    from pg_class
    inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
    inner join pg_attribute on pg_class.oid = pg_attribute.attrelid
    where
        pg_namespace.nspname = %(schema)s
        and pg_class.relkind = 'r'
        and pg_attribute.attname in ('property_id', 'day')
        and not pg_attribute.attisdropped
    group by pg_class.relname
    having count(*) = 2
    order by pg_class.relname
"""
OnProgress = Callable[[str, float], None]


class MoveError(Exception):
    """The properties cannot be moved as asked; the message says why, and what to do."""


@dataclass(slots=True)
class Moved:
    """What has the new name, or would get it.

    `days` are those that the next build counts anew, `closed_days` those that marts alone know.
    `mart_rows` is None where the marts belong to `mart_owner`, or were not looked at.
    """

    old: str
    new: str
    events: int = 0
    duplicates: int = 0
    rejections: int = 0
    submissions: int = 0
    settings: int = 0
    days: int = 0
    closed_days: int = 0
    mart_rows: int | None = None
    mart_owner: str | None = None

    def rows(self) -> dict[str, int]:
        """How many rows of what, by the words for it."""
        rows = {
            "events": self.events,
            "duplicates, rows": self.duplicates,
            "refusals, rows": self.rejections,
            "properties of submissions": self.submissions,
            "days that marts alone know": self.closed_days,
        }
        return rows if self.mart_rows is None else rows | {"mart rows": self.mart_rows}

    def as_json(self) -> dict[str, Any]:
        """Its fields as JSON has them."""
        return {
            "from": self.old,
            "to": self.new,
            "events": self.events,
            "duplicates": self.duplicates,
            "rejections": self.rejections,
            "submissions": self.submissions,
            "days": self.days,
            "closedDays": self.closed_days,
            "martRows": self.mart_rows,
            "martOwner": self.mart_owner,
        }

    @property
    def is_nothing(self) -> bool:
        """Whether the old name stands nowhere."""
        counted = (self.events, self.duplicates, self.rejections, self.submissions, self.settings)
        return not (any(counted) or self.closed_days)


def preview_move(url: str, old: str, new: str, *, is_merge: bool) -> Moved:
    """What a move would do now; changes nothing. Raises MoveError, psycopg.Error."""
    with connect(url, READ, name="footfall-property") as connection:
        _check(connection, old, new, is_merge=is_merge)
        return _counted(connection, old, new)


def move_property(
    url: str,
    old: str,
    new: str,
    *,
    is_merge: bool,
    report: OnProgress = lambda _step, _share: None,
) -> Moved:
    """Give everything of `old` the name `new`, and all that still arrives under `old`.

    A rename takes a name that stands nowhere, a merge one that does. To run it again goes on with
    one that was interrupted. Raises MoveError, SchemaError, psycopg.Error.
    """
    with (
        _alone(url) as is_ours,
        connect(url, WORK, name="footfall-property", autocommit=True) as connection,
    ):
        with connection.transaction():
            _check(connection, old, new, is_merge=is_merge)
            found = _counted(connection, old, new)
        if found.is_nothing and not _alias(connection, old):
            raise MoveError(f"nothing is known of the property {old}")
        _Move(connection, found, report, is_merge=is_merge).run()
        with connection.transaction():
            if is_ours:
                found.mart_rows = _move_in_marts(connection)
            elif owners := owners_of_marts(connection):
                found.mart_owner = owners[0]
        return found


def render_move_properties() -> str:
    """The macro as SQL."""
    return macro("builds/move_properties.sql")(MARTS)


def _move_in_marts(connection: Connection[Any]) -> int:
    connection.execute(render_move_properties().encode())
    [(rows,)] = connection.execute(MOVED_ROWS).fetchall()
    return int(rows)


def _check(connection: Connection[Any], old: str, new: str, *, is_merge: bool) -> None:
    """Raise MoveError where the two cannot be moved so."""
    command = "merge" if is_merge else "rename"
    if old == new:
        raise MoveError("the two names are the same")
    rows = connection.execute(INTERRUPTED, {"old": old}).fetchall()
    for alias, property_id, was_merge in rows:
        raise MoveError(
            f"a move was interrupted: run `footfall property {'merge' if was_merge else 'rename'} "
            f"{alias} {property_id}` again first"
        )
    if known := _alias(connection, old):
        property_id, was_merge, _moved_at = known
        if property_id != new:
            raise MoveError(f"{old} is another name of {property_id}: {command} that")
        if was_merge != is_merge:
            raise MoveError(f"{old} is another name of {new} already")
        return
    if (known := _alias(connection, new)) and (is_merge or known[0] != old):
        raise MoveError(
            f"{new} is another name of {known[0]}: {command} into that, or take another"
        )
    if is_merge:
        if _counted(connection, new, old).is_nothing:
            raise MoveError(
                f"nothing is known of the property {new}: use `footfall property rename`"
            )
        _refuse_closed_days(connection, old)
    elif not _counted(connection, new, old).is_nothing:
        raise MoveError(f"the property {new} is there: use `footfall property merge`")


def _refuse_closed_days(connection: Connection[Any], old: str) -> None:
    """Distinct visitors of two properties are no sum, and raw cannot say any more who was on both."""
    [(has_purged,)] = connection.execute(HAS_PURGED).fetchall()
    if not has_purged:
        return
    if owners := owners_of_marts(connection):
        raise MoveError(
            f"the marts belong to {owners[0]}, and they alone know days before the last purge: a merge "
            f"after a purge has to see that {old} has none, as one role that owns raw and the marts"
        )
    # Names of before, where the build that moves them in the marts has not run.
    with connection.cursor(row_factory=scalar_row) as cursor:
        waiting = cursor.execute(WAITING_NAMES, {"old": old}).fetchall()
    if days := sum(_closed_days(connection, name) for name in (old, *waiting)):
        raise MoveError(
            f"the marts have {days} days of {old} whose raw rows are purged, and those cannot be "
            "merged: numbers of visitors do not add up. `footfall property rename` keeps them"
        )


def _alias(connection: Connection[Any], name: str) -> tuple[str, bool, datetime | None] | None:
    row = connection.execute(ALIAS, {"name": name}).fetchone()
    return None if row is None else (row[0], row[1], row[2])


def _counted(connection: Connection[Any], old: str, new: str) -> Moved:
    """What stands under the old name, in a transaction."""
    with connection.cursor(row_factory=dict_row) as cursor:
        [counts] = cursor.execute(COUNTS, {"name": old}).fetchall()
    return Moved(
        old,
        new,
        **counts,
        days=len(_days(connection, [old])),
        closed_days=_closed_days(connection, old),
    )


def _days(connection: Connection[Any], names: list[str]) -> list[date]:
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(DAYS, {"names": names}).fetchall()


def _closed_days(connection: Connection[Any], name: str) -> int:
    """Days of the property that marts alone know, where they belong to the role."""
    if owners_of_marts(connection):
        return 0
    with connection.cursor(row_factory=scalar_row) as cursor:
        marts = cursor.execute(MARTS_WITH_DAYS, {"schema": MARTS}).fetchall()
        if not marts:
            return 0
        selects = sql.SQL(" union ").join(
            sql.SQL("select day from {} where property_id = %(name)s and day < ({})").format(
                sql.Identifier(MARTS, mart), sql.SQL(HELD_FROM)
            )
            for mart in marts
        )
        query = sql.SQL("select count(*) from ({}) as closed").format(selects)
        [days] = cursor.execute(query, {"name": name}).fetchall()
    return int(days)


@contextmanager
def _alone(url: str) -> Iterator[bool]:
    """No other move runs for the block, and no build where the marts are the role's own: which it yields."""
    with connect(url, WORK, name="footfall-property-lock") as connection:
        try:
            connection.execute(LOCK)
        except LockNotAvailable:
            raise MoveError("another property is being renamed or merged") from None
        is_ours = not owners_of_marts(connection)
        [(has_builds,)] = connection.execute(HAS_BUILDS).fetchall()
        if is_ours and has_builds:
            connection.execute(HOLD_BUILDS)
            _refuse_running_build(connection)
        yield is_ours


def _refuse_running_build(connection: Connection[Any]) -> None:
    """As claim_build() does: a build is known by its row, and runs where a session names it."""
    give_up_at = datetime.now(UTC).timestamp() + BUILD_IS_SEEN_WITHIN_SECONDS
    while True:
        [(is_open,)] = connection.execute(BUILD_IS_OPEN).fetchall()
        if not is_open:
            return
        connection.execute("select pg_stat_clear_snapshot()")
        for (started_at,) in connection.execute(RUNNING_BUILD).fetchall():
            raise MoveError(
                f"a build runs since {started_at:%Y-%m-%d %H:%M:%S} UTC: run this once it has ended"
            )
        if datetime.now(UTC).timestamp() > give_up_at:
            connection.execute(CLOSE_BUILDS)
            return
        connection.execute("select pg_sleep(0.1)")


class _Move:
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
        # Of both names: a day of the one may have changed what the other says of a later day.
        days = _days(self._connection, [self._found.old, self._found.new])
        patiently(self._connection, partial(self._open, days))
        self._move_events()
        self._move_submissions()
        for table in LEDGERS:
            self._move_ledger(table)
        with self._connection.transaction():
            # What came in while the days were looked up.
            days = _days(self._connection, [self._found.new])
            self._found.days = len(days)
            self._owe(days)
            self._connection.execute(CLOSE, self._names)

    def _open(self, days: list[date]) -> None:
        """Whoever writes has seen the alias, or has committed before it is there."""
        self._connection.execute(zones.LOCK, prepare=False)
        if not _alias(self._connection, self._found.old):
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
                self._lock(visitors)
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
                self._lock(visitors)
                self._connection.execute(MOVE_SUBMISSIONS, self._names | {"visitors": visitors})
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
        self._connection.execute(LOCK_VISITORS, {"visitors": sorted(set(visitors))})
