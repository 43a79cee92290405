"""The connections to the database.

Everything of the app connects by `connect`, or by `parameters` and `fix_session` where a pool makes
the connections: what a session depends on is fixed there, whatever server, role, address and
environment say (docs/decisions/0020).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from socket import SHUT_RDWR, socket
from threading import Lock
from typing import Any

import psycopg
from psycopg import Connection, sql
from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping
from psycopg.rows import TupleRow

# What figures, days and answers depend on. `lc_*` are not among them: no statement asks for them.
SESSION = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "extra_float_digits": "1",
    # What waits for a lock has to see, once it has it, what the holder did.
    "default_transaction_isolation": "read committed",
    # Every other name is written with its schema.
    "search_path": "pg_catalog, pg_temp",
}
TRANSACTION_TIMEOUT_SINCE = 170000
# On Citus, in a transaction that changes shards and what stands on every node: `leads`, or a function.
# Plain PostgreSQL takes it for a setting that nobody reads.
IN_TURN = "set local citus.multi_shard_modify_mode to 'sequential'"


READ_ONLY = (
    "the database takes no writes: it is a replica, or `default_transaction_read_only` is on for it or "
    "for this role"
)
LOCKED = (
    "another session held a lock for longer than this waits; nothing is half done. Run it again once "
    "that session has ended"
)
NO_RAW_TABLES = "there are no raw tables: run `footfall up` or `footfall init-db` first"


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a connection is for, and so how many seconds it waits for what. 0 has no end."""

    connect_seconds: int
    statement_seconds: int
    lock_seconds: int
    idle_in_transaction_seconds: int = 0
    # Whether a network that swallows everything is given up after `statement_seconds`.
    trusts_no_network: bool = False
    is_read_only: bool = False
    settings: tuple[tuple[str, str], ...] = ()


# A lock that another session holds so long is not waited for: what cannot be committed goes to the
# spool, and so a client waits no longer than these. They are also below the grace of builds, which
# count on no ingest transaction living ten minutes.
INGEST = Purpose(3, 5, 2, 30, trusts_no_network=True)
# Longer than a database that is well ever takes; shorter than a balancer waits for an answer.
HEALTH = Purpose(2, 2, 2, trusts_no_network=True, is_read_only=True)
# Commands of a person or a timer. They may take their time, and wait for no lock for good.
READ = Purpose(10, 0, 60, is_read_only=True)
WORK = Purpose(10, 0, 60)


def is_reachable(url: str) -> bool:
    """Whether a server answers there and takes connections, from whomever."""
    conninfo = make_conninfo(url, connect_timeout=INGEST.connect_seconds)
    return PGconn.ping(conninfo.encode()) == Ping.OK


def connect(
    url: str, purpose: Purpose, *, name: str, autocommit: bool = False
) -> Connection[TupleRow]:
    """A connection whose session is as `SESSION` and the purpose say. Raises psycopg.Error."""
    connection = psycopg.connect(url, autocommit=True, **parameters(purpose, name=name))
    try:
        fix_session(connection, purpose)
        connection.autocommit = autocommit
    except BaseException:
        connection.close()
        raise
    return connection


def parameters(purpose: Purpose, *, name: str) -> dict[str, Any]:
    """What a connection of the purpose is opened with."""
    found: dict[str, Any] = {
        "connect_timeout": purpose.connect_seconds,
        "application_name": name,
    }
    if purpose.trusts_no_network:
        found["tcp_user_timeout"] = purpose.statement_seconds * 1000
    return found


def fix_session(connection: Connection[Any], purpose: Purpose) -> None:
    """Set what the session depends on, on a connection that is in no transaction.

    Statements and not the parameter `options`: what the environment says of the time zone comes after
    that. Committed before anything else, or a rollback would undo them.
    """
    settings = SESSION | {
        "statement_timeout": f"{purpose.statement_seconds}s",
        "lock_timeout": f"{purpose.lock_seconds}s",
        "idle_in_transaction_session_timeout": f"{purpose.idle_in_transaction_seconds}s",
        **dict(purpose.settings),
    }
    if connection.info.server_version >= TRANSACTION_TIMEOUT_SINCE:
        settings["transaction_timeout"] = "0"
    # Never turned off: a database that was made read-only is to be left alone.
    if purpose.is_read_only:
        settings["default_transaction_read_only"] = "on"
    calls = [
        sql.SQL("pg_catalog.set_config({}, {}, false)").format(*pair) for pair in settings.items()
    ]
    was_autocommit = connection.autocommit
    connection.autocommit = True
    connection.execute(sql.SQL("select {}").format(sql.SQL(", ").join(calls)))
    connection.autocommit = was_autocommit


class ReconnectingConnection:
    """One connection, made when it is first needed and made anew after it broke.

    Whoever comes while it is in use waits. Safe to share between threads.
    """

    def __init__(self, url: str, *, name: str) -> None:
        self._url = url
        self._name = name
        self._lock = Lock()
        self._connection: Connection[Any] | None = None

    @contextmanager
    def connection(self) -> Iterator[Connection[Any]]:
        """The connection in a transaction that ends with the block. Raises psycopg.Error."""
        with self._lock:
            connection = self._connection
            if connection is None or connection.closed:
                connection = self._connection = self._connect()
            try:
                yield connection
                connection.commit()
            except BaseException:
                _roll_back(connection)
                raise

    @property
    def is_open(self) -> bool:
        """Whether the last error has left it open: then it was not of the connection."""
        return self._connection is not None and not self._connection.closed

    def cancel(self) -> None:
        """Ask the database to stop what the connection does, from another thread; it fails there."""
        connection = self._connection
        if connection is not None and not connection.closed:
            with suppress(psycopg.Error):
                connection.cancel_safe(timeout=1)

    def cut(self) -> None:
        """Cut the connection, from another thread, where the database does not answer at all."""
        connection = self._connection
        if connection is not None and not connection.closed:
            with (
                suppress(OSError, psycopg.Error),
                socket(fileno=os.dup(connection.fileno())) as one,
            ):
                one.shutdown(SHUT_RDWR)

    def close(self) -> None:
        """Close the connection; a later use opens another."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()

    def _connect(self) -> Connection[Any]:
        return connect(self._url, INGEST, name=self._name)


def _roll_back(connection: Connection[Any]) -> None:
    try:
        connection.rollback()
    except psycopg.Error:
        connection.close()
