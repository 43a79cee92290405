"""Applying the schema beside readers and writers: no lock without need, and none waited for long."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

import ingest_app.database.schema
from ingest_app.database.connection import ReconnectingConnection
from ingest_app.database.schema import VERSION, SchemaError, apply_schema
from tests.support.cli import footfall
from tests.support.load import load, post_all
from tests.support.postgres import BreakablePostgres, wait_until
from tests.support.reconciliation import assert_reconciled
from tests.support.server import serving
from tests.support.traffic import Traffic

# What a long build or a dump holds.
TABLES = "raw.visitors, raw.sessions, raw.events, raw.retention_purges, raw.erasures"
ABOUT_TO_LOOK = """
    select count(*)
    from pg_locks as waiting
    where
        waiting.relation = 'raw.retention_purges'::regclass and not waiting.granted
        and clock_timestamp() - waiting.waitstart > interval '0.8 seconds'
"""
NAMES_OF_BEFORE = (
    "footfall.apply_schema",
    "footfall.apply_roles",
    "footfall.purge",
    "raw.ensure_event_partition",
)


@contextmanager
def long_reader(postgres: BreakablePostgres) -> Iterator[None]:
    with postgres.connect() as reader, reader.transaction():
        reader.execute(f"lock table {TABLES} in access share mode".encode())
        yield


def forget_version(postgres: BreakablePostgres) -> None:
    postgres.do("delete from raw.schema_version")


def version(postgres: BreakablePostgres) -> object:
    """The last that was written down, of however many."""
    return postgres.value("select max(version::integer) from raw.schema_version")


def test_where_nothing_is_to_be_done_nothing_is_locked(postgres: BreakablePostgres) -> None:
    tables = postgres.value(
        "select string_agg(oid::regclass::text, ', ') from pg_class "
        "where relnamespace = 'raw'::regnamespace and relkind in ('r', 'p')"
    )
    with postgres.connect() as holder, holder.transaction():
        # Only who reads gets past this.
        holder.execute(f"lock table {tables} in exclusive mode".encode())
        done = footfall("init-db", database=postgres.url)
    assert done.returncode == 0, done.stderr


def test_beside_a_long_reader_nobody_waits(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    with (
        serving(postgres.url, tmp_path) as server,
        load(traffic, server.url) as running,
        long_reader(postgres),
    ):
        running.wait_for(20)
        done = footfall("init-db", database=postgres.url)
        assert done.returncode == 0, done.stderr
        running.wait_for(20)
        running.stop()
        assert_reconciled(traffic, postgres, server)
    assert set(traffic.counts) == {"accepted"}


def test_a_change_behind_a_long_reader_does_not_hold_up_posts(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    # What takes the strongest lock of all: a column that an earlier version did not have.
    postgres.do("alter table raw.retention_purges drop column finished_at")
    forget_version(postgres)
    failed: list[BaseException] = []

    def apply() -> None:
        try:
            apply_schema(postgres.url)
        except BaseException as error:
            failed.append(error)

    applying = Thread(target=apply)
    with serving(postgres.url, tmp_path) as server, load(traffic, server.url) as running:
        # The server has applied it before it began to serve; take it back once more.
        postgres.do("alter table raw.retention_purges drop column finished_at")
        forget_version(postgres)
        running.wait_for(20)
        with long_reader(postgres):
            applying.start()
            wait_until(
                lambda: postgres.value(
                    "select count(*) from pg_stat_activity "
                    "where application_name = 'footfall-schema' and wait_event_type = 'Lock'"
                ),
                "it did not come to the lock",
            )
            running.wait_for(300)
            assert applying.is_alive(), failed
        applying.join()
        running.stop()
        assert_reconciled(traffic, postgres, server)
    assert not failed
    assert set(traffic.counts) == {"accepted"}
    assert version(postgres) == VERSION


def test_who_ends_a_circle_of_locks_comes_again(postgres: BreakablePostgres) -> None:
    postgres.do("alter table raw.retention_purges drop column finished_at")
    forget_version(postgres)
    with ThreadPoolExecutor() as pool:
        with postgres.connect() as other, other.transaction():
            other.execute("lock table raw.retention_purges in access share mode")
            applying = pool.submit(apply_schema, postgres.url)
            # It looks for a circle after one second, and has the sessions by then.
            wait_until(lambda: postgres.value(ABOUT_TO_LOOK), "it never waited for long")
            other.execute("lock table raw.sessions in access share mode")
        applying.result()
    assert version(postgres) == VERSION


def test_where_the_lock_stays_taken_it_says_so_and_changes_nothing(
    postgres: BreakablePostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_app.database.schema, "PATIENCE_SECONDS", 1)
    postgres.do("alter table raw.retention_purges drop column finished_at")
    forget_version(postgres)
    with long_reader(postgres), pytest.raises(SchemaError) as told:
        apply_schema(postgres.url)
    assert "for 1 seconds another session had what it needs" in str(told.value)
    assert re.search(r"the oldest: footfall, .*, process \d+, for \d+ s", str(told.value))
    assert version(postgres) is None
    apply_schema(postgres.url)
    assert version(postgres) == VERSION


def test_a_read_only_database_is_named_as_such(postgres: BreakablePostgres) -> None:
    forget_version(postgres)
    with postgres.taking_no_writes():
        for command in (["init-db"], ["purge"], ["erase", "--yes", "--anon-id", "visitor-0001"]):
            done = footfall(*command, database=postgres.url)
            assert done.returncode == 1
            assert "the database takes no writes" in done.stderr
            assert "Traceback" not in done.stderr
    postgres.do(f"insert into raw.schema_version (version) values ('{VERSION}')")


def test_locks_whose_names_are_public_hold_up_nothing(
    postgres: BreakablePostgres, tmp_path: Path, traffic: Traffic
) -> None:
    with postgres.connect() as stranger:
        for name in NAMES_OF_BEFORE:
            stranger.execute("select pg_advisory_lock(hashtext(%s))", (name,))
        forget_version(postgres)
        apply_schema(postgres.url)
        link = ReconnectingConnection(postgres.url, name="footfall-test")
        with link.connection() as connection:
            connection.execute("select raw.ensure_event_partition('2031-05-05')")
        link.close()
        done = footfall("purge", database=postgres.url)
        assert done.returncode == 0, done.stderr
        with serving(postgres.url, tmp_path) as server:
            post_all(traffic, server.url, traffic.events("beside", 4))
            assert_reconciled(traffic, postgres, server)
    assert traffic.counts == {"accepted": 4}
