"""One measured run: warm up, post, count the rows, and say what it took."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.bench import Bench
from benchmarks.load import wrk
from benchmarks.processes import cpu_seconds, machine_cpu_seconds
from benchmarks.servers import Server


class MiscountError(Exception):
    """What was answered with 202 is not what is in the table."""


@dataclass(frozen=True)
class Spent:
    """CPU seconds of a run, by who spent them."""

    server: float
    postgres: float
    generator: float
    others: float
    seconds: float


@dataclass(frozen=True)
class Run:
    """What a run of the server took and gave."""

    load: wrk.Load
    spent: Spent
    rows: int
    wal_bytes: int
    wal_full_pages: int
    blocks_read: int

    def figures(self) -> dict[str, Any]:
        """For the report: rates, latencies, and costs by event."""
        load, spent = self.load, self.spent
        thousands = load.accepted / 1000
        return {
            "accepted_per_second": round(load.accepted_per_second, 1),
            "requests_per_second": round(load.answers_202 / load.seconds, 1),
            **{name: getattr(load, name) for name in ("p50_ms", "p95_ms", "p99_ms", "max_ms")},
            "seconds": round(load.seconds, 2),
            "accepted": load.accepted,
            "rows": self.rows,
            "unanswered_rows": self.rows - load.accepted,
            "answers_other": load.answers_other,
            "answers_spooled": load.answers_spooled,
            "socket_errors": load.socket_errors,
            "timeouts": load.timeouts,
            "cpu_seconds_by_1000_events": {
                name: round(value / thousands, 3)
                for name, value in asdict(spent).items()
                if name in ("server", "postgres", "generator")
            },
            "cores_used": {
                name: round(value / spent.seconds, 2)
                for name, value in asdict(spent).items()
                if name != "seconds"
            },
            "wal_bytes_by_event": round(self.wal_bytes / load.accepted),
            "full_pages_by_1000_events": round(self.wal_full_pages / thousands, 1),
            "blocks_read_by_1000_events": round(self.blocks_read / thousands, 1),
        }


def measure(
    bench: Bench, server: Server, database: str, *, seconds: float, seed: str, batch: int = 0
) -> Run:
    """Post to a server of this database, and compare what was answered with what is stored."""
    # Every run begins at the same place in the database's cycle, and at the dear end of it: the first
    # touch of a page after a checkpoint writes the whole page to the log.
    bench.cluster.checkpoint()
    wrk.post_events(server.url, seconds=bench.plan.warm_up_seconds, seed=f"{seed}w", batch=batch)
    rows_before = bench.cluster.settled_count(database)
    wal_before, read_before = bench.cluster.wal(), bench.cluster.blocks_read(database)
    load, spent = spend(bench, server, seconds=seconds, seed=seed, batch=batch)
    rows = bench.cluster.settled_count(database) - rows_before
    wal, read = bench.cluster.wal(), bench.cluster.blocks_read(database)
    # wrk stops in the middle of what it waits for: that may be stored, and nobody heard of it.
    under_way = wrk.CONNECTIONS * max(1, batch)
    if not 0 <= rows - load.accepted <= under_way:
        raise MiscountError(
            f"{load.accepted} events were accepted and {rows} rows are new (seed {seed})"
        )
    return Run(
        load=load,
        spent=spent,
        rows=rows,
        wal_bytes=wal.position - wal_before.position,
        wal_full_pages=wal.full_pages - wal_before.full_pages,
        blocks_read=read - read_before,
    )


def spend(
    bench: Bench, server: Server, *, seconds: float, seed: str, batch: int = 0
) -> tuple[wrk.Load, Spent]:
    """Post, and say whose CPU it took."""
    postmaster = bench.cluster.postmaster()
    started = time.monotonic()
    server_before, postgres_before = server.cpu_seconds, cpu_seconds(postmaster)
    machine_before = machine_cpu_seconds()
    load = wrk.post_events(server.url, seconds=seconds, seed=seed, batch=batch)
    server_cpu = server.cpu_seconds - server_before
    postgres_cpu = cpu_seconds(postmaster) - postgres_before
    machine_cpu = machine_cpu_seconds() - machine_before
    spent = Spent(
        server=server_cpu,
        postgres=postgres_cpu,
        generator=load.cpu_seconds,
        others=max(0.0, machine_cpu - server_cpu - postgres_cpu - load.cpu_seconds),
        seconds=time.monotonic() - started,
    )
    return load, spent
