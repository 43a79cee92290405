"""Commands of footfall, as the owner of a benchmark's database would run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import date

from benchmarks.bench import Bench


def command(bench: Bench, database: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one to its end, whatever that is."""
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "ingest_app", *arguments],
        env=os.environ
        | {
            "DATABASE_URL": bench.cluster.url(database),
            "FOOTFALL_DATA_DIR": str(bench.scratch / "data"),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def count_differences(bench: Bench, database: str, first: date, last: date) -> tuple[int, float]:
    """How many figures of these days differ from raw, and how long the check took."""
    started = time.perf_counter()
    done = command(
        bench, database, "discrepancy", "--json", "--from", f"{first}", "--to", f"{last}"
    )
    seconds = round(time.perf_counter() - started, 1)
    if done.returncode not in (0, 2):
        raise AssertionError(done.stdout + done.stderr)
    return len(json.loads(done.stdout)["differences"]), seconds
