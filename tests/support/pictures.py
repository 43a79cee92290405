"""`make pictures`: the dashboard on the data of the demo, as a person sees it, into docs/pictures."""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from ingest_app.cli.demo_report import has_rollups
from ingest_app.database.address import database_at_hand
from ingest_app.settings import PROJECT_FOLDER, load_settings
from tests.support.browser import CHROMIUM, chromium_running
from tests.support.server import serving

FOLDER = PROJECT_FOLDER / "docs" / "pictures"
KEY = "a key for pictures"
ADDRESS = "/?property=shop.example"
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
# As many kilobytes as a README should make somebody load.
MOST_KB = 150
PICTURES: dict[str, tuple[Any, Any]] = {
    "light": ("light", DESK),
    "dark": ("dark", DESK),
    "phone": ("light", PHONE),
}


def main() -> None:
    """Take each of them anew."""
    database = database_at_hand(load_settings())
    if CHROMIUM is None:
        sys.exit("Chromium is needed: apt-get install chromium")
    if not has_rollups(database):
        sys.exit("There are no data to show: run `make demo` first.")
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="footfall-pictures-") as folder,
        serving(database, Path(folder), ADMIN_API_KEYS=KEY) as server,
        chromium_running() as browser,
    ):
        for name, (scheme, screen) in PICTURES.items():
            picture = _take(browser, server.url, scheme, screen)
            if len(picture) > MOST_KB * 1000:
                sys.exit(f"{name}: {len(picture) / 1000:.0f} kB is more than {MOST_KB} kB")
            file = FOLDER / f"{name}.webp"
            file.write_bytes(picture)
            print(f"{file.relative_to(PROJECT_FOLDER)}: {len(picture) / 1000:.0f} kB")


def _take(browser: Browser, url: str, scheme: Any, screen: Any) -> bytes:
    context = browser.new_context(
        base_url=url, viewport=screen, color_scheme=scheme, device_scale_factor=1.5
    )
    page = context.new_page()
    page.goto(ADDRESS)
    page.get_by_label("Admin or report key").fill(KEY)
    page.get_by_role("button", name="Sign in").click()
    page.locator(".band").wait_for()
    # Of the formats this one has text that stays sharp in few bytes; Playwright itself knows two others.
    session = context.new_cdp_session(page)
    taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": 80})
    context.close()
    return base64.b64decode(taken["data"])


if __name__ == "__main__":
    main()
