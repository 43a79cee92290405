"""The marts of a build from scratch, beside those that many builds have grown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import psycopg

from tests.support.dbt import Dbt
from tests.support.recount.marts import KEYS

Connection = psycopg.Connection[dict[str, Any]]

GROWN = "analytics_grown"
# They tell of builds, and so depend on them.
LEDGERS = {"rollup_reconciliation", "rollup_restatements"}


def forget_builds(connection: Connection) -> None:
    """Drop all that builds have made."""
    for schema in ("analytics", GROWN, "analytics_staging", "analytics_state"):
        connection.execute(f"drop schema if exists {schema} cascade")


def assert_marts_equal_scratch(connection: Connection, dbt: Dbt) -> None:
    """Builds all marts anew and compares; the new ones stay."""
    connection.execute(f"drop schema if exists {GROWN} cascade")
    connection.execute(f"alter schema analytics rename to {GROWN}")
    connection.execute("drop schema analytics_state cascade")
    dbt.run_models()
    marts = tables(connection, GROWN)
    assert marts == tables(connection, "analytics")
    assert marts >= KEYS.keys()
    assert_same_rows(connection, marts - LEDGERS)


def assert_rebuilding_changes_nothing(
    connection: Connection, dbt: Dbt, first: date, last: date
) -> None:
    """A named rebuild of these days has the rows that many builds have grown."""
    connection.execute(f"drop schema if exists {GROWN} cascade")
    connection.execute(f"create schema {GROWN}")
    for mart in KEYS:
        connection.execute(f"create table {GROWN}.{mart} as table analytics.{mart}")
    dbt.run_models("--vars", f"{{rebuild_from: '{first}', rebuild_to: '{last}'}}")
    assert_same_rows(connection, KEYS)


def assert_same_rows(connection: Connection, marts: Iterable[str]) -> None:
    """Those of the marts and those that were kept; the latter go."""
    for mart in sorted(marts):
        columns = columns_of(connection, mart)
        for some, others in ((GROWN, "analytics"), ("analytics", GROWN)):
            rows = connection.execute(
                f"select {columns} from {some}.{mart} except all "
                f"select {columns} from {others}.{mart} limit 5"
            ).fetchall()
            assert not rows, f"only in {some}.{mart}: {rows}"
    connection.execute(f"drop schema {GROWN} cascade")


def tables(connection: Connection, schema: str) -> set[str]:
    """The tables of a schema."""
    rows = connection.execute(
        "select table_name from information_schema.tables "
        "where table_schema = %s and table_type = 'BASE TABLE'",
        (schema,),
    )
    return {row["table_name"] for row in rows}


def columns_of(connection: Connection, mart: str) -> str:
    """The columns of a mart, without the time it was made. Dates as text: some are endless."""
    rows = connection.execute(
        "select column_name, data_type from information_schema.columns "
        "where table_schema = 'analytics' and table_name = %s and column_name != 'generated_at' "
        "order by ordinal_position",
        (mart,),
    )
    return ", ".join(
        f"{row['column_name']}::text" if row["data_type"] == "date" else row["column_name"]
        for row in rows
    )
