"""COPY of rows that ingest has stored: the limit that batches are measured against."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg

from benchmarks.cluster import Cluster

# Whom each table's rows belong to; the halves of two connections do not meet in a visitor.
TABLES: dict[LiteralString, LiteralString] = {
    "visitors": "id",
    "sessions": "visitor_id",
    "events": "visitor_id",
}
BLOCK_BYTES = 1 << 20
PARTS = 2


@dataclass(frozen=True)
class Copied:
    """Events a second, by which tables the time counts."""

    with_visitors_and_sessions: float
    events_alone: float


def copy_out(cluster: Cluster, database: str, folder: Path) -> int:
    """Write the rows to files, in the order in which they lie; the number of events."""
    folder.mkdir(parents=True, exist_ok=True)
    events = 0
    with cluster.connect(database) as connection:
        for table, owner in TABLES.items():
            for part in range(PARTS):
                statement: LiteralString = (
                    f"copy (select * from raw.{table}"  # noqa: S608
                    f" where get_byte(uuid_send({owner}), 15) % 2 = {part}) to stdout"
                )
                with (
                    _file(folder, table, part).open("wb") as file,
                    connection.cursor() as cursor,
                ):
                    with cursor.copy(statement) as copy:
                        for block in copy:
                            file.write(block)
                    events += cursor.rowcount if table == "events" else 0
    return events


def copy_in(cluster: Cluster, folder: Path, *, events: int, connections: int) -> Copied:
    """Time COPY of the files into fresh tables; by the app's own road, TCP and role."""
    database = cluster.create("copied")
    cluster.checkpoint()
    jobs = [list(range(PARTS))[worker::connections] for worker in range(connections)]
    seconds: dict[str, float] = {}
    opened = [psycopg.connect(cluster.url(database)) for _ in jobs]
    try:
        with ThreadPoolExecutor(connections) as threads:
            for table in TABLES:
                started = time.perf_counter()
                list(threads.map(_copy_parts(folder, table), opened, jobs))
                seconds[table] = time.perf_counter() - started
    finally:
        for connection in opened:
            connection.close()
    cluster.drop(database)
    return Copied(events / sum(seconds.values()), events / seconds["events"])


def _copy_parts(
    folder: Path, table: LiteralString
) -> Callable[[psycopg.Connection[tuple[object, ...]], list[int]], None]:
    def copy_parts(connection: psycopg.Connection[tuple[object, ...]], parts: list[int]) -> None:
        with connection.cursor() as cursor, cursor.copy(f"copy raw.{table} from stdin") as copy:
            for part in parts:
                with _file(folder, table, part).open("rb") as file:
                    while block := file.read(BLOCK_BYTES):
                        copy.write(block)
        connection.commit()

    return copy_parts


def _file(folder: Path, table: str, part: int) -> Path:
    return folder / f"{table}.{part}.copy"
