"""A warehouse that the last release made, as a dump."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg

from ingest_app.database.embedded import binaries

LAST_RELEASE = Path(__file__).with_name("warehouse_1.sql")
SCHEMAS = ("raw", "analytics", "analytics_staging", "analytics_state", "analytics_failures")


def empty(url: str) -> None:
    """Drop whatever of a warehouse there is."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set client_min_messages = warning")
        for schema in SCHEMAS:
            connection.execute(f"drop schema if exists {schema} cascade".encode())


def load_release(url: str) -> None:
    """Restore the warehouse of the last release, in place of what is there."""
    empty(url)
    done = subprocess.run(
        [binaries() / "psql", "--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1", url],
        input=LAST_RELEASE.read_text(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
