"""Single posts, beside an empty route on the same server."""

from __future__ import annotations

from typing import Any

from benchmarks import servers
from benchmarks.bench import Bench
from benchmarks.figures import Headline, pick, ratio, runs_table, table
from benchmarks.load import wrk
from benchmarks.measure import measure

TITLE = "Single posts"
PARAMETERS = ("runs", "workers", "warm_up_seconds", "single_seconds", "empty_seconds")
# Kept for the scenario that weighs what was stored.
DATABASE = "singles"
LIMITS = {
    "gated": "empty Flask route, server and gate of `footfall serve`",
    "wsgi": "empty Flask route, granian's plain WSGI",
}


def run(bench: Bench) -> dict[str, Any]:
    """Ingest and both limits, by turns."""
    plan = bench.plan
    url = bench.cluster.url(bench.cluster.create(DATABASE))
    ingest, limits = [], []
    for number in range(1, plan.runs + 1):
        bench.say(f"single posts, run {number}")
        with servers.footfall(url, bench.scratch, workers=plan.workers) as server:
            done = measure(
                bench, server, DATABASE, seconds=plan.single_seconds, seed=f"single{number}"
            )
        ingest.append(done.figures())
        limits.append({kind: _empty(bench, kind, url) for kind in LIMITS})
    return {"ingest": ingest, "limits": limits}


def _empty(bench: Bench, kind: str, url: str) -> dict[str, float]:
    with servers.empty(kind, url, bench.scratch, workers=bench.plan.workers) as server:
        wrk.post_events(server.url, seconds=bench.plan.warm_up_seconds, seed="warm")
        load = wrk.post_events(server.url, seconds=bench.plan.empty_seconds, seed="empty")
    return {
        "requests_per_second": round(load.accepted_per_second, 1),
        "p50_ms": load.p50_ms,
        "p95_ms": load.p95_ms,
        "p99_ms": load.p99_ms,
        "answers_other": load.answers_other,
        "generator_cores": round(load.cpu_seconds / load.seconds, 2),
    }


def headlines(result: dict[str, Any]) -> list[Headline]:
    """The goal of single posts."""
    return [
        Headline(
            f"single posts / {LIMITS[kind]}",
            ratio(
                (run["accepted_per_second"] for run in result["ingest"]),
                (limit[kind]["requests_per_second"] for limit in result["limits"]),
            ),
            at_least=0.5,
        )
        for kind in LIMITS
    ]


def render(result: dict[str, Any]) -> str:
    """The section of the report."""
    limits = [
        [
            name,
            pick(result["limits"], kind, "requests_per_second").show(),
            *(
                pick(result["limits"], kind, f"{percentile}_ms").show(1)
                for percentile in ("p50", "p95", "p99")
            ),
            pick(result["limits"], kind, "generator_cores").show(2),
        ]
        for kind, name in LIMITS.items()
    ]
    header = ["limit", "requests/s", "p50 ms", "p95 ms", "p99 ms", "cores of wrk"]
    return f"{runs_table({'footfall': result['ingest']})}\n\n{table(header, limits)}"
