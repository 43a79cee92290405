"""A dump by the commands of the deployment guide, restored, that answers the same."""

from __future__ import annotations

import subprocess
import time
from typing import Any

from benchmarks.asking import asking, of_days
from benchmarks.bench import Bench
from benchmarks.building import ensure_built
from benchmarks.figures import Headline
from benchmarks.traffic import first_day, last_day, traffic
from ingest_app.embedded import binaries
from ingest_app.schema import apply_schema

TITLE = "Backup and restore"
PARAMETERS = ("workers",)
# The benchmark's own.
NOT_OF_THE_PROJECT = "public.traffic"


def run(bench: Bench) -> dict[str, Any]:
    """The reports of both databases, compared as they were answered."""
    source = traffic(bench, days=bench.plan.rollup_days)
    ensure_built(bench, source)
    restored = f"{source}_restored"
    dump = bench.scratch / "footfall.dump"
    with bench.cluster.connect(source) as connection:
        connection.execute("drop extension if exists pg_stat_statements")
    try:
        bench.say("dumping")
        dump_seconds = _timed(
            *("pg_dump", "--format=custom", f"--file={dump}"),
            *(f"--exclude-table={NOT_OF_THE_PROJECT}", bench.cluster.url(source)),
        )
        bench.say("restoring")
        bench.cluster.create_empty(restored)
        restore_seconds = _timed(
            *("pg_restore", "--no-owner", "--exit-on-error"),
            *(f"--dbname={bench.cluster.url(restored)}", str(dump)),
        )
        apply_schema(bench.cluster.url(restored))
        with bench.cluster.connect(restored) as connection:
            connection.execute("vacuum (analyze)")
        bench.say("asking both")
        before, after = _answers(bench, source), _answers(bench, restored)
        if before != after:
            raise AssertionError("the restored database answers otherwise")
        return {
            "dump_seconds": dump_seconds,
            "dump_bytes": dump.stat().st_size,
            "restore_seconds": restore_seconds,
            "reports": len(before),
        }
    finally:
        dump.unlink(missing_ok=True)
        bench.cluster.drop(restored)


def _timed(program: str, *arguments: str) -> float:
    started = time.perf_counter()
    subprocess.run([binaries() / program, *arguments], check=True)  # noqa: S603
    return round(time.perf_counter() - started, 1)


def _answers(bench: Bench, database: str) -> list[Any]:
    window = of_days(first_day(bench), last_day())
    with asking(bench, database) as client:
        return [
            client.ask(report, **more)[0]
            for report, more in (
                ("summary", window | {"compareTo": "yes"}),
                ("summary", window | {"propertyId": "shop.example"}),
                ("breakdown", window | {"by": "page"}),
                ("vitals", window),
                ("properties", {}),
            )
        ]


def headlines(_: dict[str, Any]) -> list[Headline]:
    """What has to hold is checked in the run, which fails otherwise."""
    return []


def render(result: dict[str, Any]) -> str:
    """The section of the report."""
    return (
        f"`pg_dump --format=custom` took {result['dump_seconds']:.0f} s and"
        f" {result['dump_bytes'] / 2**30:.1f} GiB, `pg_restore` {result['restore_seconds']:.0f} s."
        f" {result['reports']} reports of the restored database were the same as before, byte by byte."
    )
