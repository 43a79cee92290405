"""What a build costs that has nothing to do."""

from __future__ import annotations

import json
import subprocess
import time
from typing import Any

from benchmarks.bench import Bench
from benchmarks.building import DBT, build, ensure_built, target_folder
from benchmarks.figures import Headline, pick, table
from benchmarks.traffic import traffic

TITLE = "A build with nothing to do"
PARAMETERS = ("rollup_runs", "rollup_short_days")
SELECTORS = ("marts", "production")


def run(bench: Bench) -> dict[str, Any]:
    """The models alone, and with every test; on the short history, as tests read all of raw."""
    database = traffic(bench, days=bench.plan.rollup_short_days)
    ensure_built(bench, database)
    found: dict[str, list[dict[str, Any]]] = {}
    for selector in SELECTORS:
        build(bench, database, "--selector", selector)
        found[selector] = []
        for number in range(1, bench.plan.rollup_runs + 1):
            bench.say(f"nothing to do, {selector}, run {number}")
            found[selector].append(_no_op(bench, database, selector))
    return found


def _no_op(bench: Bench, database: str, selector: str) -> dict[str, Any]:
    started = time.perf_counter()
    subprocess.run([DBT, "--version"], capture_output=True, check=True)  # noqa: S603
    importing = time.perf_counter() - started
    built = build(bench, database, "--selector", selector)
    seconds = {"hook": 0.0, "models": 0.0, "tests": 0.0}
    results = json.loads((target_folder(bench) / "run_results.json").read_text())
    for result in results["results"]:
        kind = {"operation": "hook", "test": "tests"}.get(
            result["unique_id"].partition(".")[0], "models"
        )
        seconds[kind] += result["execution_time"]
    return built.figures() | {
        "importing": round(importing, 2),
        "reading": round(built.wall_seconds - importing - results["elapsed_time"], 2),
        "running": round(results["elapsed_time"], 2),
        **{name: round(value, 2) for name, value in seconds.items()},
    }


def headlines(_: dict[str, Any]) -> list[Headline]:
    """No goal here."""
    return []


def render(result: dict[str, Any]) -> str:
    """The section of the report."""
    rows = [
        [name, *(pick(runs, key).show(digits) for runs in result.values())]
        for name, key, digits in (
            ("**wall clock**", "wall_seconds", 2),
            ("`dbt --version`: Python and imports", "importing", 2),
            ("reading the project, in which nothing changed, and ending", "reading", 2),
            ("from the first connection to the last result", "running", 2),
            ("our hook: cutoff, waiting for writers, touched days", "hook", 2),
            ("models, summed over four threads", "models", 2),
            ("tests, summed over four threads", "tests", 2),
            ("time in SQL, summed over four threads", "sql_seconds", 2),
            ("statements", "statements", 0),
            ("CPU of dbt", "dbt_cpu_seconds", 2),
            ("CPU of PostgreSQL", "postgres_cpu_seconds", 2),
        )
    ]
    return table(["seconds", *(f"`--selector {name}`" for name in result)], rows)
