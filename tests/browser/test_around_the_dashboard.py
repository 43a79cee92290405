"""Around the numbers: links for guests, frames, the script, keys, colours, and who reads by other means."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from ingest_app.database.schema import apply_schema
from ingest_app.operations.share_links import make_link
from ingest_app.settings import PROJECT_FOLDER
from tests.support.arrivals import events, writing
from tests.support.browser import require_chromium
from tests.support.cluster import HBA, cluster_with_hba
from tests.support.dbt import Dbt, DbtProcess
from tests.support.ports import new_port
from tests.support.server import Server, serving, wait_until_alive
from tests.support.website import Resource, Website, document

require_chromium()

ADMIN = "sees all"
NORTH, SOUTH = "north.example", "south.example"
AXE = PROJECT_FOLDER / "node_modules/axe-core/axe.min.js"
DARK = "rgb(18, 22, 28)"
LIGHT = "rgb(245, 246, 248)"
PAGES = (
    "/",
    f"/?property={NORTH}&window=28&pages=landing_path&measure=views",
    "/dashboard/list?by=page",
    "/dashboard/trust",
    "/dashboard/properties",
    f"/dashboard/property?property={NORTH}",
    "/?window=custom&from=2020-01-01&to=2020-01-02",
    f"/?property={NORTH}&filter=device_type:desktop",
    "/dashboard/realtime",
    f"/dashboard/realtime?property={NORTH}",
    f"/dashboard/vitals?property={NORTH}",
)
# What a page says that a browser tells a policy of: kept before anything of the page runs.
REPORTS = """
window.reports = [];
addEventListener('securitypolicyviolation', (event) => window.reports.push(event.violatedDirective));
"""


def visits() -> list[dict[str, Any]]:
    """Ten visitors of one property in the last seven days, of another one."""
    today = datetime.now(UTC).date()
    bodies: list[dict[str, Any]] = []

    def event(visitor: str, days_ago: int, path: str, property_id: str, **more: Any) -> None:
        at = datetime.combine(today - timedelta(days=days_ago), datetime.min.time(), UTC)
        bodies.append(
            {
                "anonId": f"{visitor}-{property_id}",
                "eventType": "page_view",
                "path": path,
                "timestamp": (at + timedelta(hours=9, seconds=len(bodies))).isoformat(),
                "traffic": {"propertyId": property_id, "countryCode": "DE"},
            }
            | more
        )

    for number in range(10):
        visitor, day = f"visitor{number}", 1 + number % 7
        event(visitor, day, "/", NORTH, referrer="https://www.google.com/")
        event(visitor, day, f"/page/{number % 3}", NORTH)
        event(visitor, day, "/buy", NORTH, eventType="form_submit", props={"formName": "buy"})
    event("visitor3", 2, "/secret", SOUTH)
    return bodies


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory, process: DbtProcess) -> Iterator[str]:
    with cluster_with_hba(HBA, new_port()) as cluster:
        apply_schema(cluster.url)
        with writing(cluster.url) as writer:
            writer.write(events(visits()))
        Dbt(cluster.url, tmp_path_factory.mktemp("dbt"), process).run_models()
        yield cluster.url


@pytest.fixture(scope="module")
def server(warehouse: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("dashboard")
    with serving(warehouse, folder, ADMIN_API_KEYS=ADMIN) as running:
        yield running


@pytest.fixture(scope="module")
def signed_in(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    """A window of somebody who sees all; every report of a policy in it fails its test."""
    context = browser.new_context(base_url=server.url, viewport={"width": 1280, "height": 900})
    context.add_init_script(REPORTS)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Admin or report key").fill(ADMIN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".band")).to_be_visible()
    # Left empty and not closed, as in tests/support/dashboard.py.
    page.goto("about:blank")
    yield context
    context.close()


@pytest.fixture
def page(signed_in: BrowserContext) -> Iterator[Page]:
    opened = signed_in.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    yield opened
    assert opened.evaluate("window.reports") == []
    assert said == []
    opened.goto("about:blank")
    opened.close()
    signed_in.clear_cookies(name="footfall_colours")


def link_to(warehouse: str, property_id: str, *origins: str) -> str:
    """The query of a share link."""
    made = make_link(
        warehouse, property_id, password=None, frame_origins=[*origins], expires_at=None
    )
    return f"share={made.token}"


def stays(page: Page) -> None:
    """From here on, the page must not be loaded anew."""
    page.evaluate("window.isSame = true")


def stayed(page: Page) -> bool:
    return bool(page.evaluate("window.isSame === true"))


def test_a_link_shows_the_numbers_of_its_property_and_names_no_other(
    browser: Browser, server: Server, warehouse: str
) -> None:
    query = link_to(warehouse, NORTH)
    context = browser.new_context(base_url=server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/?{query}")
    assert page.locator("h1").inner_text() == NORTH
    shown = [page.locator(f"#card-{name} .value").inner_text() for name in ("visitors", "views")]
    assert shown == ["10", "20"]
    seen: set[str] = set()
    to_see = {f"/?{query}", f"/embed?{query}"}
    while to_see:
        address = to_see.pop()
        path = urlsplit(address).path
        seen.add(path)
        answer = context.request.get(address)
        assert answer.status == 200, address
        text = answer.text()
        assert SOUTH not in text, address
        assert "/secret" not in text, address
        assert "Sign out" not in text, address
        addresses = [unescape(one) for one in re.findall(r'<a [^>]*href="([^"]+)"', text)]
        ours = [one for one in addresses if one.startswith("/")]
        assert ours or path.endswith(".csv")
        # A link that lost the token would lead to the sign-in.
        assert {f"share={parse_qs(urlsplit(one).query)['share'][0]}" for one in ours} <= {query}
        forms = re.findall(r'<form [^>]*method="get".*?</form>', text, re.DOTALL)
        token = query.removeprefix("share=")
        assert all(f'name="share" value="{token}"' in form for form in forms), address
        to_see |= {one for one in ours if urlsplit(one).path not in seen}
    assert seen >= {"/", "/embed", "/dashboard/list", "/dashboard/list.csv", "/dashboard/trust"}
    context.close()


def test_a_frame_opens_on_pages_of_the_named_origin_alone(
    browser: Browser, server: Server, warehouse: str, website: Website
) -> None:
    query = link_to(warehouse, NORTH, website.origin("north.example"))
    frame = f'<iframe src="{server.url}/embed?{query}" width="900" height="600"></iframe>'
    website.add("/numbers", Resource(document(frame)))
    context = browser.new_context()
    page = context.new_page()
    page.goto(website.url("/numbers", "north.example"))
    shown = page.frame_locator("iframe")
    expect(shown.locator("#card-visitors .value")).to_have_text("10")
    # It is moved about in, without a cookie and also where there is more around the numbers.
    shown.locator("#pages .tabs a").last.click()
    expect(shown.locator("#pages .tabs a").last).to_have_attribute("aria-current", "true")
    assert shown.locator("header").count() == 0
    shown.locator("#pages .more a").first.click()
    expect(shown.locator("h1")).to_contain_text(NORTH)
    for host in ("elsewhere.example", "sub.north.example"):
        page.goto(website.url("/numbers", host))
        # What a browser puts in the place of a frame that it refuses has no such card.
        page.wait_for_function("frames.length === 1")
        assert shown.locator("#card-visitors").count() == 0
    context.close()


def test_pages_change_without_a_reload_and_are_those_that_a_reload_shows(page: Page) -> None:
    page.goto(f"/?property={NORTH}")
    stays(page)
    page.locator(".drawn details summary").click()
    tab = page.locator("#pages .tabs a", has_text="Exit")
    tab.scroll_into_view_if_needed()
    was = page.evaluate("scrollY")
    assert was > 0
    tab.click()
    expect(tab).to_have_attribute("aria-current", "true")
    expect(tab).to_be_focused()
    assert page.evaluate("scrollY") == was
    assert page.locator(".drawn details").get_attribute("open") is not None
    assert "pages=exit_path" in page.url
    swapped = page.locator("#pages").inner_html()
    # A form, a page of another path, and back.
    page.locator("select[name=window]").select_option("28")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("main > .about").first).to_contain_text("compared with")
    expect(page.locator(".chart.desk .dot")).to_have_count(28)
    page.get_by_role("link", name="Can I trust this?").click()
    expect(page.locator(".verdict")).to_be_visible()
    assert page.title().startswith("Can I trust this?")
    assert page.evaluate("scrollY") == 0
    page.go_back()
    expect(page.locator(".chart.desk .dot")).to_have_count(28)
    page.go_back()
    expect(page.locator(".chart.desk .dot")).to_have_count(7)
    assert stayed(page)
    page.reload()
    assert page.locator("#pages").inner_html() == swapped
    # What is no page of the dashboard, and what is none at all, is left to the browser.
    with page.expect_download() as told:
        page.locator("#pages .more a", has_text="CSV").click()
    assert told.value.suggested_filename.endswith(".csv")


def test_a_page_is_sent_in_fewer_bytes_to_who_takes_them(server: Server) -> None:
    plain = server.request("GET", "/", Accept_Encoding="identity")
    refused = server.request("GET", "/", Accept_Encoding="gzip;q=0")
    packed = server.request("GET", "/", Accept_Encoding="gzip, br")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < len(plain.body)
    assert packed.body == plain.body == refused.body
    for answer in (plain, refused, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert ("Content-Encoding" in answer.headers) == (answer is packed)


def test_what_the_server_refuses_is_shown_as_it_says_it(signed_in: BrowserContext) -> None:
    page = signed_in.new_page()
    page.goto("/")
    page.evaluate("document.querySelector('#pages .tabs a').href = '/?window=nonsense'")
    with page.expect_navigation():
        page.locator("#pages .tabs a").first.click()
    expect(page.locator("h1")).to_have_text("This address asks for what there is not")
    page.goto("about:blank")
    page.close()


def test_keys_choose_days_and_comparison_search_and_clear(page: Page) -> None:
    page.goto(f"/?property={NORTH}")
    stays(page)
    for key, window in (("d", "today"), ("M", "28"), ("w", "7")):
        page.keyboard.press(key)
        expect(page.locator("select[name=window]")).to_have_value(window)
    page.keyboard.press("x")
    expect(page.locator("select[name=compare]")).to_have_value("none")
    page.keyboard.press("x")
    expect(page.locator("select[name=compare]")).to_have_value("previous")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    # In a dialog, keys are its own.
    page.keyboard.press("d")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()
    expect(page.locator("select[name=window]")).to_have_value("7")
    page.keyboard.press("/")
    field = page.get_by_label("Search")
    expect(field).to_be_focused()
    # What is typed is text.
    page.keyboard.type("/page/m")
    assert field.input_value() == "/page/m"
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    expect(page.locator("table.bars tbody tr")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(page.locator("table.bars tbody tr")).to_have_count(5)
    assert "search=" not in page.url
    # With a modifier they are the browser's.
    page.evaluate("document.activeElement.blur()")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.keyboard.press("Control+m")
    page.keyboard.press("Alt+x")
    # Requests are told in their order, so none was sent before this one.
    page.evaluate("fetch('/dashboard/static/icon.svg')")
    assert asked == ["/dashboard/static/icon.svg"]
    assert stayed(page)


def test_a_point_of_the_chart_tells_what_it_is(page: Page) -> None:
    page.goto(f"/?property={NORTH}&measure=views")
    point = page.locator(".chart.desk .of-day").nth(2)
    title = point.locator("title").text_content()
    assert title
    assert title.strip()
    tip = page.locator(".tip")
    expect(tip).to_be_hidden()
    room = point.locator(".room").bounding_box()
    assert room is not None
    page.mouse.move(room["x"] + room["width"] / 2, room["y"] + 5)
    expect(tip).to_be_visible()
    assert tip.text_content() == title
    box = tip.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 1280
    page.locator("h1").hover()
    expect(tip).to_be_hidden()


def test_a_part_renews_itself_where_it_says_so(page: Page) -> None:
    page.goto(f"/?property={NORTH}")
    stays(page)
    page.evaluate(
        """() => {
            document.querySelector('#card-views .value').textContent = 'old';
            document.querySelector('#card-visitors .value').textContent = 'old';
            document.querySelector('#card-views').dataset.refresh = '1';
        }"""
    )
    expect(page.locator("#card-views .value")).to_have_text("20")
    assert page.locator("#card-visitors .value").inner_text() == "old"
    assert stayed(page)


def test_light_and_dark_are_switched_and_kept(signed_in: BrowserContext, page: Page) -> None:
    def background() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    switch = page.get_by_role("button", name="Light or dark")
    page.emulate_media(color_scheme="light")
    page.goto("/")
    assert background() == LIGHT
    switch.click()
    assert background() == DARK
    # The next page comes from the server in these colours; nothing has to be changed in it.
    page.goto("/dashboard/trust")
    assert background() == DARK
    assert 'media="screen"' in signed_in.request.get("/").text()
    # What the system says anyway is not kept.
    switch.click()
    assert background() == LIGHT
    assert "footfall_colours" not in {cookie["name"] for cookie in signed_in.cookies()}
    page.emulate_media(color_scheme="dark")
    assert background() == DARK
    switch.click()
    page.reload()
    assert background() == LIGHT
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"


def test_paper_is_light_and_without_what_is_clicked(page: Page) -> None:
    page.emulate_media(color_scheme="dark", media="print")
    page.goto(f"/?property={NORTH}")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    ink = page.locator("#card-visitors .value").evaluate("(one) => getComputedStyle(one).color")
    assert ink == "rgb(27, 36, 48)"
    for hidden in (".pickers", "header nav", ".out", "[data-does]", ".tabs", ".more"):
        assert not page.locator(hidden).first.is_visible(), hidden
    for seen in ("h1", "main > .about", ".band", ".chart.desk", "#pages table"):
        assert page.locator(seen).first.is_visible(), seen


def test_nothing_moves_for_those_who_ask_for_that(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"/?property={NORTH}")
    moving = """
    () => [...document.querySelectorAll('*')].filter((one) => {
        const style = getComputedStyle(one);
        return style.animationName !== 'none' || /[1-9]/.test(style.transitionDuration)
            || style.scrollBehavior === 'smooth';
    }).length
    """
    assert page.evaluate(moving) == 0
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(moving) > 0


def test_the_demo_is_opened_with_the_key_that_it_prints(
    browser: Browser, warehouse: str, tmp_path: Path
) -> None:
    environment = {"DATABASE_URL": warehouse, "FOOTFALL_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "ingest_app", "demo", "--serve"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            told = re.fullmatch(
                r"Open (http://127\.0\.0\.1:\d+)/ and sign in with the key (\S+)\n", line
            )
            assert told is not None, line
            wait_until_alive(Server(told[1], process))
            context = browser.new_context(base_url=told[1])
            page = context.new_page()
            page.goto("/")
            page.get_by_label("Admin or report key").fill(told[2])
            page.get_by_role("button", name="Sign in").click()
            expect(page.locator("#card-visitors .value")).to_have_text("11")
            context.close()
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 0
    # What was printed holds for the next server, too.
    assert (tmp_path / "demo_key").read_text() == told[2]


@pytest.mark.skipif(
    not AXE.exists(), reason="needs the npm package axe-core: make node_modules/.installed"
)
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("dark", 390)])
def test_axe_finds_nothing_serious(
    signed_in: BrowserContext, server: Server, warehouse: str, scheme: Any, width: int
) -> None:
    page = signed_in.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    guest = link_to(warehouse, NORTH)
    # In other colours on the same screen, only colours are another matter.
    rules = "runOnly: ['color-contrast']," if (scheme, width) == ("dark", 1280) else ""
    for address in (*PAGES, f"/embed?{guest}", "/?share=nobodys"):
        page.goto(address)
        page.evaluate(AXE.read_text())
        found = page.evaluate(f"axe.run({{ {rules} resultTypes: ['violations'] }})")
        serious = [
            (rule["id"], [node["target"] for node in rule["nodes"]])
            for rule in found["violations"]
            if rule["impact"] in ("serious", "critical")
        ]
        assert serious == [], address
        assert found["passes"], address
    page.close()
