"""Which properties may be renamed and merged, and into which."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import Connection

from ingest_app.operations.moves.found import counted

ALIAS = "select property_id, is_merge, moved_at from raw.property_aliases where alias = %(name)s"
INTERRUPTED = """
    select alias, property_id, is_merge
    from raw.property_aliases where moved_at is null and alias <> %(old)s
"""
# Without any purge there is no day that raw does not hold, and the next build counts them all.
WAITS = """
    select exists (
        select from raw.property_aliases
        where alias = %(name)s and is_merge and marts_moved_at is null
    ) and exists (select from raw.retention_purges)
"""


class MoveError(Exception):
    """The properties cannot be moved as asked; the message says why, and what to do."""


def check(connection: Connection[Any], old: str, new: str, *, is_merge: bool) -> None:
    """Raise MoveError where the two cannot be moved so."""
    command = "merge" if is_merge else "rename"
    if old == new:
        raise MoveError("the two names are the same")
    rows = connection.execute(INTERRUPTED, {"old": old}).fetchall()
    for alias, property_id, was_merge in rows:
        raise MoveError(
            f"a move was interrupted: run `footfall property {'merge' if was_merge else 'rename'} "
            f"{alias} {property_id}` again first"
        )
    if known := alias_of(connection, old):
        property_id, was_merge, _moved_at = known
        if property_id != new:
            raise MoveError(f"{old} is another name of {property_id}: {command} that")
        if was_merge != is_merge:
            raise MoveError(f"{old} is another name of {new} already")
        return
    if (known := alias_of(connection, new)) and (is_merge or known[0] != old):
        raise MoveError(
            f"{new} is another name of {known[0]}: {command} into that, or take another"
        )
    if not is_merge and _waits(connection, new):
        raise MoveError(
            f"the marts have yet to make {new} a part of {old}: run `footfall dbt build` first"
        )
    if is_merge:
        known_of_new = counted(connection, new, old)
        if known_of_new.is_nothing and known_of_new.is_all:
            raise MoveError(
                f"nothing is known of the property {new}: use `footfall property rename`"
            )
    elif not counted(connection, new, old).is_nothing:
        raise MoveError(f"the property {new} is there: use `footfall property merge`")


def alias_of(connection: Connection[Any], name: str) -> tuple[str, bool, datetime | None] | None:
    """Of which property it is another name, by a merge or not, and when the last raw row was moved."""
    row = connection.execute(ALIAS, {"name": name}).fetchone()
    return None if row is None else (row[0], row[1], row[2])


def _waits(connection: Connection[Any], name: str) -> bool:
    """Whether a build has yet to merge the name's days that marts alone know."""
    [(waits,)] = connection.execute(WAITS, {"name": name}).fetchall()
    return bool(waits)
