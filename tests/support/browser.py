"""Debian's Chromium, driven by Playwright; no browser is ever downloaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from signal import SIGKILL
from threading import Timer

import pytest
from playwright.sync_api import Browser, BrowserType, Error, expect, sync_playwright

from tests.support.server import BROWSER

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No test looks at what a graphics card draws, and a page may wait for that process for ever.
    "--disable-gpu",
    # Every site of the tests is on this machine, under a name as in the world outside.
    "--host-resolver-rules=MAP *.example 127.0.0.1",
    # A headless browser calls itself one, and would count as a bot.
    f"--user-agent={BROWSER}",
)
# A page of a machine that does three things at once may take its time to become what is expected.
expect.set_options(timeout=60_000)
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
        browser = _with_a_page(playwright.chromium)
        try:
            yield browser
        finally:
            browser.close()


def _with_a_page(chromium: BrowserType, seconds: float = 60, tries: int = 3) -> Browser:
    """A browser that has shown that it opens pages.

    Playwright waits without a limit for a new page, and now and then a browser never opens its
    first: such a one is killed and started again. The page stays, with all processes behind it.
    """
    browser = chromium.launch(
        executable_path=CHROMIUM, args=list(FLAGS), ignore_default_args=list(NOT_PLAYWRIGHTS)
    )
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    own = next(process["id"] for process in processes if process["type"] == "browser")
    limit = Timer(seconds, os.kill, (own, SIGKILL))
    limit.start()
    try:
        browser.new_page()
    except Error:
        if tries == 1 or browser.is_connected():
            raise
        return _with_a_page(chromium, seconds, tries - 1)
    finally:
        limit.cancel()
    return browser
