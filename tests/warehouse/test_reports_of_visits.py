"""Filters, trend, retention, hours and realtime: what a plain recount of raw rows says."""

from __future__ import annotations

import html
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import psycopg
import pytest

from ingest_app.reports import visits as of_visits
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import Audience
from ingest_app.reports.windows import Window as Asked
from ingest_app.store.writer import Writer
from tests.support.arrivals import events
from tests.support.captures import capture
from tests.support.dbt import Dbt
from tests.support.questions import approximately
from tests.support.recount import reports, visits
from tests.support.recount.facts import RawFacts, read_facts
from tests.support.recount.sessions import referrer_parts
from tests.support.recount.windows import Window
from tests.support.server import Answer, Server, serving
from tests.support.visits import random_visit

Connection = psycopg.Connection[dict[str, Any]]

# A Monday, so that weeks and months are cut by the windows below.
FIRST_DAY = datetime(2026, 4, 20, tzinfo=UTC)
DAYS = [FIRST_DAY + timedelta(days=n) for n in range(30) if n % 5]
PROPERTIES = ("shop.example", "docs.example")
KEY = "a key of the dashboard"
REFERRERS = (
    *("https://www.News.example:443/a/b?c=d#e", "https://news.example/a/b", "http://news.example"),
    *("https://user@www.com/", "https://www.shop.example/", "android-app://com.app.mail/", "news"),
    *("https://[::1]/x", "https://müll.example/", "//cdn.example//x", "https://", "HTTPS://A.b./"),
)
EVERYTHING = Window(date(2026, 4, 19), date(2026, 5, 21))
WINDOWS = (
    EVERYTHING,
    Window(date(2026, 4, 23), date(2026, 5, 12), property_id="shop.example"),
    Window(date(2026, 5, 4), date(2026, 5, 6), property_id="docs.example"),
    Window(date(2026, 5, 2), date(2026, 5, 2)),
    Window(date(2026, 5, 1), date(2026, 5, 9), property_id="nobody.example"),
)
AUDIENCES = {"all": None, "people": False, "bots": True}
FILTERS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("device_type", "mobile"),),
    (("device_type", "mobile"), ("device_type", "bot"), ("traffic_source", "direct")),
    (("referrer_host", "news.example"),),
    (("referrer_host", "(not set)"), ("is_returning", "true")),
    (("utm_source", "list"), ("utm_medium", "email"), ("utm_campaign", "(not set)")),
    (("landing_path", "/a"), ("landing_path", "/%C3%A4hre"), ("exit_path", "/b")),
    (("country_code", "DE"), ("country_code", "unknown"), ("is_returning", "false")),
    (("referrer_host", "news.example"), ("referrer_page", "/a/b"), ("referrer_page", "(not set)")),
    (("utm_campaign", "it's %s 100%"),),
)


@pytest.fixture(scope="module")
def facts(database: str, writer: Writer, dbt: Dbt) -> RawFacts:
    """What raw holds, and the marts were built from."""
    rng = random.Random(20260420)
    for number in range(260):
        bodies = random_visit(
            rng,
            day=rng.choice(DAYS),
            visitor=f"visitor-{number % 70:04}",
            properties=PROPERTIES,
        )
        if number % 3 == 0:
            bodies[0]["referrer"] = rng.choice(REFERRERS)
        writer.write(events(bodies))
    with psycopg.connect(
        database, autocommit=True, row_factory=psycopg.rows.dict_row
    ) as connection:
        for number in range(8):
            [row] = connection.execute(
                "select id, first_seen_at + interval '2 hours' as at from raw.visitors"
                " order by anon_id offset %s limit 1",
                (number * 7,),
            ).fetchall()
            capture(connection, UUID(int=number % 5 + 1), row["id"], row["at"])
        found = read_facts(connection)
    dbt.run_models()
    return found


@pytest.fixture(scope="module")
def dashboard(database: str, data_dir: Path, facts: RawFacts) -> Iterator[Server]:
    """A server over marts that were built from `facts`, which keeps no answer."""
    assert facts.hits
    with serving(database, data_dir, ADMIN_API_KEYS=KEY, SUMMARY_CACHE_SECONDS="0") as running:
        yield running


