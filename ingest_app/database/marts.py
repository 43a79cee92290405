"""Brings what dbt has built over to the shape that builds of this version expect.

The shape of a mart is a number in its model's meta, 1 where nothing is said; what builds remember has
one too, under the name build_state. analytics_state.rollup_shapes says which each of them has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Any

from psycopg import Connection

from ingest_app.database.connection import WORK, connect
from ingest_app.database.ownership import refuse_what_others_own
from ingest_app.database.schema import patiently

STATE = "build_state"
HAS_STATE = "select to_regclass('analytics_state.rollup_watermarks') is not null"
HAS_SHAPES = "select to_regclass('analytics_state.rollup_shapes') is not null"
HAS_MART = "select to_regclass('analytics.' || quote_ident(%(name)s)) is not null"
# Builds only insert into it: they are not held up, and another upgrade is.
ALONE = "lock table analytics_state.rollup_watermarks in share update exclusive mode"
READ_SHAPE = "select shape from analytics_state.rollup_shapes where name = %(name)s"
RECORD_SHAPE = """
    insert into analytics_state.rollup_shapes (name, shape) values (%(name)s, %(shape)s)
    on conflict (name) do update set shape = excluded.shape
"""


@dataclass(frozen=True, order=True, slots=True)
class ShapeUpgrade:
    """What leads a mart, or the state of builds, to a shape from the one before; safe to repeat."""

    name: str
    shape: int
    script: str


def upgrade_marts(url: str) -> list[ShapeUpgrade]:
    """Apply the upgrades that are missing, as the owner of the marts, and return them; idempotent.

    Rows stay, those of days that raw no longer holds too. Raises SchemaError where a lock stays taken,
    and OwnedByOthersError.
    """
    with connect(url, WORK, name="footfall-upgrade", autocommit=True) as connection:
        refuse_what_others_own(connection)
        connection.execute("set client_min_messages = warning")
        if not _holds(connection, HAS_STATE):
            return []
        return [
            upgrade
            for upgrade in shape_upgrades()
            if patiently(connection, partial(_bring_over, connection, upgrade))
        ]


def shape_upgrades() -> list[ShapeUpgrade]:
    """Every upgrade, in order: first of what builds remember, which the others may write to."""
    return sorted(_read_upgrades(), key=lambda upgrade: (upgrade.name != STATE, upgrade))


def _read_upgrades() -> Iterator[ShapeUpgrade]:
    for entry in (files("ingest_app.database") / "upgrades" / "marts").iterdir():
        name, _, shape = entry.name.removesuffix(".sql").rpartition("_")
        yield ShapeUpgrade(name, int(shape), entry.read_text(encoding="utf-8"))


def _bring_over(connection: Connection[Any], upgrade: ShapeUpgrade) -> bool:
    """Whether there was something to do."""
    connection.execute(ALONE)
    if upgrade.name != STATE and not _holds(connection, HAS_MART, name=upgrade.name):
        return False
    if _shape(connection, upgrade.name) >= upgrade.shape:
        return False
    connection.execute(upgrade.script.encode())
    connection.execute(RECORD_SHAPE, {"name": upgrade.name, "shape": upgrade.shape})
    return True


def _shape(connection: Connection[Any], name: str) -> int:
    if not _holds(connection, HAS_SHAPES):
        return 1
    row = connection.execute(READ_SHAPE, {"name": name}).fetchone()
    return 1 if row is None else int(row[0])


def _holds(connection: Connection[Any], question: str, **values: str) -> bool:
    [(answer,)] = connection.execute(question.encode(), values).fetchall()
    return bool(answer)
