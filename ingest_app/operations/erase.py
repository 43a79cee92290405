"""Erasure: what the warehouse knows of one visitor goes, and what remains names no one."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import Connection, sql
from psycopg.rows import scalar_row

from ingest_app.database.connection import WORK, connect
from ingest_app.database.ownership import MARTS, owners_of_marts, refuse_what_others_own
from ingest_app.enrichment.identity import new_id, visitor_id
from ingest_app.operations.macros import macro
from ingest_app.store.spool import FILE_NAME, LEASE_NAME, Spool

# A writer locks the visitor before all else: what it is about to store waits, and then is of a
# visitor who is new.
LOCK_VISITOR = "select from raw.visitors where id = %(visitor_id)s for update"
LEAD_KEYS = """
    select coalesce(lead_id, erased_lead_id, id)
    from raw.form_submissions where visitor_id = %(visitor_id)s
"""
TOUCHED_DAYS = """
    select occurred_on as day from raw.events where visitor_id = %(visitor_id)s
    union
    select (started_at at time zone 'UTC')::date from raw.sessions
    where visitor_id = %(visitor_id)s
    union
    select occurred_on from raw.form_submissions
    where visitor_id = %(visitor_id)s
    union
    -- The time and the visits that led up to a lead, of whom the visitor was one.
    select occurred_on
    from raw.form_submissions
    where coalesce(lead_id, erased_lead_id, id) = any(%(lead_keys)s) and is_first_capture
    order by day
"""
INSERT_ERASURE = """
    insert into raw.erasures (id, visitor_id, touched_days, events_deleted, sessions_deleted)
    values (%(id)s, %(visitor_id)s, %(touched_days)s, %(events)s, %(sessions)s)
"""
WAITS_ALREADY = "select exists (select from raw.erasures where visitor_id = %(visitor_id)s)"
FORGET_NOTHING = "delete from raw.erasures where id = %(id)s and visitor_id is null"
FORGOTTEN_ROWS = (
    "select coalesce(nullif(current_setting('footfall.forgotten_rows', true), ''), '0')"
)
COUNT_WAITING = "select count(distinct visitor_id) from raw.erasures"

# Every place that can hold a person. In raw by table, with the column that names the visitor, those
# that refer to others first, so that no cascade has anything left to do.
DELETED_FROM_RAW = {
    "events": "visitor_id",
    "form_submissions": "visitor_id",
    "lead_identities": "visitor_id",
    "sessions": "visitor_id",
    "visitors": "id",
}
# With the submissions that they belong to, by a cascade.
GONE_WITH_OTHERS_IN_RAW = ("submission_properties",)
# A lead is known by an email, not by a browser.
LEADS_IN_RAW = ("leads", "consent_events", "suppressions", "lead_webhook_deliveries")
# raw.erasures has the visitor's id for as long as marts have it.
NO_ONE_IN_RAW = (
    *("ingest_rejections", "ingest_duplicates", "erasures", "lead_accesses"),
    *("retention_purges", "retention_lock", "schema_version", "properties", "property_aliases"),
    *("property_zones", "share_links"),
)
# Of what dbt builds by schema: which columns are given another id by macros/builds/forget_erased.sql,
# and which schema is emptied by it. No other column names anyone.
RENAMED_IN_MARTS = {
    "sessions": ("visitor_id", "session_id"),
    "visitor_days": ("visitor_id",),
    "visitor_forms": ("visitor_id",),
}
# A lead's id, in rows that the next build deletes (macros/builds/keep_leads_current.sql).
LEADS_IN_MARTS = {"leads": "lead_id"}
EMPTIED_SCHEMA = "analytics_failures"
NO_ONE_IN_SCHEMAS = ("analytics_staging", "analytics_state")
# Outside of the database: the spool of each app machine. Logs name no visitor (docs/decisions/0012).


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was found and is gone; `mart_rows` are kept, under an id that is no one's.

    `mart_rows` is None where the marts belong to `mart_owner`, who takes the visitor out of them.
    """

    touched_days: list[date]
    events: int
    form_submissions: int
    lead_identities: int
    sessions: int
    visitors: int
    spooled: int
    mart_rows: int | None = None
    mart_owner: str | None = None

    @property
    def found_nothing(self) -> bool:
        """Whether nothing was known of the visitor, as far as it may be looked for."""
        return not (
            self.touched_days
            or self.lead_identities
            or self.visitors
            or self.spooled
            or self.mart_rows
        )


