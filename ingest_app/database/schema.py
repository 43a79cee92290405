"""Applies the canonical DDL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from hashlib import sha256
from importlib.resources import files
from time import monotonic, sleep
from typing import Any

from psycopg import Connection, sql
from psycopg.errors import (
    DuplicateSchema,
    DuplicateTable,
    InsufficientPrivilege,
    InvalidSchemaName,
    LockNotAvailable,
    ReadOnlySqlTransaction,
    UndefinedTable,
    UniqueViolation,
)

from ingest_app.database.connection import READ_ONLY, WORK, connect

# Partitions stand ready for this long, so that ingest meets a new month without making it.
PARTITIONS_AHEAD = timedelta(days=62)
OLDEST_SERVER = 150000

ENSURE_PARTITION = "select raw.ensure_event_partition(%(day)s)"
# The versions are kept, not only the last: an app that is about to be replaced stays ready while
# the next one's schema is applied.
HAS_VERSION = "select exists (select from raw.schema_version where version = %(version)s)"
# For submissions of before raw.submission_properties, and for events that came past the app. Only as
# long as raw holds the events.
FILL_SUBMISSION_PROPERTIES = """
    insert into raw.submission_properties (visitor_id, submission_id, property_id, created_at)
    select submissions.visitor_id, submissions.id, events.property_id, min(events.created_at)
    from raw.form_submissions as submissions
    inner join raw.events
        on submissions.visitor_id = events.visitor_id
        and submissions.captured_at >= events."timestamp"
    group by submissions.visitor_id, submissions.id, events.property_id
    order by submissions.visitor_id, submissions.id, events.property_id
    on conflict do nothing
"""
RECORD_VERSION = """
    insert into raw.schema_version (version) values (%(version)s) on conflict do nothing
"""


# Whoever comes while DDL waits for a lock waits behind it, and a writer gives up after two seconds: so
# it steps back sooner, and comes again. Longer than `deadlock_timeout` in the end, after which an
# autovacuum that is in the way gives way.
FIRST_LOCK_SECONDS = 0.2
LONGEST_LOCK_SECONDS = 1.5
LONGEST_PAUSE_SECONDS = 5.0
PATIENCE_SECONDS = 60.0
# Two that make the ground at once, where there is nothing yet to lock.
RACES = (DuplicateSchema, DuplicateTable, UniqueViolation)

LOCK_SCHEMA = "lock table raw.schema_version in share update exclusive mode"
OLDEST_TRANSACTION = """
    select
        pid, usename, application_name,
        round(extract(epoch from clock_timestamp() - xact_start))::integer as seconds
    from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
    order by xact_start
    limit 1
"""


class SchemaError(Exception):
    """The database cannot take the schema; the message says what is missing."""


def apply_schema(url: str, *, today: date | None = None) -> None:
    """Create whatever of the schema is not there yet; idempotent, and alone at a time.

    Waits for no lock so long that ingest would notice. Raises SchemaError where one stays taken.
    """
    today = today or datetime.now(UTC).date()
    with connect(url, WORK, name="footfall-schema", autocommit=True) as connection:
        if connection.info.server_version < OLDEST_SERVER:
            raise SchemaError(
                f"PostgreSQL 15 or newer is needed; this one is {connection.info.server_version}"
            )
        connection.execute("set client_min_messages = warning")
        ground, *rest = ddl_scripts()
        _patiently(connection, partial(_run, connection, ground))
        _patiently(connection, partial(_apply, connection, rest))
        _make_partitions(connection, today)
        # The locks of the DDL are gone before events are read.
        _patiently(connection, partial(_fill, connection))


def bring_up_to_date(url: str) -> None:
    """Apply the schema where it is older than this code; else only make the partitions ahead.

    Where nothing is to be done no lock is taken. SchemaError for a role that may not change tables
    where it would have to.
    """
    with connect(url, WORK, name="footfall-schema", autocommit=True) as connection:
        if is_current(connection):
            _make_partitions(connection, datetime.now(UTC).date())
            return
    try:
        apply_schema(url)
    except InsufficientPrivilege as error:
        raise SchemaError(
            "the database's schema is older than this app, and this role may not change it "
            f"({error.diag.message_primary}): run `footfall init-db` as the owner of schema raw"
        ) from None


def is_current(connection: Connection[Any]) -> bool:
    """Whether this code's schema was applied; ask on a connection that commits each statement."""
    try:
        row = connection.execute(HAS_VERSION, {"version": schema_version()}).fetchone()
    except (UndefinedTable, InvalidSchemaName, InsufficientPrivilege):
        return False
    return row is not None and bool(row[0])


def schema_version() -> str:
    """A hash of the DDL: another DDL is another version."""
    return sha256("\n".join(ddl_scripts()).encode()).hexdigest()


def _make_partitions(connection: Connection[Any], today: date) -> None:
    # Thirds are shorter than a February, so that no month lies between two of these days.
    days = [today + PARTITIONS_AHEAD * third / 3 for third in range(4)]
    for day in days:
        _patiently(connection, partial(connection.execute, ENSURE_PARTITION, {"day": day}))


def _run(connection: Connection[Any], script: str) -> None:
    connection.execute(script.encode())


def _apply(connection: Connection[Any], scripts: list[str]) -> None:
    connection.execute(LOCK_SCHEMA)
    for script in scripts:
        _run(connection, script)


def _fill(connection: Connection[Any]) -> None:
    connection.execute(FILL_SUBMISSION_PROPERTIES)
    connection.execute(RECORD_VERSION, {"version": schema_version()})


def _patiently(connection: Connection[Any], change: Callable[[], object]) -> None:
    """Make a change in a transaction, anew as long as a lock that it needs is taken."""
    give_up_at = monotonic() + PATIENCE_SECONDS
    lock_seconds = pause = FIRST_LOCK_SECONDS
    while True:
        try:
            with connection.transaction():
                connection.execute(
                    sql.SQL("set local lock_timeout = {}").format(f"{lock_seconds * 1000:.0f}ms")
                )
                change()
        except ReadOnlySqlTransaction:
            raise SchemaError(READ_ONLY) from None
        except (LockNotAvailable, *RACES) as error:
            if monotonic() > give_up_at:
                raise SchemaError(
                    f"the schema could not be changed: for {PATIENCE_SECONDS:.0f} seconds another "
                    f"session had what it needs ({_who(connection) or error.diag.message_primary})."
                    " Nothing of it was changed; run this again once that has ended"
                ) from None
            sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            lock_seconds = min(lock_seconds * 2, LONGEST_LOCK_SECONDS)
        else:
            return


def _who(connection: Connection[Any]) -> str:
    """The oldest transaction of others, which is likely the one in the way."""
    row = connection.execute(OLDEST_TRANSACTION).fetchone()
    if row is None:
        return ""
    pid, role, application, seconds = row
    return f"the oldest: {role}, {application or 'no name'}, process {pid}, for {seconds} s"


def ddl_scripts() -> list[str]:
    """The DDL files in the order of their numbers."""
    folder = files("ingest_app.database") / "ddl"
    scripts = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".sql")),
        key=lambda entry: entry.name,
    )
    return [entry.read_text(encoding="utf-8") for entry in scripts]
