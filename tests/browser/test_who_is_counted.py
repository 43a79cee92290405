"""Who is counted, as whom, and in which visit."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.support.browser import require_chromium
from tests.support.shop import SEND_NOW, Shop
from tests.support.website import Resource, document, tag

require_chromium()

KEYS = "Object.keys(localStorage).sort().join()"
# Storage as a browser refuses it: the very asking throws.
BLOCKED = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError') }})"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }"
GONE = "Object.defineProperty(window, 'localStorage', {value: null})"


def test_a_visitor_is_known_again_and_a_visit_is_shared_between_tabs(shop: Shop) -> None:
    shop.page("/*")
    visitor = shop.visitor()
    first = shop.open("/a", visitor)
    second = shop.open("/b", visitor)
    somebody_else = shop.open("/c")
    views = shop.of("page_view", 3, first, second, somebody_else)
    assert [view["is_entrance"] for view in views] == [True, False, True]
    one, same, other = (view["visitor_id"] for view in views)
    assert one == same != other
    # Half an hour later, as far as the browser knows.
    second.evaluate(
        """() => {
            const visit = JSON.parse(localStorage['footfall.visit']);
            visit[0] -= 30 * 60 * 1000 + 1;
            localStorage['footfall.visit'] = JSON.stringify(visit);
        }"""
    )
    second.evaluate("history.pushState({}, '', '/later')")
    *_, last = shop.of("page_view", 4, second)
    assert (last["path"], last["is_entrance"]) == ("/later", True)
    assert last["visitor_id"] == one


def test_no_cookie_is_set_and_storage_holds_three_keys(shop: Shop) -> None:
    shop.page("/")
    visitor = shop.visitor()
    page = shop.open("/", visitor)
    shop.events(1, page)
    assert visitor.cookies() == []
    assert page.evaluate("document.cookie") == ""
    page.wait_for_function(f"{KEYS} === 'footfall.id,footfall.queue,footfall.visit'")
    assert page.evaluate("sessionStorage.length") == 0


@pytest.mark.parametrize("trouble", [BLOCKED, FULL, GONE, None])
def test_without_storage_a_page_visit_remembers_for_itself(shop: Shop, trouble: str | None) -> None:
    shop.page("/", **({} if trouble else {"storage": "none"}))
    visitor = shop.visitor()
    if trouble:
        visitor.add_init_script(trouble)
    page = shop.open("/", visitor)
    page.evaluate("history.pushState({}, '', '/a')")
    shop.of("page_view", 2, page)
    page.goto(shop.url("/"))
    *before, after = shop.of("page_view", 3, page)
    assert len({view["visitor_id"] for view in before}) == 1
    assert after["visitor_id"] != before[0]["visitor_id"]
    assert [view["is_entrance"] for view in (*before, after)] == [True, False, True]
    if not trouble:
        assert page.evaluate(KEYS) == ""


def send_and_see_nothing(shop: Shop, page: Page) -> None:
    page.evaluate("history.pushState({}, '', '/a')")
    page.evaluate("footfall('cta_click')")
    page.mouse.click(5, 5)
    page.evaluate(SEND_NOW)
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    assert page.evaluate("asked") == []
    shop.events(0)


def test_a_global_signal_of_privacy_is_honoured_unless_the_owner_answers_for_it(shop: Shop) -> None:
    shop.page("/")
    visitor = shop.visitor()
    visitor.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {value: true})"
    )
    page = shop.open("/", visitor)
    send_and_see_nothing(shop, page)
    # Who opts in has still a browser that says no.
    page.evaluate("footfall.optIn()")
    send_and_see_nothing(shop, page)
    assert page.evaluate(KEYS) == ""
    shop.page("/", gpc="false")
    page.goto(shop.url("/"))
    assert shop.paths(1, page) == ["/"]


@pytest.mark.parametrize("storage", ["local", "none"])
def test_opting_out_lasts_and_opting_in_too(shop: Shop, storage: str) -> None:
    shop.page("/*", storage=storage)
    page = shop.open("/")
    shop.events(1, page)
    page.evaluate("footfall('cta_click'); footfall.optOut()")
    assert page.evaluate(KEYS) == "footfall.optout"
    page.evaluate("history.pushState({}, '', '/a')")
    page.goto(shop.url("/b"))
    page.evaluate("footfall('cta_click')")
    page.evaluate(SEND_NOW)
    assert page.evaluate(KEYS) == "footfall.optout"
    assert page.evaluate("asked") == []
    page.evaluate("footfall.optIn()")
    page.goto(shop.url("/c"))
    views = shop.of("page_view", 3, page)
    assert [view["path"] for view in views] == ["/", "/b", "/c"]
    # Who comes back is somebody new.
    assert views[0]["visitor_id"] != views[1]["visitor_id"]
    assert shop.of("cta_click", 0) == []


def test_automated_browsers_send_nothing_but_for_tests(shop: Shop) -> None:
    shop.page("/", head=tag(shop.script, shop.property_id, test="false"))
    page = shop.open("/")
    assert page.evaluate("navigator.webdriver") is True
    send_and_see_nothing(shop, page)
    # The functions are there all the same, and the page's own code does not break.
    page.evaluate("footfall.optOut(); footfall.optIn(); footfall('x', {props: {}})")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "shop.localhost"])
def test_a_developers_machine_sends_nothing_unless_asked_to(shop: Shop, host: str) -> None:
    visitor = shop.visitor()
    visitor.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'webdriver', {value: false})"
    )
    shop.page("/", head=tag(shop.script, shop.property_id, test="false"))
    page = visitor.new_page()
    page.goto(shop.url("/", host))
    send_and_see_nothing(shop, page)
    shop.page("/")
    page.goto(shop.url("/", host))
    assert shop.paths(1, page) == ["/"]


def test_a_file_sends_nothing(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(document(head=shop.tag()))
    page = shop.visitor().new_page()
    page.goto(file.as_uri())
    page.wait_for_function("!!window.footfall")
    page.evaluate("footfall('cta_click')")
    page.evaluate(SEND_NOW)
    assert page.evaluate("asked") == []
    shop.events(0)


def test_a_page_without_a_property_counts_for_its_host(shop: Shop) -> None:
    shop.property_id = "unnamed.example"
    shop.page("/", head=tag(shop.script, None))
    page = shop.visitor().new_page()
    page.goto(shop.url("/", "www.unnamed.example"))
    assert shop.paths(1, page) == ["/"]


def test_a_page_in_a_frame_is_a_page_also_where_it_may_store_nothing(shop: Shop) -> None:
    shop.page("/widget", '<button data-footfall-event="cta_click">buy</button>')
    frame = f'<iframe sandbox="allow-scripts" src="{shop.url("/widget")}"></iframe>'
    shop.website.add("/host", Resource(document(frame)))
    page = shop.visitor().new_page()
    page.goto(shop.url("/host", "host.example"))
    page.frame_locator("iframe").locator("button").click()
    page.goto("about:blank")
    rows = shop.events(3)
    assert {row["event_type"] for row in rows} == {"page_view", "cta_click", "page_exit"}
    assert rows[0]["referrer"] == f"{shop.website.origin('host.example')}/"
    assert len({row["visitor_id"] for row in rows}) == 1
