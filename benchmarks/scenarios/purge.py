"""A purge of half of all raw events, with ingest and a build running, that moves no rollup."""

from __future__ import annotations

import json
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from benchmarks import servers
from benchmarks.bench import Bench
from benchmarks.building import build, ensure_built
from benchmarks.cluster import one
from benchmarks.commands import command, count_differences
from benchmarks.figures import Headline, Spread, table
from benchmarks.fingerprints import assert_same, fingerprints
from benchmarks.load import wrk
from benchmarks.traffic import last_day, traffic

TITLE = "A purge under load"
PARAMETERS = ("purge_days_kept", "purge_load_seconds", "workers", "connections")
MODELS = ("--selector", "marts")
AUDIT = """
    select row_to_json(retention_purges)::text
    from raw.retention_purges order by created_at desc limit 1
"""


def run(bench: Bench) -> dict[str, Any]:
    """On a copy, for what is purged is gone."""
    plan = bench.plan
    source = traffic(bench, days=plan.rollup_days)
    ensure_built(bench, source)
    bench.say("copying the database")
    database = bench.cluster.copy(source, f"{source}_purged")
    try:
        before = fingerprints(bench, database, through=last_day())
        url = bench.cluster.url(database)
        with servers.footfall(url, bench.scratch, workers=plan.workers) as server:
            wrk.post_events(server.url, seconds=plan.warm_up_seconds, seed="warm")
            calm = [wrk.post_events(server.url, seconds=plan.purge_load_seconds, seed="calm")]
            with ThreadPoolExecutor(2) as threads:
                bench.say("purging and building under load")
                purging = threads.submit(_timed, bench, database, "purge", *_age(bench))
                building = threads.submit(lambda: build(bench, database, *MODELS).wall_seconds)
                busy = _load_until_done(bench, server, purging, building)
            purge_seconds, build_seconds = purging.result(), building.result()
            building_alone = [_load_while_building(bench, server, database)]
        bench.say("comparing")
        build(bench, database, *MODELS)
        after = fingerprints(bench, database, through=last_day())
        assert_same(before, after)
        with bench.cluster.connect(database) as connection:
            [audit] = one(connection, AUDIT)
            [left] = one(connection, "select count(*) from raw.events")
        first = last_day() - timedelta(days=plan.purge_days_kept - 2)
        differences, discrepancy_seconds = count_differences(bench, database, first, last_day())
        return {
            "purge": json.loads(audit),
            "purge_seconds": purge_seconds,
            "build_seconds": build_seconds,
            "events_left": left,
            "marts_compared": len(before),
            "rows_compared": sum(rows for rows, _ in before.values()),
            "differences": differences,
            "discrepancy_seconds": discrepancy_seconds,
            "ingest": {
                name: _worst(loads)
                for name, loads in {
                    "nothing else": calm,
                    "a build": building_alone,
                    "a purge and a build": busy,
                }.items()
            },
        }
    finally:
        bench.cluster.drop(database)


def _age(bench: Bench) -> tuple[str, str]:
    return "--older-than-days", str(bench.plan.purge_days_kept)


def _load_until_done(
    bench: Bench, server: servers.Server, *under_way: Future[float]
) -> list[wrk.Load]:
    loads: list[wrk.Load] = []
    while not all(one.done() for one in under_way):
        loads.append(
            wrk.post_events(
                server.url, seconds=bench.plan.purge_load_seconds, seed=f"busy{len(loads)}"
            )
        )
    return loads


def _load_while_building(bench: Bench, server: servers.Server, database: str) -> wrk.Load:
    with ThreadPoolExecutor(1) as threads:
        building = threads.submit(build, bench, database, *MODELS)
        load = wrk.post_events(server.url, seconds=bench.plan.purge_load_seconds, seed="building")
        building.result()
    return load


def _timed(bench: Bench, database: str, *arguments: str) -> float:
    started = time.perf_counter()
    done = command(bench, database, *arguments)
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    return round(time.perf_counter() - started, 1)


def _worst(loads: list[wrk.Load]) -> dict[str, float]:
    """The rate over all of them, the worst of their latencies, and every answer that was no 202."""
    seconds = sum(load.seconds for load in loads)
    return {
        "accepted_per_second": round(sum(load.accepted for load in loads) / seconds, 1),
        **{
            name: max(getattr(load, name) for load in loads)
            for name in ("p50_ms", "p95_ms", "p99_ms", "max_ms")
        },
        "answers_spooled": sum(load.answers_spooled for load in loads),
        "answers_other": sum(load.answers_other for load in loads),
        "socket_errors": sum(load.socket_errors for load in loads),
        "seconds": round(seconds, 1),
    }


def headlines(result: dict[str, Any]) -> list[Headline]:
    """What is left for ingest. Equal numbers are checked in the run, which fails otherwise."""
    alone, *beside = result["ingest"].items()
    return [
        headline
        for name, figures in beside
        for headline in (
            Headline(
                f"ingest beside {name} / {alone[0]}",
                Spread.of([figures["accepted_per_second"] / alone[1]["accepted_per_second"]]),
                at_least=0.5,
            ),
            Headline(
                f"ingest beside {name}: p99 ms",
                Spread.of([figures["p99_ms"]]),
                at_most=250,
                digits=0,
            ),
        )
    ]


def render(result: dict[str, Any]) -> str:
    """The section of the report."""
    purge = result["purge"]
    names = list(result["ingest"])
    lines = {
        "accepted events/s": ("accepted_per_second", 0),
        "p50 ms": ("p50_ms", 1),
        "p95 ms": ("p95_ms", 1),
        "p99 ms": ("p99_ms", 1),
        "longest ms": ("max_ms", 0),
        "answers that said spooled": ("answers_spooled", 0),
        "other answers than 202": ("answers_other", 0),
        "socket errors": ("socket_errors", 0),
    }
    rows = [
        [label, *(f"{result['ingest'][name][key]:,.{digits}f}" for name in names)]
        for label, (key, digits) in lines.items()
    ]
    return (
        f"`footfall purge` deleted {purge['events_deleted']:,} events ({purge['partitions_dropped']} whole"
        f" months dropped) and left {result['events_left']:,}, in {result['purge_seconds']:.0f} s, while"
        f" single posts came over 32 connections and a build ran ({result['build_seconds']:.0f} s)."
        f" All {result['rows_compared']:,} rows of {result['marts_compared']} marts up to the day before are"
        f" what they were, also after one more build. `footfall discrepancy` over the days that raw still"
        f" holds: {result['differences']} differences, in {result['discrepancy_seconds']:.0f} s.\n\n"
        f"Ingest beside it (latencies: the worst of several loads):\n\n{table(['', *names], rows)}"
    )
