"""Filters of the dashboard: a click on a row, and everything on the page is of the visits that fit."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page

from tests.support.browser import require_chromium
from tests.support.dashboard import (
    ADMIN,
    LAST_WEEK,
    SHOP,
    WEEK_BEFORE,
    ask,
    percent,
    rows_of,
    whole,
)
from tests.support.server import Server

require_chromium()

FIRST, LAST = LAST_WEEK
WEEK = {"window": "custom", "from": f"{FIRST}", "to": f"{LAST}"}
CAMPAIGN = [
    "utm_source:list",
    "utm_medium:email",
    "utm_campaign:<i>spring</i> & more",
]


def address(filters: list[str], path: str = "/", **more: str) -> str:
    return f"{path}?{urlencode(WEEK | {'filter': filters} | more, doseq=True)}"


def filters_of(page: Page) -> list[str]:
    return parse_qs(urlsplit(page.url).query).get("filter", [])


def click_row(page: Page, panel: str, name: str) -> None:
    page.locator(f"#{panel}").get_by_role("link", name=name, exact=True).click()


@pytest.mark.parametrize(
    ("filters", "more"),
    [
        (["traffic_source:organic_search"], {"property": SHOP}),
        (["country_code:DE", "landing_path:/", "landing_path:/sale"], {}),
        (CAMPAIGN, {"pages": "exit_path", "places": "device_type", "audience": "all"}),
        (["is_returning:true"], {"sources": "referrer_page"}),
    ],
)
def test_every_number_is_of_the_visits_that_fit(
    plain: Page, dashboard: Server, filters: list[str], more: dict[str, str]
) -> None:
    plain.goto(address(filters, **more))
    asked: dict[str, Any] = {"filter": filters, "propertyId": more.get("property")}
    asked["audience"] = more.get("audience", "people")
    told = ask(dashboard, "summary", **asked)["metrics"]
    first, last = WEEK_BEFORE
    before = ask(dashboard, "summary", **asked | {"from": first, "to": last})["metrics"]
    cards = {
        "visitors": ("visitors", whole),
        "visits": ("sessions", whole),
        "views": ("pageViews", whole),
        "depth": ("viewsPerSession", lambda value: f"{value:.2f}"),
        "bounce": ("bounceRate", percent),
        "conversions": ("conversions", whole),
        "converted": ("conversionRate", percent),
    }
    assert told["sessions"]["value"] > 0
    for name, (metric, write) in cards.items():
        card = plain.locator(f"#card-{name}")
        assert card.locator(".value").inner_text() == write(told[metric]["value"]), name
        change = " ".join(card.locator(".change").inner_text().split())
        # Of a week without visits there is none.
        is_of_nothing = name in {"depth", "bounce", "converted"} and not before["sessions"]["value"]
        baseline = "\N{EN DASH}" if is_of_nothing else write(before[metric]["value"])
        assert change.endswith(f"from {baseline}"), name
    # What is not of a visit is not there.
    assert plain.locator(".card").count() == len(cards) + 1
    assert plain.locator("#forms, #vitals").count() == 0
    plain.locator("details summary").first.click()
    days = ask(dashboard, "trend", by="day", compareTo="previous", **asked)
    assert [[row[1], row[3]] for row in rows_of(plain, ".drawn")] == [
        [whole(now["visitors"]), whole(then["visitors"])]
        for now, then in zip(days["buckets"], days["before"], strict=True)
    ]
    panels = {
        "sources": more.get("sources", "traffic_source"),
        "pages": more.get("pages", "landing_path"),
        "places": more.get("places", "country"),
    }
    for panel, by in panels.items():
        rows = ask(dashboard, "breakdown", by=by, limit=8, **asked)["rows"]
        measures = ("sessions", "visitors", "conversions")
        assert [cells[1:] for cells in rows_of(plain, f"#{panel}")] == [
            [whole(row[measure]) for measure in measures] for row in rows
        ], by
    said = plain.locator("#events").inner_text()
    assert "cannot be told of visits that are filtered" in said


def test_a_click_on_a_row_filters_by_it_and_a_chip_takes_it_out(plain: Page) -> None:
    """From a source to its pages, further, and back."""
    plain.goto(address([], property=SHOP))
    everybody = plain.locator("#card-visits .value").inner_text()
    source = {row[0]: row[1] for row in rows_of(plain, "#sources")}["organic search"]
    click_row(plain, "sources", "organic search")
    assert filters_of(plain) == ["traffic_source:organic_search"]
    # The row that was clicked and the band say the same.
    assert plain.locator("#card-visits .value").inner_text() == source
    # Pages that were viewed are not of a visit, so those that it landed on come first.
    assert plain.locator("#pages .tabs a[aria-current]").inner_text() == "Landing"
    page = {row[0]: row[1] for row in rows_of(plain, "#pages")}["/"]
    click_row(plain, "pages", "/")
    click_row(plain, "places", "Germany")
    assert filters_of(plain) == [
        "traffic_source:organic_search",
        "landing_path:/",
        "country_code:DE",
    ]
    assert plain.locator("#card-visits .value").inner_text() == page
    chips = plain.locator(".chips li:not(.all)")
    assert [" ".join(text.split()) for text in chips.all_text_contents()] == [
        "take out Source: organic search",
        "take out Landed on: /",
        "take out Country: Germany",
    ]
    # They stay while other things change, on other pages and back.
    plain.get_by_label("Compared with").select_option("nothing")
    plain.get_by_role("button", name="Show").click()
    plain.locator("#places").get_by_role("link", name="all").click()
    assert plain.url.partition("?")[0].endswith("/dashboard/list")
    assert len(filters_of(plain)) == 3
    plain.get_by_role("link", name="Back to the overview").click()
    chips.nth(1).get_by_role("link").click()
    assert filters_of(plain) == ["traffic_source:organic_search", "country_code:DE"]
    # A row that is on is taken out by another click.
    click_row(plain, "places", "Germany")
    assert filters_of(plain) == ["traffic_source:organic_search"]
    chips.first.get_by_role("link").click()
    assert filters_of(plain) == []
    assert plain.locator("#card-visits .value").inner_text() == everybody


def test_rows_of_several_values_and_strange_ones_filter_by_all_of_them(plain: Page) -> None:
    plain.goto(address([], sources="campaign"))
    click_row(plain, "sources", "list / email / <i>spring</i> & more")
    assert filters_of(plain) == CAMPAIGN
    assert plain.locator("#card-visits .value").inner_text() == "1"
    click_row(plain, "sources", "list / email / <i>spring</i> & more")
    assert filters_of(plain) == []
    # From a whole list it leads to the overview.
    plain.goto(address([], "/dashboard/list", by="referrer_page"))
    plain.locator("main").get_by_role("link", name="google.com / /").click()
    assert filters_of(plain) == ["referrer_host:google.com", "referrer_page:/"]
    assert plain.locator("#card-visits .value").inner_text() == "12"


def test_who_is_new_is_picked(plain: Page, dashboard: Server) -> None:
    plain.goto(address(["device_type:desktop"]))
    plain.locator("select[name=filter]").select_option("returning alone")
    plain.get_by_role("button", name="Show").click()
    assert sorted(filters_of(plain)) == ["device_type:desktop", "is_returning:true"]
    asked = {"filter": filters_of(plain)}
    told = ask(dashboard, "summary", **asked)["metrics"]["sessions"]["value"]
    assert plain.locator("#card-visits .value").inner_text() == whole(told)
    assert plain.locator("select[name=filter]").input_value() == "is_returning:true"
    plain.locator("select[name=filter]").select_option("new and returning")
    plain.get_by_role("button", name="Show").click()
    assert [one for one in filters_of(plain) if one] == ["device_type:desktop"]


def test_lists_and_csv_obey_and_say_what_cannot(plain: Page, dashboard: Server) -> None:
    filters = ["traffic_source:organic_search"]
    plain.goto(address(filters, "/dashboard/list", by="country"))
    told = ask(dashboard, "breakdown", by="country", filter=filters)
    assert [row[1:3] for row in rows_of(plain, "main")] == [
        [whole(row["visitors"]), whole(row["sessions"])] for row in told["rows"]
    ]
    csv = plain.context.request.get(address(filters, "/dashboard/list.csv", by="country"))
    asked = {"from": FIRST, "to": LAST, "by": "country", "audience": "people", "filter": filters}
    of_the_api = dashboard.request(
        "GET",
        f"/v1/metrics/breakdown?{urlencode(asked, doseq=True)}",
        x_admin_key=ADMIN,
        accept="text/csv",
    )
    assert csv.body() == of_the_api.body
    for by, title in (("page", "Pages: viewed"), ("event_type", "Events and goals")):
        plain.goto(address(filters, "/dashboard/list", by=by))
        assert "cannot be told of visits that are filtered" in plain.locator("main").inner_text()
        answer = plain.goto(address(filters, "/dashboard/list.csv", by=by))
        assert answer is not None
        assert answer.status == 400, title
    plain.goto(address([]))
    assert "These are no filters" in plain.locator("#pages").inner_text()


def test_where_no_visit_fits_it_says_so(plain: Page) -> None:
    plain.goto(address(["landing_path:/nowhere"]))
    assert plain.get_by_role("heading", name="No visit of these days fits").is_visible()


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        (["color:red"], "A filter must be a dimension, a colon and a value"),
        (["device_type:fridge"], "device_type must be one of desktop"),
        ([f"landing_path:/{number}" for number in range(11)], "At most 10 filters hold at once"),
    ],
)
def test_a_filter_that_there_is_not_is_told_in_words(
    plain: Page, filters: list[str], said: str
) -> None:
    answer = plain.goto(address(filters))
    assert answer is not None
    assert answer.status == 400
    assert said in plain.locator("main").inner_text()
