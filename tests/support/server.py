"""The app as its users meet it: `footfall serve` in a process of its own, reached over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from tests.support.ports import new_port

START_SECONDS = 60
PEPPER = "a pepper for tests"
BROWSER = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36"
)


@dataclass(frozen=True)
class Answer:
    """What came back: status, parsed body, headers."""

    status: int
    body: Any
    headers: Mapping[str, str]


class Server:
    """A running server."""

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url = url
        self.process = process
        self._http = urllib3.PoolManager(maxsize=64, retries=False, timeout=30)

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """One request; keyword arguments are headers, with underscores for hyphens."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent.setdefault("User-Agent", BROWSER)
        response = self._http.request(method, self.url + path, body=body, headers=sent)
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        return Answer(
            response.status, response.json() if is_json else response.data, response.headers
        )

    def post(self, event: object, **headers: str) -> Answer:
        """Post one event as JSON."""
        headers.setdefault("Content_Type", "application/json")
        return self.request("POST", "/v1/events", json.dumps(event).encode(), **headers)


@contextmanager
def serving(
    database: str, data_dir: Path, *, log: Path | None = None, **settings: str
) -> Iterator[Server]:
    """`footfall serve` against a database; keyword arguments are FOOTFALL_ settings.

    What it prints goes to the end of `log`.
    """
    port = new_port()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("FOOTFALL_")
    }
    environment |= {
        "DATABASE_URL": database,
        "FOOTFALL_DATA_DIR": str(data_dir),
        "FOOTFALL_IP_HASH_PEPPER": PEPPER,
        # All tests post from one address.
        "FOOTFALL_RATE_LIMITS_ENABLED": "false",
    }
    environment |= {f"FOOTFALL_{name}": value for name, value in settings.items()}
    with (log or Path(os.devnull)).open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ingest_app", "serve", "--port", str(port)],
            env=environment,
            stdout=output,
            stderr=output,
        )
    server = Server(f"http://127.0.0.1:{port}", process)
    try:
        wait_until_alive(server)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def wait_until_alive(server: Server) -> None:
    """Return once it answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert server.process.poll() is None, "the server ended before it answered"
        try:
            server.request("GET", "/v1/healthz")
        except urllib3.exceptions.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server did not answer in time")
