"""How much of everything a run does."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.load.wrk import CONNECTIONS


@dataclass(frozen=True)
class Plan:
    """The parameters of the scenarios; all of them stand in the report."""

    runs: int = 3
    workers: int = 2
    warm_up_seconds: float = 5
    single_seconds: float = 60
    # The routes that only serve as a limit settle sooner.
    empty_seconds: float = 30
    batch_sizes: tuple[int, ...] = (100, 500)
    batch_seconds: float = 25
    history_events: int = 10_000_000
    history_months: int = 6
    growth_seconds: float = 25
    growth_batch_size: int = 100
    disk_events: int = 300_000
    disk_batch_size: int = 100
    rollup_events: int = 10_000_000
    rollup_days: int = 90
    rollup_short_days: int = 9
    rollup_runs: int = 3
    build_runs: int = 1
    touched_events: int = 1_000
    report_requests: int = 200
    purge_days_kept: int = 45
    purge_load_seconds: float = 30
    soak_minutes: float = 60
    soak_window_minutes: float = 5
    soak_posts_per_second: float = 40
    soak_batches_per_second: float = 0.5

    def parameters(self, names: tuple[str, ...]) -> dict[str, Any]:
        """Some of them, as they stand in the report."""
        everything = asdict(self) | {"connections": CONNECTIONS}
        return {name: everything[name] for name in names}


FULL = Plan()
# Seconds a run: whether the harness works, not how fast ingest is.
QUICK = Plan(
    runs=1,
    warm_up_seconds=1,
    single_seconds=3,
    empty_seconds=2,
    batch_seconds=3,
    history_events=100_000,
    growth_seconds=2,
    disk_events=5_000,
    rollup_events=200_000,
    rollup_runs=1,
    build_runs=1,
    touched_events=50,
    report_requests=20,
    purge_load_seconds=4,
    soak_minutes=2,
    soak_window_minutes=0.5,
)
