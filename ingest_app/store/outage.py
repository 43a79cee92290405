"""Whether the database is away, for the threads of a process that write to it."""

from __future__ import annotations

from threading import Lock

import psycopg
from psycopg import errors

# The database answers, and cannot take a write for a while.
NOT_NOW = (
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.TooManyConnections,
    errors.DiskFull,
    errors.OutOfMemory,
    errors.ReadOnlySqlTransaction,
)


def is_outage(error: BaseException) -> bool:
    """Whether the next write would fail as this one did, whatever it writes."""
    if isinstance(error, NOT_NOW):
        return True
    # An error of the connection has no SQLSTATE, or one of class 08. An error of a statement has
    # another.
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and (
        error.sqlstate is None or error.sqlstate.startswith("08")
    )


def node_that_is_away(error: BaseException, node: int | None, *, is_connected: bool) -> int | None:
    """The node of what has failed, where the error says that it is away, or hangs.

    None where the database is one, and where it is away as a whole.
    """
    # What it left unfinished when it went has locks still: nobody waits for those once more.
    hangs = isinstance(error, errors.QueryCanceled | errors.LockNotAvailable)
    if is_connected and (is_outage(error) or hangs):
        return node
    return None


class Outage:
    """What is away: the database, or nodes of one that is distributed.

    Begun by whoever meets it, ended by whoever asks again.
    """

    # Instead of the number of a node.
    ALL = -1

    def __init__(self) -> None:
        # Replaced and never changed, so that nobody needs the lock to look.
        self._away: frozenset[int] = frozenset()
        self._change = Lock()

    @property
    def is_on(self) -> bool:
        """Whether writes go to the spool without being tried."""
        return self.ALL in self._away

    @property
    def nodes(self) -> frozenset[int]:
        """The nodes whose visitors' events go to the spool without being tried."""
        return self._away - {self.ALL}

    def begin(self, node: int = ALL) -> bool:
        """The database, or a node, is away; true where that is news."""
        with self._change:
            was_away = node in self._away
            self._away |= {node}
        return not was_away

    def end(self, node: int = ALL) -> None:
        """The database, or a node, is back."""
        with self._change:
            self._away -= {node}
