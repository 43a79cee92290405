"""A warehouse that the last release made, as a dump."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg

from ingest_app.database.embedded import binaries
from ingest_app.database.ownership import DBT_SCHEMAS

# Plain SQL, under a name that dbt does not take for a test of its own.
LAST_RELEASE = Path(__file__).with_name("warehouse_1.dump")
SCHEMAS = ("raw", *DBT_SCHEMAS)


def empty(url: str) -> None:
    """Drop whatever of a warehouse there is."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set client_min_messages = warning")
        for schema in SCHEMAS:
            connection.execute(f"drop schema if exists {schema} cascade".encode())


def load_release(url: str) -> None:
    """Restore the warehouse of the last release, in place of what is there."""
    empty(url)
    run_script(url, LAST_RELEASE.read_text())


def run_script(url: str, script: str) -> None:
    """Run what pg_dump has written."""
    done = subprocess.run(
        [binaries() / "psql", "--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1", url],
        input=script,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
