"""Batches, beside COPY of the rows that they stored."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from typing import Any

from benchmarks import servers
from benchmarks.bench import Bench
from benchmarks.copying import copy_in, copy_out
from benchmarks.figures import Headline, pick, ratio, runs_table, table
from benchmarks.measure import measure

TITLE = "Batches"
PARAMETERS = ("runs", "workers", "warm_up_seconds", "batch_sizes", "batch_seconds")
DATABASE = "batches"
CONNECTIONS = ("one", "two")
MEASURES = {
    "with_visitors_and_sessions": "events/s, visitors and sessions in the time",
    "events_alone": "events/s, events alone in the time",
}


def run(bench: Bench) -> dict[str, Any]:
    """Each size beside COPY of its own rows, by turns."""
    plan = bench.plan
    result: dict[str, Any] = {str(size): [] for size in plan.batch_sizes}
    for number in range(1, plan.runs + 1):
        for size in plan.batch_sizes:
            bench.say(f"batches of {size}, run {number}")
            result[str(size)].append(_paired(bench, size, seed=f"batch{size}r{number}"))
    return result


def _paired(bench: Bench, size: int, *, seed: str) -> dict[str, Any]:
    plan, cluster = bench.plan, bench.cluster
    url = cluster.url(cluster.create(DATABASE))
    with servers.footfall(url, bench.scratch, workers=plan.workers) as server:
        done = measure(bench, server, DATABASE, seconds=plan.batch_seconds, seed=seed, batch=size)
    folder = bench.scratch / "copied"
    events = copy_out(cluster, DATABASE, folder)
    copied = {
        name: asdict(copy_in(cluster, folder, events=events, connections=number))
        for number, name in enumerate(CONNECTIONS, start=1)
    }
    shutil.rmtree(folder)
    cluster.drop(DATABASE)
    return {"ingest": done.figures(), "copy": copied, "copied_events": events}


def headlines(result: dict[str, Any]) -> list[Headline]:
    """The goal of batches, by size and by what COPY is taken to be."""
    found = []
    for size, runs in result.items():
        for connections in CONNECTIONS:
            for measure_name in MEASURES:
                what = (
                    "COPY of visitors, sessions and events"
                    if measure_name == "with_visitors_and_sessions"
                    else "COPY of the events alone"
                )
                found.append(
                    Headline(
                        f"batches of {size} / {what}, {connections} connection"
                        f"{'' if connections == 'one' else 's'}",
                        ratio(
                            (run["ingest"]["accepted_per_second"] for run in runs),
                            (run["copy"][connections][measure_name] for run in runs),
                        ),
                        at_least=0.5,
                    )
                )
    return found


def render(result: dict[str, Any]) -> str:
    """The section of the report."""
    ingest = {
        f"batches of {size}": [run["ingest"] for run in runs] for size, runs in result.items()
    }
    rows = [
        [
            f"rows of batches of {size}, {connections} connection{'s'[:index]}",
            *(pick(runs, "copy", connections, name).show() for name in MEASURES),
        ]
        for size, runs in result.items()
        for index, connections in enumerate(CONNECTIONS)
    ]
    return f"{runs_table(ingest)}\n\n{table(['COPY', *MEASURES.values()], rows)}"
