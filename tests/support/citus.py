"""A cluster of Citus that runs, in place of the clusters of the tests' own."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ingest_app.database.distribution import NODES, distribute
from ingest_app.database.schema import apply_schema
from tests.support.cluster import CommonCluster, do_on_each
from tests.support.postgres import WAITING, BreakablePostgres, wait_until
from tests.support.processes import family, wait_until_gone
from tests.support.roles import As

# A database on the coordinator of a cluster that knows its workers, for a superuser. It is looked at
# only: tests have databases of their own beside it. Every node lets every role in.
CITUS = os.environ.get("TEST_CITUS_URL")
# For `footfall init-db`.
DISTRIBUTED = ("--distributed",) if CITUS else ()
# What starts every node that does not run. They have to be of this machine.
START = os.environ.get("TEST_CITUS_START")
# Where events are stored beside a build: on a cluster it takes the grace of builds to find those.
OVERLAPPING = {
    "test_a_purge_waits_for_builds",
    "test_open_transactions",
    "test_random_histories",
    "test_writers_that_overlap_a_build",
}
UPGRADED = "upgrades of versions before Citus make triggers on what is distributed"
WAITS = "who waits for a lock is told on the node"
# What cannot be there, by a part of the test's name.
NOT_ON_CITUS = {
    "test_an_event_after_the_clock_was_set_back": "a snapshot tells what is new then, and there is none",
    "test_the_app_says_what_to_do_when_the_schema_is_older": UPGRADED,
    "test_a_statement_that_does_not_end": "a trigger on a distributed table",
    "test_the_disk_of_the_database_is_full": "a tablespace for the rows, which are on the workers",
    "[a trigger": "a trigger on a distributed table",
    "test_its_concurrent_neighbours_are_stored": (
        "rows that nodes refuse are found by many transactions, and under load some after the answer"
    ),
    "test_a_deadlock_with_another_session": "who gives way is told by a setting of the session, on the node",
    "test_a_change_behind_a_long_reader": UPGRADED,
    "test_who_ends_a_circle_of_locks": UPGRADED,
    "test_where_the_lock_stays_taken": UPGRADED,
    "test_locks_whose_names_are_public": UPGRADED,
    "test_a_form_that_meets_an_erasure_waits_for_it": WAITS,
    "test_it_waits_for_a_writer_of_the_visitor": WAITS,
    "test_the_horizon_waits_for_writers": WAITS,
    "test_two_writers_at_once_store_it_on_one_of_the_days": WAITS,
    "test_waiting_writers_store_a_visitor_who_is_new": WAITS,
    "test_a_database_without_citus_is_left": "there is Citus",
    "test_an_address_is_in_no_log_metric_or_error": "a trigger on a reference table",
    "test_what_fails_is_told_as_a_page": "a trigger on a reference table",
    "test_no_default_isolation": "the log of a server of its own",
    "test_restore": "a dump of one database restored into another, without nodes",
    "test_a_restored_backup_has_the_same_rollups_and_equals_its_raw_rows": (
        "a dump of one database restored into another, without nodes"
    ),
}


class CitusCluster(CommonCluster):
    """Has the database of one module at a time, a part of it on each node."""

    def __init__(self, url: str, name: str) -> None:
        given = conninfo_to_dict(url)
        with psycopg.connect(url) as connection:
            workers = connection.execute(NODES).fetchall()
        assert workers, "the database of TEST_CITUS_URL knows no worker"
        self._nodes = [(str(given["host"]), int(given.get("port") or 5432))]
        self._nodes += [(host, port) for host, port, _ in workers]
        self.name = name
        self._given = url
        self.url = self.url_of(str(given["user"]))
        self.admin_urls = [self._admin_url(node, "postgres") for node in self._nodes]

    def url_of(self, role: str) -> str:
        """That of the database for a role."""
        host, port = self._nodes[0]
        return f"postgresql://{role}:any@{host}:{port}/{self.name}"

    def make_database(self) -> None:
        """An empty one, with the extension, which knows its workers."""
        self.drop_database()
        name = sql.Identifier(self.name)
        self.do("create database {}", name)
        # No statement may go by the clock of a worker's session.
        for worker in self.admin_urls[1:]:
            statement = sql.SQL("alter database {} set timezone to 'Asia/Kathmandu'").format(name)
            do_on_each([worker], statement)
        # Each is a table for each month, and a transaction for each batch: one for each worker.
        count = sql.Literal(len(self._nodes) - 1)
        self.do("alter database {} set citus.shard_count to {}", name, count)
        for node in self._nodes:
            with psycopg.connect(self._admin_url(node, self.name)) as connection:
                connection.execute("create extension citus")
        with psycopg.connect(self._admin_url(self._nodes[0], self.name)) as connection:
            connection.execute("select citus_set_coordinator_host(%s, %s)", self._nodes[0])
            for node in self._nodes[1:]:
                connection.execute("select citus_add_node(%s, %s)", node)

    def _admin_url(self, node: tuple[str, int], name: str) -> str:
        return make_conninfo(self._given, host=node[0], port=node[1], dbname=name)


@contextmanager
def citus_running(url: str) -> Iterator[CitusCluster]:
    """The cluster of that URL, and nothing left on it."""
    cluster = CitusCluster(url, "footfall_test")
    yield cluster
    cluster.drop_database()


@contextmanager
def citus_of_roles(url: str) -> Iterator[As]:
    """A database without a schema, and without roles but its owner's."""
    cluster = CitusCluster(url, "footfall_roles")
    cluster.drop_database()
    known = {node: _roles(node) for node in cluster.admin_urls}
    try:
        cluster.make_database()
        with psycopg.connect(cluster.url) as connection:
            # Citus makes it on each node, and knows of none that was there before.
            connection.execute("create role footfall login")
        cluster.do("alter database footfall_roles owner to footfall")
        yield cluster.url_of
    finally:
        cluster.drop_database()
        for node in cluster.admin_urls:
            for role in _roles(node) - known[node]:
                do_on_each([node], sql.SQL("drop role {}").format(sql.Identifier(role)))


