"""`footfall rollups` told what it cannot do; what it does is in tests/warehouse/test_retention.py."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import psycopg
import pytest
from rich.console import Console

from ingest_app.cli.rollups import status_table
from ingest_app.operations.rollups import MartStatus
from tests.support.cli import footfall

Connection = psycopg.Connection[dict[str, Any]]
UNREACHABLE = "postgresql://footfall@127.0.0.1:1/footfall"


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-03-02", "2026-03-01", "--from 2026-03-02 lies after --to 2026-03-01"),
        ("2026-02-30", "2026-03-01", "'2026-02-30' does not match the format '%Y-%m-%d'"),
        ("2026-03-01", "tomorrow", "'tomorrow' does not match the format"),
    ],
)
def test_days_that_are_none_are_told_so(database: str, first: str, last: str, said: str) -> None:
    done = footfall("rollups", "backfill", "--from", first, "--to", last, database=database)
    assert done.returncode == 1
    assert said in done.stderr


def test_days_before_the_horizon_are_not_rebuilt(database: str, connection: Connection) -> None:
    connection.execute(
        "insert into raw.retention_purges (id, purged_before)"
        " values (gen_random_uuid(), '2026-02-01')"
    )
    days = ("--from", "2026-01-31", "--to", "2026-02-03")
    done = footfall("rollups", "backfill", *days, database=database)
    connection.execute("truncate raw.retention_purges")
    assert done.returncode == 1
    assert "raw rows before 2026-02-01 were purged" in done.stderr


@pytest.mark.parametrize(
    "command", [("status",), ("backfill", "--from", "2026-01-01", "--to", "2026-01-02")]
)
def test_without_a_database_dbt_is_not_asked(command: tuple[str, ...]) -> None:
    done = footfall("rollups", *command, database=UNREACHABLE)
    assert done.returncode == 1
    assert "connection" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_before_the_first_build_no_mart_is_rolled_up(database: str) -> None:
    done = footfall("rollups", "status", database=database)
    assert done.returncode == 1, done.stderr
    assert re.search(r"daily_ingest_rollups +never built", done.stdout)
    assert "run `footfall dbt build`" in done.stderr


def test_the_status_of_a_mart_fits_a_terminal_of_80_columns() -> None:
    mart = MartStatus(
        "web_vital_distributions",
        datetime(2026, 11, 29, 10, 43, 14, tzinfo=UTC),
        timedelta(minutes=119),
        [date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 29)],
    )
    shown = StringIO()
    Console(file=shown, width=80).print(status_table([mart]))
    assert shown.getvalue().splitlines()[-1].split() == [
        *("web_vital_distributions", "2026-11-29", "10:43", "119", "min"),
        *("3", "2026-11-20", "to", "2026-11-29"),
    ]
