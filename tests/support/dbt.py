"""Real dbt runs of this project against a database of the test's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ingest_app.settings import PROJECT_FOLDER


@dataclass(frozen=True)
class Run:
    """What a dbt command did: the status of each node by its name, and what it printed."""

    is_success: bool
    statuses: dict[str, str]
    output: str

    def failed(self) -> set[str]:
        """The names of the nodes that did not pass."""
        return {name for name, status in self.statuses.items() if status in ("fail", "error")}


class Dbt:
    """dbt as an analyst runs it, in the project folder."""

    def __init__(self, url: str, folder: Path) -> None:
        self._folder = folder
        self._environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("FOOTFALL_", "DBT_"))
        } | {
            "DATABASE_URL": url,
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
        }

    def run(self, *arguments: str) -> Run:
        """Run a command; a failing one is told by its result, not raised."""
        done = subprocess.run(
            [Path(sys.executable).with_name("dbt"), "--no-use-colors", *arguments],
            cwd=PROJECT_FOLDER,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        results = self._folder / "target" / "run_results.json"
        statuses = {}
        if results.exists():
            for result in json.loads(results.read_text())["results"]:
                statuses[result["unique_id"].split(".")[2]] = result["status"]
            results.unlink()
        return Run(done.returncode == 0, statuses, done.stdout + done.stderr)

    def build(self, *arguments: str) -> Run:
        """`dbt build`, which must pass."""
        run = self.run("build", *arguments)
        assert run.is_success, run.output[-6000:]
        return run
