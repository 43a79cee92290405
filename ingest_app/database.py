"""Which database it is, and the connections to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from socket import SHUT_RDWR, socket
from threading import Lock
from typing import Any, Protocol

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import PGconn, Ping

from ingest_app.embedded import EmbeddedPostgres
from ingest_app.settings import Settings

# Seconds. A lock that another session holds this long is not waited for: what cannot be committed
# goes to the spool, and so a client waits no longer than these.
STATEMENT_SECONDS = 5
LOCK_SECONDS = 2
CONNECT_SECONDS = 3
# Also below the grace of builds, which count on no ingest transaction living ten minutes.
SESSION_OPTIONS = (
    f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout={LOCK_SECONDS}s"
    " -c idle_in_transaction_session_timeout=30s"
)


def embedded_postgres(settings: Settings) -> EmbeddedPostgres:
    """The embedded database of the data folder."""
    return EmbeddedPostgres(settings.data_dir / "postgres", settings.db_port)


def database_url(settings: Settings) -> str:
    """DATABASE_URL, or else where the embedded database is."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return embedded_postgres(settings).url


def database_at_hand(settings: Settings) -> str:
    """The same for who needs it now. Raises EmbeddedPostgresError where the embedded one is stopped.

    A server keeps its `database_url` and spools until the database is back.
    """
    if settings.database_url is None:
        return embedded_postgres(settings).running_url
    return database_url(settings)


def is_reachable(url: str) -> bool:
    """Whether a server answers there and takes connections, from whomever."""
    return PGconn.ping(make_conninfo(url, connect_timeout=CONNECT_SECONDS).encode()) == Ping.OK


class Connections(Protocol):
    """Where connections come from: a `Link`, or a pool of psycopg's."""

    def connection(self) -> AbstractContextManager[Connection[Any]]:
        """A connection in a transaction that ends with the block."""


class Link:
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
        return psycopg.connect(
            self._url,
            connect_timeout=CONNECT_SECONDS,
            # A network that swallows everything is told from a slow one by this alone.
            tcp_user_timeout=STATEMENT_SECONDS * 1000,
            application_name=self._name,
            # Also those that the URL asks for.
            options=f"{conninfo_to_dict(self._url).get('options', '')} {SESSION_OPTIONS}",
        )


def _roll_back(connection: Connection[Any]) -> None:
    try:
        connection.rollback()
    except psycopg.Error:
        connection.close()
