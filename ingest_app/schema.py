"""Applies the canonical DDL."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from importlib.resources import files

import psycopg

# Partitions stand ready for this long, so that ingest meets a new month without making it.
PARTITIONS_AHEAD = timedelta(days=62)
OLDEST_SERVER = 150000

ENSURE_PARTITION = "select raw.ensure_event_partition(%(day)s)"


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
