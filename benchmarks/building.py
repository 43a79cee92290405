"""dbt builds of a benchmark's database, timed from outside and by the server's own account."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.bench import Bench
from benchmarks.processes import cpu_seconds, machine_cpu_seconds
from benchmarks.statements import counted
from ingest_app.operations.rollups import dbt_environment

DBT = Path(sys.executable).with_name("dbt")
FORGET_MARTS = "drop schema if exists analytics, analytics_state, analytics_staging cascade"


class BuildError(Exception):
    """dbt failed; the message has what it said."""


@dataclass(frozen=True)
class Built:
    """A build. `sql_seconds` is the elapsed time of its statements, one after the other."""

    wall_seconds: float
    sql_seconds: float
    statements: int
    dbt_cpu_seconds: float
    postgres_cpu_seconds: float
    others_cores: float
    # By node, what dbt says that it took.
    node_seconds: dict[str, float]

    def figures(self) -> dict[str, Any]:
        """For the report."""
        return {
            name: round(value, 3) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }


def forget_marts(bench: Bench, database: str) -> None:
    """As before the first build."""
    with bench.cluster.connect(database) as connection:
        connection.execute(FORGET_MARTS)
    bench.cluster.checkpoint()


def ensure_built(bench: Bench, database: str) -> None:
    """Marts as they would be found, whoever made them."""
    if not bench.cluster.has(database, "analytics.rollup_reconciliation"):
        bench.say(f"building {database}")
        build(bench, database, "--selector", "marts")


def build(bench: Bench, database: str, *selection: str, threads: int = 4) -> Built:
    """`dbt build` of a selection."""
    return _timed(bench, database, "build", "--threads", str(threads), *selection)


def test(bench: Bench, database: str, *selection: str) -> Built:
    """`dbt test` of a selection."""
    return _timed(bench, database, "test", *selection)


def _timed(bench: Bench, database: str, *arguments: str) -> Built:
    postmaster = bench.cluster.postmaster()
    postgres, machine, own = cpu_seconds(postmaster), machine_cpu_seconds(), _ended_children()
    with counted(bench, database) as statements:
        started = time.perf_counter()
        dbt(bench, database, *arguments)
        wall = time.perf_counter() - started
    own = _ended_children() - own
    postgres = cpu_seconds(postmaster) - postgres
    machine = machine_cpu_seconds() - machine
    return Built(
        wall_seconds=wall,
        sql_seconds=statements.seconds,
        statements=statements.calls,
        dbt_cpu_seconds=own,
        postgres_cpu_seconds=postgres,
        others_cores=max(0.0, machine - own - postgres) / wall,
        node_seconds=_node_seconds(bench),
    )


def dbt(bench: Bench, database: str, *arguments: str) -> str:
    """Run dbt on a database; its output."""
    done = subprocess.run(  # noqa: S603
        [
            *(str(DBT), *arguments, "--no-use-colors"),
            *("--target-path", str(target_folder(bench))),
            *("--log-path", str(bench.scratch / "dbt" / "logs")),
        ],
        env=os.environ | dbt_environment(bench.cluster.url(database)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BuildError(f"{done.stdout[-4000:]}\n{done.stderr[-2000:]}")
    return done.stdout


def target_folder(bench: Bench) -> Path:
    """Where dbt writes what it parsed and what it ran."""
    return bench.scratch / "dbt" / "target"


def _node_seconds(bench: Bench) -> dict[str, float]:
    results = json.loads((target_folder(bench) / "run_results.json").read_text())["results"]
    return {
        result["unique_id"].partition(".")[2].partition(".")[2]: round(result["execution_time"], 3)
        for result in results
    }


def _ended_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
