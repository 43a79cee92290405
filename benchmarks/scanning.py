"""The bare scan: what it costs to look at every event once."""

from __future__ import annotations

import time

from benchmarks.bench import Bench
from benchmarks.cluster import one

# The rows themselves, as a build must read them: an index alone would be shorter.
ROWS_ONLY = "-c enable_indexonlyscan=off -c enable_indexscan=off -c enable_bitmapscan=off"
SCAN = "select count(*) from raw.events"


def scans(bench: Bench, database: str, *, runs: int) -> tuple[int, list[float]]:
    """How many events there are, and the seconds that counting them took, after one run to warm up."""
    seconds = []
    with bench.cluster.connect(database, options=ROWS_ONLY) as connection:
        [events] = one(connection, SCAN)
        for _ in range(runs):
            started = time.perf_counter()
            one(connection, SCAN)
            seconds.append(round(time.perf_counter() - started, 3))
    return int(events), seconds
