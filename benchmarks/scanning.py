"""The bare scan: what it costs to look at every event once."""

from __future__ import annotations

import time

from benchmarks.bench import Bench
from benchmarks.cluster import one
from benchmarks.figures import Spread
from benchmarks.processes import cpu_seconds

# The rows themselves, as a build must read them: an index alone would be shorter.
ROWS_ONLY = "-c enable_indexonlyscan=off -c enable_indexscan=off -c enable_bitmapscan=off"
SCAN = "select count(*) from raw.events"


def scans(bench: Bench, database: str, *, runs: int) -> dict[str, float]:
    """The events, and the median seconds that counting them took, after one run to warm up."""
    seconds, cpu = [], []
    postmaster = bench.cluster.postmaster()
    with bench.cluster.connect(database, options=ROWS_ONLY) as connection:
        [events] = one(connection, SCAN)
        for _ in range(runs):
            started, used = time.perf_counter(), cpu_seconds(postmaster)
            one(connection, SCAN)
            seconds.append(time.perf_counter() - started)
            cpu.append(cpu_seconds(postmaster) - used)
    return {
        "events": int(events),
        "seconds": round(Spread.of(seconds).median, 3),
        "cpu_seconds": round(Spread.of(cpu).median, 3),
    }
