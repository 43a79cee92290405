"""A database whose sessions are set up in other ways than ours, as users and their tools do it."""

from __future__ import annotations

import psycopg
from psycopg import sql

# Where clocks are put forward at midnight: the sixth of September 2026 has no 00:00 there.
ZONE = "America/Santiago"
SETTINGS = {
    "timezone": ZONE,
    "datestyle": "German, DMY",
    "intervalstyle": "sql_standard",
    "client_encoding": "LATIN1",
    "standard_conforming_strings": "off",
    "extra_float_digits": "-15",
    "bytea_output": "escape",
    "default_transaction_isolation": "serializable",
    "lc_monetary": "C.UTF-8",
    "lc_numeric": "C.UTF-8",
    "lc_time": "C.UTF-8",
}
# Nothing of ours is there, and a name of the catalogue comes from it first.
SCHEMA = "elsewhere"
SHADOWS = (
    f"create schema {SCHEMA}",
    f"grant usage on schema {SCHEMA} to public",
    f"create function {SCHEMA}.now() returns timestamptz language sql stable "
    "as 'select timestamptz ''2001-01-01 00:00+00'''",
    f"create table {SCHEMA}.visitors (id integer)",
)


def make_strange(owner: str) -> None:
    """Set a database up strangely, for every session that begins from now on."""
    with psycopg.connect(owner, autocommit=True) as connection:
        for statement in SHADOWS:
            connection.execute(statement.encode())
        for name, value in SETTINGS.items():
            _set(connection, name, sql.Literal(value))
        # Ahead of the catalogue.
        _set(connection, "search_path", sql.SQL(f"{SCHEMA}, pg_catalog"))


def _set(connection: psycopg.Connection, name: str, value: sql.Composable) -> None:
    connection.execute(
        sql.SQL("alter database {} set {} to {}").format(
            sql.Identifier(connection.info.dbname), sql.Identifier(name), value
        )
    )
