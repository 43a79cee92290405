"""GET /v1/metrics/… over random windows: what a plain recount of raw rows says."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import psycopg
import pytest

from ingest_app.enrichment.identity import new_id
from ingest_app.store.writer import Writer
from tests.support.arrivals import events
from tests.support.captures import capture
from tests.support.dbt import Dbt
from tests.support.recount import reports
from tests.support.recount.facts import RawFacts, of_one_lead, read_facts
from tests.support.recount.windows import Window
from tests.support.server import Answer, Server, serving
from tests.support.visits import DEVICES, random_visit

FIRST_DAY = datetime(2026, 4, 6, tzinfo=UTC)
PROPERTIES = ("shop.example", "docs.example")
# Days on which nothing came, among those that have something.
EMPTY = (4, 11, 12)
DAYS = [FIRST_DAY + timedelta(days=n) for n in range(18) if n not in EMPTY]
WINDOWS = 60
KEY = "a key of the dashboard"
# What is asked for, and of which hits it is; an odd number of them, for devices are an even one.
AUDIENCES: tuple[tuple[dict[str, str], bool | None], ...] = (
    *(({}, None), ({"audience": "all"}, None), ({"audience": "people"}, False)),
    *(({"audience": "people"}, False), ({"audience": "bots"}, True)),
)


@pytest.fixture(scope="module")
def facts(database: str, writer: Writer, dbt: Dbt) -> RawFacts:
    """What raw holds, and the marts were built from."""
    rng = random.Random(20260406)
    for number in range(350):
        visit = random_visit(
            rng,
            day=rng.choice(DAYS),
            visitor=f"visitor-{number % 90:04}",
            properties=PROPERTIES,
        )
        writer.write(events(visit))
    with psycopg.connect(
        database, autocommit=True, row_factory=psycopg.rows.dict_row
    ) as connection:
        for _ in range(40):
            refuse(connection, rng)
            capture_lead(connection, rng)
        found = read_facts(connection)
    assert sum(one.is_first for one in found.captures) > 5
    assert any(len(of_one_lead(one, found.captures)) > 1 for one in found.captures if one.is_first)
    dbt.run_models()
    return found


def refuse(connection: psycopg.Connection[Any], rng: random.Random) -> None:
    connection.execute(
        "insert into raw.ingest_rejections "
        "(id, property_id, endpoint, reason, status_code, occurred_at, occurrences) "
        "values (%s, %s, %s, 'invalid_request:path', 400, %s, %s)",
        (
            new_id(),
            rng.choice((*PROPERTIES, "refused.example")),
            rng.choice(("/v1/events", "/v1/leads/capture")),
            rng.choice(DAYS) + timedelta(hours=5),
            rng.randint(1, 3),
        ),
    )


def capture_lead(connection: psycopg.Connection[Any], rng: random.Random) -> None:
    """Of one of 25 leads, by any visitor who had been there: several of them have more than one."""
    at = rng.choice(DAYS) + timedelta(milliseconds=rng.randrange(86_400_000))
    visitors = connection.execute(
        "select id from raw.visitors where first_seen_at <= %s order by md5(id::text || %s) limit 1",
        (at, str(rng.random())),
    ).fetchall()
    form = rng.choice(("lead_capture", "demo"))
    for visitor in visitors:
        capture(connection, UUID(int=rng.randrange(25)), visitor["id"], at, form_name=form)


@pytest.fixture(scope="module")
def dashboard(
    database: str, facts: RawFacts, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server over marts that were built from `facts`, which keeps no answer."""
    assert facts.hits
    with serving(
        database,
        tmp_path_factory.mktemp("data"),
        ADMIN_API_KEYS=KEY,
        SUMMARY_CACHE_SECONDS="0",
    ) as running:
        yield running


@pytest.fixture(scope="module")
def windows() -> list[Window]:
    rng = random.Random(7)
    return [random_window(rng) for _ in range(WINDOWS)]


def random_window(rng: random.Random) -> Window:
    """A window of one day to all, now and then of nothing; of a property, an unknown one, or all."""
    ends = sorted(FIRST_DAY.date() + timedelta(days=rng.randrange(-6, 24)) for _ in range(2))
    property_id = rng.choice((*PROPERTIES, "refused.example", "nobody.example", None, None))
    return Window(*ends, property_id=property_id)


def ask(server: Server, report: str, window: Window, **more: str) -> Answer:
    named = {"from": f"{window.from_day}", "to": f"{window.to_day}"} | more
    if window.property_id is not None:
        named["propertyId"] = window.property_id
    return server.request("GET", f"/v1/metrics/{report}?{urlencode(named)}", x_admin_key=KEY)


def told(answer: Answer) -> Any:
    """The answer without `freshness`, which tells of the build and not of the window."""
    assert answer.status == 200, answer.body
    assert set(answer.body.pop("freshness")) == {"rolledUpThrough", "lagDays", "generatedAt"}
    return answer.body


