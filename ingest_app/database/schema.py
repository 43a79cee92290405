"""Makes the schema raw, and brings one of an earlier version up to date.

A fresh database gets the canonical DDL. Another gets the numbered upgrades that it has not had; a test
holds that both ways lead to the same schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib.resources import files
from time import monotonic, sleep
from typing import Any, TypeVar

from psycopg import Connection, sql
from psycopg.errors import (
    DeadlockDetected,
    DuplicateSchema,
    DuplicateTable,
    InsufficientPrivilege,
    InvalidSchemaName,
    LockNotAvailable,
    UndefinedColumn,
    UndefinedTable,
    UniqueViolation,
)

from ingest_app.database.connection import IN_TURN, WORK, connect

Result = TypeVar("Result")

# Of the DDL as it is here. Whoever changes the DDL raises it by one and writes the upgrade to it.
VERSION = 4
# The lowest version whose app can work with this one. Raised where an upgrade takes away or renames
# what an app of before uses, or asks for what that does not write.
OLDEST_APP = 1
# That of the last release, which knows it by a hash.
FIRST_VERSION = 1

# Partitions stand ready for this long, so that ingest meets a new month without making it.
PARTITIONS_AHEAD = timedelta(days=62)
OLDEST_SERVER = 150000

ENSURE_PARTITION = "select raw.ensure_event_partition(%(day)s)"
# Rows that are no number are hashes, by which apps of the first version know theirs.
READ_VERSION = """
    select version::integer, oldest_app
    from raw.schema_version
    where version ~ '^[0-9]{1,9}$'
    order by version::integer desc
    limit 1
"""
OWNS_RAW = """
    select coalesce(bool_and(pg_has_role(nspowner, 'USAGE')), true)
    from pg_namespace where nspname = 'raw'
"""
HAS_TABLES = "select to_regclass('raw.events') is not null"
RECORD_VERSION = """
    insert into raw.schema_version (version, oldest_app) values (%(version)s, %(oldest_app)s)
"""
# Of Citus (docs/decisions/0064).
KNOWS_NODES = "select to_regclass('pg_catalog.pg_dist_local_group') is not null"
IS_WORKER = "select groupid <> 0 from pg_catalog.pg_dist_local_group"

# Whoever comes while DDL waits for a lock waits behind it, and a writer gives up after two seconds: so
# it steps back sooner, and comes again. Longer than `deadlock_timeout` in the end, after which an
# autovacuum that is in the way gives way; who is in a circle with it may end it sooner.
FIRST_LOCK_SECONDS = 0.2
LONGEST_LOCK_SECONDS = 1.5
LONGEST_PAUSE_SECONDS = 5.0
PATIENCE_SECONDS = 60.0
# Two that make the ground at once, where there is nothing yet to lock.
RACES = (DuplicateSchema, DuplicateTable, UniqueViolation)

# To the semicolon that ends a line outside of a body.
STATEMENT = re.compile(r"\S(?>\$\$.*?\$\$|.)*?(?:;$|\Z)", re.DOTALL | re.MULTILINE)
LOCK_SCHEMA = "lock table raw.schema_version in share update exclusive mode"
OLDEST_TRANSACTION = """
    select
        pid, usename, application_name,
        round(extract(epoch from clock_timestamp() - xact_start))::integer as seconds
    from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
    order by xact_start
    limit 1
"""


class SchemaError(Exception):
    """The database cannot take the schema; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Version:
    """The version of a database, 0 without tables, and the lowest version whose app fits it."""

    number: int
    oldest_app: int = 0

    @property
    def fits_this_app(self) -> bool:
        """Whether it is this app's own, or a newer one with which this app can work."""
        return self.number >= VERSION >= self.oldest_app


def apply_schema(url: str, *, today: date | None = None, may_be_newer: bool = False) -> None:
    """Make the schema, or apply the upgrades that are missing; and the partitions ahead. Idempotent.

    Where nothing is to be done no lock is taken, and none is waited for so long that ingest would
    notice. Raises SchemaError where a lock stays taken, where the role may not change tables and
    would have to, and for a database of a newer version; `may_be_newer` accepts one that this app
    can work with.
    """
    today = today or datetime.now(UTC).date()
    with connect(url, WORK, name="footfall-schema", autocommit=True) as connection:
        if connection.info.server_version < OLDEST_SERVER:
            raise SchemaError(
                f"PostgreSQL 15 or newer is needed; this one is {connection.info.server_version}"
            )
        try:
            found = read_version(connection)
            if found.number < VERSION:
                _refuse_worker(connection)
                _bring_up_to_date(connection)
        except InsufficientPrivilege as error:
            raise SchemaError(
                "the database's schema is older than this app, and this role may not change it "
                f"({error.diag.message_primary}): run `footfall upgrade` or `footfall init-db` as the "
                "owner of schema raw"
            ) from None
        if found.number > VERSION and not (may_be_newer and found.fits_this_app):
            raise SchemaError(
                f"the database has version {found.number} of the schema, and this Footfall knows "
                f"no version after {VERSION}: use the newer Footfall. Nothing was changed"
            )
        _make_partitions(connection, today)


