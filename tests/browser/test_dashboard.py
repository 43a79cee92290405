"""The dashboard in a real browser: its numbers are those of the API, for whoever may see them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import require_chromium
from tests.support.dashboard import (
    ADMIN,
    BLOG,
    EAST_ZONE,
    EVERY_VISIT,
    FAR_EAST,
    LAST_WEEK,
    OF_THE_SHOP,
    SHOP,
    TODAY,
    WEEK_BEFORE,
    ask,
    percent,
    rows_of,
    signed_in,
    whole,
)
from tests.support.server import Server

require_chromium()

DASH = "\N{EN DASH}"
PAGES = (
    "/",
    f"/?property={SHOP}&sources=campaign&pages=landing_path&places=device_type&measure=views",
    "/?window=28&compare=none&audience=all",
    "/dashboard/list?by=page",
    "/dashboard/trust",
    f"/dashboard/realtime?property={SHOP}",
    "/dashboard/vitals?vital=cls",
    f"/?property={SHOP}&filter=device_type:desktop&filter=traffic_source:organic_search",
    "/dashboard/properties",
    f"/dashboard/property?property={SHOP}",
)


@pytest.mark.parametrize("property_id", [None, SHOP])
class TestNumbers:
    def test_of_the_band_and_the_chart(
        self, plain: Page, dashboard: Server, property_id: str | None
    ) -> None:
        plain.goto(f"/?property={property_id or ''}&measure=views")
        told = ask(dashboard, "summary", propertyId=property_id, compareTo="1")
        forms = ask(dashboard, "funnel", propertyId=property_id)["allForms"]
        first, last = WEEK_BEFORE
        before = ask(dashboard, "summary", propertyId=property_id, **{"from": first, "to": last})
        figures = {
            "visitors": ("uniqueVisitors", whole),
            "views": ("totalPageViews", whole),
            "conversion": ("landingPageConversionRate", percent),
            "returning": ("returningVisitorsPct", percent),
            "forms": ("formCompletionRate", percent),
            "capture": ("leadCaptureRate", percent),
        }
        for name, (metric, write) in figures.items():
            card = plain.locator(f"#card-{name}")
            figure = told["metrics"][metric]
            assert card.locator(".value").inner_text() == write(figure["value"]), name
            change = " ".join(card.locator(".change").inner_text().split())
            then = write(before["metrics"][metric]["value"])
            # No form was begun in the week before.
            assert change.endswith(f"from {DASH if name == 'forms' else then}"), name
            if figure["delta"]:
                sign = "+" if figure["delta"] > 0 else "\N{MINUS SIGN}"
                assert change.startswith(f"{sign}{abs(100 * figure['delta']):.0f}%"), name
        assert plain.locator("#card-leads .value").inner_text() == whole(forms["newLeads"])
        # What is of visits, as the trend and its visits say it; nobody of these days filters one out.
        asked = {"propertyId": property_id, "filter": EVERY_VISIT}
        of_visits = ask(dashboard, "summary", **asked)["metrics"]
        seconds = round(of_visits["engagedMsPerSession"]["value"] / 1000)
        minutes = f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"
        cards = ("visits", "depth", "bounce", "engaged", "conversions", "converted")
        assert [plain.locator(f"#card-{name} .value").inner_text() for name in cards] == [
            whole(of_visits["sessions"]["value"]),
            f"{of_visits['viewsPerSession']['value']:.2f}",
            percent(of_visits["bounceRate"]["value"]),
            minutes,
            whole(of_visits["conversions"]["value"]),
            percent(of_visits["conversionRate"]["value"]),
        ]
        # Drawn and written, the days are those of the trend, and of the week before.
        plain.locator("details summary").first.click()
        days = rows_of(plain, ".drawn")
        assert [row[1] for row in days] == [whole(day["pageViews"]) for day in told["trend"]]
        assert [row[3] for row in days] == [whole(day["pageViews"]) for day in before["trend"]]
        titles = plain.locator(".chart.desk title").all_text_contents()
        assert [re.findall(r": ([0-9,]+)", title) for title in titles] == [
            [row[1], row[3]] for row in days
        ]

    def test_of_visits_by_day(
        self, plain: Page, dashboard: Server, property_id: str | None
    ) -> None:
        plain.goto(f"/?property={property_id or ''}&measure=visits")
        plain.locator("details summary").first.click()
        told = ask(dashboard, "trend", propertyId=property_id, by="day", compareTo="previous")
        assert [[row[1], row[3]] for row in rows_of(plain, ".drawn")] == [
            [whole(now["sessions"]), whole(before["sessions"])]
            for now, before in zip(told["buckets"], told["before"], strict=True)
        ]
        assert sum(bucket["sessions"] for bucket in told["buckets"]) > 10

    def test_of_every_panel(self, plain: Page, dashboard: Server, property_id: str | None) -> None:
        panels = {
            "sources": {
                "traffic_source": ["trafficSource"],
                "referrer": ["referrerHost"],
                "referrer_page": ["referrerHost", "referrerPage"],
                "campaign": ["source", "medium", "campaign"],
            },
            "pages": {"page": ["path"], "landing_path": ["path"], "exit_path": ["path"]},
            "places": {"country": ["countryCode"], "device_type": ["deviceType"]},
            "events": {"event_type": ["eventType"]},
        }
        names = {"DE": "Germany", "FR": "France"}
        of_visits = {"landing_path", "exit_path", "referrer", "referrer_page", "campaign"}
        of_visits |= {"traffic_source"}
        for place in range(4):
            chosen = {panel: [*tabs][min(place, len(tabs) - 1)] for panel, tabs in panels.items()}
            plain.goto(f"/?{urlencode(chosen | {'property': property_id or ''})}")
            for panel, by in chosen.items():
                # A source is what brought a visit, and not what its events came from.
                asked = {"filter": EVERY_VISIT} if by == "traffic_source" else {}
                told = ask(dashboard, "breakdown", propertyId=property_id, by=by, limit=8, **asked)
                assert told["rows"], by
                shown = rows_of(plain, f"#{panel}")
                assert len(shown) == len(told["rows"]), by
                for cells, row in zip(shown, told["rows"], strict=True):
                    name = " / ".join(row[part] for part in panels[panel][by])
                    spelled = name.replace("_", " ") if by == "traffic_source" else name
                    main = "pageViews" if by == "page" else "events"
                    measures = ("sessions" if by in of_visits else main, "visitors", "conversions")
                    assert cells == [
                        names.get(spelled, spelled),
                        *(whole(row[measure]) for measure in measures),
                    ], by
                assert f"all {told['total']}" in plain.locator(f"#{panel} .more").inner_text()

    def test_of_forms_and_vitals(
        self, plain: Page, dashboard: Server, property_id: str | None
    ) -> None:
        plain.goto(f"/?property={property_id or ''}")
        told = ask(dashboard, "funnel", propertyId=property_id)
        names = ("visitors", "formStarters", "formSubmitters", "newLeads")
        steps = plain.locator(".steps b").all_inner_texts()
        assert steps == [whole(told["allForms"][name]) for name in names]
        assert rows_of(plain, "#forms") == [
            [
                form["formName"],
                *(whole(form[name]) for name in names[1:]),
                percent(form["formCompletionRate"]),
            ]
            for form in told["forms"]
        ]
        vitals = ask(dashboard, "vitals", propertyId=property_id)["vitals"]
        shown = {row[0]: row[1:] for row in rows_of(plain, "#vitals")}
        lcp = vitals["lcp"]
        assert shown["Largest paint"] == [
            f"{lcp['p75']:,.0f} ms",
            lcp["rating"],
            f"{lcp['p50']:,.0f} ms",
            f"{lcp['p95']:,.0f} ms",
            percent(lcp["shares"]["good"]),
            "12",
        ]
        assert shown["Layout shift"] == ["–"] * 5 + ["0"]  # noqa: RUF001

    def test_of_the_list_and_its_search_and_csv(
        self, plain: Page, dashboard: Server, property_id: str | None
    ) -> None:
        told = ask(dashboard, "breakdown", propertyId=property_id, by="page")
        plain.goto(f"/dashboard/list?by=page&property={property_id or ''}")
        shown = rows_of(plain, "main")
        assert [row[:3] for row in shown] == [
            [row["path"], whole(row["visitors"]), whole(row["pageViews"])] for row in told["rows"]
        ]
        plain.get_by_label("Search").fill("SHOES")
        plain.get_by_role("button", name="Search").click()
        assert [row[0] for row in rows_of(plain, "main")] == ["/shoes%20&%20%3Cmore%3E"]
        parameters = urlencode({"by": "page", "property": property_id or ""})
        csv = plain.context.request.get(f"/dashboard/list.csv?{parameters}")
        first, last = LAST_WEEK
        asked = {"from": first, "to": last, "by": "page", "audience": "people"}
        asked |= {"propertyId": property_id} if property_id else {}
        of_the_api = dashboard.request(
            "GET",
            f"/v1/metrics/breakdown?{urlencode(asked)}",
            x_admin_key=ADMIN,
            accept="text/csv",
        )
        assert csv.body() == of_the_api.body


def test_the_ledgers_say_what_the_marts_say(plain: Page, built: str) -> None:
    plain.goto(f"/dashboard/trust?property={SHOP}")
    with psycopg.connect(built) as connection:
        counts = connection.execute(
            """
            select sum(events_accepted), sum(events_duplicate), sum(events_rejected)
            from analytics.daily_ingest_rollups
            where property_id = %s and day between %s and %s
            """,
            (SHOP, *LAST_WEEK),
        ).fetchone()
    assert counts is not None
    accepted, duplicate, rejected = (int(value) for value in counts)
    text = " ".join(plain.locator(".sum").inner_text().split())
    assert text == (
        f"{accepted + duplicate + rejected} received = {accepted} accepted + "
        f"{duplicate} duplicate + {rejected} rejected"
    )
    assert accepted == 12 * 3 + 4 + 3


def test_the_badge_is_green_only_when_every_day_was_compared_and_is_equal(
    plain: Page, built: str
) -> None:
    def badge(path: str) -> str:
        plain.goto(path)
        return plain.locator(".badge").inner_text()

    shop, blog = f"/?property={SHOP}", f"/?property={BLOG}"
    assert badge(shop) == badge(blog) == badge("/") == "Equal to raw"
    with psycopg.connect(built) as connection:
        day = LAST_WEEK[1] - timedelta(days=2)
        connection.execute(
            """
            create table kept as select * from analytics.rollup_reconciliation;
            update analytics.rollup_reconciliation
            set rollup_value = raw_value + 4, difference = 4, status = 'different'
            where measure = 'total_page_views' and property_id = 'blog.example'
            """
        )
        connection.commit()
        try:
            assert badge(blog) == badge("/") == "Differs from raw"
            assert badge(shop) == "Equal to raw"
            plain.goto("/dashboard/trust")
            [row] = rows_of(plain, "section:has(#t-different)")
            assert row[1:] == [BLOG, "total_page_views", "5", "1", "4"]
            # A day that was never compared is no green one either.
            connection.execute(
                "delete from analytics.rollup_reconciliation where property_id = %s and day = %s",
                (BLOG, day),
            )
            connection.commit()
            assert badge(blog) == "Not all compared"
        finally:
            connection.execute(
                """
                truncate analytics.rollup_reconciliation;
                insert into analytics.rollup_reconciliation select * from kept;
                drop table kept
                """
            )
            connection.commit()
    assert badge(blog) == "Equal to raw"


def test_what_moved_and_what_was_purged_is_drawn_and_told(plain: Page, built: str) -> None:
    first, last = LAST_WEEK
    moved, held_from = last - timedelta(days=1), first + timedelta(days=2)
    with psycopg.connect(built, autocommit=True) as connection:
        connection.execute(
            """
            insert into analytics_state.rollup_restatements values (
                'daily_metric_rollups', %s, %s, 'total_page_views', now(), now(), 3, 1204, 1207
            )
            """,
            (SHOP, moved),
        )
        connection.execute(
            "insert into raw.retention_purges (id, purged_before) values (gen_random_uuid(), %s)",
            (held_from,),
        )
        try:
            plain.goto(f"/?property={SHOP}")
            marked = plain.locator(".chart.desk .of-day:has(.restated) title")
            [title] = marked.all_text_contents()
            assert title.startswith(f"{moved:%a} {moved.day} {moved:%b %Y}: ")
            assert title.endswith("moved after it was published")
            assert plain.locator(".chart.desk .purged").count() == 1
            plain.goto(f"/dashboard/trust?property={SHOP}")
            [row] = rows_of(plain, "section:has(#t-moved)")
            assert row[1:6] == [SHOP, "total page views", "1,204", "1,207", "3"]
            told = plain.locator("section:has(#t-fresh)").inner_text()
            assert f"before {held_from:%a} {held_from.day} {held_from:%b %Y} were purged" in told
            # Another property has not moved.
            plain.goto(f"/?property={BLOG}")
            assert plain.locator(".restated").count() == 0
            plain.goto(f"/dashboard/trust?property={BLOG}")
            assert "every day stands as it was first published" in plain.content()
        finally:
            connection.execute("truncate analytics_state.rollup_restatements")
            connection.execute("delete from raw.retention_purges")


def test_days_that_are_chosen_or_typed_are_those_that_are_shown(
    plain: Page, dashboard: Server
) -> None:
    plain.goto("/?compare=none")
    plain.locator("select[name=window]").select_option("last 28 days")
    plain.get_by_role("button", name="Show").click()
    assert "window=28" in plain.url
    assert plain.locator(".chart.desk .dot").count() == 28
    # Typed, though the name of the window was left as it is.
    day = LAST_WEEK[1] - timedelta(days=1)
    plain.get_by_label("first day, for custom days").fill(f"{day}")
    plain.get_by_label("last day, for custom days").fill(f"{day}")
    plain.get_by_role("button", name="Show").click()
    told = ask(dashboard, "summary", **{"from": day, "to": day})
    shown = plain.locator("#card-views .value").inner_text()
    assert shown == whole(told["metrics"]["totalPageViews"]["value"])
    assert plain.locator("select[name=window]").input_value() == "custom"
    # A link from there keeps the days.
    plain.get_by_role("link", name="Page views").click()
    assert plain.locator("#card-views .value").inner_text() == shown


@pytest.mark.parametrize(
    ("compare", "first", "last"),
    [("previous", 14, 8), ("weekday", 14, 8), ("year", None, None)],
)
def test_the_days_that_are_compared_with_are_named(
    plain: Page, compare: str, first: int | None, last: int | None
) -> None:
    plain.goto(f"/?compare={compare}")
    text = " ".join(plain.locator("main > .about").inner_text().split())

    def written(days_ago: int) -> str:
        day = TODAY - timedelta(days=days_ago)
        return f"{day:%a} {day.day} {day:%b %Y}"

    assert f"{written(7)} to {written(1)}, days of each property's own zone, compared with" in text
    if first is not None and last is not None:
        assert f"compared with {written(first)} to {written(last)}." in text
    else:
        assert f"{TODAY.year - 1}" in text.partition("compared with")[2]


def test_bots_are_told_of_and_one_click_away(plain: Page) -> None:
    plain.goto(f"/?property={SHOP}")
    about = plain.locator("main > .about")
    assert "Bots hidden: 1 events" in about.inner_text()
    about.get_by_role("link", name="show").click()
    assert "audience=all" in plain.url
    assert plain.get_by_label("Traffic of").input_value() == "all"
    # Of visits that are filtered, those of bots that fit.
    every_visit = "filter=is_returning:true&filter=is_returning:false"
    for filters, bots in ((every_visit, "1 visits"), ("filter=device_type:desktop", "0 visits")):
        plain.goto(f"/?property={SHOP}&{filters}")
        assert f"Bots hidden: {bots}" in about.first.inner_text()


def test_days_are_those_of_the_zone_of_the_property(plain: Page) -> None:
    plain.goto(f"/?property={FAR_EAST}&window=today&compare=none")
    today = datetime.now(UTC) + timedelta(hours=14)
    text = " ".join(plain.locator("main > .about").inner_text().split())
    assert text.startswith(f"{today:%a} {today.day} {today:%b %Y}, days of {EAST_ZONE}.")
    plain.goto(f"/dashboard/property?property={FAR_EAST}")
    assert f"of {EAST_ZONE}" in plain.locator("main dl").inner_text()


def test_what_is_not_known_is_a_dash(plain: Page, built: str) -> None:
    with psycopg.connect(built, autocommit=True) as connection:
        connection.execute("create table kept_pages as select * from analytics.daily_pages")
        connection.execute("update analytics.daily_pages set people = null where path = '/sale'")
        try:
            plain.goto("/?pages=page")
            shown = {row[0]: row[1:] for row in rows_of(plain, "#pages")}
        finally:
            connection.execute(
                """
                truncate analytics.daily_pages;
                insert into analytics.daily_pages select * from kept_pages;
                drop table kept_pages
                """
            )
    assert shown["/sale"][1] == "–"  # noqa: RUF001


@pytest.mark.parametrize("filters", ["", "&filter=device_type:desktop"])
def test_a_ratio_of_nothing_is_a_dash_and_no_change(plain: Page, filters: str) -> None:
    """The blog was seen once, three days ago, and has neither leads nor forms."""
    address = f"/?property={BLOG}&window=custom{filters}"

    def cards(days_ago: int) -> dict[str, tuple[str, str]]:
        day = TODAY - timedelta(days=days_ago)
        plain.goto(f"{address}&from={day}&to={day}")
        return {
            str(card.get_attribute("id")).removeprefix("card-"): (
                card.locator(".value").inner_text().split()[0],
                " ".join(card.locator(".change").inner_text().split()),
            )
            for card in plain.locator(".card").all()
        }

    fall = "\N{MINUS SIGN}100%"
    after = cards(2)
    assert after["visitors"] == after["visits"] == after["views"] == ("0", f"{fall} from 1")
    assert after["bounce"] == (DASH, "from 100.0%")
    assert after["depth"] == (DASH, "from 1.00")
    assert after["engaged"] == (DASH, "from 0 s")
    assert after["converted"] == (DASH, "from 0.0%")
    assert "nothing to reckon it from" in plain.locator("#card-bounce .value").inner_text()
    assert plain.locator("#card-bounce .change.same").count() == 1
    seen = cards(3)
    assert seen["visitors"] == ("1", "from 0")
    assert seen["bounce"] == ("100.0%", f"from {DASH}")
    assert seen["conversions"] == ("0", "from 0")
    if not filters:
        assert after["conversion"] == (DASH, "from 0.0%")
        assert after["returning"] == after["capture"] == (DASH, "from 0.0%")
        assert after["forms"] == after["hours"] == seen["hours"] == (DASH, f"from {DASH}")
        assert seen["conversion"] == seen["returning"] == ("0.0%", f"from {DASH}")
        text = plain.locator("#forms").inner_text()
        assert f"{DASH} of the forms that were begun were sent" in text


def test_a_day_of_which_a_ratio_is_not_known_has_begun(plain: Page) -> None:
    plain.goto(f"/?property={BLOG}&measure=bounce&compare=none")
    plain.locator(".drawn summary").click()
    days = rows_of(plain, ".drawn")
    assert [row[1] for row in days] == [DASH] * 4 + ["100.0%"] + [DASH] * 2
    assert not any("not begun" in row[0] for row in days)
    # What lies alone is drawn too.
    assert plain.locator(".chart.desk polyline.now").count() == 1
    assert plain.locator("#card-bounce .spark polyline").count() == 1
    titles = plain.locator(".chart.desk title").all_text_contents()
    assert titles[0] == f"{days[0][0]}: {DASH} bounce rate"
    plain.goto(f"/dashboard/vitals?property={BLOG}")
    plain.locator(".drawn summary").click()
    days = rows_of(plain, ".drawn")
    assert [row[1] for row in days] == [DASH] * 7
    assert not any("not begun" in row[0] for row in days)


def test_the_mean_of_no_sample_is_a_dash(plain: Page) -> None:
    plain.goto(f"/dashboard/list?by=page&property={BLOG}")
    titles = plain.locator("main thead th").all_inner_texts()
    [row] = rows_of(plain, "main")
    assert row[titles.index("Scroll samples")] == "0"
    assert row[titles.index("Mean scroll")] == DASH


def test_where_nothing_came_it_says_what_to_do_next(plain: Page) -> None:
    plain.goto("/?property=new.example")
    assert plain.get_by_role("heading", name="Nothing came in these days").is_visible()
    assert 'data-property="new.example"' in plain.locator(".empty pre").inner_text()
    assert plain.locator(".badge").inner_text() == "Not all compared"
    plain.get_by_role("link", name="whether we hear from it").click()
    assert "Not yet." in plain.locator("main").inner_text()
    host = plain.url.partition("/dashboard")[0]
    assert plain.locator("pre").inner_text().strip() == (
        f'<script defer src="{host}/footfall.js" data-property="new.example"></script>'
    )


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/?window=never", "There is no window “never”"),
        ("/?window=custom&from=2026-02-30&to=2026-03-01", "“from” must be a day that exists"),
        ("/?window=custom&from=2026-03-02&to=2026-03-01", "before it begins"),
        ("/?window=custom&from=2020-01-01&to=2026-03-01", "at most 366 days"),
        ("/dashboard/list?by=nothing", "There is no list by “nothing”"),
    ],
)
def test_an_address_that_asks_for_what_there_is_not_is_told_in_words(
    plain: Page, address: str, said: str
) -> None:
    answer = plain.goto(address)
    assert answer is not None
    assert answer.status == 400
    assert said in plain.locator("main").inner_text()


def test_a_key_of_one_property_sees_nothing_of_others(browser: Browser, dashboard: Server) -> None:
    context = signed_in(browser, dashboard, OF_THE_SHOP, java_script_enabled=False)
    page = context.new_page()
    for address in PAGES:
        text = context.request.get(address.replace(f"property={SHOP}", "")).text()
        assert SHOP in text, address
        assert BLOG not in text, address
        assert "/secret" not in text, address
    page.goto("/")
    of_the_shop = ask(dashboard, "summary", propertyId=SHOP)["metrics"]["uniqueVisitors"]
    assert page.locator("#card-visitors .value").inner_text() == whole(of_the_shop["value"])
    paths = ("/", "/dashboard/list", "/dashboard/trust", "/dashboard/property")
    paths += ("/dashboard/realtime", "/dashboard/now", "/dashboard/vitals")
    for path in paths:
        answer = page.goto(f"{path}?property={BLOG}&by=page")
        assert answer is not None
        assert answer.status == 400
        assert f"You may look at {SHOP} alone." in page.locator("main").inner_text()
    csv = context.request.get(f"/dashboard/list.csv?by=page&property={BLOG}")
    assert csv.status == 400
    page.goto("/")
    page.get_by_role("button", name="Sign out").click()
    assert page.get_by_role("heading", name="Sign in").is_visible()
    page.goto("/")
    assert page.get_by_role("heading", name="Sign in").is_visible()
    context.close()


# Of each text that is seen: its contrast with what is behind it, by the formula of WCAG 2.
FAINT = """
() => {
    const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const linear = (part) => part <= 10.31475 ? part / 3294.6 : ((part / 255 + .055) / 1.055) ** 2.4;
    const light = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !element.checkVisibility()
            || element.closest("title, option, .unseen, .skip")) continue;
        const style = getComputedStyle(element);
        let behind = element;
        while (behind && (parse(getComputedStyle(behind).backgroundColor)[3] ?? 1) === 0)
            behind = behind.parentElement;
        const back = behind ? getComputedStyle(behind).backgroundColor : "rgb(255, 255, 255)";
        const bar = element.closest("tbody th")?.querySelector(".bar rect");
        const colour = element.closest("svg") ? style.fill : style.color;
        for (const one of [back, ...(bar ? [getComputedStyle(bar).fill] : [])]) {
            const [low, high] = [light(parse(colour)), light(parse(one))].sort((a, b) => a - b);
            if ((high + .05) / (low + .05) < 4.5)
                found.push(`${walker.currentNode.data.trim()}: ${colour} on ${one}`);
        }
    }
    return found;
}
"""
# What a reader of a screen finds its way by.
UNNAMED = """
() => [
    ...[...document.querySelectorAll("input:not([type=hidden], [hidden]), select")]
        .filter((field) => !field.labels.length && !field.ariaLabel).map((field) => field.name),
    ...[...document.querySelectorAll("th:not([scope])")].map((cell) => `th ${cell.textContent}`),
    ...[...document.querySelectorAll("svg:not([aria-hidden], [aria-label])")].map(() => "svg"),
    ...[...document.querySelectorAll("a, button, summary")]
        .filter((one) => !one.textContent.trim()).map((one) => one.outerHTML),
    ...(document.querySelectorAll("main").length === 1 ? [] : ["main"]),
    ...(document.querySelectorAll("h1").length === 1 ? [] : ["h1"]),
    ...(document.documentElement.lang === "en" ? [] : ["lang"]),
    ...[...document.querySelectorAll("[id]")].map((one) => one.id)
        .filter((id, place, all) => all.indexOf(id) !== place),
]
"""


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_pages_keep_the_policy_and_can_be_read(
    browser: Browser, dashboard: Server, scheme: Any, width: int
) -> None:
    context = signed_in(
        browser,
        dashboard,
        ADMIN,
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
    )
    page = context.new_page()
    reported: list[str] = []
    page.on("console", lambda message: reported.append(message.text))
    page.on("pageerror", lambda error: reported.append(str(error)))
    page.on("requestfailed", lambda request: reported.append(request.url))
    for address in PAGES:
        page.goto(address)
        assert page.evaluate(FAINT) == [], address
        assert page.evaluate(UNNAMED) == [], address
        # What is wider than a phone scrolls within itself.
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width, address
    assert reported == []
    # The skip link is the first that the keyboard meets, and then it is seen.
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getBoundingClientRect().width > 20")
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    context.close()