def approximately(value: Any) -> Any:
    """The same with floats that may be sums in another order."""
    if isinstance(value, float):
        return pytest.approx(value, rel=1e-9, abs=1e-12)
    if isinstance(value, dict):
        return {name: approximately(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [approximately(inner) for inner in value]
    return value


def test_a_summary_is_what_raw_rows_say(
    dashboard: Server, facts: RawFacts, windows: list[Window]
) -> None:
    expected = []
    for number, window in enumerate(windows):
        compare = number % 3 > 0
        summary = reports.summary(facts, window, compare=compare)
        answer = ask(dashboard, "summary", window, compareTo="yes" if compare else "off")
        assert told(answer) == approximately(summary), window
        expected.append(summary)
    # The windows are of every kind.
    metrics = [summary["metrics"] for summary in expected]
    assert any(one["uniqueVisitors"]["value"] == 0 for one in metrics)
    assert any(one["leadCaptureRate"]["delta"] for one in metrics)
    assert any(0 < one["returningVisitorsPct"]["value"] < 1 for one in metrics)
    assert any(one["avgTimeToFirstCaptureHrs"]["value"] for one in metrics)
    assert {one["ingest"]["p95TtfbMs"] is None for one in expected} == {False, True}
    assert any(0 < one["ingest"]["successPct"] < 1 for one in expected)


def test_a_lead_of_two_properties_is_one_of_all(dashboard: Server, facts: RawFacts) -> None:
    everything = Window(DAYS[0].date(), DAYS[-1].date())
    leads = {
        name: sum(day["newLeads"] for day in told(ask(dashboard, "summary", window))["trend"])
        for name, window in {
            "all": everything,
            "shop": Window(everything.from_day, everything.to_day, property_id="shop.example"),
            "docs": Window(everything.from_day, everything.to_day, property_id="docs.example"),
        }.items()
    }
    assert leads["all"] == len(reports.new_leads(facts, everything))
    assert leads["all"] < leads["shop"] + leads["docs"]


def test_a_funnel_is_what_raw_rows_say(
    dashboard: Server, facts: RawFacts, windows: list[Window]
) -> None:
    seen = set()
    for window in windows[:30]:
        expected = reports.funnel(facts, window)
        answer = told(ask(dashboard, "funnel", window, limit="1000"))
        assert answer == approximately(expected), window
        first = told(ask(dashboard, "funnel", window, limit="1"))
        assert first == answer | {"forms": answer["forms"][:1]}
        seen |= {form["formName"] for form in expected["forms"]}
        # People of several forms, or days, are one.
        starters = sum(form["formStarters"] for form in expected["forms"])
        if expected["allForms"]["formStarters"] < starters:
            seen.add("of two forms")
        with_events = [
            form for form in expected["forms"] if form["formStarts"] + form["formSubmits"]
        ]
        if len(with_events) == 1 and with_events[0]["formStarters"]:
            seen.add("of one form")
    assert seen >= {
        "lead_capture",
        "newsletter",
        "demo",
        "(not set)",
        "of two forms",
        "of one form",
    }


@pytest.mark.parametrize("by", reports.KEYS)
def test_a_breakdown_is_what_raw_rows_say(
    dashboard: Server, facts: RawFacts, windows: list[Window], by: str
) -> None:
    sizes = set()
    for window in windows[:20]:
        rows = reports.breakdown(facts.hits, window, by)
        answer = told(ask(dashboard, "breakdown", window, by=by, limit="1000"))
        assert answer["rows"] == approximately(rows), window
        assert answer["total"] == len(rows)
        first = told(ask(dashboard, "breakdown", window, by=by, limit="2"))
        assert first["rows"] == answer["rows"][:2]
        assert first["total"] == len(rows)
        sizes.add(len(rows))
    assert 0 in sizes
    assert max(sizes) > 2


@pytest.mark.parametrize("by", reports.KEYS)
def test_a_breakdown_of_people_and_one_of_bots_are_what_raw_rows_say(
    dashboard: Server, facts: RawFacts, windows: list[Window], by: str
) -> None:
    for window in windows[:12]:
        for audience, is_bot in (("people", False), ("bots", True)):
            rows = reports.breakdown(facts.hits, replace(window, is_bot=is_bot), by)
            answer = told(
                ask(dashboard, "breakdown", window, by=by, limit="1000", audience=audience)
            )
            assert answer["rows"] == approximately(rows), (window, audience)
            assert answer["total"] == len(rows)


def test_vitals_are_what_raw_rows_say(
    dashboard: Server, facts: RawFacts, windows: list[Window]
) -> None:
    ratings = set()
    for number, window in enumerate(windows[:30]):
        device = [None, *DEVICES][number % (len(DEVICES) + 1)]
        audience, is_bot = AUDIENCES[number % len(AUDIENCES)]
        asked = replace(window, device_type=device, is_bot=is_bot)
        expected = reports.vitals(facts.hits, asked)
        more = audience | ({"deviceType": device} if device else {})
        assert told(ask(dashboard, "vitals", window, **more))["vitals"] == approximately(expected)
        ratings |= {one["rating"] for one in expected.values()}
    assert ratings == {None, "good", "needs improvement", "poor"}


def test_properties_are_all_those_with_a_row(dashboard: Server, facts: RawFacts) -> None:
    answer = dashboard.request("GET", "/v1/metrics/properties", x_admin_key=KEY)
    rows = told(answer)["properties"]
    assert answer.body["total"] == len(rows)
    names = {hit.property_id for hit in facts.hits}
    names |= {rejection.property_id for rejection in facts.rejections}
    assert {row["propertyId"] for row in rows} == names
    assert {row["propertyId"]: row["eventsAccepted"] for row in rows} == {
        name: sum(hit.property_id == name for hit in facts.hits) for name in names
    }
    shop = next(row for row in rows if row["propertyId"] == "shop.example")
    days = [hit.key[1] for hit in facts.hits if hit.property_id == "shop.example"]
    assert (shop["firstDay"], shop["lastDay"]) == (f"{min(days)}", f"{max(days)}")
    few = dashboard.request("GET", "/v1/metrics/properties?limit=1", x_admin_key=KEY).body
    assert few["properties"] == rows[:1]
    assert few["total"] == len(rows)
