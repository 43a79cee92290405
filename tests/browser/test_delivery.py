"""How events get away: in which request, and what becomes of them where they cannot."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
from playwright.sync_api import Page, Request

from tests.support.browser import require_chromium
from tests.support.cable import cable_to
from tests.support.shop import BOUND_PROPERTY, SEND_NOW, STAND_IN, Shop
from tests.support.website import Resource, document

require_chromium()

# A browser in which requests do not outlive their page: Firefox before 133.
NO_KEEPALIVE = "delete Request.prototype.keepalive"
QUEUE = "JSON.parse(localStorage['footfall.queue'] || '[]').map((event) => event.eventId)"
LEAVE = "about:blank"


def posts(page: Page) -> list[Request]:
    """The requests that go to the endpoint, as they are made."""
    made: list[Request] = []
    page.context.on(
        "request",
        lambda request: made.append(request) if "/v1/events/batch" in request.url else None,
    )
    return made


def bodies(requests: list[Request]) -> list[list[dict[str, Any]]]:
    return [json.loads(request.post_data or "[]") for request in requests]


def see(page: Page) -> None:
    """Let Playwright tell of what has happened."""
    page.wait_for_timeout(50)


def wait_for(is_there: Callable[[], object], page: Page) -> None:
    deadline = time.monotonic() + 60
    while not is_there():
        assert time.monotonic() < deadline
        page.wait_for_timeout(30)


def test_small_batches_of_plain_text_that_ask_nobody_first(shop: Shop) -> None:
    calls = f"<script>{STAND_IN} footfall('cta_click'); footfall('cta_click')</script>"
    shop.page("/", head=calls + shop.tag())
    page = shop.visitor().new_page()
    made = posts(page)
    page.goto(shop.url("/"))
    # By itself, and all of them together.
    shop.events(3)
    see(page)
    assert [(request.method, request.resource_type) for request in made] == [("POST", "fetch")]
    assert made[0].headers["content-type"] == "text/plain;charset=UTF-8"
    [events] = bodies(made)
    assert all(event["timestamp"] <= event["sentAt"] for event in events)
    assert len({event["eventId"] for event in events}) == 3


def test_what_is_left_is_sent_while_the_page_goes(shop: Shop) -> None:
    shop.page("/*")
    page = shop.open("/a")
    page.evaluate("footfall('cta_click')")
    page.goto(shop.url("/b"))
    page.close()
    rows = shop.events(5)
    assert sorted((row["path"], row["event_type"]) for row in rows) == [
        ("/a", "cta_click"),
        ("/a", "page_exit"),
        ("/a", "page_view"),
        ("/b", "page_exit"),
        ("/b", "page_view"),
    ]


def test_a_beacon_where_requests_do_not_outlive_their_page(shop: Shop) -> None:
    shop.page("/")
    visitor = shop.visitor()
    visitor.add_init_script(
        NO_KEEPALIVE
        + """;
        const send = navigator.sendBeacon;
        Navigator.prototype.sendBeacon = function (url, body) {
            localStorage.beacons = [localStorage.beacons || '', typeof body].join(' ');
            return send.call(this, url, body);
        }"""
    )
    page = shop.open("/", visitor)
    shop.events(1)
    page.evaluate("footfall('cta_click')")
    assert page.evaluate("localStorage.beacons") is None
    page.goto(shop.url("/"))
    shop.of("page_exit", 1)
    shop.of("cta_click", 1)
    # A text and no blob: so it is text/plain, and asks nobody first.
    assert page.evaluate("localStorage.beacons") == " string"


def test_a_beacon_that_is_refused_is_no_delivery(shop: Shop) -> None:
    shop.page("/")
    visitor = shop.visitor()
    visitor.add_init_script(NO_KEEPALIVE + "; Navigator.prototype.sendBeacon = () => false")
    page = shop.open("/", visitor)
    shop.events(1)
    page.evaluate("footfall('cta_click')")
    page.goto(LEAVE)
    shop.events(1)
    page.goto(shop.url("/"))
    assert [row["event_type"] for row in shop.events(4, page)] == [
        *("page_view", "cta_click", "page_exit", "page_view")
    ]


def test_what_is_too_large_is_split(shop: Shop) -> None:
    shop.page("/")
    page = shop.visitor().new_page()
    made = posts(page)
    page.goto(shop.url("/"))
    # Three bytes a letter, 90,000 of them: browsers keep 65,536 on their way.
    page.evaluate("for (let i = 0; i < 6; i++) footfall('large', {i, text: '語'.repeat(5000)})")
    shop.of("large", 6)
    # The same while the page goes: the browser refuses some, and the next page sends them.
    page.evaluate("for (let i = 6; i < 12; i++) footfall('large', {i, text: '語'.repeat(5000)})")
    page.goto(shop.url("/"))
    rows = shop.of("large", 12, page)
    see(page)
    # Of one millisecond, either may be stored first.
    assert sorted(row["props"]["i"] for row in rows) == list(range(12))
    assert all(len((request.post_data or "").encode()) < 65_536 for request in made)
    # One that is larger than any may be is told of without what makes it so.
    page.evaluate("footfall('huge', {text: 'x'.repeat(70000)})")
    [row] = shop.of("huge", 1, page)
    assert row["props"] is None


def test_offline_and_back(shop: Shop) -> None:
    with cable_to(shop.server.url) as cable:
        shop.page("/*", endpoint=f"http://stats.example:{cable.port}/v1/events/batch")
        visitor = shop.visitor()
        page = shop.open("/", visitor)
        shop.events(1)
        cable.cut()
        page.evaluate("footfall('cta_click', {n: 1})")
        page.wait_for_function(f"{QUEUE}.length === 1")
        [waiting] = page.evaluate(QUEUE)
        # Closed in a tunnel, with one more that had no chance yet.
        page.evaluate("footfall('cta_click', {n: 2})")
        page.goto(shop.url("/tunnel"))
        page.goto(LEAVE)
        shop.events(1)
        at = datetime.now(UTC)
        cable.mend()
        page.goto(shop.url("/next"))
        rows = shop.events(7)
    assert [(row["event_type"], row["path"]) for row in rows] == [
        *(("page_view", "/"), ("cta_click", "/"), ("cta_click", "/"), ("page_exit", "/")),
        *(("page_view", "/tunnel"), ("page_exit", "/tunnel"), ("page_view", "/next")),
    ]
    assert [row["props"] for row in rows[1:3]] == [{"n": 1}, {"n": 2}]
    assert str(rows[1]["id"]) == waiting
    # With the times at which they happened.
    assert all(row["timestamp"] < at for row in rows[:6])
    page.wait_for_function(f"{QUEUE}.length === 0")


def test_it_comes_back_by_itself_when_the_network_does(shop: Shop) -> None:
    shop.page("/", storage="none")
    visitor = shop.visitor()
    page = shop.open("/", visitor)
    shop.events(1)
    visitor.set_offline(True)
    page.evaluate("footfall('cta_click')")
    page.evaluate(SEND_NOW)
    shop.events(1)
    visitor.set_offline(False)
    # Without storage, the page itself has kept it.
    shop.events(2)


def test_a_server_that_is_too_busy_gets_it_later_and_counts_it_once(shop: Shop) -> None:
    shop.page("/")
    page = shop.visitor().new_page()
    made = posts(page)
    answers = iter([503, 429, 500])

    def busy(route: Any) -> None:
        status = next(answers, None)
        if status is None:
            route.continue_()
        else:
            origin = {"Access-Control-Allow-Origin": "*"}
            route.fulfill(status=status, body="{}", headers=origin)

    page.route("**/v1/events/batch", busy)
    page.goto(shop.url("/"))
    for tries in range(1, 5):
        wait_for(lambda tries=tries: len(made) == tries, page)  # type: ignore[misc]
        page.wait_for_timeout(100)
        page.evaluate(SEND_NOW)
    shop.events(1)
    assert len({event["eventId"] for [event] in bodies(made[:4])}) == 1
    page.wait_for_function(f"{QUEUE}.length === 0")
    assert len(made) == 4


def test_a_page_that_may_not_read_answers_asks_once_and_loses_nothing(shop: Shop) -> None:
    shop.page("/")
    page = shop.visitor().new_page()
    made = posts(page)
    page.goto(shop.url("/", "stranger.example"))
    shop.events(1)
    page.evaluate("footfall('cta_click')")
    shop.events(2)
    see(page)
    # The first went twice, and the server knew it again. From then on each goes once, and it is asked
    # whether the server is there.
    assert [request.method for request in made] == ["POST", "POST", "GET", "POST", "GET"]
    sent = bodies([request for request in made if request.method == "POST"])
    assert [len(events) for events in sent] == [1, 1, 1]
    assert sent[0][0]["eventId"] == sent[1][0]["eventId"]
    page.wait_for_function(f"{QUEUE}.length === 0")


def test_a_request_that_the_browser_itself_refuses_is_no_delivery(shop: Shop) -> None:
    # Other scripts of the page may have used up what requests that outlive it may hold together.
    full = """
        const ask = fetch;
        window.fetch = (url, options = {}) => options.keepalive && !window.isFree
            ? Promise.reject(new TypeError('Failed to fetch')) : ask(url, options);
    """
    shop.page("/")
    visitor = shop.visitor()
    visitor.add_init_script(full)
    page = shop.open("/", visitor)
    page.evaluate(SEND_NOW)
    page.wait_for_function(f"{QUEUE}.length === 1")
    shop.events(0)
    # While the page goes, a beacon may get through all the same.
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    [left] = shop.events(1)
    assert left["event_type"] == "page_exit"
    page.evaluate("window.isFree = true")
    # What the beacon has told comes again, and counts once. Who is seen again is a new view.
    types = [row["event_type"] for row in shop.events(3, page)]
    assert types == ["page_view", "page_exit", "page_view"]


def test_a_proxy_before_a_server_that_is_away_is_an_outage(shop: Shop) -> None:
    # It knows nothing of the origins that the server would let read its answers.
    shop.website.add("/in", Resource("Bad Gateway", status=502))
    shop.page("/", endpoint=shop.url("/in", "proxy.example"))
    shop.page("/next")
    page = shop.open("/")
    page.evaluate(SEND_NOW)
    page.wait_for_function(f"{QUEUE}.length === 1")
    page.goto(shop.url("/next"))
    rows = shop.events(3, page)
    assert [(row["event_type"], row["path"]) for row in rows] == [
        *(("page_view", "/"), ("page_exit", "/"), ("page_view", "/next")),
    ]
    page.wait_for_function(f"{QUEUE}.length === 0")


def test_what_could_not_be_sent_is_tried_again_a_minute_later(shop: Shop) -> None:
    shop.website.add("/in", Resource("Bad Gateway", status=502))
    shop.page("/", endpoint=shop.url("/in"))
    page = shop.visitor().new_page()
    page.clock.install()
    page.goto(shop.url("/"))
    page.clock.run_for(2000)
    page.wait_for_function(f"{QUEUE}.length === 1")
    [waiting] = page.evaluate(QUEUE)
    shop.website.add("/in", Resource("{}"))
    shop.website.posted.clear()
    # Nobody does anything, and the network never went away.
    page.clock.run_for(61_000)
    wait_for(lambda: shop.website.posted, page)
    [(_, body)] = shop.website.posted
    assert [event["eventId"] for event in json.loads(body)] == [waiting]
    page.wait_for_function(f"{QUEUE}.length === 0")


def test_what_waits_is_bounded_and_the_oldest_goes_first(shop: Shop) -> None:
    shop.website.add("/in", Resource("Bad Gateway", status=502))
    shop.page("/", endpoint=shop.url("/in", "proxy.example"))
    page = shop.open("/")
    page.evaluate(SEND_NOW)
    page.wait_for_function(f"{QUEUE}.length === 1")
    # Each is about 10,400 letters long, so the page view and the first eleven have no place.
    page.evaluate("for (let i = 0; i < 30; i++) footfall('large', {i, text: 'x'.repeat(10000)})")
    page.evaluate(SEND_NOW)
    numbers = "JSON.parse(localStorage['footfall.queue']).map((event) => event.props.i)"
    page.wait_for_function(f"`${{{numbers}}}` === '{','.join(map(str, range(11, 30)))}'")
    assert page.evaluate("localStorage['footfall.queue'].length") <= 200_000


def test_a_strangers_page_cannot_count_itself_into_a_property_with_hosts(
    shop: Shop, common_database: str
) -> None:
    shop.property_id = BOUND_PROPERTY
    shop.page("/*")
    page = shop.open("/own")
    page.goto(shop.url("/strange", "stranger.example"))
    assert shop.paths(1, page) == ["/own"]
    page.wait_for_function(f"{QUEUE}.length === 0")
    deadline = time.monotonic() + 60
    with psycopg.connect(common_database) as connection:
        refused = (
            "select sum(occurrences) from raw.ingest_rejections "
            "where property_id = %s and reason = 'origin_not_allowed'"
        )
        # Counted once a second.
        while (told := connection.execute(refused, (BOUND_PROPERTY,)).fetchone()) == (None,):
            connection.rollback()
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert told is not None
    assert told[0] >= 1


def test_the_strictest_policy_that_names_the_host_is_enough(shop: Shop) -> None:
    only = f"default-src 'none'; script-src {shop.stats}; connect-src {shop.stats}"
    reports: list[str] = []
    shop.page("/", '<a id="a" href="/two">two</a>', headers={"Content-Security-Policy": only})
    page = shop.visitor().new_page()
    page.on("console", lambda message: reports.append(message.text))
    page.on("pageerror", lambda error: reports.append(str(error)))
    page.goto(shop.url("/"))
    # The policy lets nothing wait within the page.
    wait_for(lambda: page.evaluate("!!footfall.vitals"), page)
    page.mouse.click(5, 5)
    page.goto(LEAVE)
    assert [row["event_type"] for row in shop.events(2)] == ["page_view", "page_exit"]
    # The page's own icon is what the policy forbids.
    assert [text for text in reports if "data:" not in text] == []


def test_pinned_files_are_checked_and_measure_the_same(shop: Shop) -> None:
    from ingest_app.snippet.tag import pinned_tags

    names = {"property_id": shop.property_id, "path": "/footfall.js"}
    pinned = pinned_tags(shop.stats, endpoint="/v1/events/batch", **names)
    shop.page("/", head=pinned.replace("data-property", 'data-test="true" data-property'))
    page = shop.open("/")
    page.wait_for_function("!!footfall.vitals")
    shop.events(1, page)
    shop.page("/", head=pinned.replace("sha384-", "sha384-A"))
    page.goto(shop.url("/"))
    assert page.evaluate("window.footfall") is None


def test_fifty_tabs_closed_at_once_are_fifty_visits_told_to_the_end(shop: Shop) -> None:
    shop.page("/*")
    window = shop.window()
    # It stays: a browser that ends with its last tab may take along what that tab sends.
    window.open("about:blank")
    # Each hides the one before it, as in a window of a person.
    tabs = []
    for number in range(50):
        tabs.append(window.open(shop.url(f"/{number}")))
        tabs[-1].wait_for("!!(window.footfall && footfall.vitals) && footfall.views.length === 1")
    for tab in tabs:
        tab.close()
    rows = shop.events(100)
    assert sorted((row["event_type"], int(row["path"][1:])) for row in rows) == [
        (kind, number) for kind in ("page_exit", "page_view") for number in range(50)
    ]
    assert len({row["view_id"] for row in rows}) == 50
    assert len({row["visitor_id"] for row in rows}) == 1
    assert [row["is_entrance"] for row in rows].count(True) == 1


def test_an_address_of_ones_own_for_the_endpoint(shop: Shop) -> None:
    shop.website.add("/in", Resource("{}", "application/json"))
    shop.page("/", endpoint=shop.url("/in"))
    page = shop.open("/")
    page.evaluate(SEND_NOW)
    wait_for(lambda: shop.website.posted, page)
    [(path, body)] = shop.website.posted
    assert (path, json.loads(body)[0]["eventType"]) == ("/in", "page_view")


def test_a_server_that_never_answers_holds_nothing_up(shop: Shop) -> None:
    # Nobody listens there: the script does not come, and the page has its stand-in.
    gone = document(head='<script defer src="http://gone.example:9/footfall.js"></script>')
    shop.website.add("/", Resource(gone))
    shop.page("/wrong", endpoint="http://gone.example:9/in")
    page = shop.open("/")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(shop.url("/wrong"))
    page.evaluate(SEND_NOW)
    page.wait_for_function(f"{QUEUE}.length === 1")
    assert errors == []
