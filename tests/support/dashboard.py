"""The dashboard of two weeks of two sites: what is posted, how one signs in, what the API says of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, BrowserContext, Page

from tests.support.server import Server

ADMIN = "sees all"
OF_THE_SHOP = "sees the shop"
FAR_EAST, EAST_ZONE = "east.example", "Pacific/Kiritimati"
SHOP, BLOG = "shop.example", "blog.example"
TODAY = datetime.now(UTC).date()
LAST_WEEK = (TODAY - timedelta(days=7), TODAY - timedelta(days=1))
# Of the API: every visit is one or the other, so this leaves none out and counts by visits.
EVERY_VISIT = ["is_returning:true", "is_returning:false"]
WEEK_BEFORE = (TODAY - timedelta(days=14), TODAY - timedelta(days=8))


def visits() -> list[dict[str, Any]]:
    """Two weeks of two sites: more in the second, some in every panel."""
    bodies: list[dict[str, Any]] = []

    def event(visitor: int, days_ago: int, path: str, **more: Any) -> None:
        at = datetime.combine(TODAY - timedelta(days=days_ago), datetime.min.time(), UTC)
        traffic = {"propertyId": SHOP, "deviceType": "desktop", "countryCode": "DE"}
        bodies.append(
            {
                "anonId": f"visitor-{visitor:04}",
                "eventType": "page_view",
                "path": path,
                "timestamp": (at + timedelta(hours=9, minutes=len(bodies))).isoformat(),
            }
            | more
            | {"traffic": traffic | more.get("traffic", {})}
        )

    for number in range(3):
        event(number, 9, "/")
    for number in range(12):
        day = 1 + number % 6
        event(number, day, "/", referrer="https://www.google.com/")
        vitals = {"webVitals": {"lcpMs": 1000 + 300 * number, "ttfbMs": 200 + 100 * number}}
        vitals["engagedTimeMs"] = 40_000 + 9_000 * number
        event(number, day, "/shoes & <more>", traffic=vitals | {"countryCode": "FR"})
        event(number, day, "/buy", eventType="form_start", props={"formName": "checkout"})
        if number % 3 == 0:
            event(number, day, "/buy", eventType="form_submit", props={"formName": "checkout"})
    campaign = {"source": "list", "medium": "email", "campaign": "<i>spring</i> & more"}
    event(20, 2, "/sale", utm=campaign, traffic={"deviceType": "mobile"})
    # A second visit of that day.
    evening = datetime.combine(TODAY - timedelta(days=2), datetime.min.time(), UTC)
    event(20, 2, "/", timestamp=(evening + timedelta(hours=20)).isoformat())
    event(21, 2, "/", traffic={"deviceType": "bot"})
    event(30, 3, "/secret", traffic={"propertyId": BLOG})
    event(1, 0, "/today")
    return bodies


def signed_in(browser: Browser, server: Server, key: str, **settings: Any) -> BrowserContext:
    """A window of somebody who signed in by the form."""
    context = browser.new_context(base_url=server.url, **settings)
    page = context.new_page()
    page.goto("/?window=28")
    page.get_by_label("Admin or report key").fill(key)
    page.get_by_role("button", name="Sign in").click()
    assert page.url == f"{server.url}/?window=28"
    # Left empty and not closed: now and then a page that is closed while it loads never is, and Playwright
    # waits for that without a limit.
    page.goto("about:blank")
    return context


def ask(server: Server, report: str, key: str = ADMIN, **parameters: Any) -> dict[str, Any]:
    first, last = LAST_WEEK
    asked = {"from": first, "to": last, "audience": "people"} | parameters
    told = {name: value for name, value in asked.items() if value is not None}
    answer = server.request(
        "GET", f"/v1/metrics/{report}?{urlencode(told, doseq=True)}", x_admin_key=key
    )
    assert answer.status == 200, answer.body
    body: dict[str, Any] = answer.body
    return body


def rows_of(page: Page, selector: str) -> list[list[str]]:
    """The cells of the body of a table, as text."""
    return [
        [" ".join(cell.split()) for cell in row.locator("th, td").all_inner_texts()]
        for row in page.locator(f"{selector} tbody tr").all()
    ]


def whole(value: float) -> str:
    return f"{value:,.0f}"


def percent(value: float) -> str:
    return f"{100 * value:.1f}%"
