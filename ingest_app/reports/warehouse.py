"""Reads marts: several statements in one round trip, all from one moment."""

from __future__ import annotations

from typing import Any, cast

from psycopg import Connection, IsolationLevel, errors
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from ingest_app.database.connection import Purpose, fix_session, parameters
from ingest_app.reports.statements import MartsNotBuiltError, Row, Statement, for_server

# Requests run in a few threads; whoever comes beyond these connections waits for one.
CONNECTIONS = 4
IDLE_SECONDS = 60.0
# A dashboard waits no longer, and a question that takes longer should not stay with the database.
# Most statements take milliseconds: compiling them would take longer. Some count the visitors of a
# quarter by source: with the server's 4 MB they wrote to disk and took twice as long. With workers of
# the server the planner read the rows of all properties, where an index has those of one.
REPORT = Purpose(
    connect_seconds=3,
    statement_seconds=15,
    lock_seconds=15,
    settings=(("jit", "off"), ("work_mem", "64MB"), ("max_parallel_workers_per_gather", "0")),
)
NOT_THERE = (errors.UndefinedTable, errors.InvalidSchemaName, errors.UndefinedColumn)


class MartsUnavailableError(Exception):
    """The database did not answer, or not in time."""


class Warehouse:
    """The marts of a database, over connections that are made when they are first needed."""

    def __init__(self, url: str) -> None:
        self._pool: ConnectionPool[Connection[Row]] = ConnectionPool(
            url,
            min_size=0,
            max_size=CONNECTIONS,
            max_idle=IDLE_SECONDS,
            timeout=REPORT.connect_seconds,
            open=False,
            check=ConnectionPool.check_connection,
            configure=_configure,
            kwargs={"row_factory": dict_row, **parameters(REPORT, name="footfall-reporting")},
            name="reporting",
        )

    def ask(
        self,
        *statements: Statement,
        seconds: int | None = None,
        is_planned_anew: bool = False,
        has_workers: bool = False,
    ) -> list[list[Row]]:
        """The rows of each statement, all of them from one snapshot; each in so many seconds.

        A plan that is kept knows no days, and takes a window for a few of them. For most statements that
        is right; those that read a large mart are planned anew. What reads most of it may have as many workers
        as the server gives.

        Raises MartsNotBuiltError where there was no build yet, MartsUnavailableError where the
        database does not answer.
        """
        self._pool.open()
        try:
            with self._pool.connection() as connection, connection.pipeline():
                with connection.transaction():
                    if seconds is not None:
                        connection.execute(f"set local statement_timeout = '{seconds:d}s'")
                    if is_planned_anew:
                        connection.execute("set local plan_cache_mode = force_custom_plan")
                    if has_workers:
                        connection.execute("set local max_parallel_workers_per_gather to default")
                    version = connection.info.server_version
                    cursors = [
                        connection.execute(cast("Any", for_server(text, version)), values)
                        for text, values in statements
                    ]
                return [cursor.fetchall() for cursor in cursors]
        except NOT_THERE as error:
            raise MartsNotBuiltError(str(error)) from error
        except (PoolTimeout, errors.OperationalError, errors.QueryCanceled) as error:
            raise MartsUnavailableError(str(error)) from error

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


def _configure(connection: Connection[Row]) -> None:
    fix_session(connection, REPORT)
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True
