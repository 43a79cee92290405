"""Debian's Firefox, spoken to by its own Marionette protocol: neither driver nor download is needed."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.ports import new_port

FIREFOX = shutil.which("firefox-esr")
START_SECONDS = 60
PREFERENCES = {
    # Every site of the tests is on this machine, under a name as in the world outside.
    "network.dns.localDomains": "shop.example,stats.example",
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "browser.startup.homepage": "about:blank",
    "extensions.update.enabled": False,
    "services.settings.server": "",
    "toolkit.telemetry.enabled": False,
}


def require_firefox() -> None:
    """Leave out the module where there is no Firefox, and say so."""
    if FIREFOX is None:
        pytest.skip("needs Debian's Firefox: apt-get install firefox-esr", allow_module_level=True)


class Firefox:
    """One window of it."""

    def __init__(self, port: int) -> None:
        self._connection = _connected(port)
        self._rest = b""
        self._asked = 0
        self._read()
        self.send("WebDriver:NewSession")

    def send(self, command: str, **parameters: Any) -> Any:
        """A command of the protocol, and its result."""
        self._asked += 1
        message = json.dumps([0, self._asked, command, parameters]).encode()
        self._connection.sendall(str(len(message)).encode() + b":" + message)
        _, _, error, result = self._read()
        assert error is None, error
        return result

    def go(self, url: str) -> None:
        """Open an address."""
        self.send("WebDriver:Navigate", url=url)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression."""
        return self.send("WebDriver:ExecuteScript", script=f"return {expression}", args=[])["value"]

    def wait_for(self, expression: str) -> None:
        """Wait until an expression is true."""
        deadline = time.monotonic() + 60
        while not self.evaluate(expression):
            assert time.monotonic() < deadline, f"never: {expression}"
            time.sleep(0.05)

    def click(self, selector: str) -> None:
        """Click an element, as a person does."""
        [element] = self._find(selector).values()
        self.send("WebDriver:ElementClick", id=element)

    def type(self, selector: str, text: str) -> None:
        """Type into a field."""
        [element] = self._find(selector).values()
        self.send("WebDriver:ElementSendKeys", id=element, text=text)

    def _find(self, selector: str) -> dict[str, str]:
        found = self.send("WebDriver:FindElement", using="css selector", value=selector)
        element: dict[str, str] = found["value"]
        return element

    def close(self) -> None:
        """End the session."""
        self._connection.close()

    def _read(self) -> Any:
        while b":" not in self._rest:
            self._rest += self._piece()
        length, _, self._rest = self._rest.partition(b":")
        while len(self._rest) < int(length):
            self._rest += self._piece()
        message, self._rest = self._rest[: int(length)], self._rest[int(length) :]
        return json.loads(message)

    def _piece(self) -> bytes:
        piece = self._connection.recv(65536)
        assert piece, "Firefox hung up"
        return piece


def _connected(port: int) -> socket.socket:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=60)
        except OSError:
            assert time.monotonic() < deadline, "Firefox did not start"
            time.sleep(0.1)


@contextmanager
def firefox_running() -> Iterator[Firefox]:
    """The browser for as long as the block takes."""
    assert FIREFOX is not None
    port = new_port()
    with tempfile.TemporaryDirectory(
        prefix="footfall-test-", ignore_cleanup_errors=True
    ) as profile:
        lines = {**PREFERENCES, "marionette.port": port}
        text = "".join(
            f"user_pref({json.dumps(name)}, {json.dumps(value)});\n"
            for name, value in lines.items()
        )
        (Path(profile) / "user.js").write_text(text)
        with subprocess.Popen(
            [FIREFOX, "--headless", "--marionette", "--no-remote", "--profile", profile],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                firefox = Firefox(port)
                try:
                    yield firefox
                finally:
                    firefox.close()
            finally:
                process.terminate()
                process.wait(timeout=30)
