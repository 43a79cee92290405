"""Tells whether marts are still what they were, row by row, without holding the rows."""

from __future__ import annotations

from datetime import date

from psycopg import sql

from benchmarks.bench import Bench
from benchmarks.cluster import one

MARTS = """
    select relname from pg_class
    inner join pg_attribute on attrelid = pg_class.oid and attname = 'day'
    where relnamespace = 'analytics'::regnamespace and relkind = 'r'
    order by relname
"""
# Of a day that raw no longer holds it tells when it was last compared.
TELLS_OF_BUILDS = ("rollup_reconciliation",)

Fingerprints = dict[str, tuple[int, int]]


def fingerprints(bench: Bench, database: str, *, through: date) -> Fingerprints:
    """Of each mart that has days: its rows up to a day, and a sum of their hashes.

    When a row was made is left out: a build may make the same row again.
    """
    with bench.cluster.connect(database) as connection:
        marts = [row[0] for row in connection.execute(MARTS).fetchall()]
        found = {}
        for mart in marts:
            if mart in TELLS_OF_BUILDS:
                continue
            query = sql.SQL(
                "select count(*), coalesce(sum(hashtextextended("
                "(to_jsonb(mart) - 'generated_at')::text, 0)), 0) from {} as mart where day <= %s"
            ).format(sql.Identifier("analytics", mart))
            rows, hashes = one(connection, query, (through,))
            found[mart] = (int(rows), int(hashes))
    return found


def assert_same(before: Fingerprints, after: Fingerprints) -> None:
    """Raises AssertionError that names each mart that differs."""
    differing = [mart for mart in before if before[mart] != after.get(mart)]
    if differing:
        raise AssertionError(f"these marts are not what they were: {', '.join(differing)}")
