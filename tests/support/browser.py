"""Debian's Chromium, driven by Playwright; no browser is ever downloaded."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.server import BROWSER

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Every site of the tests is on this machine, under a name as in the world outside.
    "--host-resolver-rules=MAP *.example 127.0.0.1",
    # A headless browser calls itself one, and would count as a bot.
    f"--user-agent={BROWSER}",
)
# Playwright turns off what pages come back from, and lets no tab sleep.
NOT_PLAYWRIGHTS = ("--disable-back-forward-cache",)


def require_chromium() -> None:
    """Leave out the module where there is no browser, and say so."""
    if CHROMIUM is None:
        pytest.skip("needs Debian's Chromium: apt-get install chromium", allow_module_level=True)


@contextmanager
def chromium_running() -> Iterator[Browser]:
    """The browser for as long as the block takes."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(FLAGS), ignore_default_args=list(NOT_PLAYWRIGHTS)
        )
        try:
            yield browser
        finally:
            browser.close()
