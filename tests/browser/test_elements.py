"""What is counted without code of the owner: links, downloads, forms, marked elements."""

from __future__ import annotations

from urllib.parse import parse_qs

from tests.support.browser import require_chromium
from tests.support.shop import Shop

require_chromium()

# Nothing is loaded from anywhere: links are followed into a new tab's middle of nowhere.
STAY = "<script>addEventListener('click', (event) => event.preventDefault())</script>"

LINKS = """
<a id="own" href="/own.html">own</a>
<a id="www" href="http://www.shop.example/x">own too</a>
<a id="out" href="https://other.example/a/b?mail=me@home.example#x"><b>out</b></a>
<a id="manual" href="/files/Manual.PDF?v=2">manual</a>
<a id="named" href="/export" download>export</a>
<a id="cdn" href="https://cdn.example/setup.exe">setup</a>
<a id="mail" href="mailto:me@home.example">mail</a>
<a id="bad" href="http://[">bad</a>
<svg width="80" height="40"><a id="svg" href="https://svg.example/new"><rect width="20" height="20"/></a>
<a id="old" xlink:href="https://svg.example/old" xmlns:xlink="http://www.w3.org/1999/xlink"><rect x="40" width="20" height="20"/></a></svg>
<button id="cta" data-footfall-event="cta_click" data-footfall-prop-plan="pro" data-footfall-prop-for-whom="all" data-other="1">
  <i id="inner">buy</i></button>
<div data-footfall-event="outer"><a id="both" data-footfall-event="inner" href="https://both.example/">both</a></div>
<svg width="20" height="20"><g data-footfall-event="svg_click" data-footfall-prop-shape="round"><circle id="circle" cx="9" cy="9" r="9"/></g></svg>
<div id="shadow"></div>
<script>shadow.attachShadow({mode: 'open'}).innerHTML = '<a id="deep" href="https://deep.example/">deep</a>'</script>
"""


def test_links_downloads_and_marked_elements(shop: Shop) -> None:
    shop.page("/", LINKS + STAY)
    page = shop.open("/")
    names = [
        "own",
        "www",
        "out",
        "manual",
        "named",
        "cdn",
        "mail",
        "bad",
        "svg",
        "old",
        "inner",
        "both",
        "circle",
        "deep",
    ]
    for name in names:
        page.click(f"#{name}")
    page.click("#out", button="middle")
    page.click("#out", button="right")
    page.focus("#manual")
    page.keyboard.press("Enter")
    view, *rows = shop.events(14, page)
    own = shop.website.origin()
    assert [(row["event_type"], row["props"]) for row in rows] == [
        ("outbound_click", {"url": "https://other.example/a/b"}),
        ("file_download", {"url": f"{own}/files/Manual.PDF"}),
        ("file_download", {"url": f"{own}/export"}),
        ("file_download", {"url": "https://cdn.example/setup.exe"}),
        ("outbound_click", {"url": "https://svg.example/new"}),
        ("outbound_click", {"url": "https://svg.example/old"}),
        ("cta_click", {"plan": "pro", "forWhom": "all"}),
        ("inner", None),
        ("outbound_click", {"url": "https://both.example/"}),
        ("svg_click", {"shape": "round"}),
        ("outbound_click", {"url": "https://deep.example/"}),
        ("outbound_click", {"url": "https://other.example/a/b"}),
        ("file_download", {"url": f"{own}/files/Manual.PDF"}),
    ]
    assert {row["view_id"] for row in rows} == {view["view_id"]}


FORMS = """
<form id="contact" action="/sent" method="post">
  <input name="id" value="in the way of form.id"><input name="email" type="email" required><button>go</button></form>
<form name="search" action="/sent"><select name="q"><option>a<option>b</select><button>go</button></form>
<form id="x" data-footfall-form="newsletter" action="/v1/leads/capture" method="post">
  <input name="email"><button>go</button></form>
<form data-footfall-form="feedback" action="/sent" method="post"><textarea name="text"></textarea><button>go</button></form>
<form><input name="alone"></form>
"""


def test_forms_are_listened_to_and_nothing_of_them_is_read(shop: Shop) -> None:
    shop.page("/", FORMS)
    shop.page("/sent")
    shop.page("/v1/leads/capture")
    page = shop.open("/")
    page.fill("#contact [name=email]", "no address")
    page.click("#contact button")  # the browser refuses it
    page.fill("#contact [name=email]", "me@home.example")
    page.click("#contact button")
    page.wait_for_url("**/sent")
    page.goto(shop.url("/"))
    page.select_option("select", "b")
    page.click("[name=search] button")
    page.wait_for_url("**/sent?*")
    page.goto(shop.url("/"))
    page.fill("[data-footfall-form=newsletter] [name=email]", "me@home.example")
    page.click("[data-footfall-form=newsletter] button")
    page.wait_for_url("**/v1/leads/capture")
    page.goto(shop.url("/"))
    page.fill("textarea", "what I think")
    page.click("[data-footfall-form=feedback] button")
    page.wait_for_url("**/sent")
    page.goto(shop.url("/"))
    page.fill("[name=alone]", "x")
    starts = shop.of("form_start", 5, page)
    assert [row["props"] for row in starts] == [
        *({"formName": name} for name in ("contact", "search", "newsletter", "feedback")),
        None,
    ]
    # The capture endpoint writes the event of its own form.
    submits = shop.of("form_submit", 3)
    assert [(row["props"], row["is_conversion"]) for row in submits] == [
        ({"formName": name}, True) for name in ("contact", "search", "feedback")
    ]
    visitor = page.evaluate("JSON.parse(localStorage['footfall.id'])")
    sent = [(path, parse_qs(body)) for path, body in shop.website.posted]
    hidden = {"anonId": [visitor], "propertyId": [shop.property_id]}
    assert sent == [
        ("/sent", {"id": ["in the way of form.id"], "email": ["me@home.example"]}),
        ("/v1/leads/capture", {"email": ["me@home.example"], "formName": ["newsletter"], **hidden}),
        ("/sent", {"text": ["what I think"], "formName": ["feedback"], **hidden}),
    ]
    everything = str(shop.of("form_start", 5)) + str(submits)
    assert "home.example" not in everything
    assert "what I think" not in everything


def test_a_page_that_stops_its_events_or_replaces_its_functions_is_none_the_worse(
    shop: Shop,
) -> None:
    shop.page(
        "/",
        '<button id="b" data-footfall-event="cta_click" onclick="event.stopPropagation()">b</button>',
    )
    page = shop.open("/")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.click("#b")
    page.evaluate(
        """() => {
            crypto.randomUUID = () => { throw new Error('not for you') };
            URL.createObjectURL = crypto.randomUUID;
            footfall('broken');
            footfall('circle', (() => { const props = {}; props.props = props; return props; })());
            footfall();
            footfall(null, null);
        }"""
    )
    page.click("#b")
    assert [row["event_type"] for row in shop.events(2, page)] == ["page_view", "cta_click"]
    assert errors == []