def may_change(connection: Connection[Any]) -> bool:
    """Whether the role owns the schema, or there is none yet."""
    [(is_owner,)] = connection.execute(OWNS_RAW).fetchall()
    return bool(is_owner)


def is_current(connection: Connection[Any]) -> bool:
    """Whether this app can work with the schema; ask on a connection that commits each statement."""
    try:
        return read_version(connection).fits_this_app
    except InsufficientPrivilege:
        return False


def read_version(connection: Connection[Any]) -> Version:
    """The version of the database."""
    try:
        # Within a transaction of the caller this is a savepoint, so that a failure ends only this.
        with connection.transaction():
            row = connection.execute(READ_VERSION).fetchone()
    except (UndefinedTable, InvalidSchemaName, UndefinedColumn):
        row = None
    if row is not None:
        return Version(*row)
    [(has_tables,)] = connection.execute(HAS_TABLES).fetchall()
    return Version(FIRST_VERSION if has_tables else 0)


def _refuse_worker(connection: Connection[Any]) -> None:
    # A worker has the distributed tables and none of the others, so it never has a version.
    if connection.execute(KNOWS_NODES).fetchall() == [(True,)] and connection.execute(
        IS_WORKER
    ).fetchall() == [(True,)]:
        raise SchemaError(
            "this is a worker of Citus: give DATABASE_URL of the coordinator, which knows all nodes. "
            "Nothing was changed"
        )


def _bring_up_to_date(connection: Connection[Any]) -> None:
    connection.execute("set client_min_messages = warning")
    patiently(connection, partial(_run, connection, ddl_scripts()[0]))
    patiently(connection, partial(_make, connection))
    for version in range(FIRST_VERSION + 1, VERSION + 1):
        *earlier, last = upgrade_scripts(version)
        for script in earlier:
            patiently(connection, partial(_upgrade, connection, version, script))
        patiently(connection, partial(_upgrade, connection, version, last, is_last=True))


def _make(connection: Connection[Any]) -> None:
    connection.execute(LOCK_SCHEMA)
    if read_version(connection).number == 0:
        for script in ddl_scripts():
            _run(connection, script)
        _record(connection, VERSION)


def _upgrade(
    connection: Connection[Any], version: int, script: str, *, is_last: bool = False
) -> None:
    # Asked anew under the lock, for another may have been faster.
    connection.execute(LOCK_SCHEMA)
    if read_version(connection).number < version:
        _run(connection, script)
        if is_last:
            _record(connection, version)


def _record(connection: Connection[Any], version: int) -> None:
    connection.execute(RECORD_VERSION, {"version": str(version), "oldest_app": OLDEST_APP})


def _make_partitions(connection: Connection[Any], today: date) -> None:
    # Thirds are shorter than a February, so that no month lies between two of these days.
    days = [today + PARTITIONS_AHEAD * third / 3 for third in range(4)]
    for day in days:
        patiently(connection, partial(connection.execute, ENSURE_PARTITION, {"day": day}))


def _run(connection: Connection[Any], script: str) -> None:
    # Citus passes on the whole text that a change came in, and nodes take one statement at a time.
    connection.execute(IN_TURN)
    for statement in STATEMENT.findall(script):
        connection.execute(statement.encode())


def patiently(connection: Connection[Any], change: Callable[[], Result]) -> Result:
    """Make a change in a transaction, anew as long as a lock that it needs is taken or in a circle."""
    give_up_at = monotonic() + PATIENCE_SECONDS
    lock_seconds = pause = FIRST_LOCK_SECONDS
    while True:
        try:
            with connection.transaction():
                connection.execute(
                    sql.SQL("set local lock_timeout = {}").format(f"{lock_seconds * 1000:.0f}ms")
                )
                return change()
        except (LockNotAvailable, DeadlockDetected, *RACES) as error:
            if monotonic() > give_up_at:
                raise SchemaError(
                    f"the schema could not be changed: for {PATIENCE_SECONDS:.0f} seconds another "
                    f"session had what it needs ({_who(connection) or error.diag.message_primary})."
                    " It stopped there; run this again once that has ended"
                ) from None
            sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            lock_seconds = min(lock_seconds * 2, LONGEST_LOCK_SECONDS)


def _who(connection: Connection[Any]) -> str:
    """The oldest transaction of others, which is likely the one in the way."""
    row = connection.execute(OLDEST_TRANSACTION).fetchone()
    if row is None:
        return ""
    pid, role, application, seconds = row
    return f"the oldest: {role}, {application or 'no name'}, process {pid}, for {seconds} s"


def ddl_scripts() -> list[str]:
    """The DDL files in the order of their numbers."""
    return _scripts("ddl")


def upgrade_scripts(version: int) -> list[str]:
    """What leads to a version from the one before, in order: a transaction each, safe to repeat."""
    return _scripts("upgrades", beginning=f"{version:04}_")


def _scripts(folder: str, *, beginning: str = "") -> list[str]:
    found = sorted(
        (
            entry
            for entry in (files("ingest_app.database") / folder).iterdir()
            if entry.name.startswith(beginning) and entry.name.endswith(".sql")
        ),
        key=lambda entry: entry.name,
    )
    return [entry.read_text(encoding="utf-8") for entry in found]
