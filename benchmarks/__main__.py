"""python -m benchmarks: run scenarios and write the report."""

from __future__ import annotations

import shutil
import signal
import sys
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType

import click

from benchmarks import cluster as clusters
from benchmarks.bench import Bench
from benchmarks.load import wrk
from benchmarks.machine import commit, machine, versions
from benchmarks.plan import FULL, QUICK
from benchmarks.report import merge, read, render
from ingest_app.settings import PROJECT_FOLDER

SCENARIOS = {
    name: import_module(f"benchmarks.scenarios.{name}")
    for name in ("singles", "batches", "growth", "memory", "storage", "indexes", "layers")
}
RESULTS = Path(__file__).with_name("results")
# A folder of the project and not of the system: there /tmp may be memory, which has no disk to wait for.
SCRATCH = PROJECT_FOLDER / ".footfall" / "benchmarks"


@click.command()
@click.option("--only", default="", help=f"Some of {','.join(SCENARIOS)}.")
@click.option("--quick", is_flag=True, help="Seconds a run, report into the scratch folder.")
@click.option(
    "--scratch",
    type=click.Path(path_type=Path, file_okay=False),
    default=SCRATCH,
    show_default=True,
    help="Where the database and all else goes.",
)
@click.option(
    "--keep", is_flag=True, help="Leave the scratch folder, with its history, for the next time."
)
@click.option("--render-only", is_flag=True, help="Write the report anew from its JSON file.")
def main(only: str, quick: bool, scratch: Path, keep: bool, render_only: bool) -> None:
    """Measure ingest and write benchmarks/results/ingest.md and ingest.json."""
    results = scratch / "results" if quick else RESULTS
    if not render_only:
        try:
            wrk.program()
        except wrk.WrkError as error:
            raise click.ClickException(str(error)) from None
        scratch.mkdir(parents=True, exist_ok=True)
        try:
            _measure(_chosen(only), scratch, results, quick=quick)
        finally:
            if not keep:
                for folder in ("postgres", "data"):
                    shutil.rmtree(scratch / folder, ignore_errors=True)
    report = results / "ingest.md"
    report.write_text(render(read(results / "ingest.json"), SCENARIOS))
    click.echo(report)


def _chosen(only: str) -> dict[str, ModuleType]:
    names = [name.strip() for name in only.split(",") if name.strip()] or list(SCENARIOS)
    if unknown := set(names) - set(SCENARIOS):
        raise click.UsageError(f"no such scenario: {', '.join(sorted(unknown))}")
    return {name: module for name, module in SCENARIOS.items() if name in names}


def _measure(chosen: dict[str, ModuleType], scratch: Path, results: Path, *, quick: bool) -> None:
    plan = QUICK if quick else FULL
    # So that what was started is stopped then, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = datetime.now(UTC)
    with clusters.running(scratch) as cluster:
        bench = Bench(plan, cluster, scratch, time.monotonic(), f"{began:%H%M%S}")
        for name, scenario in chosen.items():
            started = time.monotonic()
            result = scenario.run(bench)
            entry = {
                "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
                "commit": commit(),
                "seconds": round(time.monotonic() - started),
                "is_quick": quick,
                "machine": machine(scratch),
                "versions": versions(cluster),
                "postgres": cluster.shown_settings(),
                "parameters": plan.parameters(scenario.PARAMETERS),
                "result": result,
            }
            merge(results / "ingest.json", name, entry)


if __name__ == "__main__":
    main()
