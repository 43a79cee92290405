"""Gives marts as many days again before their first, as a warehouse has whose raw rows are purged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection, sql

from benchmarks.bench import Bench
from benchmarks.traffic import first_day
from ingest_app.reports.summary import MARTS

DAYS = ("day", "previous_day")
COLUMNS = """
    select attname from pg_attribute
    where attrelid = ('analytics.' || %s)::regclass and attnum > 0 and not attisdropped
    order by attnum
"""


@contextmanager
def earlier_days(bench: Bench, database: str) -> Iterator[None]:
    """Rows of the same size a window earlier, for as long as the block takes."""
    days = bench.plan.rollup_days
    with bench.cluster.connect(database) as connection:
        for mart in MARTS:
            _forget(connection, mart, bench)
            names = [row[0] for row in connection.execute(COLUMNS, (mart,)).fetchall()]
            moved = [
                # The day that stands for none stays.
                sql.SQL("greatest({} - {}, '0001-01-01')").format(sql.Identifier(name), days)
                if name in DAYS
                else sql.Identifier(name)
                for name in names
            ]
            connection.execute(
                sql.SQL("insert into {} ({}) select {} from {}").format(
                    sql.Identifier("analytics", mart),
                    sql.SQL(", ").join(map(sql.Identifier, names)),
                    sql.SQL(", ").join(moved),
                    sql.Identifier("analytics", mart),
                )
            )
        connection.execute("vacuum (analyze)")
        try:
            yield
        finally:
            for mart in MARTS:
                _forget(connection, mart, bench)
            connection.execute("vacuum (analyze)")


def _forget(connection: Connection[Any], mart: str, bench: Bench) -> None:
    connection.execute(
        sql.SQL("delete from {} where day < %s").format(sql.Identifier("analytics", mart)),
        (first_day(bench),),
    )
