"""A rename or a merge as the command runs it."""

from __future__ import annotations

from ingest_app.database.connection import READ, WORK, connect
from ingest_app.database.ownership import owners_of_marts
from ingest_app.operations.moves.builds import alone, rename_in_marts
from ingest_app.operations.moves.found import Moved, counted
from ingest_app.operations.moves.raw_rows import Move, OnProgress
from ingest_app.operations.moves.rules import MoveError, alias_of, check


def preview_move(url: str, old: str, new: str, *, is_merge: bool) -> Moved:
    """What a move would do now; changes nothing. Raises MoveError, psycopg.Error."""
    with connect(url, READ, name="footfall-property") as connection:
        check(connection, old, new, is_merge=is_merge)
        return counted(connection, old, new)


def move_property(
    url: str,
    old: str,
    new: str,
    *,
    is_merge: bool,
    report: OnProgress = lambda _step, _share: None,
) -> Moved:
    """Give everything of `old` the name `new`, and all that still arrives under `old`.

    A rename takes a name that stands nowhere, a merge one that does. To run it again goes on with
    one that was interrupted. Raises MoveError, SchemaError, psycopg.Error.
    """
    with (
        alone(url) as is_ours,
        connect(url, WORK, name="footfall-property", autocommit=True) as connection,
    ):
        with connection.transaction():
            check(connection, old, new, is_merge=is_merge)
            found = counted(connection, old, new)
        if (
            found.is_nothing
            and not (is_merge and not found.is_all)
            and not alias_of(connection, old)
        ):
            raise MoveError(f"nothing is known of the property {old}")
        Move(connection, found, report, is_merge=is_merge).run()
        with connection.transaction():
            if is_ours and not is_merge:
                found.mart_rows = rename_in_marts(connection)
            elif owners := owners_of_marts(connection):
                found.mart_owner = owners[0]
        return found
