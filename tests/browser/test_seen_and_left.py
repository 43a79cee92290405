"""What is only known in tabs as people have them: hidden, shown, prerendered, restored, asleep."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.support.browser import require_chromium
from tests.support.shop import SEND_NOW, Shop
from tests.support.tabs import Window
from tests.support.website import Resource, document

require_chromium()

THERE = "!!(window.footfall && footfall.views)"
SECOND_HALF = "!!(window.footfall && footfall.vitals)"
TALL = '<div style="height: 3000px">a long page</div>'


@pytest.fixture
def window(shop: Shop) -> Iterator[Window]:
    return shop.window()


def test_a_tab_in_the_background_counts_when_it_is_shown(shop: Shop, window: Window) -> None:
    shop.page("/*")
    front = window.open(shop.url("/front"))
    front.wait_for(THERE)
    behind = window.open(shop.url("/behind"), in_background=True)
    behind.wait_for(THERE)
    assert behind.evaluate("document.visibilityState") == "hidden"
    behind.evaluate("footfall('cta_click')")
    behind.evaluate(SEND_NOW)
    # A router that moves on while nobody looks is not believed either.
    behind.evaluate("history.replaceState({}, '', '/behind/home')")
    assert shop.paths(1) == ["/front"]
    behind.to_front()
    rows = [row for row in shop.events(4) if row["path"] != "/front"]
    assert [(row["event_type"], row["path"]) for row in rows] == [
        ("page_view", "/behind/home"),
        ("cta_click", "/behind/home"),
    ]
    # A second look at the first tab is no second view of it.
    front.to_front()
    shop.of("page_view", 2)


def test_a_tab_that_is_closed_unseen_is_no_view(shop: Shop, window: Window) -> None:
    shop.page("/*")
    window.open(shop.url("/front")).wait_for(THERE)
    behind = window.open(shop.url("/behind"), in_background=True)
    behind.wait_for(THERE)
    behind.evaluate(SEND_NOW)
    assert behind.evaluate("footfall.views.length") == 0
    behind.close()
    assert shop.paths(1) == ["/front"]


# Asks again and again whether it is time to go on: nobody may speak to a tab that prerenders.
GO_ON = """
<script>setInterval(() => fetch('/go').then((go) => { if (go.ok) next.click(); }), 200)</script>
<script type="speculationrules">
    {"prerender": [{"urls": ["/next", "/never"], "eagerness": "immediate"}]}
