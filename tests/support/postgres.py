"""A PostgreSQL that tests may stop, kill and start again."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from ingest_app.database.embedded import DATABASE, EmbeddedPostgres
from ingest_app.database.schema import apply_schema
from tests.support.ports import new_port
from tests.support.processes import family, wait_until_gone

WAITING = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"

Connection = psycopg.Connection[dict[str, Any]]


class BreakablePostgres(EmbeddedPostgres):
    """An embedded cluster and the ways in which it may fail."""

    name = DATABASE

    def start(self) -> None:
        """Start it again, on the port that clients know."""
        port = self.port
        self.up()
        assert self.port == port, "another program took the port of the stopped database"

    def start_as_it_is(self) -> None:
        """Start the server on the files that are there, none of which is written before."""
        done = self._run("pg_ctl", "start", "-D", self._cluster, "-w", "-l", self._log)
        assert done.returncode == 0, done.stdout

    def stop_at_once(self) -> None:
        """What an operator does in a hurry: no checkpoint, every connection cut."""
        done = self._run("pg_ctl", "stop", "-D", self._cluster, "-m", "immediate", "-w")
        assert done.returncode == 0, done.stdout

    def kill(self) -> None:
        """`kill -9` of the postmaster. Its orphans notice and end, which PostgreSQL has to await."""
        postmaster, *backends = family(self.pid)
        os.kill(postmaster, signal.SIGKILL)
        wait_until_gone([postmaster, *backends])

    @property
    def pid(self) -> int:
        """The postmaster."""
        return int(self._pid_file.read_text().split()[0])

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A session of the test's own, which may write whatever the default is for others."""
        with psycopg.connect(
            self.url,
            autocommit=True,
            row_factory=dict_row,
            options="-c default_transaction_read_only=off",
        ) as connection:
            yield connection

    def do(self, *statements: str) -> None:
        """Run statements, each a transaction of its own."""
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def value(self, query: str) -> Any:
        """The one value of a query's one row."""
        with self.connect() as connection:
            [row] = connection.execute(query.encode()).fetchall()
        [value] = row.values()
        return value

    def cut_connections(self) -> None:
        """End every other session."""
        self.do(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where pid <> pg_backend_pid() and datname = current_database()"
        )

    @contextmanager
    def taking_no_writes(self) -> Iterator[None]:
        """Whoever connects within the block may only read."""
        # Citus would change every node, and could not take it back: those take no writes then.
        alone = "set citus.enable_ddl_propagation = off"
        self.do(alone, f"alter database {self.name} set default_transaction_read_only = on")
        try:
            yield
        finally:
            self.do(alone, f"alter database {self.name} reset default_transaction_read_only")

    def do_as_superuser(self, *statements: str) -> None:
        """Run statements as nobody can by TCP. The cluster must not be running."""
        done = self._run(
            *("postgres", "--single", "-j", "-D", self._cluster, "postgres"),
            stdin="".join(f"{statement};\n\n" for statement in statements),
        )
        assert done.returncode == 0, done.stdout
        assert "ERROR:" not in done.stdout, done.stdout

    def wait_for_lock_waits(self) -> None:
        """Returns once a session waits for a lock; fails when it does not come to that."""
        wait_until(lambda: self.value(WAITING), "nobody came to wait for the lock")


def columns(connection: Connection, relation: str) -> dict[str, str]:
    """The columns of a relation with their types."""
    rows = connection.execute(
        "select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute"
        " where attrelid = %s::regclass and attnum > 0 and not attisdropped",
        (relation,),
    )
    return {row["name"]: row["type"] for row in rows}


@contextmanager
def holding(database: str, statement: str) -> Iterator[None]:
    """A transaction that keeps the locks of a statement until the block ends, and is undone."""
    with psycopg.connect(database) as connection:
        connection.execute(statement.encode())
        yield
        connection.rollback()


def wait_until(holds: Callable[[], object], otherwise: str, seconds: float = 180) -> None:
    """Returns once something holds; fails with `otherwise` when it does not come to that."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.02)


@contextmanager
def breakable_postgres() -> Iterator[BreakablePostgres]:
    """A cluster with the schema applied, running."""
    # Not pytest's own folder: a second run closes that to the user that the server runs as.
    with tempfile.TemporaryDirectory(prefix="footfall-test-") as folder:
        cluster = BreakablePostgres(Path(folder), new_port())
        cluster.up()
        try:
            apply_schema(cluster.url)
            yield cluster
        finally:
            cluster.down()
