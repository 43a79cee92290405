"""Whether the database is away, for the threads of a process that write to it."""

from __future__ import annotations

from threading import Event as Flag

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


class Outage:
    """Whether the database is away. Begun by whoever meets it, ended by whoever asks again."""

    def __init__(self) -> None:
        self._is_away = Flag()

    @property
    def is_on(self) -> bool:
        """Whether writes go to the spool without being tried."""
        return self._is_away.is_set()

    def begin(self) -> bool:
        """The database is away; true where that is news."""
        was_on = self.is_on
        self._is_away.set()
        return not was_on

    def end(self) -> None:
        """The database took a write."""
        self._is_away.clear()