</script>
"""


def test_a_prerendered_page_counts_when_it_is_shown(shop: Shop, window: Window) -> None:
    shop.page("/", '<a id="next" href="/next">next</a>' + GO_ON)
    shop.page("/next", "<h1>next</h1><script>fetch('/ready')</script>" + TALL)
    shop.page("/never")
    # Only of a trustworthy origin does a browser prerender.
    close = window.open_unwatched(shop.url("/", "localhost"))
    tabs, deadline = 1, time.monotonic() + 10
    while not {"/ready", "/never"} <= set(shop.website.asked):
        # A browser that is short of memory prerenders nothing, and does at the next occasion.
        if time.monotonic() > deadline:
            assert tabs < 4, "nothing was prerendered"
            close()
            shop.website.asked.clear()
            close = window.open_unwatched(shop.url("/", "localhost"))
            tabs, deadline = tabs + 1, time.monotonic() + 10
        time.sleep(0.05)
    # Longer than it would take to send what the hidden pages have seen.
    time.sleep(1.5)
    assert shop.paths(tabs) == ["/"] * tabs
    shop.website.add("/go", Resource("go"))
    assert shop.paths(tabs + 1) == [*["/"] * tabs, "/next"]
    # It was not loaded again when it was shown.
    assert shop.website.asked.count("/next") == 1
    time.sleep(0.5)
    close()
    left = next(row["props"] for row in shop.of("page_exit", tabs + 1) if row["path"] == "/next")
    # Nobody waited for what came before they did.
    assert left["ttfbMs"] == 0
    assert 0 <= left["fcpMs"] <= left["lcpMs"]


def test_a_page_from_the_back_forward_cache_is_a_new_view(shop: Shop, window: Window) -> None:
    shop.page("/*", TALL)
    shop.website.add("/other", Resource(document("elsewhere")))
    tab = window.open(shop.url("/"))
    tab.wait_for(SECOND_HALF)
    tab.evaluate("window.kept = true")
    tab.send("Page.navigate", url=shop.url("/other"))
    tab.wait_for("location.pathname === '/other'")
    first = shop.events(2)
    tab.evaluate("history.back()")
    tab.wait_for("window.kept === true")
    tab.wait_for("document.visibilityState === 'visible'")
    tab.evaluate("new Promise((done) => setTimeout(done, 200))")
    tab.send("Page.navigate", url="about:blank")
    *before, view, left = shop.events(4)
    assert before == first
    assert [(row["event_type"], row["path"]) for row in (view, left)] == [
        *(("page_view", "/"), ("page_exit", "/"))
    ]
    assert view["view_id"] == left["view_id"] != first[0]["view_id"]
    assert view["is_entrance"] is False
    assert view["traffic_source"] == "internal"
    # There at once, and painted at once.
    assert left["props"]["ttfbMs"] == 0
    assert left["props"]["fcpMs"] == left["props"]["lcpMs"]
    assert left["props"]["clsScore"] == 0
    assert "inpMs" not in left["props"]


def test_only_time_that_is_seen_counts(shop: Shop, window: Window) -> None:
    shop.page("/*")
    tab = window.open(shop.url("/"))
    tab.wait_for(SECOND_HALF)
    tab.evaluate("new Promise((done) => setTimeout(done, 1200))")
    other = window.open("about:blank")
    tab.wait_for("document.hidden")
    [_, left] = shop.events(2)
    seen = left["props"]["engagedTimeMs"]
    lived = tab.evaluate("performance.now()")
    assert 1000 <= seen <= lived
    # Two seconds behind another tab add nothing.
    other.evaluate("new Promise((done) => setTimeout(done, 2000))")
    tab.to_front()
    tab.wait_for("!document.hidden")
    tab.evaluate("new Promise((done) => setTimeout(done, 300))")
    other.to_front()
    *_, again = shop.events(3)
    assert again["view_id"] == left["view_id"]
    more = again["props"]["engagedTimeMs"]
    assert seen + 200 <= more <= tab.evaluate("performance.now()") - 1900
    # What did not grow is not told again, and the one exit of the view has been told.
    assert set(again["props"]) <= {"engagedTimeMs", "inpMs", "clsScore"}
    assert (left["is_exit"], again["is_exit"]) == (True, False)


def test_a_page_that_is_seen_beside_the_one_in_use_counts_no_time(shop: Shop) -> None:
    shop.page("/")
    visitor = shop.visitor()
    page = shop.open("/", visitor)
    other = visitor.new_page()
    # Playwright's pages are all seen, and all believe that they have the focus, unless told otherwise.
    focus = visitor.new_cdp_session(page)
    focus.send("Emulation.setFocusEmulationEnabled", {"enabled": False})
    other.bring_to_front()
    page.wait_for_function("!document.hasFocus()")
    assert page.evaluate("document.visibilityState") == "visible"
    before = page.evaluate("performance.now()")
    page.wait_for_timeout(2500)
    page.close()
    [left] = shop.of("page_exit", 1)
    assert left["props"]["engagedTimeMs"] <= before + 1100


def test_a_night_of_sleep_adds_nothing(shop: Shop) -> None:
    shop.page("/")
    page = shop.visitor().new_page()
    page.clock.install()
    page.goto(shop.url("/"))
    page.clock.run_for(3000)
    # The lid is closed: no timer runs, and the clock is eight hours on when it is opened.
    page.clock.fast_forward("08:00:00")
    page.clock.run_for(2000)
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    [left] = shop.of("page_exit", 1)
    assert 4000 <= left["props"]["engagedTimeMs"] < 600_000


def test_a_frame_with_the_focus_is_the_page_looked_at(shop: Shop, window: Window) -> None:
    shop.website.add("/video", Resource(document("<button>play</button>" + TALL)))
    frame = f'<iframe style="border: 0" src="{shop.url("/video", "video.example")}"></iframe>'
    shop.page("/", frame + TALL)
    tab = window.open(shop.url("/"))
    tab.wait_for(THERE)
    deadline = time.monotonic() + 60
    # The frame may not be there for a click yet.
    while tab.evaluate("document.activeElement.localName") != "iframe":
        assert time.monotonic() < deadline, "the frame does not take the focus"
        tab.click(30, 20)
        time.sleep(0.1)
    tab.evaluate("new Promise((done) => setTimeout(done, 1500))")
    window.open("about:blank")
    [left] = shop.of("page_exit", 1)
    assert left["props"]["engagedTimeMs"] >= 1500


def test_how_far_a_page_was_seen(shop: Shop, window: Window) -> None:
    shop.page("/short", "short")
    shop.page("/*", '<div id="d" style="height: 4000px"></div>')
    short = window.open(shop.url("/short"))
    short.wait_for(THERE)
    short.evaluate("new Promise((done) => setTimeout(done, 300))")
    tab = window.open(shop.url("/long"))
    tab.wait_for(THERE)
    asked = """(() => {
        window.reads = 0;
        const of = Object.getOwnPropertyDescriptor(Element.prototype, 'scrollHeight');
        Object.defineProperty(Element.prototype, 'scrollHeight', {
            get() { window.reads++; return of.get.call(this); }
        });
    })()"""
    tab.evaluate(asked)
    settle = "new Promise((done) => setTimeout(done, 300))"
    tab.evaluate(f"dispatchEvent(new Event('wheel')); scrollTo(0, 1000); {settle}")
    tab.evaluate(f"scrollTo(0, 200); {settle}")
    height, inner = tab.evaluate("[document.documentElement.scrollHeight, innerHeight]")
    # Twice scrolled, twice asked, and once by this test: not at every look at a clock.
    assert tab.evaluate("window.reads") <= 4
    # Another page in place of it, whose router scrolls up a moment later.
    tab.evaluate(f"scrollTo(0, 3000); {settle}")
    tab.evaluate(f"scrollTo(0, 2500); {settle}")
    tab.evaluate("history.pushState({}, '', '/second')")
    tab.evaluate(settle)
    tab.evaluate(f"scrollTo(0, 0); {settle}")
    window.open("about:blank")
    depths = {row["path"]: row["props"]["scrollDepthPercent"] for row in shop.of("page_exit", 3)}
    assert depths == {
        "/short": 100,
        "/long": round(100 * (3000 + inner) / height),
        "/second": round(100 * inner / height),
    }


def test_a_page_that_grows_was_seen_less_far(shop: Shop, window: Window) -> None:
    shop.page("/", '<div id="d">loading</div>')
    tab = window.open(shop.url("/"))
    tab.wait_for(THERE)
    settle = "new Promise((done) => setTimeout(done, 300))"
    tab.evaluate(settle)
    tab.evaluate(f"d.style.height = '5000px'; {settle}")
    height, inner = tab.evaluate("[document.documentElement.scrollHeight, innerHeight]")
    window.open("about:blank")
    [left] = shop.of("page_exit", 1)
    assert left["props"]["scrollDepthPercent"] == round(100 * inner / height)


def test_leaving_for_a_page_of_the_same_site_is_no_exit(shop: Shop, window: Window) -> None:
    shop.page("/*", '<a id="a" href="/inner">inner</a>')
    shop.website.add("/elsewhere", Resource(document("elsewhere")))
    tab = window.open(shop.url("/"))
    tab.wait_for(THERE)
    tab.evaluate("document.querySelector('a').click()")
    tab.wait_for(f"location.pathname === '/inner' && {THERE}")
    tab.evaluate("history.pushState({}, '', '/within')")
    tab.evaluate("history.back()")
    tab.wait_for("location.pathname === '/inner'")
    tab.evaluate(f"location.href = '{shop.url('/elsewhere', 'other.example')}'")
    tab.wait_for("location.pathname === '/elsewhere'")
    exits = shop.of("page_exit", 4)
    assert sorted((row["path"], row["is_exit"]) for row in exits) == [
        ("/", False),
        ("/inner", False),
        ("/inner", True),
        ("/within", False),
    ]
    assert {row["path"] for row in exits if row["props"].get("engagedTimeMs") is None} == set()
