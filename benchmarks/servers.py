"""Servers under test, each in processes of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import urllib3

from benchmarks.processes import cpu_seconds, tree
from ingest_app.database.embedded import free_port

START_SECONDS = 60
STOP_SECONDS = 30
FIRST_PORT = 18900


class ServerError(Exception):
    """A server did not start, or ended too soon."""


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    url: str
    pid: int

    @property
    def cpu_seconds(self) -> float:
        """What all its processes have used so far."""
        return cpu_seconds(self.pid)


@contextmanager
def footfall(
    database_url: str, scratch: Path, *, workers: int, **settings: str
) -> Iterator[Server]:
    """`footfall serve`, as anybody would start it; keyword arguments are FOOTFALL_ settings."""
    port = free_port(FIRST_PORT)
    arguments = ["ingest_app", "serve", "--port", str(port), "--workers", str(workers)]
    with _running(arguments, port, database_url, scratch, **settings) as server:
        yield server


@contextmanager
def empty(kind: str, database_url: str, scratch: Path, *, workers: int) -> Iterator[Server]:
    """An empty route on the same server; `kind` is `gated` or `wsgi`."""
    port = free_port(FIRST_PORT)
    arguments = ["benchmarks.empty_server", kind, str(port), str(workers)]
    with _running(arguments, port, database_url, scratch) as server:
        yield server


@contextmanager
def _running(
    arguments: list[str], port: int, database_url: str, scratch: Path, **settings: str
) -> Iterator[Server]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("FOOTFALL_")
    }
    environment |= {
        "DATABASE_URL": database_url,
        "FOOTFALL_DATA_DIR": str(scratch / "data"),
        "FOOTFALL_IP_HASH_PEPPER": "a pepper for benchmarks",
        # All load comes from one address.
        "FOOTFALL_RATE_LIMITS_ENABLED": "false",
    }
    environment |= {f"FOOTFALL_{name}": value for name, value in settings.items()}
    log = scratch / "server.log"
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", *arguments], env=environment, stdout=output, stderr=output
        )
    try:
        server = Server(f"http://127.0.0.1:{port}", process.pid)
        _wait_until_alive(server, process, log)
        yield server
        if process.poll() is not None:
            raise ServerError(f"the server ended during the run, see {log}")
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for member in reversed(tree(process.pid)):
                os.kill(member.pid, 9)
            process.wait()


def _wait_until_alive(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServerError(f"the server ended before it answered, see {log}")
        try:
            urllib3.request("GET", f"{server.url}/v1/healthz", retries=False, timeout=5)
        except urllib3.exceptions.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise ServerError(f"the server did not answer within {START_SECONDS} s, see {log}")
