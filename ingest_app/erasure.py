"""Erasure: what the warehouse knows of one visitor goes, and what remains names no one."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import Connection, sql
from psycopg.rows import scalar_row

from ingest_app.discrepancy import MARTS_SCHEMA
from ingest_app.enrichment.identity import new_id, visitor_id
from ingest_app.spool import Spool

# A writer locks the visitor before all else: what it is about to store waits, and then is of a
# visitor who is new.
LOCK_VISITOR = "select from raw.visitors where id = %(visitor_id)s for update"
TOUCHED_DAYS = """
    select occurred_on as day from raw.events where visitor_id = %(visitor_id)s
    union
    select (started_at at time zone 'UTC')::date from raw.sessions
    where visitor_id = %(visitor_id)s
    union
    select (captured_at at time zone 'UTC')::date from raw.form_submissions
    where visitor_id = %(visitor_id)s
    order by day
"""
# Those that refer to others first, so that no cascade has anything left to do but that of a
# submission to its properties.
DELETES = {
    "events": "delete from raw.events where visitor_id = %(visitor_id)s",
    "submissions": "delete from raw.form_submissions where visitor_id = %(visitor_id)s",
    "identities": "delete from raw.lead_identities where visitor_id = %(visitor_id)s",
    "sessions": "delete from raw.sessions where visitor_id = %(visitor_id)s",
    "visitors": "delete from raw.visitors where id = %(visitor_id)s",
}
INSERT_ERASURE = """
    insert into raw.erasures (id, touched_days, events_deleted, sessions_deleted)
    values (%(id)s, %(touched_days)s, %(events)s, %(sessions)s)
"""

MARTS_OF_VISITORS = """
    select pg_class.relname
    from pg_class
    inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
    inner join pg_attribute on pg_attribute.attrelid = pg_class.oid
    where pg_namespace.nspname = %(schema)s
        and pg_class.relkind in ('r', 'p')
        and pg_attribute.attname = 'visitor_id'
        and pg_attribute.atttypid = 'uuid'::regtype
        and not pg_attribute.attisdropped
    order by pg_class.relname
"""
# The lock of a build on the mart: what it has counted by now would put the visitor back in.
LOCK_MART = "select pg_advisory_xact_lock(hashtext('footfall.mart.' || %(mart)s))"
RENAME_IN_MART = "update {}.{} set visitor_id = %(other_id)s where visitor_id = %(visitor_id)s"


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was found and is gone; `mart_rows` are kept, under an id that is no one's."""

    touched_days: list[date]
    events: int
    sessions: int
    submissions: int
    identities: int
    visitors: int
    spooled: int
    mart_rows: int

    @property
    def found_nothing(self) -> bool:
        """Whether nothing was known of the visitor."""
        return not (
            self.touched_days or self.identities or self.visitors or self.spooled or self.mart_rows
        )


def erase_visitor(url: str, anon_id: str, *, spool_folder: Path) -> Erased:
    """Delete a visitor's raw rows and waiting events, and take the id out of the marts.

    One transaction in the database. Counts of days that raw still holds follow with the next build;
    those of earlier days stay as they are. Raises psycopg.Error, sqlite3.Error, OSError.
    """
    erased_id = visitor_id(anon_id)
    with _drain_held(spool_folder):
        spooled = _forget_spooled(spool_folder, erased_id)
        with psycopg.connect(url, application_name="footfall-erase") as connection:
            mart_rows = _take_out_of_marts(connection, erased_id)
            return _erase_raw(connection, erased_id, spooled, mart_rows)


def _erase_raw(
    connection: Connection[Any], erased_id: UUID, spooled: int, mart_rows: int
) -> Erased:
    values = {"visitor_id": erased_id}
    connection.execute(LOCK_VISITOR, values)
    with connection.cursor(row_factory=scalar_row) as cursor:
        days = cursor.execute(TOUCHED_DAYS, values).fetchall()
    counts = {
        name: connection.execute(statement.encode(), values).rowcount
        for name, statement in DELETES.items()
    }
    erased = Erased(touched_days=days, spooled=spooled, mart_rows=mart_rows, **counts)
    if not erased.found_nothing:
        connection.execute(
            INSERT_ERASURE,
            {
                "id": new_id(),
                "touched_days": days,
                "events": erased.events,
                "sessions": erased.sessions,
            },
        )
    return erased


def _take_out_of_marts(connection: Connection[Any], erased_id: UUID) -> int:
    """Give the visitor's rows of all marts one other id, so that counts of people stay exact."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        marts = cursor.execute(MARTS_OF_VISITORS, {"schema": MARTS_SCHEMA}).fetchall()
    values = {"visitor_id": erased_id, "other_id": uuid4()}
    for mart in marts:
        connection.execute(LOCK_MART, {"mart": mart})
    return sum(
        connection.execute(
            sql.SQL(RENAME_IN_MART).format(sql.Identifier(MARTS_SCHEMA), sql.Identifier(mart)),
            values,
        ).rowcount
        for mart in marts
    )


def _forget_spooled(folder: Path, erased_id: UUID) -> int:
    file = folder / "events.sqlite3"
    if not file.exists():
        return 0
    spool = Spool(file, max_bytes=file.stat().st_size * 2)
    try:
        forgotten = spool.forget_visitor(erased_id)
        spool.shrink()
    finally:
        spool.close()
    return forgotten


@contextmanager
def _drain_held(folder: Path) -> Iterator[None]:
    """Nothing is on its way from the spool to the database for the block."""
    if not folder.exists():
        yield
        return
    with (folder / "drain.lock").open("ab") as lease:
        fcntl.flock(lease, fcntl.LOCK_EX)
        yield
