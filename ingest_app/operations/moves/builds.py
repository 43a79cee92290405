"""Keeps builds away from a move, and tells the marts of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection
from psycopg.errors import LockNotAvailable, RaiseException

from ingest_app.database.connection import WORK, connect
from ingest_app.database.ownership import MARTS, owners_of_marts
from ingest_app.operations.macros import macro
from ingest_app.operations.moves.rules import MoveError

LOCK = "lock table raw.property_aliases in share update exclusive mode nowait"
HAS_BUILDS = "select to_regclass('analytics_state.rollup_builds') is not null"
MOVED_ROWS = "select coalesce(nullif(current_setting('footfall.moved_rows', true), ''), '0')"


@contextmanager
def alone(url: str) -> Iterator[bool]:
    """No other move runs for the block, and no build where the marts are the role's own: which it yields."""
    with connect(url, WORK, name="footfall-property-lock") as connection:
        try:
            connection.execute(LOCK)
        except LockNotAvailable:
            raise MoveError("another property is being renamed or merged") from None
        is_ours = not owners_of_marts(connection)
        [(has_builds,)] = connection.execute(HAS_BUILDS).fetchall()
        if is_ours and has_builds:
            try:
                connection.execute(render_hold_builds().encode())
            except RaiseException as error:
                raise MoveError(str(error.diag.message_primary)) from None
        yield is_ours


def rename_in_marts(connection: Connection[Any]) -> int:
    """Run what a build runs; how many rows of marts have another name."""
    connection.execute(render_move_properties().encode())
    [(rows,)] = connection.execute(MOVED_ROWS).fetchall()
    return int(rows)


def render_move_properties() -> str:
    """The macro as SQL."""
    return macro("builds/move_properties.sql")(MARTS)


def render_hold_builds() -> str:
    """What claim_build() does before anything else, as SQL: builds that begin wait for the transaction."""
    return macro("builds/hold_builds.sql")()
