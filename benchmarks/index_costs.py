"""COPY with every index of raw.events, and with all but one of them, by turns."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from psycopg import Connection, sql

from benchmarks.bench import Bench
from benchmarks.copying import BLOCK_BYTES
from benchmarks.event_indexes import EventIndex, event_indexes, without
from benchmarks.processes import own_cpu_seconds
from ingest_app.schema import ENSURE_PARTITION

DATABASE = "index_costs"
NO_INDEX = "any index at all"
NO_FOREIGN_KEY = "foreign keys"
FOREIGN_KEYS_OFF = "set session_replication_role = replica"

SPAN = """
    where occurred_on between ({since}::timestamptz at time zone 'UTC')::date
            and ({until}::timestamptz at time zone 'UTC')::date
        and "timestamp" >= {since}::timestamptz and "timestamp" < {until}::timestamptz
"""
# The rows that those events refer to.
OWNERS = {
    "visitors": "id in (select visitor_id from raw.events {where})",
    "sessions": "(visitor_id, id) in (select visitor_id, session_id from raw.events {where})",
}


def costs(bench: Bench, source: str) -> dict[str, Any]:
    """What ingest gains without each index, without all, and without the foreign keys."""
    folder = bench.scratch / "index_costs"
    folder.mkdir(exist_ok=True)
    bench.cluster.create(DATABASE)
    rows = _copy_out(bench, source, folder)
    with bench.cluster.connect(DATABASE) as connection:
        for table in OWNERS:
            connection.execute(FOREIGN_KEYS_OFF)
            _copy_in(connection, folder, table)
            connection.execute("reset session_replication_role")
        # The plans of the foreign keys' checks want to know how many there are.
        connection.execute("vacuum (analyze) raw.visitors, raw.sessions")
    names = [index.name for index in _all(bench)]
    pairs: dict[str, list[dict[str, Any]]] = {
        name: [] for name in [*names, NO_INDEX, NO_FOREIGN_KEY]
    }
    for _ in range(bench.plan.index_runs):
        for name, found in pairs.items():
            found.append(
                {
                    "with": _measure(bench, folder, rows, lacking=None),
                    "without": _measure(bench, folder, rows, lacking=name),
                }
            )
    bench.cluster.drop(DATABASE)
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    return {"rows": rows, "pairs": pairs}


def _all(bench: Bench) -> list[EventIndex]:
    with bench.cluster.connect(DATABASE) as connection:
        return event_indexes(connection)


def _measure(bench: Bench, folder: Path, rows: int, *, lacking: str | None) -> dict[str, float]:
    bench.cluster.checkpoint()
    with bench.cluster.connect(DATABASE) as connection:
        connection.execute("truncate raw.events")
        gone = [index for index in event_indexes(connection) if lacking in (index.name, NO_INDEX)]
        if lacking == NO_FOREIGN_KEY:
            connection.execute(FOREIGN_KEYS_OFF)
        with without(connection, gone):
            measured = _timed_copy(bench, connection, folder, rows)
            connection.execute("truncate raw.events")
        return measured


def _timed_copy(
    bench: Bench, connection: Connection[Any], folder: Path, rows: int
) -> dict[str, float]:
    backend = connection.info.backend_pid
    wal, cpu, started = bench.cluster.wal(), own_cpu_seconds(backend), time.perf_counter()
    _copy_in(connection, folder, "events")
    seconds = time.perf_counter() - started
    return {
        "rows_per_second": round(rows / seconds, 1),
        "cpu_ms_by_1000_rows": round((own_cpu_seconds(backend) - cpu) * 1e6 / rows, 2),
        "wal_bytes_by_row": round((bench.cluster.wal().position - wal.position) / rows, 1),
    }


def _copy_out(bench: Bench, source: str, folder: Path) -> int:
    # Events are spread evenly over the history's days; the newest are the load of other runs.
    plan = bench.plan
    span = timedelta(days=30 * plan.history_months) * plan.index_rows / plan.history_events
    until = datetime.now(UTC) - timedelta(days=1)
    bounds = {"since": sql.Literal(until - span), "until": sql.Literal(until)}
    with bench.cluster.connect(source) as connection:
        where = sql.SQL(SPAN).format(**bounds)
        events = sql.SQL("copy (select * from raw.events {} order by created_at) to stdout").format(
            where
        )
        rows = _save(connection, events, folder / "events")
        for table, condition in OWNERS.items():
            statement = sql.SQL("copy (select * from raw.{} where {}) to stdout").format(
                sql.Identifier(table), sql.SQL(condition).format(where=where)
            )
            _save(connection, statement, folder / table)
    with bench.cluster.connect(DATABASE) as connection:
        for moment in (until - span, until):
            connection.execute(ENSURE_PARTITION, {"day": moment.date()})
    return rows


def _save(connection: Connection[Any], statement: sql.Composed, file: Path) -> int:
    with file.open("wb") as target, connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for block in copy:
                target.write(block)
        return cursor.rowcount


def _copy_in(connection: Connection[Any], folder: Path, table: str) -> None:
    statement = sql.SQL("copy raw.{} from stdin").format(sql.Identifier(table))
    with (
        (folder / table).open("rb") as file,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        while block := file.read(BLOCK_BYTES):
            copy.write(block)
