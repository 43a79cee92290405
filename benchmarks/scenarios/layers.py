"""Where the time goes: CPU by layer, and the statements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks import servers
from benchmarks.bench import Bench
from benchmarks.figures import Headline, table
from benchmarks.measure import measure

TITLE = "Where the time goes"
PARAMETERS = ("workers", "warm_up_seconds", "layer_seconds", "growth_batch_size")
DATABASE = "layers"
STATEMENTS_SHOWN = 14
# Nested ones too: those are the foreign keys' checks.
STATEMENTS = """
    select query, toplevel, calls, rows, total_exec_time + total_plan_time, wal_bytes::bigint,
        shared_blks_dirtied
    from pg_stat_statements(true)
    where dbid = (select oid from pg_database where datname = current_database())
        and calls > 5
    order by total_exec_time desc
    limit %s
"""


def run(bench: Bench) -> dict[str, Any]:
    """Singles and batches with the statistics of statements switched on."""
    plan = bench.plan
    found = {}
    with _statistics(bench):
        for kind, size in {
            "singles": 0,
            f"batches of {plan.growth_batch_size}": plan.growth_batch_size,
        }.items():
            bench.say(f"layers, {kind}")
            bench.cluster.create(DATABASE)
            with bench.cluster.connect(DATABASE) as connection:
                connection.execute("create extension pg_stat_statements schema public")
                connection.execute("select pg_stat_statements_reset()")
            with servers.footfall(
                bench.cluster.url(DATABASE), bench.scratch, workers=plan.workers
            ) as server:
                done = measure(
                    bench, server, DATABASE, seconds=plan.layer_seconds, seed="layers", batch=size
                )
            events = bench.cluster.settled_count(DATABASE)
            found[kind] = {"run": done.figures(), "statements": _statements(bench, events)}
            bench.cluster.drop(DATABASE)
    return found


@contextmanager
def _statistics(bench: Bench) -> Iterator[None]:
    with bench.cluster.connect() as connection:
        connection.execute("alter system set pg_stat_statements.track = 'all'")
        connection.execute("select pg_reload_conf()")
        try:
            yield
        finally:
            connection.execute("alter system reset pg_stat_statements.track")
            connection.execute("select pg_reload_conf()")


def _statements(bench: Bench, events: int) -> list[dict[str, Any]]:
    with bench.cluster.connect(DATABASE) as connection:
        rows = connection.execute(STATEMENTS, (STATEMENTS_SHOWN,)).fetchall()
    thousands = events / 1000
    return [
        {
            "statement": _short(query),
            "is_nested": not is_top,
            "calls_by_1000_events": round(calls / thousands, 1),
            "rows_a_call": round(count / calls, 1),
            "ms_by_1000_events": round(milliseconds / thousands, 2),
            "wal_bytes_by_event": round(wal / events, 1),
        }
        for query, is_top, calls, count, milliseconds, wal, _ in rows
    ]


def _short(query: str) -> str:
    text = re.sub(r"\s+", " ", query).strip().replace("|", "/")
    return text if len(text) <= 90 else f"{text[:87]}..."


def headlines(_: dict[str, Any]) -> list[Headline]:
    """No goal here."""
    return []


def render(result: dict[str, Any]) -> str:
    """The section of the report."""
    layers = [
        [
            kind,
            *(
                found["run"]["cpu_seconds_by_1000_events"][layer]
                for layer in ("server", "postgres", "generator")
            ),
            *(
                found["run"]["cores_used"][layer]
                for layer in ("server", "postgres", "generator", "others")
            ),
        ]
        for kind, found in result.items()
    ]
    parts = [
        table(
            [
                "",
                *("CPU s by 1,000 events: server", "PostgreSQL", "generator"),
                *("cores used: server", "PostgreSQL", "generator", "others on the machine"),
            ],
            layers,
        )
    ]
    for kind, found in result.items():
        rows = [
            [
                f"{'↳ ' if row['is_nested'] else ''}`{row['statement']}`",
                row["calls_by_1000_events"],
                row["rows_a_call"],
                row["ms_by_1000_events"],
                row["wal_bytes_by_event"],
            ]
            for row in found["statements"]
        ]
        header = [
            "statement",
            "calls by 1,000 events",
            "rows a call",
            "ms by 1,000 events",
            "WAL bytes by event",
        ]
        parts.append(
            f"{kind[0].upper()}{kind[1:]}, by pg_stat_statements (↳ inside another, as the checks of foreign keys):\n\n{table(header, rows)}"
        )
    return "\n\n".join(parts)
