"""What is going on now, web vitals by device and over time, goals, and names in one's own language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, Route

from tests.support.arrivals import events, writing
from tests.support.browser import require_chromium
from tests.support.dashboard import (
    ADMIN,
    BLOG,
    LAST_WEEK,
    SHOP,
    ask,
    percent,
    rows_of,
    signed_in,
    whole,
)
from tests.support.server import Server

require_chromium()

FIRST, LAST = LAST_WEEK
WEEK = {"window": "custom", "from": f"{FIRST}", "to": f"{LAST}"}
BUSY = "now.example"


def _without_looking_again(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text().replace('http-equiv="refresh"', ""))


def test_the_last_minutes_are_those_of_raw(plain: Page, dashboard: Server, built: str) -> None:
    now = datetime.now(UTC)
    seen = [("ann", 20, "/a", "desktop"), ("ben", 40, "/a", "mobile"), ("ann", 10, "/b", "desktop")]
    seen += [
        ("cat", 12 * 60, "/b", "desktop"),
        ("bot", 30, "/b", "bot"),
        ("dan", 3600, "/c", "mobile"),
    ]
    bodies = [
        {
            "anonId": f"visitor-{who}",
            "eventType": "page_view",
            "path": path,
            "referrer": "https://news.example/story" if who == "ben" else None,
            "timestamp": (now - timedelta(seconds=ago)).isoformat(),
            "traffic": {"propertyId": BUSY, "deviceType": device},
        }
        for who, ago, path, device in seen
    ]
    with writing(built) as writer:
        writer.write(events(bodies))
    plain.goto(f"/?{urlencode(WEEK | {'property': BUSY})}")
    assert plain.locator("#now").inner_text() == "Now: 2 visitors of the last five minutes"
    # By itself it is asked for again, from where there is nothing else to count.
    again = plain.locator("#now").get_attribute("data-refresh-from") or ""
    assert again.startswith("/dashboard/now?")
    fresh = plain.context.request.get(again).text()
    assert "Now: <b>2</b> visitors of the last five minutes" in fresh
    assert "<html" not in fresh
    # Without a script the page looks again by itself. Here it stays, so that it can be read in peace.
    page = f"/dashboard/realtime?property={BUSY}"
    looks_again = '<noscript><meta http-equiv="refresh" content="15"></noscript>'
    assert looks_again in plain.context.request.get(page).text()
    plain.route("**/dashboard/realtime?*", _without_looking_again)
    plain.locator("#now a").click()
    assert plain.locator("#card-5 .value").inner_text() == "2"
    assert plain.locator("#card-30 .value").inner_text() == "3"
    assert rows_of(plain, "#pages") == [["/a", "2", "2"], ["/b", "2", "2"]]
    assert rows_of(plain, "#referrers") == [["news.example", "1"]]
    # By minute it is what the API says, but for what the clock did between the two.
    plain.locator(".drawn summary").click()
    minutes = rows_of(plain, ".drawn")
    assert len(minutes) == 30
    assert sum(int(row[2]) for row in minutes) == 4
    # With a script it is the part that says how often.
    assert plain.locator("#realtime").get_attribute("data-refresh") == "15"
    plain.goto(f"{page}&audience=all")
    assert plain.locator("#card-5 .value").inner_text() == "3"
    told = ask(dashboard, "realtime", **{"from": None, "to": None}, audience="all", propertyId=BUSY)
    assert told["visitorsOf5Minutes"] == 3
    # Of all together there is none: one is chosen.
    plain.goto("/dashboard/realtime")
    plain.get_by_role("link", name=BLOG).click()
    assert plain.get_by_role("heading", name="Nobody in the last half hour").is_visible()
    plain.unroute("**/dashboard/realtime?*")


def test_a_vital_is_told_by_device_and_over_time(plain: Page, dashboard: Server) -> None:
    plain.goto(f"/?{urlencode(WEEK | {'property': SHOP})}")
    plain.locator("#vitals").get_by_role("link", name="Largest paint").click()
    asked = {"propertyId": SHOP}
    expected = []
    for device in (None, "desktop"):
        lcp = ask(dashboard, "vitals", deviceType=device, **asked)["vitals"]["lcp"]
        shares = lcp["shares"]
        expected.append(
            [
                device or "all",
                *(f"{lcp['p75']:,.0f} ms", lcp["rating"], f"{lcp['p50']:,.0f} ms"),
                f"{lcp['p95']:,.0f} ms",
                *(percent(shares[name]) for name in ("good", "needsImprovement", "poor")),
                whole(lcp["samples"]),
            ]
        )
    assert rows_of(plain, "#devices") == expected
    assert expected[0][-1] == "12"
    bounds = plain.locator(".chart.desk text.bound").all_text_contents()
    assert bounds == ["good 2,500 ms", "poor 4,000 ms"]
    for device in (None, "mobile"):
        more = {"device": device} if device else {}
        plain.goto(f"/dashboard/vitals?{urlencode(WEEK | more | {'property': SHOP})}")
        plain.locator(".drawn summary").click()
        by_day = []
        for number in range(7):
            day = FIRST + timedelta(days=number)
            told = ask(dashboard, "vitals", deviceType=device, **asked | {"from": day, "to": day})
            p75 = told["vitals"]["lcp"]["p75"]
            by_day.append("\N{EN DASH}" if p75 is None else f"{p75:,.0f} ms")
        shown = [row[1] for row in rows_of(plain, ".drawn")]
        assert shown == by_day
        assert (len({*by_day}) == 1) == (device == "mobile")
    # The panel of the overview is of one kind of device, too.
    plain.goto(f"/?{urlencode(WEEK | {'property': SHOP, 'device': 'mobile'})}")
    assert {row[-1] for row in rows_of(plain, "#vitals")} == {"0"}


def test_goals_are_the_events_that_convert(plain: Page, dashboard: Server) -> None:
    plain.goto(f"/?{urlencode(WEEK | {'property': SHOP, 'events': 'goal'})}")
    told = ask(dashboard, "breakdown", by="event_type", propertyId=SHOP)["rows"]
    assert rows_of(plain, "#events") == [
        [row["eventType"], whole(row["conversions"]), whole(row["visitors"]), whole(row["events"])]
        for row in told
        if row["conversions"]
    ]
    assert [row[0] for row in rows_of(plain, "#events")] == ["form_submit"]
    plain.locator("#events").get_by_role("link", name="all").click()
    assert [row[0] for row in rows_of(plain, "main")] == ["form_submit"]


def test_countries_have_the_names_of_the_browsers_language(
    browser: Browser, dashboard: Server
) -> None:
    for locale, names in (
        ("de-AT", {"Deutschland", "Frankreich"}),
        ("xx-YY", {"Germany", "France"}),
    ):
        context = signed_in(browser, dashboard, ADMIN, locale=locale)
        page = context.new_page()
        page.goto(f"/?{urlencode(WEEK | {'property': SHOP})}")
        assert {row[0] for row in rows_of(page, "#places")} == names, locale
        page.goto(f"/?{urlencode(WEEK | {'filter': 'country_code:DE'})}")
        assert page.locator(".chips b").inner_text() in names
        context.close()
