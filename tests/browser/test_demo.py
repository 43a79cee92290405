"""The shop of `/demo`, on the embedded database, as somebody clicks through it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import require_chromium
from tests.support.ports import new_port
from tests.support.server import Server, wait_until_alive
from tests.support.shop import Shop

require_chromium()


@contextmanager
def footfall(*arguments: str, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command of its own, without any database of one's own."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name != "DATABASE_URL" and not name.startswith("FOOTFALL_")
    }
    command = [sys.executable, "-m", "ingest_app", *arguments]
    with subprocess.Popen(
        command, env=environment | variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


@pytest.fixture
def demo() -> Iterator[Server]:
    # Not pytest's own folder: the user that PostgreSQL runs as must reach it.
    with tempfile.TemporaryDirectory(prefix="footfall-test-") as place:
        Path(place).chmod(0o755)
        port = new_port()
        variables = {
            "FOOTFALL_DATA_DIR": place,
            "FOOTFALL_DB_PORT": str(new_port()),
        }
        try:
            with footfall("serve", "--port", str(port), **variables) as process:
                server = Server(f"http://127.0.0.1:{port}", process)
                wait_until_alive(server)
                yield server
        finally:
            with footfall("down", **variables) as stopping:
                stopping.wait(timeout=120)


def test_what_is_clicked_is_seen_with_what_became_of_it(demo: Server, browser: Browser) -> None:
    with browser.new_context() as visitor:
        page = visitor.new_page()
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(f"{demo.url}/demo")
        items = page.locator("#events li")
        first = items.filter(has_text="page_view").first
        for words in ("accepted", "/demo", "direct", "desktop", "no country", "entrance"):
            expect(first).to_contain_text(words)
        page.click("main >> text=Rain jacket")
        page.click("text=Into the cart")
        expect(items.filter(has_text="add_to_cart")).to_contain_text("product: jacket")
        with page.expect_download():
            page.click("text=Table of sizes")
        page.click("nav >> text=Contact")
        page.fill("textarea", "a question that nobody reads")
        page.click("form button")
        page.wait_for_url("**/thanks")
        expect(items.filter(has_text="form_submit")).to_contain_text("conversion")
        expect(items.filter(has_text="file_download")).to_contain_text("sizes.csv")
        expect(items.filter(has_text="page_exit").first).to_contain_text("seen for")
        page.click("nav >> text=Gallery")
        page.click("text=clay")
        expect(items.filter(has_text="page_view").first).to_contain_text("/demo/gallery/clay")
        page.click("#again")
        # On a slow machine, what a page was sending as it was left may come twice too.
        expect(items.filter(has_text="duplicate").first).to_contain_text("it counts once")
        expect(items.filter(has_text="sent_twice")).to_have_count(1)
        page.click("#wrong")
        refused = items.filter(has_text="rejected")
        expect(refused).to_contain_text("invalid_request:traffic.scrollDepthPercent")
        page.goto(f"{demo.url}/demo/nowhere")
        expect(items.filter(has_text="not_found")).to_contain_text("/demo/nowhere")
        assert "a question" not in page.content()
        # Newest first.
        moments = page.evaluate("fetch('/demo/events').then((answer) => answer.json())")
        received = [moment["receivedAt"] for moment in moments]
        assert received == sorted(received, reverse=True)
        assert troubles == []


def test_a_database_of_ones_own_has_no_demo(shop: Shop) -> None:
    for path in ("/demo", "/demo/events", "/demo/static/demo.js"):
        assert shop.server.request("GET", path).status == 404
