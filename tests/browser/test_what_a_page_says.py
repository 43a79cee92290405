"""What a page puts into its events: cut texts, long looks, downloads at the end of a visit."""

from __future__ import annotations

from tests.support.browser import require_chromium
from tests.support.shop import SEND_NOW, STAND_IN, Shop
from tests.support.website import Resource

require_chromium()

THERE = "!!(window.footfall && footfall.views)"


def test_a_text_that_was_cut_within_a_letter_loses_the_half_and_no_event(shop: Shop) -> None:
    shop.page("/", head=f"<script>{STAND_IN}</script>" + shop.tag())
    # The parameter is cut at 255 by the snippet: within the last letter.
    page = shop.open(f"/?utm_source=a&utm_content={'x' * 254}%F0%9F%98%80")
    page.evaluate(
        "footfall('search', {q: 'caf\\ud83d', all: '\\ude00\\ude00\\ud83d\\ude00', n: 1})"
    )
    # What only looks like one stays as it is.
    page.evaluate("footfall('path', {at: String.raw`C:\\ud800\\x`})")
    page.evaluate(SEND_NOW)
    view, search, path = shop.events(3)
    assert view["utm"] == {"source": "a", "content": "x" * 254}
    assert search["props"] == {"q": "caf", "all": "😀", "n": 1}
    assert path["props"] == {"at": "C:\\ud800\\x"}


def test_nobody_looks_at_a_page_for_longer_than_an_hour(shop: Shop) -> None:
    shop.page("/")
    page = shop.visitor().new_page()
    page.clock.install()
    page.goto(shop.url("/"))
    page.wait_for_function(THERE)
    page.clock.run_for(3_700_000)
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    [left] = shop.of("page_exit", 1)
    assert left["props"]["engagedTimeMs"] == 3_600_000


def test_a_visit_that_ends_with_a_download_has_its_exit(shop: Shop) -> None:
    shop.website.add("/sizes.csv", Resource("a,b", "text/csv"))
    shop.page("/", '<a id="a" href="/sizes.csv" download>sizes</a>')
    window = shop.window()
    window.open("about:blank")
    tab = window.open(shop.url("/"))
    tab.wait_for(THERE)
    tab.evaluate("a.click()")
    tab.evaluate("new Promise((done) => setTimeout(done, 300))")
    tab.close()
    rows = shop.events(3)
    assert [(row["event_type"], row["is_exit"]) for row in rows] == [
        *(("page_view", False), ("file_download", False), ("page_exit", True)),
    ]


def test_who_is_not_counted_has_an_id_for_one_form_alone(shop: Shop) -> None:
    shop.page("/", '<form id="f" data-footfall-form="newsletter"></form>')
    page = shop.open("/")
    sent = "Object.fromEntries(new FormData(f))"
    known = page.evaluate("JSON.parse(localStorage['footfall.id'])")
    assert page.evaluate(sent) == {
        "anonId": known,
        "propertyId": shop.property_id,
        "formName": "newsletter",
    }
    page.evaluate("footfall.optOut()")
    ids = [page.evaluate(sent)["anonId"] for _ in range(2)]
    assert len({known, *ids}) == 3
    # As the endpoint takes it.
    assert all(8 <= len(one) <= 128 for one in ids)
    assert page.evaluate("Object.keys(localStorage)") == ["footfall.optout"]
