"""Web vitals of each view, beside the package that defines how they are taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from ingest_app.settings import PROJECT_FOLDER
from tests.support.browser import require_chromium
from tests.support.shop import Row, Shop
from tests.support.tabs import Window
from tests.support.website import Resource

require_chromium()

PACKAGE = PROJECT_FOLDER / "node_modules/web-vitals/dist/web-vitals.iife.js"
KEYS = {"TTFB": "ttfbMs", "FCP": "fcpMs", "LCP": "lcpMs", "INP": "inpMs", "CLS": "clsScore"}
LISTEN = """
window.theirs = {};
for (const name of ['TTFB', 'FCP', 'LCP', 'INP', 'CLS'])
    webVitals['on' + name](({value}) => { theirs[name] = value; }, {reportAllChanges: true});
"""
# Shifts that lie apart and shifts in a row; clicks of which one is slow; a large thing that comes late.
BODY = """
<h1>A page that moves</h1><button id="b">press</button><a id="n">on</a>
<div id="gap"></div><p style="height: 300px">text</p>
<script>
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const busy = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
async function move(...heights) {
    for (const height of heights) { gap.style.height = height + 'px'; await wait(80); }
}
b.addEventListener('click', (event) => busy(window.slow || 0));
n.addEventListener('click', () => { busy(90); history.pushState({}, '', '/next'); });
setTimeout(() => {
    const late = document.createElement('p');
    late.style.fontSize = '40px';
    late.textContent = 'What takes up most of the page and comes late. '.repeat(12);
    document.body.append(late);
}, 250);
</script>
"""


def measured(left: Row) -> dict[str, Any]:
    return {key: left["props"][key] for key in KEYS.values() if key in left["props"]}


def moved_and_pressed(page: Page) -> None:
    page.wait_for_timeout(600)
    page.evaluate("move(40, 90)")
    page.wait_for_timeout(1300)
    page.evaluate("move(0, 120, 10)")
    page.wait_for_timeout(600)
    for slow in (0, 130, 60):
        page.evaluate(f"window.slow = {slow}")
        page.click("#b")
        page.wait_for_timeout(250)
    # What moves because somebody pressed is no shift, however far it moves.
    page.evaluate("b.onclick = () => { gap.style.height = '400px'; }")
    page.click("#b")
    page.wait_for_timeout(250)


@pytest.fixture
def package() -> str:
    if not PACKAGE.exists():
        pytest.skip("needs the npm package web-vitals: make node_modules/.installed")
    return PACKAGE.read_text()


def test_they_are_what_the_package_says_within_its_rounding(shop: Shop, package: str) -> None:
    shop.website.add("/web-vitals.js", Resource(package + LISTEN, "text/javascript"))
    shop.page("/", BODY, head='<script src="/web-vitals.js"></script>' + shop.tag())
    page = shop.open("/")
    page.wait_for_function("!!window.footfall && !!footfall.vitals")
    moved_and_pressed(page)
    # A busy browser tells late what the last click has cost.
    page.wait_for_timeout(1000)
    theirs = page.evaluate("theirs")
    page.goto("about:blank")
    [left] = shop.of("page_exit", 1)
    ours = measured(left)
    assert theirs.keys() == KEYS.keys()
    assert theirs["CLS"] > 0
    assert theirs["INP"] >= 130
    for name, key in KEYS.items():
        # Whole milliseconds, and four digits of what has no unit.
        assert ours[key] == pytest.approx(theirs[name], abs=0.00005 if name == "CLS" else 0.5)


def test_each_belongs_to_the_view_in_which_it_began(shop: Shop) -> None:
    shop.page("/*", BODY)
    page = shop.open("/")
    page.wait_for_function("!!window.footfall && !!footfall.vitals")
    page.wait_for_timeout(600)
    page.evaluate("move(200)")
    page.wait_for_timeout(600)
    # What the click costs is the first view's, though it is known only in the second.
    page.click("#n")
    page.wait_for_timeout(700)
    page.evaluate("move(0, 200, 0, 200)")
    page.wait_for_timeout(100)
    page.evaluate("window.slow = 60")
    page.click("#b")
    page.wait_for_timeout(1300)
    page.goto("about:blank")
    first, second = shop.of("page_exit", 2)
    assert (first["path"], second["path"]) == ("/", "/next")
    assert measured(first).keys() == set(KEYS.values())
    assert measured(second).keys() == {"inpMs", "clsScore"}
    assert first["props"]["inpMs"] >= 90
    assert second["props"]["inpMs"] >= 60
    assert 0 < first["props"]["clsScore"] < second["props"]["clsScore"]
    assert (first["is_exit"], second["is_exit"]) == (False, True)
    assert "engagedTimeMs" in first["props"]


# How long each interaction took, by its number.
LASTED = """
window.lasted = {};
new PerformanceObserver((list) => list.getEntries().forEach(({interactionId: id, duration}) => {
    if (id) lasted[id] = Math.max(lasted[id] || 0, duration);
})).observe({type: 'event', durationThreshold: 40});
"""


def test_of_fifty_interactions_the_slowest_is_spared(shop: Shop) -> None:
    shop.page("/", BODY)
    visitor = shop.visitor()
    visitor.add_init_script(LASTED)
    page = shop.open("/", visitor)
    page.wait_for_function("!!window.footfall && !!footfall.vitals")
    for slow in (300, 150):
        page.evaluate(f"window.slow = {slow}")
        page.click("#b")
    page.evaluate("window.slow = 0")
    # A key that is pressed is an interaction, too.
    for _ in range(50):
        page.keyboard.press("a")
    page.wait_for_function("performance.interactionCount >= 52")
    page.evaluate("new Promise((done) => setTimeout(done, 300))")
    _, second, *_ = sorted(page.evaluate("Object.values(lasted)"), reverse=True)
    assert page.evaluate("performance.interactionCount") < 100
    page.goto("about:blank")
    [left] = shop.of("page_exit", 1)
    assert left["props"]["inpMs"] == round(second)


@pytest.fixture
def window(shop: Shop) -> Iterator[Window]:
    return shop.window()


def test_what_grew_is_told_again_and_what_did_not_is_not(shop: Shop, window: Window) -> None:
    shop.page("/", BODY)
    tab = window.open(shop.url("/"))
    tab.wait_for("!!window.footfall && !!footfall.vitals")
    wait = "new Promise((done) => setTimeout(done, {}))".format
    tab.evaluate(wait(600))
    other = window.open("about:blank")
    [_, first] = shop.events(2)
    tab.to_front()
    tab.wait_for("!document.hidden")
    tab.evaluate("move(0, 150)")
    tab.evaluate(wait(500))
    tab.evaluate("scrollTo(0, 500)")
    x, y = tab.evaluate("(({x, y}) => [x + 5, y + 5])(b.getBoundingClientRect())")
    tab.evaluate("window.slow = 50")
    tab.click(x, y)
    tab.evaluate(wait(300))
    other.to_front()
    [_, _, again] = shop.events(3)
    assert again["view_id"] == first["view_id"]
    assert {"ttfbMs", "fcpMs", "lcpMs", "clsScore"} <= first["props"].keys()
    assert {"engagedTimeMs", "inpMs", "clsScore"} <= again["props"].keys()
    assert not {"ttfbMs", "fcpMs", "lcpMs"} & again["props"].keys()
    for key in ("engagedTimeMs", "clsScore"):
        assert again["props"][key] > first["props"][key]
    # Nothing grew: nothing is told.
    tab.close()
    shop.events(3)


def test_a_tab_that_was_opened_in_the_background_has_no_paints(shop: Shop, window: Window) -> None:
    shop.page("/", BODY)
    window.open("about:blank")
    tab = window.open(shop.url("/"), in_background=True)
    tab.wait_for("!!window.footfall && !!footfall.vitals")
    tab.to_front()
    tab.wait_for("footfall.views.length === 1")
    tab.evaluate("new Promise((done) => setTimeout(done, 700))")
    tab.close()
    [left] = shop.of("page_exit", 1)
    assert measured(left).keys() == {"ttfbMs"}


def test_no_vitals_where_the_owner_wants_none(shop: Shop) -> None:
    shop.page("/", BODY, vitals="false")
    page = shop.open("/")
    page.wait_for_timeout(500)
    page.goto("about:blank")
    [left] = shop.of("page_exit", 1)
    assert measured(left) == {}