def erase_visitor(url: str, anon_id: str, *, spool_folder: Path) -> Erased:
    """Delete a visitor's raw rows and waiting events, and take the id out of the marts.

    First raw, in one transaction that also writes down whom marts still know; then the marts, where
    they belong to the connected role, else their owner's next build. What was cut short in between
    is taken up by a build too. Counts of days that raw still holds follow with the next build;
    those of earlier days stay as they are. Raises psycopg.Error, sqlite3.Error, OSError.
    """
    erased_id, erasure_id = visitor_id(anon_id), new_id()
    with _drain_held(spool_folder):
        spooled = _forget_spooled(spool_folder, erased_id)
        with connect(url, WORK, name="footfall-erase") as connection:
            erased = _erase_raw(connection, erasure_id, erased_id, spooled)
            connection.commit()
            if owners := owners_of_marts(connection):
                return replace(erased, mart_owner=owners[0])
            erased = replace(erased, mart_rows=_forget(connection))
            if erased.found_nothing:
                connection.execute(FORGET_NOTHING, {"id": erasure_id})
            return erased


def finish_erasures(url: str) -> int:
    """Take whoever was erased out of the marts, as their owner; say how many still wait.

    Raises OwnedByOthersError, psycopg.Error.
    """
    with connect(url, WORK, name="footfall-erase") as connection:
        refuse_what_others_own(connection)
        _forget(connection)
        [(waiting,)] = connection.execute(COUNT_WAITING).fetchall()
        return int(waiting)


def _erase_raw(
    connection: Connection[Any], erasure_id: UUID, erased_id: UUID, spooled: int
) -> Erased:
    values = {"visitor_id": erased_id}
    connection.execute(LOCK_VISITOR, values)
    with connection.cursor(row_factory=scalar_row) as cursor:
        lead_keys = cursor.execute(LEAD_KEYS, values).fetchall()
        days = cursor.execute(TOUCHED_DAYS, {**values, "lead_keys": lead_keys}).fetchall()
    counts: dict[str, Any] = {
        table: connection.execute(
            sql.SQL("delete from raw.{} where {} = %(visitor_id)s").format(
                sql.Identifier(table), sql.Identifier(column)
            ),
            values,
        ).rowcount
        for table, column in DELETED_FROM_RAW.items()
    }
    erased = Erased(touched_days=days, spooled=spooled, **counts)
    [(waits_already,)] = connection.execute(WAITS_ALREADY, values).fetchall()
    if not (erased.found_nothing and waits_already):
        connection.execute(
            INSERT_ERASURE,
            {
                "id": erasure_id,
                "visitor_id": erased_id,
                "touched_days": days,
                "events": erased.events,
                "sessions": erased.sessions,
            },
        )
    return erased


def _forget(connection: Connection[Any]) -> int:
    """Run what a build runs; how many rows of marts were given another id."""
    connection.execute(render_forget_erased().encode())
    [(rows,)] = connection.execute(FORGOTTEN_ROWS).fetchall()
    return int(rows)


def render_forget_erased() -> str:
    """The macro as SQL."""
    return macro("builds/forget_erased.sql")(MARTS)


def _forget_spooled(folder: Path, erased_id: UUID) -> int:
    file = folder / FILE_NAME
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
    with (folder / LEASE_NAME).open("ab") as lease:
        fcntl.flock(lease, fcntl.LOCK_EX)
        yield
