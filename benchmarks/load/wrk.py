"""Runs wrk with the project's script."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("events.lua")
# One thread: a generator that needs less than a core of its own has no use for a second one, and
# the report says how much it needed.
THREADS = 1
CONNECTIONS = 32
TIMEOUT_SECONDS = 30


class WrkError(Exception):
    """wrk is not there, or did not finish."""


@dataclass(frozen=True)
class Load:
    """What one run of wrk says; `accepted` counts events, the other counts are of requests."""

    accepted: int
    answers_spooled: int
    answers_202: int
    answers_other: int
    requests: int
    seconds: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    socket_errors: int
    timeouts: int
    cpu_seconds: float

    @property
    def accepted_per_second(self) -> float:
        """Accepted events a second."""
        return self.accepted / self.seconds


def post_events(url: str, *, seconds: float, seed: str, batch: int = 0) -> Load:
    """Post events for so long; `batch` is how many a request holds, 0 the single endpoint.

    No two runs against one database may share a seed: it names the visitors.
    """
    command = [
        program(),
        *(f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s"),
        *("--timeout", f"{TIMEOUT_SECONDS}s", "--script", str(SCRIPT)),
        *(url, "--", seed, str(batch)),
    ]
    before = _cpu_of_ended_children()
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    spent = _cpu_of_ended_children() - before
    line = next((line for line in done.stdout.splitlines() if line.startswith("RESULT ")), None)
    if done.returncode != 0 or line is None:
        raise WrkError(f"wrk ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return Load(**json.loads(line.removeprefix("RESULT ")), cpu_seconds=spent)


def version() -> str:
    """The version of wrk."""
    # It prints its version, then its usage, and fails.
    done = subprocess.run([program(), "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    return (done.stdout.split()[1:] or ["unknown"])[0]


def program() -> str:
    """Where wrk is. Raises WrkError where it is not."""
    found = shutil.which("wrk")
    if found is None:
        raise WrkError("wrk is not installed: apt-get install wrk, or see github.com/wg/wrk")
    return found


def _cpu_of_ended_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
