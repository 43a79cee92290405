"""A visit clicked through in a browser, in every column of raw, and after a build in the marts."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.support.browser import require_chromium
from tests.support.dbt import Dbt, DbtProcess
from tests.support.shop import SEND_NOW, Shop
from tests.support.website import Resource, document

require_chromium()

Row = dict[str, Any]

SHOES = """
<h1>Shoes</h1><a id="manual" href="/manual.pdf" download>manual</a>
<a id="contact" href="/contact">contact</a><div style="height: 3000px"></div>
"""
FORM = """
<form id="question" action="/thanks" method="post">
  <input name="email" type="email"><button>ask</button></form>
"""
WAIT = "new Promise((done) => setTimeout(done, {}))".format


@pytest.fixture
def visit(shop: Shop) -> list[Row]:
    """From an advert to a closed tab, with two pages, a download, a form and the Back button."""
    shop.website.add("/ads", Resource(document(f'<a href="{shop.url(LANDING)}">shoes</a>')))
    shop.website.add("/manual.pdf", Resource("a manual", "application/pdf"))
    shop.page("/shoes", SHOES)
    shop.page("/contact", FORM)
    shop.page("/thanks", "Thank you.")
    shop.began = datetime.now(UTC)  # type: ignore[attr-defined]
    # Painted, so that nothing of a page becomes known only while it is left.
    there = (
        "!!(window.footfall && footfall.vitals) "
        "&& performance.getEntriesByName('first-contentful-paint').length === 1"
    )
    tab = shop.window().open(shop.url("/ads", "ads.example"))
    tab.wait_for("!!document.querySelector('a')")
    tab.evaluate("document.querySelector('a').click()")
    tab.wait_for(there)
    tab.evaluate(WAIT(500))
    tab.evaluate("dispatchEvent(new Event('wheel')); scrollTo(0, 1000)")
    tab.evaluate(WAIT(300))
    tab.evaluate("document.querySelector('#manual').click()")
    tab.evaluate("document.querySelector('#contact').click()")
    tab.wait_for(f"location.pathname === '/contact' && {there}")
    tab.evaluate(WAIT(200))
    tab.evaluate("document.querySelector('input').focus()")
    tab.send("Input.insertText", text="me@home.example")
    tab.evaluate("document.querySelector('button').click()")
    tab.wait_for(f"location.pathname === '/thanks' && {there}")
    tab.evaluate(WAIT(200))
    tab.evaluate("history.back()")
    tab.wait_for("location.pathname === '/contact' && document.visibilityState === 'visible'")
    tab.evaluate(WAIT(200))
    tab.evaluate(SEND_NOW)
    tab.close()
    # A browser may run what a page does at last when the next one is there already.
    rows = shop.settled(11)
    views = list(dict.fromkeys(row["view_id"] for row in rows))
    told: dict[tuple[Any, ...], Row] = {}
    for row in sorted(rows, key=lambda row: views.index(row["view_id"])):
        # A slow machine gives a page that was left the time to tell what grew meanwhile.
        first = told.setdefault((row["view_id"], row["event_type"]), row)
        first["props"] = (first["props"] or {}) | (row["props"] or {})
    shop.stored = rows  # type: ignore[attr-defined]
    return list(told.values())


LANDING = "/shoes?utm_source=ads&utm_medium=cpc&utm_campaign=spring&gclid=Cj0&session=secret"


def test_every_column_of_raw_and_what_the_marts_make_of_it(
    shop: Shop, visit: list[Row], common_database: str, tmp_path: Path, process: DbtProcess
) -> None:
    utm = {"source": "ads", "medium": "cpc", "campaign": "spring"}
    click = {"gclid": "Cj0"}
    form = {"formName": "question"}
    landing = ("paid_search", f"{shop.website.origin('ads.example')}/", utm)
    contact = ("internal", "/shoes", None)
    thanks = ("internal", "/contact", None)
    back = ("internal", "/contact", None)
    manual = {"url": f"{shop.website.origin()}/manual.pdf"}
    # Type, path, entrance, exit, conversion, source with referrer and campaign, own properties.
    expected = [
        ("page_view", "/shoes", True, False, False, landing, click),
        ("file_download", "/shoes", False, False, False, landing, click | manual),
        ("page_exit", "/shoes", False, False, False, landing, click),
        ("page_view", "/contact", False, False, False, contact, {}),
        ("form_start", "/contact", False, False, False, contact, form),
        ("form_submit", "/contact", False, False, True, contact, form),
        ("page_exit", "/contact", False, False, False, contact, {}),
        ("page_view", "/thanks", False, False, False, thanks, {}),
        ("page_exit", "/thanks", False, False, False, thanks, {}),
        ("page_view", "/contact", False, False, False, back, {}),
        ("page_exit", "/contact", False, True, False, back, {}),
    ]
    measures = {"engagedTimeMs", "scrollDepthPercent"}
    measures |= {"ttfbMs", "fcpMs", "lcpMs", "clsScore", "inpMs"}
    told = []
    for row in visit:
        props = {
            name: value for name, value in (row["props"] or {}).items() if name not in measures
        }
        origin = (row["traffic_source"], row["referrer"], row["utm"])
        flags = (row["is_entrance"], row["is_exit"], row["is_conversion"])
        told.append((row["event_type"], row["path"], *flags, origin, props))
    assert told == expected

    # One visitor, one session, four views; nothing of an address, and no bot.
    for column in ("visitor_id", "session_id", "property_id", "device_type", "country_code"):
        assert len({row[column] for row in visit}) == 1, column
    assert {row["device_type"] for row in visit} == {"desktop"}
    views = [row["view_id"] for row in visit]
    runs = (3, 4, 2, 2)
    starts = [sum(runs[:number]) for number in range(4)]
    assert [len({*views[at : at + run]}) for at, run in zip(starts, runs, strict=True)] == [1] * 4
    assert len(set(views)) == 4
    assert len({row["id"] for row in visit}) == len({row["dedupe_key"] for row in visit}) == 11
    assert all(len(row["ip_hash"]) == len(row["ua_hash"]) == 22 for row in visit)
    now = datetime.now(UTC)
    assert all(shop.began <= row["timestamp"] <= now for row in visit)  # type: ignore[attr-defined]
    assert all(row["created_at"] - row["timestamp"] < timedelta(seconds=30) for row in visit)
    assert all(row["occurred_on"] == row["timestamp"].astimezone(UTC).date() for row in visit)
    assert "home.example" not in str(visit)
    assert "secret" not in str(visit)

    exits = [row["props"] for row in visit if row["event_type"] == "page_exit"]
    assert exits[0]["engagedTimeMs"] >= 500
    assert all(
        {"ttfbMs", "fcpMs", "lcpMs", "clsScore", *measures - {"inpMs"}} <= e.keys() for e in exits
    )
    assert exits[3]["ttfbMs"] == 0
    assert exits[0]["scrollDepthPercent"] < 100
    assert [e["scrollDepthPercent"] for e in exits[1:]] == [100, 100, 100]

    Dbt(common_database, tmp_path, process).run_models()
    property_id = shop.property_id
    stored: list[Row] = shop.stored  # type: ignore[attr-defined]
    with psycopg.connect(common_database, row_factory=dict_row) as connection:

        def mart(name: str) -> list[Row]:
            statement = f"select * from analytics.{name} where property_id = %s"
            return connection.execute(statement.encode(), (property_id,)).fetchall()

        # A visit over midnight would be two days of it.
        rollups = mart("daily_metric_rollups")
        total = {
            name: sum(rollup[name] for rollup in rollups)
            for name in (
                *("total_page_views", "total_entrances", "total_exits", "total_conversions"),
                *("form_starts", "form_submits"),
            )
        }
        assert total == {
            "total_page_views": 4,
            "total_entrances": 1,
            "total_exits": 1,
            "total_conversions": 1,
            "form_starts": 1,
            "form_submits": 1,
        }
        [session] = mart("sessions")
        assert {name: session[name] for name in ("entry_path", "exit_path", "events")} == {
            "entry_path": "/shoes",
            "exit_path": "/contact",
            "events": len(stored),
        }
        assert session["page_views"] == 4
        assert session["conversions"] == 1
        assert session["engaged_ms"] == sum(e["engagedTimeMs"] for e in exits)
        assert session["is_bounce"] is False
        assert (session["traffic_source"], session["device_type"]) == ("paid_search", "desktop")
        assert session["utm_campaign"] == "spring"
        assert session["started_at"] == visit[0]["timestamp"]
        assert session["ended_at"] == max(row["timestamp"] for row in stored)
        sources = {row["traffic_source"]: row["events"] for row in mart("daily_traffic_sources")}
        assert sources == Counter(row["traffic_source"] for row in stored)
        assert sources.keys() == {"paid_search", "internal"}
        vitals = {row["vital"]: row["samples"] for row in mart("daily_web_vitals")}
        assert {name: vitals[name] for name in ("ttfb", "fcp", "lcp", "cls")} == {
            "ttfb": 4,
            "fcp": 4,
            "lcp": 4,
            "cls": 4,
        }
        ingest = mart("daily_ingest_rollups")
        assert sum(row["events_accepted"] for row in ingest) == len(stored)
        assert sum(row["events_rejected"] for row in ingest) == 0


def test_a_clock_that_is_wrong_by_two_years_is_set_right(shop: Shop) -> None:
    shop.page("/*")
    page = shop.visitor().new_page()
    now = datetime.now(UTC)
    page.clock.install(time=now + timedelta(days=730))
    page.goto(shop.url("/"))
    shop.events(1)
    page.evaluate("history.pushState({}, '', '/next')")
    rows = shop.events(3)
    took = datetime.now(UTC) - now
    assert [row["event_type"] for row in rows] == ["page_view", "page_exit", "page_view"]
    for row in rows:
        assert abs(row["timestamp"] - now) < took + timedelta(seconds=4)
    assert len({row["session_id"] for row in rows}) == 1
    assert [row["is_entrance"] for row in rows] == [True, False, False]
