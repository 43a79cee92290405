"""Bytes on disk by event: the table, each index, visitors and sessions."""

from __future__ import annotations

from typing import Any

from psycopg import sql

from benchmarks import servers
from benchmarks.bench import Bench
from benchmarks.cluster import one
from benchmarks.figures import Headline, Spread, table
from benchmarks.history import history
from benchmarks.load import wrk
from benchmarks.scenarios import singles

TITLE = "Bytes on disk"
PARAMETERS = ("single_seconds", "history_events", "history_months")
OWN_DATABASE = "storage"

# The leaves of a partitioned table or index; a plain one is its own leaf.
LEAVES = """
    select relid from pg_partition_tree(%(relation)s::regclass) where isleaf
    union
    select oid from pg_class
    where oid = %(relation)s::regclass and not relispartition and relkind in ('r', 'i')
"""
HEAP = f"select coalesce(sum(pg_relation_size(relid)), 0) from ({LEAVES}) as leaves"  # noqa: S608
TOAST = f"""
    select coalesce(sum(pg_total_relation_size(reltoastrelid)), 0)
    from pg_class where oid in ({LEAVES}) and reltoastrelid <> 0
"""  # noqa: S608
INDEXES = """
    select indexrelid::regclass::text from pg_index
    where indrelid = %(relation)s::regclass
    order by 1
"""


def run(bench: Bench) -> dict[str, Any]:
    """Of what single posts stored, and of the long history."""
    stored = _single_posts(bench)
    full, _ = history(bench)
    return {"single posts": _weigh(bench, stored), "history": _weigh(bench, full)}


def _single_posts(bench: Bench) -> str:
    if bench.cluster.exists(singles.DATABASE):
        return singles.DATABASE
    bench.say("single posts, to be weighed")
    url = bench.cluster.url(bench.cluster.create(OWN_DATABASE))
    with servers.footfall(url, bench.scratch, workers=bench.plan.workers) as server:
        wrk.post_events(server.url, seconds=bench.plan.single_seconds, seed="storage")
    bench.cluster.settled_count(OWN_DATABASE)
    return OWN_DATABASE


def _weigh(bench: Bench, database: str) -> dict[str, Any]:
    bench.say(f"weighing {database}")
    with bench.cluster.connect(database) as connection:
        weights: dict[str, float] = {}
        counts = {}
        for name in ("events", "sessions", "visitors"):
            of = {"relation": f"raw.{name}"}
            connection.execute(sql.SQL("vacuum raw.{}").format(sql.Identifier(name)))
            [counts[name]] = one(
                connection, sql.SQL("select count(*) from raw.{}").format(sql.Identifier(name))
            )
            weights[f"{name}, rows"] = float(one(connection, HEAP, of)[0])
            weights[f"{name}, TOAST"] = float(one(connection, TOAST, of)[0])
            for [index] in connection.execute(INDEXES, of).fetchall():
                weights[f"{name}, {index.removeprefix('raw.')}"] = float(
                    one(connection, HEAP, {"relation": index})[0]
                )
    events = counts["events"]
    return {
        "counts": counts,
        "bytes_by_event": {name: round(weight / events, 1) for name, weight in weights.items()},
    }


def _sum(weighed: dict[str, Any], *prefixes: str) -> float:
    weights: dict[str, float] = weighed["bytes_by_event"]
    return sum(weight for name, weight in weights.items() if name.startswith(prefixes))


def headlines(result: dict[str, Any]) -> list[Headline]:
    """The goal of storage, with and without visitors and sessions."""
    found = []
    for name, weighed in result.items():
        found += [
            Headline(
                f"bytes by event, {what}, {name}",
                Spread.of([_sum(weighed, *prefixes)]),
                at_most=700,
                digits=0,
            )
            for what, prefixes in {
                "events with their indexes": ("events",),
                "visitors and sessions too": ("",),
            }.items()
        ]
    return found


def render(result: dict[str, Any]) -> str:
    """The section of the report."""
    names = list(next(iter(result.values()))["bytes_by_event"])
    rows = [
        [name, *(f"{weighed['bytes_by_event'][name]:,.1f}" for weighed in result.values())]
        for name in names
    ]
    totals: dict[str, tuple[str, ...]] = {
        "**events with indexes**": ("events",),
        "**visitors and sessions with indexes**": ("sessions", "visitors"),
        "**all**": ("",),
    }
    rows += [
        [name, *(f"{_sum(weighed, *prefixes):,.1f}" for weighed in result.values())]
        for name, prefixes in totals.items()
    ]
    counts = "; ".join(
        f"{name}: " + ", ".join(f"{count:,} {rows}" for rows, count in weighed["counts"].items())
        for name, weighed in result.items()
    )
    return f"{counts}. After vacuum.\n\n{table(['bytes by event', *result], rows)}"