def _roles(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {role for (role,) in connection.execute("select rolname from pg_roles")}


class BreakableNode(BreakablePostgres):
    """A node, which is not ours, and so is started by whoever has made it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.name = str(conninfo_to_dict(url)["dbname"])
        with psycopg.connect(self._url) as connection:
            [(place,)] = connection.execute("show data_directory").fetchall()
        self._place = Path(place)

    @property
    def url(self) -> str:
        """Whether it runs or not."""
        return self._url

    @property
    def pid(self) -> int:
        """The postmaster."""
        return int((self._place / "postmaster.pid").read_text().split()[0])

    def start(self) -> None:
        """Start it again where it was stopped."""
        if self._is_up():
            return
        assert START
        command = shlex.split(START)

        def is_started() -> bool:
            # It may take one for alive that was killed and that nobody has reaped yet.
            return subprocess.run(command, check=False).returncode == 0 and self._is_up()

        wait_until(is_started, "the node does not start")

    def down(self) -> bool:
        """Stop it, and every session with it."""
        self._end(signal.SIGINT)
        return True

    def stop_at_once(self) -> None:
        """No checkpoint, every connection cut."""
        self._end(signal.SIGQUIT)

    def kill(self) -> None:
        """`kill -9` of the postmaster."""
        self._end(signal.SIGKILL)

    def do_as_superuser(self, *statements: str) -> None:
        """Run statements of a cluster that is not running, and is not running afterwards."""
        self.start()
        self.do(*statements)
        self.down()

    def wait_for_lock_waits(self) -> None:
        """Rows are locked on the workers, other things here."""
        waiting = f"select ({WAITING}) + (select count(*) from citus_lock_waits)"
        wait_until(lambda: self.value(waiting), "nobody came to wait for the lock")

    def _is_up(self) -> bool:
        try:
            psycopg.connect(self._url).close()
        except psycopg.OperationalError:
            return False
        return True

    def _end(self, number: signal.Signals) -> None:
        if START is None:
            pytest.skip("stops a node: needs TEST_CITUS_START")
        members = family(self.pid)
        os.kill(members[0], number)
        wait_until_gone(members)


@contextmanager
def breakable_coordinator(url: str) -> Iterator[BreakableNode]:
    """A coordinator with raw distributed."""
    cluster = CitusCluster(url, "footfall_faults")
    cluster.make_database()
    apply_schema(cluster.url)
    distribute(cluster.url)
    coordinator = BreakableNode(cluster.url)
    yield coordinator
    coordinator.start()
    cluster.drop_database()


# By which builds and purges tell that a row is new.
RECEIVED = {
    "sessions": "updated_at",
    "events": "created_at",
    "form_submissions": "created_at",
    "submission_properties": "created_at",
    "ingest_rejections": "created_at",
    "ingest_duplicates": "created_at",
    "erasures": "created_at",
}
HAS_WATERMARKS = "select to_regclass('analytics_state.rollup_watermarks') is not null"


def pass_grace(database: str) -> None:
    """As if all that is there were an hour old: what the next build counts is nothing that a purge
    holds back. Elsewhere a snapshot tells what a build has counted."""
    if CITUS is None:
        return
    with psycopg.connect(database) as connection:
        for table, column in RECEIVED.items():
            connection.execute(
                f"update raw.{table} set {column} = "
                f"({column} at time zone 'UTC' - interval '1 hour') at time zone 'UTC'".encode()
            )
        if connection.execute(HAS_WATERMARKS).fetchall() == [(True,)]:
            connection.execute(
                "update analytics_state.rollup_watermarks"
                " set received_through = received_through - interval '1 hour',"
                " clock_at = clock_at - interval '1 hour'"
            )
