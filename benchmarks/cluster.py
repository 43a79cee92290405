"""The PostgreSQL of the benchmarks: the embedded one, with its ordinary durable settings."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, sql

from benchmarks.processes import parent_of
from ingest_app.database.embedded import ROLE, SOCKET_FOLDER, EmbeddedPostgres
from ingest_app.database.schema import apply_schema

FIRST_PORT = 55817
# The socket lets us in as the superuser, who may make databases and read every counter. The
# statistics of statements are loaded, and switched on only where they are looked at.
EXTRA_CONF = """\
hba_file = '{hba_file}'
shared_preload_libraries = 'pg_stat_statements'
pg_stat_statements.track = none
"""
HBA = """\
local all all trust
host all all 127.0.0.1/32 scram-sha-256
"""
SETTINGS_SHOWN = (
    *("fsync", "synchronous_commit", "full_page_writes", "wal_sync_method"),
    *("shared_buffers", "max_wal_size", "wal_compression", "autovacuum"),
)
# Where ingest reads and writes: visitors, sessions, and the events of the month.
PREWARM = """
    select pg_prewarm(pg_class.oid)
    from pg_class
    where
        relnamespace = 'raw'::regnamespace
        and relkind in ('r', 'i')
        and relname ~ to_char(current_date, '"^(visitors|sessions|events_"YYYY_MM")(_|$)"')
"""
# Groups of batches are committed less than a second apart, also on a machine that is held up.
SETTLED_SECONDS = 2.0
# A partition holds a month; events of the load are of today.
COUNT_RECENT = "select count(*) from raw.events where occurred_on >= current_date - 1"


@dataclass(frozen=True)
class Wal:
    """The write-ahead log so far: its end, and whole pages in it (the first touch since a
    checkpoint writes one).
    """

    position: int
    full_pages: int


class Cluster:
    """A running server and what one may ask of it."""

    def __init__(self, postgres: EmbeddedPostgres) -> None:
        self._postgres = postgres
        self._socket_folder = postgres.folder / SOCKET_FOLDER

    def url(self, database: str) -> str:
        """How the app reaches a database: by TCP and as its ordinary role."""
        return f"{self._postgres.url.rpartition('/')[0]}/{database}"

    def connect(self, database: str = "postgres", **options: Any) -> Connection[Any]:
        """A superuser's connection that commits each statement."""
        return psycopg.connect(
            host=str(self._socket_folder),
            port=self._postgres.port,
            user="postgres",
            dbname=database,
            autocommit=True,
            **options,
        )

    def create(self, database: str) -> str:
        """A fresh database with the schema; what was there under this name is gone."""
        self.create_empty(database)
        apply_schema(self.url(database))
        return database

    def create_empty(self, database: str, *, template: str = "template1") -> str:
        """A fresh database with what the template has; what was there under this name is gone."""
        self.drop(database)
        with self.connect() as connection:
            connection.execute(
                # Files are copied, not logged row by row.
                sql.SQL("create database {} owner {} template {} strategy file_copy").format(
                    *map(sql.Identifier, (database, ROLE, template))
                )
            )
        return database

    def copy(self, database: str, name: str) -> str:
        """A second database with all that this one has, which nobody may be connected to.

        It is as one that has been in use. Rows that were made and never read are written again when
        somebody reads them, with whole pages in the log; and a copied file is in nobody's memory.
        """
        with self.connect(database) as connection:
            connection.execute("vacuum")
        self.create_empty(name, template=database)
        with self.connect(name) as connection:
            connection.execute("create extension if not exists pg_prewarm schema public")
            connection.execute(PREWARM)
        self.checkpoint()
        return name

    def drop(self, database: str) -> None:
        """The database goes, and its files."""
        with self.connect() as connection:
            connection.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database))
            )

    def exists(self, database: str) -> bool:
        """Whether there is such a database."""
        with self.connect() as connection:
            found = connection.execute(
                "select from pg_database where datname = %s", (database,)
            ).fetchone()
        return found is not None

    def has(self, database: str, relation: str) -> bool:
        """Whether there is such a database, with such a table in it."""
        if not self.exists(database):
            return False
        with self.connect(database) as connection:
            query = "select to_regclass(%s) is not null"
            return bool(one(connection, query, (relation,))[0])

    def checkpoint(self) -> None:
        """Write out what is dirty, so that every run begins alike."""
        with self.connect() as connection:
            connection.execute("checkpoint")

    def postmaster(self) -> int:
        """The process that all others of the server descend from."""
        with self.connect() as connection:
            return parent_of(connection.info.backend_pid)

    def wal(self) -> Wal:
        """Where the log is now."""
        with self.connect() as connection:
            row = one(
                connection,
                "select pg_current_wal_insert_lsn() - '0/0'::pg_lsn, (select wal_fpi from pg_stat_wal)",
            )
        return Wal(int(row[0]), int(row[1]))

    def blocks_read(self, database: str) -> int:
        """Blocks that were not in shared buffers, so far."""
        with self.connect() as connection:
            query = "select blks_read from pg_stat_database where datname = %s"
            return int(one(connection, query, (database,))[0])

    def settled_count(self, database: str) -> int:
        """The events of these days, once nobody has stored any for `SETTLED_SECONDS`."""
        with self.connect(database) as connection:
            count, since = -1, time.monotonic()
            while time.monotonic() - since < SETTLED_SECONDS:
                [now] = one(connection, COUNT_RECENT)
                if now != count:
                    count, since = now, time.monotonic()
                time.sleep(0.25)
        return int(count)

    def shown_settings(self) -> dict[str, str]:
        """The settings that the figures depend on."""
        with self.connect() as connection:
            return {
                name: one(connection, "select current_setting(%s)", (name,))[0]
                for name in SETTINGS_SHOWN
            }

    def version(self) -> str:
        """The version of the server."""
        with self.connect() as connection:
            return str(one(connection, "show server_version")[0])


def one(connection: Connection[Any], query: Any, parameters: Any = None) -> tuple[Any, ...]:
    """The only row of a query."""
    row = connection.execute(query, parameters).fetchone()
    if row is None:
        raise LookupError(f"no row: {query}")
    return tuple(row)


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """The server of a scratch folder, up for as long as it takes."""
    place = folder.absolute() / "postgres"
    place.mkdir(parents=True, exist_ok=True)
    hba_file = place / "hba.conf"
    hba_file.write_text(HBA)
    postgres = EmbeddedPostgres(place, FIRST_PORT, extra_conf=EXTRA_CONF.format(hba_file=hba_file))
    postgres.up()
    try:
        yield Cluster(postgres)
    finally:
        postgres.down()
