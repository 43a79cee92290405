"""Leads in the marts: where they count, what led up to them, and what is said of them now.

One history in three builds: captures; what comes in later about them; a purge, then an erasure of a
lead, one of a visitor, and a withdrawal. Expected by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from ingest_app.enrichment.identity import visitor_id
from ingest_app.operations.discrepancy.check import compare_with_raw
from ingest_app.operations.erase import erase_visitor
from ingest_app.operations.purge import purge
from ingest_app.store.writer import Writer
from tests.support.arrivals import events
from tests.support.captures import capture, forget_lead, set_consent, submit
from tests.support.citus import pass_grace
from tests.support.dbt import Dbt
from tests.support.forms import capture as send
from tests.support.forms import form
from tests.support.recount.reading import assert_marts_equal_recount
from tests.support.server import serving

Connection = psycopg.Connection[dict[str, Any]]
Picture = dict[str, list[dict[str, Any]]]

pytestmark = pytest.mark.usefixtures("days_of_today")

DAY = datetime.combine(datetime.now(UTC).date() - timedelta(days=20), time(), UTC)
REAL = "real.example"
MILLISECOND = timedelta(milliseconds=1)
HOUR_MS = 3_600_000
SPRING = {"source": "news", "medium": "email", "campaign": "spring"}


def at(day: int, hour: int) -> datetime:
    """A time of the history."""
    return DAY + timedelta(days=day, hours=hour)


EDGE, TWO, LATER, PLAIN, OLD, KEPT = (UUID(int=n) for n in range(1, 7))
CAPTURED = {
    EDGE: at(2, 12),
    TWO: at(4, 12),
    LATER: at(6, 12),
    PLAIN: at(8, 12),
    OLD: at(0, 12),
    KEPT: at(0, 14),
}


def event(
    anon_id: str,
    when: datetime,
    property_id: str = "shop.example",
    *,
    event_type: str = "page_view",
    form: object = None,
    utm: Mapping[str, str] | None = None,
    device: str = "desktop",
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "anonId": anon_id,
        "eventType": event_type,
        "path": f"/{when:%d/%H:%M}",
        "timestamp": when.isoformat(),
        "traffic": {"propertyId": property_id, "deviceType": device},
    }
    if form is not None:
        body["props"] = {"formName": form}
    return body if utm is None else body | {"utm": utm}


BEFORE = [
    # At the edge of properties: before, at the moment, after it; and somebody else's.
    event("visitor-edge", at(1, 9), "early.example", utm=SPRING),
    event("visitor-edge", CAPTURED[EDGE], "moment.example", event_type="form_submit", form="demo"),
    event("visitor-edge", CAPTURED[EDGE] + MILLISECOND, "after.example"),
    event("visitor-other", at(2, 8), "other.example"),
    # Sends the same lead's form later, from another browser.
    event("visitor-edge-2", at(1, 10), "second.example"),
    # Two visits, and the one of the form.
    event("visitor-plain", at(7, 9), device="tablet"),
    event("visitor-plain", at(7, 12)),
    event("visitor-plain", CAPTURED[PLAIN] - timedelta(minutes=20), event_type="form_start"),
    event("visitor-plain", CAPTURED[PLAIN], event_type="form_submit", form="newsletter"),
    event("visitor-phone", at(4, 10), device="mobile"),
    event("visitor-phone", CAPTURED[TWO], event_type="form_submit", form="demo", device="mobile"),
    event("visitor-late", CAPTURED[LATER], event_type="form_submit", form="demo"),
    event("visitor-old", CAPTURED[OLD], "docs.example", event_type="form_submit", form="demo"),
    event("visitor-kept", at(0, 8), "docs.example", utm=SPRING),
    event("visitor-kept", CAPTURED[KEPT], "docs.example", event_type="form_submit", form="demo"),
]
AFTER = [
    # The lead of the phone turns out to have come before, with another browser, of another property.
    event("visitor-desk", at(3, 9), "docs.example", utm=SPRING),
    event("visitor-desk", at(5, 9), "docs.example", event_type="form_submit", form="demo"),
    # Another visit of a visitor whom a later submission names, who is no older by it.
    event("visitor-edge-2", at(1, 20), "second.example"),
    # One visitor turns out to be older, and to have been on another property.
    event("visitor-late", at(5, 12), "late.example"),
    # On the day of another lead: forms of which the events do not say which.
    *(
        event("visitor-forms", at(8, hour), event_type=event_type, form=form)
        for hour, event_type, form in (
            (1, "form_start", "newsletter"),
            (2, "form_start", "newsletter"),
            (3, "form_start", 7),
            (4, "form_submit", ""),
            (5, "form_submit", "x" * 129),
            (6, "page_view", "no form's"),
        )
    ),
]


@pytest.fixture(scope="module")
def told(
    database: str, writer: Writer, dbt: Dbt, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Picture]:
    """What the marts said after each build; each is compared with raw, and while raw is whole with
    the plain recount, too."""
    told = {}
    with psycopg.connect(database, autocommit=True, row_factory=dict_row) as connection:
        writer.write(events(BEFORE))
        for lead, anon_id, form in (
            (EDGE, "visitor-edge", "demo"),
            (TWO, "visitor-phone", "demo"),
            (LATER, "visitor-late", "demo"),
            (PLAIN, "visitor-plain", "newsletter"),
            (OLD, "visitor-old", "demo"),
            (KEPT, "visitor-kept", "demo"),
        ):
            capture(connection, lead, visitor_id(anon_id), CAPTURED[lead], form_name=form)
        capture(connection, EDGE, visitor_id("visitor-edge-2"), at(9, 12))
        # What fell into the honeypot, of somebody who has been there.
        other = visitor_id("visitor-other")
        submit(connection, other, at(2, 9), status="rejected", form_name="demo")
        pass_grace(database)
        dbt.run_models()
        told["captured"] = snapshot(connection)
        assert_marts_equal_recount(connection)
        assert_no_discrepancy(database)

        writer.write(events(AFTER))
        capture(connection, TWO, visitor_id("visitor-desk"), at(5, 9), form_name="demo")
        send_real_forms(database, tmp_path_factory.mktemp("data"))
        # Waits for its build, and is no difference meanwhile.
        set_consent(connection, EDGE, "express")
        assert_no_discrepancy(database)
        dbt.build()
        told["later"] = snapshot(connection)
        assert_marts_equal_recount(connection)
        assert_no_discrepancy(database)

        purge(database, older_than_days=19)
        for lead in (OLD, LATER):
            forget_lead(database, lead)
        set_consent(connection, EDGE, "withdrawn")
        set_consent(connection, PLAIN, "withdrawn")
        set_consent(connection, KEPT, "withdrawn")
        erase_visitor(database, "visitor-desk", spool_folder=tmp_path_factory.mktemp("spool"))
        assert_no_discrepancy(database)
        dbt.build()
        told["erased"] = snapshot(connection)
        assert_no_discrepancy(database)
    return told


def send_real_forms(database: str, data_dir: Path) -> None:
    """By the endpoint: a form, the same of another browser, and one that fell into the trap."""
    sent = {"propertyId": REAL, "formName": "real"}
    with serving(database, data_dir) as server:
        for email, fields in (
            ("Ada@Shop.example", {"anonId": "visitor-real"}),
            ("ada@shop.example", {"anonId": "visitor-real-2"}),
            ("bot@shop.example", {"anonId": "visitor-real", "honeypot": "spam"}),
        ):
            assert send(server, form(email, **sent, **fields)).status == 200


def snapshot(connection: Connection) -> Picture:
    queries = {
        "leads": "select * from analytics.leads order by lead_id",
        "rollups": "select property_id, day, new_leads, time_to_first_capture_sum_ms"
        " from analytics.daily_metric_rollups where new_leads > 0 order by day, property_id",
        "new_leads": "select property_id, day, new_leads, time_to_first_capture_sum_ms"
        " from analytics.daily_new_leads order by day, property_id",
        "ingest": "select property_id, day, leads_accepted, leads_rejected"
        " from analytics.daily_ingest_rollups where leads_accepted + leads_rejected > 0"
        " order by day, property_id",
        "funnel": "select * from analytics.daily_funnel order by property_id, day, form_name",
        "compared": "select measure from analytics.rollup_reconciliation where difference != 0",
    }
    return {name: connection.execute(query).fetchall() for name, query in queries.items()}


def assert_no_discrepancy(database: str) -> None:
    found = compare_with_raw(database, first=DAY.date(), last=datetime.now(UTC).date())
    assert found.differences == []
    assert "leads" in found.compared


def lead(picture: Picture, lead_id: UUID) -> dict[str, Any]:
    [row] = [row for row in picture["leads"] if row["lead_id"] == lead_id]
    return row


def of_day(picture: Picture, mart: str, day: int, *columns: str) -> dict[str, Any]:
    """By property: the named columns of a day, as they are or as a tuple."""
    rows = {
        row["property_id"]: tuple(row[column] for column in columns)
        for row in picture[mart]
        if row["day"] == at(day, 0).date()
    }
    return {name: row[0] if len(row) == 1 else row for name, row in rows.items()}


def test_a_lead_counts_where_its_visitor_had_been_by_the_moment_of_capture(
    told: dict[str, Picture],
) -> None:
    been = {"early.example": 1, "moment.example": 1}
    assert of_day(told["captured"], "rollups", 2, "new_leads") == been
    assert of_day(told["captured"], "new_leads", 2, "new_leads") == {"": 1} | been
    assert of_day(told["captured"], "ingest", 2, "leads_accepted", "leads_rejected") == {
        "early.example": (1, 0),
        "moment.example": (1, 0),
        # The honeypot's is kept, counts as refused, and is no lead.
        "other.example": (0, 1),
    }
    row = lead(told["captured"], EDGE)
    assert row["property_ids"] == ["early.example", "moment.example"]


def test_a_lead_has_a_row_that_says_what_led_up_to_it_and_no_address(
    told: dict[str, Picture],
) -> None:
    row = lead(told["captured"], PLAIN)
    made_at = row.pop("generated_at")
    assert made_at.tzinfo
    assert row == {
        "lead_id": PLAIN,
        "property_id": "shop.example",
        "property_ids": ["shop.example"],
        "form_name": "newsletter",
        "email_domain_class": "business",
        "consent_status": "pending",
        "first_traffic_source": "direct",
        "first_utm_source": None,
        "first_utm_medium": None,
        "first_utm_campaign": None,
        "first_landing_path": f"/{at(7, 9):%d/%H:%M}",
        "first_device_type": "tablet",
        "day": CAPTURED[PLAIN].date(),
        "first_captured_at": CAPTURED[PLAIN],
        # From 9:00 to noon of the next day.
        "time_to_first_capture_ms": 27 * HOUR_MS,
        "visits_before": 2,
    }
    assert len(told["captured"]["leads"]) == len(CAPTURED)


def test_a_form_that_was_really_sent_is_one_lead(told: dict[str, Picture]) -> None:
    def real(mart: str, *columns: str) -> list[tuple[Any, ...]]:
        return [
            tuple(row[column] for column in columns)
            for row in told["later"][mart]
            if row["property_id"] == REAL
        ]

    assert real("rollups", "new_leads", "time_to_first_capture_sum_ms") == [(1, 0)]
    assert real("ingest", "leads_accepted", "leads_rejected") == [(2, 1)]
    assert real("leads", "form_name", "property_ids", "consent_status", "visits_before") == [
        ("real", [REAL], "pending", 0)
    ]
    steps = ("form_name", "visitors", "form_starters", "form_submitters", "new_leads")
    assert real("funnel", *steps) == [("", 2, 0, 2, 1), ("real", 2, 0, 2, 1)]


def test_a_later_submission_by_an_earlier_visitor_restates_the_day_of_the_first(
    told: dict[str, Picture],
) -> None:
    before, after = lead(told["captured"], TWO), lead(told["later"], TWO)
    assert before["time_to_first_capture_ms"] == 2 * HOUR_MS
    assert (before["first_device_type"], before["visits_before"]) == ("mobile", 1)
    # From the third day at 9:00, which the desk saw.
    waited = (24 + 3) * HOUR_MS
    assert after["time_to_first_capture_ms"] == waited
    assert (after["first_device_type"], after["visits_before"]) == ("desktop", 2)
    assert (after["first_traffic_source"], after["first_utm_campaign"]) == ("email", "spring")
    assert after["first_landing_path"] == f"/{at(3, 9):%d/%H:%M}"
    # The form was sent by the phone, which had been on the shop alone.
    assert after["property_ids"] == ["shop.example"]
    columns = ("new_leads", "time_to_first_capture_sum_ms")
    assert of_day(told["later"], "rollups", 4, *columns) == {"shop.example": (1, waited)}
    assert of_day(told["later"], "new_leads", 4, *columns) == {
        "": (1, waited),
        "shop.example": (1, waited),
    }
    # The desk's submission is no new lead, and is accepted where the desk had been.
    assert of_day(told["later"], "rollups", 5, *columns) == {}
    assert of_day(told["later"], "ingest", 5, "leads_accepted") == {"docs.example": 1}


def test_a_late_event_makes_a_lead_wait_longer_and_count_for_one_more_property(
    told: dict[str, Picture],
) -> None:
    columns = ("new_leads", "time_to_first_capture_sum_ms")
    assert of_day(told["captured"], "rollups", 6, *columns) == {"shop.example": (1, 0)}
    waited = 24 * HOUR_MS
    assert of_day(told["later"], "rollups", 6, *columns) == {
        "late.example": (1, waited),
        "shop.example": (1, waited),
    }
    before, after = lead(told["captured"], LATER), lead(told["later"], LATER)
    assert (before["visits_before"], after["visits_before"]) == (0, 1)
    assert after["property_ids"] == ["late.example", "shop.example"]
    # The form was sent in another visit.
    assert after["property_id"] == "shop.example"


def test_a_late_visit_by_another_visitor_of_a_lead_counts_too(told: dict[str, Picture]) -> None:
    before, after = lead(told["captured"], EDGE), lead(told["later"], EDGE)
    assert (before["visits_before"], after["visits_before"]) == (2, 3)
    assert after["first_utm_campaign"] == "spring"
    assert after["property_ids"] == ["early.example", "moment.example"]


def test_an_erased_lead_has_no_row_and_the_past_stays(told: dict[str, Picture]) -> None:
    left = {row["lead_id"] for row in told["erased"]["leads"] if row["property_id"] != REAL}
    # One of them was captured on a day that no build replaces any more.
    assert left == {*CAPTURED} - {OLD, LATER}
    for mart in ("rollups", "new_leads", "ingest"):
        for day in (0, 6):
            columns = ("leads_accepted",) if mart == "ingest" else ("new_leads",)
            kept = of_day(told["later"], mart, day, *columns)
            assert kept
            assert of_day(told["erased"], mart, day, *columns) == kept
    waited = of_day(told["erased"], "rollups", 6, "time_to_first_capture_sum_ms")
    assert waited == {"late.example": 24 * HOUR_MS, "shop.example": 24 * HOUR_MS}


def test_an_erased_visitor_is_no_longer_what_led_up_to_a_lead(told: dict[str, Picture]) -> None:
    before, after = lead(told["captured"], TWO), lead(told["erased"], TWO)
    del before["generated_at"], after["generated_at"]
    assert after == before
    waited = of_day(told["erased"], "rollups", 4, "time_to_first_capture_sum_ms")
    assert waited == {"shop.example": 2 * HOUR_MS}


def test_consent_is_that_of_the_last_build_and_rebuilds_nothing(told: dict[str, Picture]) -> None:
    said = {
        step: {
            row["lead_id"]: row["consent_status"]
            for row in picture["leads"]
            if row["property_id"] != REAL
        }
        for step, picture in told.items()
    }
    assert set(said["captured"].values()) == {"pending"}
    assert said["later"] == said["captured"] | {EDGE: "express"}
    withdrawn = dict.fromkeys((EDGE, PLAIN, KEPT), "withdrawn")
    assert said["erased"] == {TWO: "pending"} | withdrawn
    # All else in these rows is what was there, of the one whose events are purged as well.
    for one in withdrawn:
        before, after = lead(told["later"], one), lead(told["erased"], one)
        assert before | {"consent_status": "withdrawn"} == after
    assert lead(told["erased"], KEPT)["first_utm_campaign"] == "spring"


def test_the_funnel_tells_forms_apart_and_sums_no_people(told: dict[str, Picture]) -> None:
    def row(**counts: int) -> dict[str, int]:
        zero = dict.fromkeys(
            ("form_starters", "form_submitters", "new_leads", "form_starts", "form_submits"), 0
        )
        return {"visitors": 2} | zero | counts

    shop = {
        # The plain visitor starts a form without a name, the other one a newsletter and another.
        "": row(form_starters=2, form_submitters=2, new_leads=1, form_starts=4, form_submits=3),
        "(not set)": row(form_starters=2, form_submitters=1, form_starts=2, form_submits=2),
        "newsletter": row(
            form_starters=1, form_submitters=1, new_leads=1, form_starts=2, form_submits=1
        ),
    }
    rows: dict[Any, dict[Any, Any]] = {}
    for one in told["later"]["funnel"]:
        del one["generated_at"]
        key = one.pop("property_id"), one.pop("day")
        rows.setdefault(key, {})[one.pop("form_name")] = one
    assert rows["shop.example", at(8, 0).date()] == shop
    # All properties together: nobody else came on that day.
    assert rows["", at(8, 0).date()] == shop
    # On a day with two properties, a lead of both is one of all.
    demo = {"visitors": 1, "form_starters": 0, "form_submitters": 0, "new_leads": 1}
    edge = at(2, 0).date()
    assert {name: rows["early.example", edge]["demo"][name] for name in demo} == demo | {
        "visitors": 0
    }
    assert {name: rows["", edge]["demo"][name] for name in demo} == demo | {
        "visitors": 2,
        "form_submitters": 1,
    }
    # A property without a form has the row of all forms, which has none.
    assert rows["other.example", edge].keys() == {""}


def test_the_reconciliation_finds_every_measure_equal(told: dict[str, Picture]) -> None:
    assert all(picture["compared"] == [] for picture in told.values())
