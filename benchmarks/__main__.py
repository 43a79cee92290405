"""python -m benchmarks: run scenarios and write the report."""

from __future__ import annotations

import shutil
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import click

from benchmarks import cluster as clusters
from benchmarks.bench import Bench
from benchmarks.load import wrk
from benchmarks.machine import commit, machine
from benchmarks.plan import FULL, QUICK, Plan
from benchmarks.report import section, update
from benchmarks.suites import SUITES, Suite
from ingest_app.settings import PROJECT_FOLDER

RESULTS = Path(__file__).with_name("results")
# A folder of the project and not of the system: there /tmp may be memory, which has no disk to wait for.
SCRATCH = PROJECT_FOLDER / ".footfall" / "benchmarks"


@click.command()
@click.argument("name", type=click.Choice(list(SUITES)), default="ingest")
@click.option("--only", default="", help="Some of the scenarios, by comma.")
@click.option("--quick", is_flag=True, help="Seconds a run, report into the scratch folder.")
@click.option(
    "--scratch",
    type=click.Path(path_type=Path, file_okay=False),
    default=SCRATCH,
    show_default=True,
    help="Where the database and all else goes.",
)
@click.option(
    "--events", type=click.IntRange(min=10_000), help="So many, and not what the plan says."
)
@click.option("--minutes", type=click.FloatRange(min=1), help="For how long the soak goes on.")
@click.option(
    "--keep", is_flag=True, help="Leave the scratch folder, with its history, for the next time."
)
def main(
    name: str,
    only: str,
    quick: bool,
    scratch: Path,
    events: int | None,
    minutes: float | None,
    keep: bool,
) -> None:
    """Measure and write benchmarks/results/NAME.md."""
    suite = SUITES[name]
    plan = QUICK if quick else FULL
    if events:
        plan = replace(plan, history_events=events, rollup_events=events)
    if minutes:
        plan = replace(plan, soak_minutes=minutes)
    report = (scratch / "results" if plan != FULL else RESULTS) / f"{name}.md"
    if suite.needs_wrk:
        try:
            wrk.program()
        except wrk.WrkError as error:
            raise click.ClickException(str(error)) from None
    scratch.mkdir(parents=True, exist_ok=True)
    try:
        for title, text in _measure(suite, _chosen(suite, only), scratch, plan):
            # One by one: what was measured stands when a later scenario fails.
            update(report, name, suite.title, suite.scenarios, {title: text})
    finally:
        if not keep:
            for folder in ("postgres", "data"):
                shutil.rmtree(scratch / folder, ignore_errors=True)
    click.echo(report)


def _chosen(suite: Suite, only: str) -> dict[str, ModuleType]:
    names = [name.strip() for name in only.split(",") if name.strip()] or list(suite.scenarios)
    if unknown := set(names) - set(suite.scenarios):
        raise click.UsageError(
            f"no such scenario: {', '.join(sorted(unknown))}; there are {', '.join(suite.scenarios)}"
        )
    return {name: module for name, module in suite.scenarios.items() if name in names}


def _measure(
    suite: Suite, chosen: dict[str, ModuleType], scratch: Path, plan: Plan
) -> Iterator[tuple[str, str]]:
    # So that what was started is stopped then, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = datetime.now(UTC)
    with clusters.running(scratch) as cluster:
        bench = Bench(plan, cluster, scratch, time.monotonic(), f"{began:%H%M%S}")
        for scenario in chosen.values():
            started, program = time.monotonic(), commit()
            result = scenario.run(bench)
            entry = {
                "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
                "commit": program,
                "seconds": round(time.monotonic() - started),
                "is_quick": plan != FULL,
                "machine": machine(scratch),
                "versions": suite.versions() | {"postgresql": cluster.version()},
                "postgres": cluster.shown_settings(),
                "parameters": plan.parameters(suite.parameters + scenario.PARAMETERS),
                "result": result,
            }
            yield scenario.TITLE, section(scenario, entry)


if __name__ == "__main__":
    main()
