"""Applies the canonical DDL."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.errors import InsufficientPrivilege, InvalidSchemaName, UndefinedTable

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


class SchemaError(Exception):
    """The database cannot take the schema; the message says what is missing."""


def apply_schema(url: str, *, today: date | None = None) -> None:
    """Create whatever of the schema is not there yet; idempotent, and alone at a time."""
    today = today or datetime.now(UTC).date()
    with psycopg.connect(url) as connection:
        if connection.info.server_version < OLDEST_SERVER:
            raise SchemaError(
                f"PostgreSQL 15 or newer is needed; this one is {connection.info.server_version}"
            )
        connection.execute("set local client_min_messages = warning")
        connection.execute("select pg_advisory_xact_lock(hashtext('footfall.apply_schema'))")
        for script in ddl_scripts():
            connection.execute(script.encode())
        _make_partitions(connection, today)
        # The locks of the DDL go before events are read.
        connection.commit()
        connection.execute(FILL_SUBMISSION_PROPERTIES)
        connection.execute(RECORD_VERSION, {"version": schema_version()})


def bring_up_to_date(url: str) -> None:
    """Apply the schema where it is older than this code; else only make the partitions ahead.

    For a role that may write and not change tables: SchemaError where it would have to.
    """
    with psycopg.connect(url, autocommit=True) as connection:
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
    for third in range(4):
        day = today + PARTITIONS_AHEAD * third / 3
        connection.execute(ENSURE_PARTITION, {"day": day})


def ddl_scripts() -> list[str]:
    """The DDL files in the order of their numbers."""
    folder = files("ingest_app") / "ddl"
    scripts = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".sql")),
        key=lambda entry: entry.name,
    )
    return [entry.read_text(encoding="utf-8") for entry in scripts]
