"""What the server did for somebody: the statistics of statements of one database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.bench import Bench
from benchmarks.cluster import one

# Leaders' elapsed time; of a parallel statement its workers' time is within it.
TOTAL = """
    select coalesce(sum(total_exec_time + total_plan_time), 0) / 1000, coalesce(sum(calls), 0)
    from pg_stat_statements(true)
    where toplevel and dbid = (select oid from pg_database where datname = current_database())
"""


class Statements:
    """Filled when the block that counts them ends."""

    seconds: float = 0
    calls: int = 0


@contextmanager
def counted(bench: Bench, database: str) -> Iterator[Statements]:
    """The elapsed time of all statements of a database in this block, and how many they were."""
    found = Statements()
    with bench.cluster.connect(database) as connection:
        connection.execute("create extension if not exists pg_stat_statements schema public")
        _track(connection, "top", planning="on")
        try:
            connection.execute("select pg_stat_statements_reset()")
            yield found
        finally:
            _track(connection, "none", planning="off")
        seconds, calls = one(connection, TOTAL)
        found.seconds, found.calls = float(seconds), int(calls)


def _track(connection: Any, track: str, *, planning: str) -> None:
    connection.execute(f"alter system set pg_stat_statements.track = '{track}'")
    connection.execute(f"alter system set pg_stat_statements.track_planning = {planning}")
    connection.execute("select pg_reload_conf()")
