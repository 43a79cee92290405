"""leads, daily_new_leads and daily_funnel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from tests.support.recount.facts import (
    CaptureFact,
    Hit,
    Key,
    RawFacts,
    attributed,
    first_sights,
    of_one_lead,
    waited_ms,
)
from tests.support.recount.grouping import Rows, grouped
from tests.support.recount.people import ALL_PROPERTIES

Visit = Mapping[str, Any]

ALL_FORMS = ""
NOT_SET = "(not set)"
STEPS = {"form_start": "form_starters", "form_submit": "form_submitters"}


def daily_new_leads(hits: list[Hit], captures: Sequence[CaptureFact]) -> Rows:
    """By property (or all) and day."""
    first = first_sights(hits)
    waits: dict[Key, list[int]] = defaultdict(list)
    for capture in captures:
        been = attributed(hits, [capture]).keys()
        if not capture.is_first or not been:
            continue
        [day] = {day for _, day in been}
        for key in (*been, (ALL_PROPERTIES, day)):
            waits[key].append(waited_ms(capture, captures, first))
    return {
        key: {"new_leads": len(of_day), "time_to_first_capture_sum_ms": sum(of_day)}
        for key, of_day in waits.items()
    }


def daily_funnel(hits: list[Hit], captures: Sequence[CaptureFact]) -> Rows:
    """By property (or all), day and form (or all)."""
    people: dict[Any, dict[str, set[Any]]] = defaultdict(lambda: defaultdict(set))
    for hit in hits:
        property_id, day = hit.key
        forms = {ALL_FORMS}
        if hit.event_type in STEPS:
            forms.add(hit.form_name or NOT_SET)
        for one_property, form in product((property_id, ALL_PROPERTIES), forms):
            row = people[one_property, day, form]
            if hit.event_type in STEPS:
                row[STEPS[hit.event_type]].add(hit.visitor)
                row[hit.event_type].add(hit.dedupe_key)
    for number, capture in enumerate(captures):
        for property_id, day in attributed(hits, [capture]) if capture.is_first else ():
            for scope in product((property_id, ALL_PROPERTIES), (capture.form_name, ALL_FORMS)):
                people[scope[0], day, scope[1]]["new_leads"].add(number)
    there = {
        (scope, hit.key[1], hit.visitor)
        for hit in hits
        for scope in (hit.property_id, ALL_PROPERTIES)
    }
    visitors: dict[Key, int] = defaultdict(int)
    for property_id, day, _ in there:
        visitors[property_id, day] += 1
    return {
        key: {
            "visitors": visitors[key[:2]],
            "form_starters": len(row["form_starters"]),
            "form_submitters": len(row["form_submitters"]),
            "new_leads": len(row["new_leads"]),
            "form_starts": len(row["form_start"]),
            "form_submits": len(row["form_submit"]),
        }
        for key, row in people.items()
    }


def visitor_forms(hits: list[Hit]) -> Rows:
    """By property, day, visitor and form."""
    sent = [hit for hit in hits if hit.event_type in STEPS]
    groups = grouped(sent, lambda hit: (*hit.key, hit.visitor, hit.form_name or NOT_SET))
    return {
        key: {
            "form_starts": sum(hit.event_type == "form_start" for hit in group),
            "form_submits": sum(hit.event_type == "form_submit" for hit in group),
        }
        for key, group in groups.items()
    }


def leads(facts: RawFacts, sessions: Rows) -> Rows:
    """By lead: each that is not erased and whose first capture counts for a property.

    What led up to it is in `sessions`, which know more than raw of days that are purged.
    """
    first = first_sights(facts.hits)
    visits: dict[str, list[Visit]] = defaultdict(list)
    for (session_id, property_id), visit in sessions.items():
        visits[visit["visitor_id"]].append(
            {**visit, "session_id": session_id, "property_id": property_id}
        )
    rows: Rows = {}
    for capture in facts.captures:
        been = attributed(facts.hits, [capture]).keys()
        if not capture.is_first or not been or capture.lead not in facts.leads:
            continue
        [day] = {day for _, day in been}
        begun = [
            visit
            for visitor in of_one_lead(capture, facts.captures)
            for visit in visits[visitor]
            if visit["started_at"] <= capture.at
        ]
        begun.sort(key=_in_time)
        own = [visit for visit in begun if visit["visitor_id"] == capture.visitor]
        # Two visits of one session overlap: the form was sent where the visitor was last.
        own.sort(key=lambda visit: (min(visit["ended_at"], capture.at), *_in_time(visit)))
        rows[capture.lead,] = {
            "property_id": own[-1]["property_id"] if own else None,
            "property_ids": sorted(property_id for property_id, _ in been),
            "form_name": capture.form_name,
            "email_domain_class": facts.leads[capture.lead].email_domain_class,
            "consent_status": facts.leads[capture.lead].consent_status,
            **_told_of(begun[0] if begun else {}),
            "day": day,
            "first_captured_at": capture.at,
            "time_to_first_capture_ms": waited_ms(capture, facts.captures, first),
            "visits_before": sum(visit["ended_at"] < capture.at for visit in begun),
        }
    return rows


def _in_time(visit: Visit) -> tuple[Any, ...]:
    return visit["started_at"], visit["session_id"], visit["property_id"]


def _told_of(visit: Visit) -> dict[str, Any]:
    return {
        "first_traffic_source": visit.get("traffic_source"),
        "first_utm_source": visit.get("utm_source"),
        "first_utm_medium": visit.get("utm_medium"),
        "first_utm_campaign": visit.get("utm_campaign"),
        "first_landing_path": visit.get("entry_path"),
        "first_device_type": visit.get("device_type"),
    }
