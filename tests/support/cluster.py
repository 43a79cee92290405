"""Throw-away clusters, and one that the modules of a process share."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import ObjectInUse

from ingest_app.database.embedded import DATABASE, ROLE, EmbeddedPostgres
from tests.support.ports import new_port
from tests.support.postgres import wait_until

# Nothing here has to outlive a power cut.
FAST = "fsync = off\nfull_page_writes = off\nmax_wal_size = 256MB\n"
SUPERUSER = "postgres"
# The owner comes in as in production, the superuser without a password.
HBA = f"""\
host all {SUPERUSER} 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
"""


@contextmanager
def cluster_with_hba(hba: str, first_port: int) -> Iterator[EmbeddedPostgres]:
    """A running cluster that lets in whom `hba` says."""
    # Not pytest's own folder: a second run closes that to the user that the server runs as.
    with tempfile.TemporaryDirectory(prefix="footfall-test-") as place:
        folder = Path(place)
        folder.chmod(0o755)
        file = folder / "hba.conf"
        file.write_text(hba)
        file.chmod(0o644)
        cluster = EmbeddedPostgres(
            folder / "postgres", first_port, extra_conf=f"{FAST}hba_file = '{file}'\n"
        )
        cluster.up()
        yield cluster
        cluster.down()


class CommonCluster:
    """Has the database of one module at a time, always of the same name.

    Making a database costs a tenth of making a cluster.
    """

    def __init__(self, cluster: EmbeddedPostgres) -> None:
        self.url = cluster.url
        # Of each node that has a part of the database.
        self.admin_urls = [f"postgresql://{SUPERUSER}@127.0.0.1:{cluster.port}/postgres"]

    def make_database(self) -> None:
        """The database as `footfall up` makes it."""
        self.drop_database()
        self.do("create database {} owner {}", sql.Identifier(DATABASE), sql.Identifier(ROLE))

    def drop_database(self) -> None:
        """Drop it, whoever is still connected."""
        name = str(conninfo_to_dict(self.url)["dbname"])
        self.do("drop database if exists {} with (force)", sql.Identifier(name))

    def do(self, statement: LiteralString, *names: sql.Composable) -> None:
        """A statement of the superuser, on each node."""
        do_on_each(self.admin_urls, sql.SQL(statement).format(*names))


@contextmanager
def common_cluster_running() -> Iterator[CommonCluster]:
    """The cluster for as long as the block takes."""
    with cluster_with_hba(HBA, new_port()) as cluster:
        yield CommonCluster(cluster)


class KeptDatabase:
    """A copy of a database, from which it can be made again as it was.

    Whoever is connected is cut off.
    """

    def __init__(self, url: str, admin_urls: Sequence[str]) -> None:
        self._admin_urls = admin_urls
        parts = conninfo_to_dict(url)
        self._name = sql.Identifier(str(parts["dbname"]))
        self._copy = sql.Identifier(f"{parts['dbname']}_kept")
        self._owner = sql.Identifier(str(parts["user"]))
        self._do(
            sql.SQL(
                "select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = {}"
            ).format(sql.Literal(parts["dbname"]))
        )
        self.drop_copy()
        self._do(sql.SQL("create database {} template {}").format(self._copy, self._name))

    def restore(self) -> None:
        """Make the database again."""
        self._do(sql.SQL("drop database {} with (force)").format(self._name))
        self._do(
            sql.SQL("create database {} owner {} template {}").format(
                self._name, self._owner, self._copy
            )
        )

    def drop_copy(self) -> None:
        """Nothing is put back any more."""
        self._do(sql.SQL("drop database if exists {} with (force)").format(self._copy))

    def _do(self, statement: sql.Composed) -> None:
        do_on_each(self._admin_urls, statement)


def do_on_each(urls: Iterable[str], statement: sql.Composed) -> None:
    """A statement outside of a transaction, one node after the other."""
    for url in urls:
        with psycopg.connect(url, autocommit=True) as connection:
            wait_until(
                partial(_is_done, connection, statement), "somebody stays in the database", 60
            )


def _is_done(connection: psycopg.Connection[Any], statement: sql.Composed) -> bool:
    # PostgreSQL waits for five seconds, in which a busy machine does not end every session.
    try:
        connection.execute(statement)
    except ObjectInUse:
        return False
    return True
