"""The resident set of one worker as it takes a million events."""

from __future__ import annotations

from typing import Any

from benchmarks import servers
from benchmarks.bench import Bench
from benchmarks.figures import Headline, Spread, table
from benchmarks.load import wrk
from benchmarks.servers import Server

TITLE = "Memory of a worker"
PARAMETERS = ("memory_events", "memory_single_seconds", "memory_batch_size")
DATABASE = "memory"
SLICE_SECONDS = 5
MIB = 1 << 20
MARKS = (0.1, 0.5, 1.0)


def run(bench: Bench) -> dict[str, Any]:
    """Single posts at the start and in the middle, batches between, all to one worker."""
    plan, cluster = bench.plan, bench.cluster
    url = cluster.url(cluster.create(DATABASE))
    bench.say(f"memory of a worker over {plan.memory_events:,} events")
    with servers.footfall(url, bench.scratch, workers=1) as server:
        samples = [_sample(server, 0)]
        for half in (1, 2):
            until = plan.memory_events * half / 2
            _post(server, samples, seconds=plan.memory_single_seconds, seed=f"memory{half}s")
            number = 0
            while samples[-1]["events"] < until:
                number += 1
                _post(
                    server,
                    samples,
                    seconds=min(SLICE_SECONDS, plan.batch_seconds),
                    seed=f"memory{half}b{number}",
                    batch=plan.memory_batch_size,
                )
    cluster.drop(DATABASE)
    marks = [int(plan.memory_events * share) for share in MARKS]
    return {
        "samples": samples,
        # Much is loaded with the first posts, once.
        "marks": [*samples[:2], *(_at(samples, mark) for mark in marks)],
    }


def _post(
    server: Server, samples: list[dict[str, Any]], *, seconds: float, seed: str, batch: int = 0
) -> None:
    load = wrk.post_events(server.url, seconds=seconds, seed=seed, batch=batch)
    samples.append(_sample(server, samples[-1]["events"] + load.accepted))


def _sample(server: Server, events: int) -> dict[str, Any]:
    return {"events": events, "mib": round(server.worker_resident_bytes / MIB, 1)}


def _at(samples: list[dict[str, Any]], events: int) -> dict[str, Any]:
    return next(sample for sample in samples if sample["events"] >= events)


def headlines(result: dict[str, Any]) -> list[Headline]:
    """The goal of memory, and how flat it is."""
    *_, middle, last = result["marks"]
    growth = last["mib"] - middle["mib"]
    return [
        Headline(
            f"MiB of a worker after {last['events']:,} events",
            Spread.of([last["mib"]]),
            at_most=150,
            digits=0,
        ),
        Headline(
            f"MiB more than after {middle['events']:,} events",
            Spread.of([growth]),
            at_most=5,
            digits=1,
        ),
    ]


def render(result: dict[str, Any]) -> str:
    """The section of the report."""
    most = max(sample["mib"] for sample in result["samples"])
    rows = [[f"{mark['events']:,}", mark["mib"]] for mark in result["marks"]]
    return (
        f"{table(['events taken', 'MiB'], rows)}\n\n"
        f"{len(result['samples'])} samples, one after each slice of load; the highest was {most} MiB."
    )
