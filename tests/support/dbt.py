"""Real dbt runs of this project against a database of the test's own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import yaml

from ingest_app.conninfo import pg_environment
from ingest_app.settings import PROJECT_FOLDER

NO_GRACE = {"late_commit_grace_minutes": 0}
# What dbt has made of the project's files, which names the database; by its URL.
_parsed: dict[str, Path] = {}


@dataclass(frozen=True)
class Run:
    """What a dbt command did: the status of each node by its name, and what it printed."""

    is_success: bool
    statuses: dict[str, str]
    output: str

    def failed(self) -> set[str]:
        """The names of the nodes that did not pass."""
        return {name for name, status in self.statuses.items() if status in ("fail", "error")}


class DbtProcess:
    """A process that has dbt loaded and runs one command after the other."""

    def __init__(self, process: subprocess.Popen[str], output: Path) -> None:
        self._process = process
        self._output = output

    def run(self, arguments: list[str], environment: dict[str, str]) -> Run:
        """Run a command; a failing one is told by its result, not raised."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        start = self._output.stat().st_size
        command = {"arguments": arguments, "environment": environment}
        print(json.dumps(command), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        with self._output.open("rb") as output:
            output.seek(start)
            printed = output.read().decode()
        assert answer, f"the process ended: {printed}"
        told = json.loads(answer)
        return Run(told["is_success"], told["statuses"], printed)


@contextmanager
def dbt_process() -> Iterator[DbtProcess]:
    """A process for as long as the block takes."""
    with (
        tempfile.NamedTemporaryFile(prefix="footfall-test-dbt-") as output,
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.dbt_process"],
            cwd=PROJECT_FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
        ) as process,
    ):
        # Leaving the block closes its input, at which it ends.
        yield DbtProcess(process, Path(output.name))


class Dbt:
    """dbt in the project folder, against one database.

    Without a `process` each command has one of its own. With `keeps_logs` it writes them into the
    folder, as it does for users: that is a sixth of what a build costs. Without a grace no build counts
    what one before it has counted, for as long as nobody stores anything meanwhile.
    """

    def __init__(
        self,
        url: str,
        folder: Path,
        process: DbtProcess | None = None,
        *,
        keeps_logs: bool = False,
        has_grace: bool = True,
    ) -> None:
        self._process = process
        self._has_grace = has_grace
        self._url = url
        self._file = folder / "target" / "partial_parse.msgpack"
        self._environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("FOOTFALL_", "DBT_"))
        } | {
            **pg_environment(url),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
            "DBT_LOG_LEVEL_FILE": "debug" if keeps_logs else "none",
        }

    def run(self, *arguments: str) -> Run:
        """Run a command; a failing one is told by its result, not raised."""
        # Writing what was parsed takes longer than parsing it, and who wants it parses or compiles.
        files = "--write-json" if {"parse", "compile"} & {*arguments} else "--no-write-json"
        if self._process is None:
            self._spare_parsing()
        with nullcontext(self._process) if self._process else dbt_process() as process:
            run = process.run(
                ["--no-use-colors", files, *self._with_vars(arguments)], self._environment
            )
        if self._file.exists():
            _parsed.setdefault(self._url, self._file)
        return run

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A command in a process of its own, under way; its output is piped."""
        self._spare_parsing()
        return subprocess.Popen(
            [
                Path(sys.executable).with_name("dbt"),
                "--no-use-colors",
                *self._with_vars(arguments),
            ],
            cwd=PROJECT_FOLDER,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def build(self, *arguments: str) -> Run:
        """`dbt build`, which must pass; without unit tests, which no row of a database changes."""
        return self._passing("build", "--exclude-resource-type", "unit_test", *arguments)

    def run_models(self, *arguments: str) -> Run:
        """`dbt run`: a build without the tests. It must pass."""
        return self._passing("run", *arguments)

    def _with_vars(self, arguments: Sequence[str]) -> list[str]:
        if self._has_grace:
            return [*arguments]
        given = [*arguments] if "--vars" in arguments else [*arguments, "--vars", "{}"]
        place = given.index("--vars") + 1
        given[place] = json.dumps(yaml.safe_load(given[place]) | NO_GRACE, default=str)
        return given

    def _spare_parsing(self) -> None:
        """A process that starts reads what another has parsed, where that is of the same database."""
        if self._url in _parsed and not self._file.exists():
            self._file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(_parsed[self._url], self._file)

    def _passing(self, *arguments: str) -> Run:
        run = self.run(*arguments)
        assert run.is_success, run.output[-6000:]
        return run
