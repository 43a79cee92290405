"""A shop with the snippet on its pages, and what raw holds of its visitors."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import psycopg
from playwright.sync_api import Browser, BrowserContext, Page
from psycopg.rows import dict_row

from tests.support.server import Server
from tests.support.tabs import Window
from tests.support.website import Resource, Website, document, tag

PATIENCE_SECONDS = 60
# How long nothing may come before it is taken that nothing more will.
QUIET_SECONDS = 0.3
# What the snippet does by itself when the network is back: it sends what waits.
SEND_NOW = "dispatchEvent(new Event('online'))"
# Notes whatever the page asks of a server. That nothing comes is only known of what was never sent.
WATCH = """
window.asked = [];
for (const [of, name] of [[window, 'fetch'], [Navigator.prototype, 'sendBeacon']]) {
    const original = of[name];
    of[name] = function (...given) { asked.push(`${given[0]}`); return original.apply(this, given); };
}
"""
# A stand-in as owners paste it, so that commands may come early.
STAND_IN = "window.footfall = window.footfall || function () { (footfall.q = footfall.q || []).push(arguments) };"

# Takes events from pages of shop.example alone.
BOUND_PROPERTY = "bound.example"

_numbers = count(1)

Row = dict[str, Any]


class Shop:
    """Each test has one: a property of its own, pages of its own, visitors of its own."""

    def __init__(self, website: Website, server: Server, database: str, browser: Browser) -> None:
        website.resources.clear()
        website.asked.clear()
        website.posted.clear()
        self.website = website
        self.server = server
        self.browser = browser
        self.property_id = f"shop-{next(_numbers)}.example"
        # A host apart from the shop's, as most sites have it.
        self.stats = f"http://stats.example:{server.url.rpartition(':')[2]}"
        self.script = f"{self.stats}/footfall.js"
        self._database = database
        self._contexts: list[BrowserContext] = []
        self._windows: list[Window] = []

    def tag(self, **attributes: str) -> str:
        """The tag, with these attributes beside the usual ones."""
        return tag(self.script, self.property_id, **attributes)

    def page(
        self,
        path: str,
        body: str = "",
        *,
        head: str | None = None,
        headers: dict[str, str] | None = None,
        status: int = 200,
        **attributes: str,
    ) -> None:
        """A page of the shop; what else is named is an attribute of its tag."""
        text = document(body, self.tag(**attributes) if head is None else head)
        self.website.add(path, Resource(text, headers=headers or {}, status=status))

    def url(self, path: str, host: str = "shop.example") -> str:
        """The address of a page."""
        return self.website.url(path, host)

    def visitor(self, **options: Any) -> BrowserContext:
        """Somebody with a browser that has not been here."""
        context = self.browser.new_context(**options)
        context.add_init_script(WATCH)
        self._contexts.append(context)
        return context

    def open(self, path: str, visitor: BrowserContext | None = None) -> Page:
        """A visitor looks at a page."""
        page = (visitor or self.visitor()).new_page()
        page.goto(self.url(path))
        return page

    def window(self) -> Window:
        """A window whose tabs are hidden and shown as in a person's."""
        window = Window(self.browser)
        self._windows.append(window)
        return window

    def events(self, expected: int, *pages: Page, kind: str | None = None) -> list[Row]:
        """The events of the property in order, once there are so many; and not one more comes.

        Of one type, where it is named. The pages send what they have at once.
        """
        for page in pages:
            page.evaluate(SEND_NOW)
        rows = self.settled(expected, kind)
        assert len(rows) == expected, [(row["event_type"], row["path"]) for row in rows]
        return rows

    def settled(self, least: int, kind: str | None = None) -> list[Row]:
        """The events of the property in order, once there are so many and none comes any more."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        seen, since = -1, time.monotonic()
        while True:
            rows = [row for row in self._rows() if kind in (None, row["event_type"])]
            now = time.monotonic()
            if len(rows) != seen:
                seen, since = len(rows), now
            if now > deadline or (seen >= least and now - since > QUIET_SECONDS):
                return rows
            time.sleep(0.03)

    def of(self, kind: str, expected: int, *pages: Page) -> list[Row]:
        """The events of one type."""
        return self.events(expected, *pages, kind=kind)

    def paths(self, expected: int, *pages: Page) -> list[str]:
        """The paths of the page views."""
        return [row["path"] for row in self.of("page_view", expected, *pages)]

    def close(self) -> None:
        """Everybody goes home."""
        for context in self._contexts:
            context.close()
        for window in self._windows:
            window.close()

    def _rows(self) -> list[Row]:
        with psycopg.connect(self._database, row_factory=dict_row) as connection:
            rows = connection.execute(
                'select * from raw.events where property_id = %s order by "timestamp", created_at',
                (self.property_id,),
            ).fetchall()
        # The view stands in props, too: tests compare what else a page has told.
        for row in rows:
            props = row["props"] or {}
            assert props.pop("viewId", None) == (row["view_id"] and str(row["view_id"]))
            row["props"] = props or None
        return rows


@contextmanager
def shop_open(website: Website, server: Server, database: str, browser: Browser) -> Iterator[Shop]:
    """The shop of a test."""
    shop = Shop(website, server, database, browser)
    try:
        yield shop
    finally:
        shop.close()
