"""Ingest on top of months of events, beside ingest into empty tables."""

from __future__ import annotations

from typing import Any

from benchmarks import servers
from benchmarks.bench import Bench
from benchmarks.figures import Headline, ratio, runs_table
from benchmarks.history import history
from benchmarks.measure import measure

TITLE = "Growth"
PARAMETERS = (
    "runs",
    "workers",
    "warm_up_seconds",
    "growth_seconds",
    "growth_batch_size",
    "history_events",
    "history_months",
)
EMPTY = "growth_empty"


def run(bench: Bench) -> dict[str, Any]:
    """Empty and full, by turns, singles and batches each."""
    full, made = history(bench)
    runs: dict[str, list[dict[str, Any]]] = {"empty": [], "full": []}
    for number in range(1, bench.plan.runs + 1):
        bench.cluster.create(EMPTY)
        places = [("empty", EMPTY), ("full", full)]
        # Whoever comes second in a pair does not do so every time.
        for name, database in places if number % 2 else reversed(places):
            bench.say(f"growth, {name}, run {number}")
            runs[name].append(_both(bench, database, seed=f"growth{name}{number}x{bench.token}"))
    bench.cluster.drop(EMPTY)
    return {"history": made, **runs}


def _both(bench: Bench, database: str, *, seed: str) -> dict[str, Any]:
    plan, url = bench.plan, bench.cluster.url(database)
    with servers.footfall(url, bench.scratch, workers=plan.workers) as server:
        singles = measure(bench, server, database, seconds=plan.growth_seconds, seed=f"{seed}s")
        batches = measure(
            bench,
            server,
            database,
            seconds=plan.growth_seconds,
            seed=f"{seed}b",
            batch=plan.growth_batch_size,
        )
    return {"singles": singles.figures(), "batches": batches.figures()}


def headlines(result: dict[str, Any]) -> list[Headline]:
    """The goal of growth, for singles and for batches."""
    return [
        Headline(
            f"{kind} on {result['history']['events']:,} events / on empty tables",
            ratio(
                (run[kind]["accepted_per_second"] for run in result["full"]),
                (run[kind]["accepted_per_second"] for run in result["empty"]),
            ),
            at_least=0.9,
        )
        for kind in ("singles", "batches")
    ]


def render(result: dict[str, Any]) -> str:
    """The section of the report."""
    made = result["history"]
    groups = {
        f"{kind}, {name}": [run[kind] for run in result[name]]
        for kind in ("singles", "batches")
        for name in ("empty", "full")
    }
    return (
        f"The history: {made['events']:,} events, {made['bytes'] / 2**30:.1f} GiB in all, made in "
        f"{made['seconds']} s; its last 30 days went through their indexes row by row.\n\n"
        f"{runs_table(groups)}"
    )