def ask(server: Server, report: str, window: Window, *more: tuple[str, str]) -> Answer:
    named = [("from", f"{window.from_day}"), ("to", f"{window.to_day}"), *more]
    if window.property_id is not None:
        named.append(("propertyId", window.property_id))
    return server.request("GET", f"/v1/metrics/{report}?{urlencode(named)}", x_admin_key=KEY)


def told(answer: Answer) -> Any:
    assert answer.status == 200, answer.body
    return answer.body


def filters_of(filters: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return [("filter", f"{by}:{value}") for by, value in filters]


def asked_windows() -> list[tuple[str, Window]]:
    return [
        (name, replace(window, is_bot=is_bot))
        for window in WINDOWS
        for name, is_bot in AUDIENCES.items()
    ]


@pytest.mark.parametrize("filters", FILTERS)
def test_a_filtered_summary_is_of_the_visits_that_fit(
    dashboard: Server, facts: RawFacts, filters: tuple[tuple[str, str], ...]
) -> None:
    for number, (audience, window) in enumerate(asked_windows()):
        asked = [*filters_of(filters), ("audience", audience), ("compareTo", f"{number % 2}")]
        answer = told(ask(dashboard, "summary", window, *asked))
        now = visits.figures(visits.visits_of(facts.hits, window, filters))
        days = (window.to_day - window.from_day).days + 1
        earlier = replace(
            window,
            from_day=window.from_day - timedelta(days=days),
            to_day=window.from_day - timedelta(days=1),
        )
        before = visits.figures(visits.visits_of(facts.hits, earlier, filters))
        assert answer["metrics"] == approximately(
            {
                name: {
                    "value": value,
                    "delta": (value - before[name]) / before[name]
                    if number % 2 and before[name]
                    else None,
                }
                for name, value in now.items()
            }
        )
        assert answer["countedBy"] == "sessions"
        assert answer["filters"] == [f"{by}:{value}" for by, value in filters]


def test_the_filters_find_something(facts: RawFacts) -> None:
    found = [len(visits.visits_of(facts.hits, EVERYTHING, filters)) for filters in FILTERS]
    assert found[-1] == 0
    assert all(found[:-1])
    everything = len(visits.visits_of(facts.hits, EVERYTHING))
    assert all(number < everything for number in found)


@pytest.mark.parametrize("by", visits.KEYS)
def test_a_breakdown_of_visits_is_what_raw_rows_say(
    dashboard: Server, facts: RawFacts, by: str
) -> None:
    is_of_visits = by in ("landing_path", "exit_path", "referrer", "referrer_page", "campaign")
    sizes = set()
    for number, (audience, window) in enumerate(asked_windows()):
        filters = FILTERS[number % len(FILTERS)] if number % 2 or not is_of_visits else ()
        asked = [*filters_of(filters), ("by", by), ("limit", "1000"), ("audience", audience)]
        answer = told(ask(dashboard, "breakdown", window, *asked))
        rows = visits.breakdown(facts.hits, window, by, filters)
        assert answer["rows"] == approximately(rows)
        assert answer["total"] == len(rows)
        assert all(row["conversionRate"] <= 1 for row in answer["rows"])
        sizes.add(len(rows))
    assert 0 in sizes
    assert max(sizes) > 2


def test_visits_by_their_source_are_what_raw_rows_say(database: str, facts: RawFacts) -> None:
    warehouse = Warehouse(database)
    sizes, again = set(), 0
    for audience, window in asked_windows():
        asked = Asked(
            window.from_day, window.to_day, window.property_id, audience=Audience(audience)
        )
        rows = visits.breakdown(facts.hits, window, "traffic_source")
        answer = of_visits.breakdown(warehouse, asked, by="traffic_source", limit=1000)
        assert answer["rows"] == approximately(rows)
        assert answer["total"] == len(rows)
        figures = visits.figures(visits.visits_of(facts.hits, window))
        assert {
            name: one["value"]
            for name, one in of_visits.summary(warehouse, asked)["metrics"].items()
        } == approximately({name: value for name, value in figures.items() if name != "visitors"})
        sizes.add(len(rows))
        again += sum(row["visitors"] < row["sessions"] for row in rows)
    warehouse.close()
    assert 0 in sizes
    assert max(sizes) > 3
    # Who came more than once by a source is one visitor of it.
    assert again > 5


COOKIE = "footfall_dashboard"
SOME_DAYS = {"window": "custom", "from": "2026-04-19", "to": "2026-05-21"}
HEADER = re.compile(r'<th scope="col"(?: aria-sort="(\w+)")?>(?:<a href="([^"]*)"[^>]*>)?([^<]+)')
# The name and the first numbers of a row.
ROW = re.compile(
    r'<tr><th scope="row">.*?<(?:a|span)[^>]*>([^<]*)</(?:a|span)></th>(.*?)</tr>', re.S
)


@pytest.fixture(scope="module")
def cookie(dashboard: Server) -> str:
    """Of whoever signed in with the key."""
    answer = dashboard.request(
        "POST",
        "/dashboard/sign-in",
        urlencode({"key": KEY}).encode(),
        Content_Type="application/x-www-form-urlencoded",
    )
    return SimpleCookie(answer.headers["Set-Cookie"])[COOKIE].OutputString()


def page_of(server: Server, cookie: str, address: str) -> str:
    answer = server.request("GET", address, Cookie=cookie.partition(";")[0])
    assert answer.status == 200
    return str(answer.body.decode())


def test_panels_and_lists_are_ordered_by_conversions_where_one_asks_for_it(
    dashboard: Server, facts: RawFacts, cookie: str
) -> None:
    """The header is a link; what brought most is then first, also of more rows than a panel shows."""
    window = replace(EVERYTHING, property_id="shop.example", is_bot=False)
    panels = {
        "landing_path": ("pages", "Visits", visits.breakdown(facts.hits, window, "landing_path")),
        "page": ("pages", "Page views", reports.breakdown(facts.hits, window, "page")),
        "traffic_source": (
            "sources",
            "Visits",
            visits.breakdown(facts.hits, window, "traffic_source"),
        ),
    }
    moved = 0
    for by, (panel, main, rows) in panels.items():
        key = "trafficSource" if by == "traffic_source" else "path"
        usual = [row[key] for row in rows]
        # Python's sort keeps the usual order among equals.
        most = [row[key] for row in sorted(rows, key=lambda row: -row["conversions"])]
        moved += usual[:8] != most[:8]
        address = f"/?{urlencode(SOME_DAYS | {'property': 'shop.example', panel: by})}"
        for is_sorted in (False, True):
            section = page_of(dashboard, cookie, address).partition(f'id="{panel}"')[2]
            section = section.partition("</section>")[0]
            headers = {title: (sort, link) for sort, link, title in HEADER.findall(section)}
            ordered, other = ("Conversions", main) if is_sorted else (main, "Conversions")
            assert headers[ordered] == ("descending", "")
            assert headers["Visitors"] == ("", "")
            sort, link = headers[other]
            assert (sort, f"{panel}_order=conversions" in link) == ("", not is_sorted)
            names = [html.unescape(name) for name, _ in ROW.findall(section)]
            expected = (most if is_sorted else usual)[:8]
            assert names == [name.replace("_", " ") if key != "path" else name for name in expected]
            [all_of_them, csv] = [
                html.unescape(found)
                for found in re.findall(r'<a href="(/dashboard/list[^"]*)"', section)
            ]
            listed = page_of(dashboard, cookie, all_of_them)
            assert [html.unescape(name) for name, _ in ROW.findall(listed)][:8] == names
            lines = page_of(dashboard, cookie, csv).splitlines()[1:]
            assert [line.partition(",")[0] for line in lines] == (most if is_sorted else usual)
            address = html.unescape(link).partition("#")[0]
    assert moved > 1


def test_a_breakdown_by_hour_is_what_raw_rows_say(dashboard: Server, facts: RawFacts) -> None:
    several = 0
    for audience, window in asked_windows():
        answer = told(ask(dashboard, "breakdown", window, ("by", "hour"), ("audience", audience)))
        assert answer["rows"] == approximately(visits.hours(facts.hits, window))
        several += sum(row["visitors"] is not None for row in answer["rows"])
    assert several


def test_rows_of_visits_are_told_as_csv(dashboard: Server) -> None:
    for more in ([("by", "referrer")], [("by", "device_type"), ("filter", "is_returning:true")]):
        question = urlencode([("from", "2026-04-19"), ("to", "2026-05-21"), *more])
        text = dashboard.request(
            "GET", f"/v1/metrics/breakdown?{question}", x_admin_key=KEY, accept="text/csv"
        ).body.decode()
        rows = told(ask(dashboard, "breakdown", EVERYTHING, *more))["rows"]
        header, *lines = text.splitlines()
        assert header.split(",") == [*rows[0]]
        assert len(lines) == len(rows)


@pytest.mark.parametrize("by", ["hour", "day", "week", "month"])
def test_a_trend_is_what_raw_rows_say(dashboard: Server, facts: RawFacts, by: str) -> None:
    several = 0
    for number, (audience, window) in enumerate(asked_windows()):
        if by == "hour" and (window.to_day - window.from_day).days > 10:
            continue
        filters = FILTERS[number % len(FILTERS)] if number % 4 == 3 else ()
        leads = None
        if audience == "all" and not filters and by != "hour":
            days = reports.days_of(window)
            leads = {
                day: len(reports.new_leads(facts, replace(window, from_day=day, to_day=day)))
                for day in days
            }
        asked = [*filters_of(filters), ("by", by), ("audience", audience)]
        answer = told(ask(dashboard, "trend", window, *asked))
        expected = visits.buckets(facts.hits, window, by, filters, leads)
        assert answer["buckets"] == approximately(expected)
        assert (answer["before"], answer["compareTo"]) == (None, None)
        assert answer["countedBy"] == ("sessions" if filters else "events")
        several += sum(row["visitors"] > 1 for row in expected)
    assert several


@pytest.mark.parametrize(
    ("word", "earlier"),
    [
        ("previous", (date(2026, 5, 1), date(2026, 5, 5))),
        ("yes", (date(2026, 5, 1), date(2026, 5, 5))),
        ("weekday", (date(2026, 4, 29), date(2026, 5, 3))),
        ("year", (date(2025, 5, 6), date(2025, 5, 10))),
    ],
)
def test_a_trend_is_compared_with_days_of_before(
    dashboard: Server, facts: RawFacts, word: str, earlier: tuple[date, date]
) -> None:
    window = Window(date(2026, 5, 6), date(2026, 5, 10), property_id="shop.example")
    asked = [("by", "day"), ("compareTo", word), ("filter", "traffic_source:direct")]
    answer = told(ask(dashboard, "trend", window, *asked))
    assert answer["compareTo"] == {"from": f"{earlier[0]}", "to": f"{earlier[1]}"}
    before = replace(window, from_day=earlier[0], to_day=earlier[1])
    direct = [("traffic_source", "direct")]
    assert answer["before"] == approximately(visits.buckets(facts.hits, before, "day", direct))
    assert answer["buckets"] == approximately(visits.buckets(facts.hits, window, "day", direct))


def test_a_leap_day_is_compared_with_the_year_before(dashboard: Server) -> None:
    window = Window(date(2028, 2, 29), date(2028, 3, 1))
    answer = told(ask(dashboard, "trend", window, ("by", "day"), ("compareTo", "year")))
    assert answer["compareTo"] == {"from": "2027-02-28", "to": "2027-03-01"}


def test_retention_is_what_raw_rows_say(dashboard: Server, facts: RawFacts) -> None:
    came_back = 0
    for audience, window in asked_windows():
        answer = told(ask(dashboard, "retention", window, ("audience", audience)))
        assert answer["cohorts"] == visits.cohorts(facts.hits, window)
        came_back += sum(sum(row["cameBack"]) for row in answer["cohorts"])
    assert came_back


@pytest.mark.parametrize(
    ("report", "question", "path", "expected"),
    [
        ("summary", [("filter", "device_type")], "filter.0", "a dimension, a colon and a value"),
        ("summary", [("filter", "color:red")], "filter.0", "referrer_host"),
        ("summary", [("filter", "device_type:tv")], "filter.0", "desktop"),
        ("summary", [("filter", "is_returning:1")], "filter.0", "true, false"),
        ("summary", [("filter", "utm_source:")], "filter.0", "1 to 2048 characters"),
        ("summary", [("filter", "utm_source:\0")], "filter.0", "no NUL"),
        (
            "summary",
            [("filter", "utm_source:a"), ("filter", "x:y")],
            "filter.1",
            "must be a dimension",
        ),
        ("summary", [("filter", f"utm_source:{n}") for n in range(11)], "filter", "at most 10"),
        ("breakdown", [("by", "page"), ("filter", "utm_source:a")], "by", "must be one of"),
        ("breakdown", [("by", "hour"), ("filter", "utm_source:a")], "by", "landing_path"),
        ("trend", [], "by", "is required"),
        ("trend", [("by", "year")], "by", "'hour'"),
        ("trend", [("by", "hour")], "by", "for more than 31 days"),
        ("trend", [("by", "day"), ("compareTo", "soon")], "compareTo", "previous, year, weekday"),
        ("vitals", [("filter", "utm_source:a")], "filter", "is not a parameter"),
        ("retention", [("filter", "utm_source:a")], "filter", "is not a parameter"),
        ("retention", [("audience", "cats")], "audience", "'people'"),
    ],
)
def test_a_wrong_question_is_named_with_what_was_expected(
    dashboard: Server, report: str, question: list[tuple[str, str]], path: str, expected: str
) -> None:
    answer = ask(dashboard, report, EVERYTHING, *question)
    assert answer.status == 400
    [issue] = answer.body["issues"]
    assert issue["path"] == path
    assert expected in issue["message"]


def test_hosts_of_referrers(connection: Connection, facts: RawFacts) -> None:
    """By hand; and some of them were sent."""
    assert [referrer_parts(referrer) for referrer in REFERRERS] == [
        *((("news.example", "/a/b"),) * 2),
        ("news.example", "/"),
        ("www.com", "/"),
        ("shop.example", "/"),
        ("com.app.mail", "/"),
        *((None, "/") for _ in range(1)),
        (None, "/x"),
        (None, "/"),
        ("cdn.example", "//x"),
        (None, "/"),
        ("a.b", "/"),
    ]
    found = {
        row["referrer_host"]
        for row in connection.execute("select distinct referrer_host from analytics.sessions")
    }
    assert found >= {None, "news.example", "google.de", "netflix.com"}
    assert facts.hits


def test_realtime_is_there_before_any_build(
    dashboard: Server, writer: Writer, connection: Connection
) -> None:
    now = datetime.now(UTC)

    def view(visitor: str, seconds: int, path: str = "/", **more: Any) -> dict[str, Any]:
        return {
            "anonId": visitor,
            "eventType": "page_view",
            "path": path,
            "timestamp": (now - timedelta(seconds=seconds)).isoformat(),
            "traffic": {"propertyId": "now.example", **more.pop("traffic", {})},
        } | more

    writer.write(
        events(
            [
                view("visitor-now-1", 10, referrer="https://news.example/"),
                view("visitor-now-1", 20, path="/a"),
                view("visitor-now-1", 250, path="/a"),
                view("visitor-now-2", 280, traffic={"deviceType": "bot"}),
                view("visitor-now-3", 400, referrer="https://www.news.example/x"),
                view("visitor-now-3", 1500, path="/a", eventType="cta_click"),
                view("visitor-now-4", 1900),
                view("visitor-now-5", 20, traffic={"propertyId": "other.example"}),
            ]
        )
    )
    connection.execute("alter schema analytics rename to analytics_away")
    try:
        of_all, of_people = (
            told(
                dashboard.request(
                    "GET", f"/v1/metrics/realtime?propertyId=now.example{more}", x_admin_key=KEY
                )
            )
            for more in ("", "&audience=people")
        )
    finally:
        connection.execute("alter schema analytics_away rename to analytics")
    assert of_all["readFrom"] == "raw"
    assert of_all["isComplete"] is True
    assert (of_all["visitorsOf5Minutes"], of_all["visitorsOf30Minutes"]) == (2, 3)
    assert (of_people["visitorsOf5Minutes"], of_people["visitorsOf30Minutes"]) == (1, 2)
    assert of_all["pages"] == [
        {"path": "/", "visitors": 3, "pageViews": 3},
        {"path": "/a", "visitors": 1, "pageViews": 2},
    ]
    assert of_all["referrers"] == [{"referrerHost": "news.example", "visitors": 2}]
    assert len(of_all["minutes"]) == 30
    assert sum(minute["pageViews"] for minute in of_all["minutes"]) == 5
    assert of_all["minutes"][-1]["visitors"] == 1
    nobody = dashboard.request(
        "GET", "/v1/metrics/realtime?propertyId=nobody.example", x_admin_key=KEY
    )
    assert told(nobody)["visitorsOf30Minutes"] == 0
    missing = dashboard.request("GET", "/v1/metrics/realtime", x_admin_key=KEY)
    assert missing.status == 400
