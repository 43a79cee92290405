"""The two rollups of the contract: daily_metric_rollups and daily_ingest_rollups."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.support.recount.facts import (
    CaptureFact,
    EventFact,
    Key,
    RejectionFact,
    attributed,
    first_sights,
    percentile,
    waited_ms,
)


def by_day(events: Iterable[EventFact]) -> dict[Key, list[EventFact]]:
    """The events of each property and day."""
    days: dict[Key, list[EventFact]] = defaultdict(list)
    for event in events:
        days[event.key].append(event)
    return days


def metric_rollups(
    events: list[EventFact], captures: Sequence[CaptureFact] = ()
) -> dict[Key, dict[str, Any]]:
    """daily_metric_rollups without generated_at."""
    first = first_sights(events)
    leads = attributed(events, (capture for capture in captures if capture.is_first))
    days = by_day(events)
    rollups = {}
    for key in days.keys() | leads.keys():
        of_day = days.get(key, [])
        new = leads.get(key, [])
        rollups[key] = {
            **traffic(of_day, first),
            **of_people(traffic([event for event in of_day if not event.is_bot], first)),
            "new_leads": len(new),
            "time_to_first_capture_sum_ms": sum(
                waited_ms(capture, captures, first) for capture in new
            ),
            "time_to_first_capture_count": len(new),
        }
    return rollups


def traffic(events: Sequence[EventFact], first: Mapping[str, datetime]) -> dict[str, Any]:
    """What the events of a day say of everybody, or of those whose events they are."""
    one_of_each = {event.visitor: event for event in events}.values()
    return {
        "unique_visitors": len(one_of_each),
        "returning_visitors": sum(event.has_been_seen(first) for event in one_of_each),
        "total_page_views": sum(event.event_type == "page_view" for event in events),
        "total_entrances": sum(event.is_entrance for event in events),
        "total_exits": sum(event.is_exit for event in events),
        "total_conversions": sum(event.is_conversion for event in events),
        "form_starts": sum(event.event_type == "form_start" for event in events),
        "form_submits": sum(event.event_type == "form_submit" for event in events),
        "traffic_source_breakdown": dict(Counter(event.traffic_source for event in events)),
        "top_landing_paths": top_landing_paths(events),
    }


def of_people(measures: Mapping[str, Any]) -> dict[str, Any]:
    """The same under the names that they have of people alone."""
    return {f"people_{name}": value for name, value in measures.items()}


def top_landing_paths(events: Iterable[EventFact]) -> list[dict[str, Any]]:
    """Ten paths by entrances, then conversions among those entrance events, then path."""
    entrances: Counter[str] = Counter()
    conversions: Counter[str] = Counter()
    for event in events:
        if event.path is None or not event.is_entrance:
            continue
        entrances[event.path] += 1
        conversions[event.path] += event.is_conversion
    landed = sorted(entrances, key=lambda path: (-entrances[path], -conversions[path], path))
    return [
        {
            "path": path,
            "entrances": entrances[path],
            "conversions": conversions[path],
            "conversionRate": conversions[path] / entrances[path],
        }
        for path in landed[:10]
    ]


def ingest_rollups(
    events: list[EventFact],
    duplicates: Mapping[Key, int] | None = None,
    rejections: Iterable[RejectionFact] = (),
    captures: Iterable[CaptureFact] = (),
) -> dict[Key, dict[str, Any]]:
    """daily_ingest_rollups without generated_at."""
    duplicates = duplicates or {}
    leads = attributed(events, captures)
    days = by_day(events)
    refused: dict[Key, list[RejectionFact]] = defaultdict(list)
    for rejection in rejections:
        refused[rejection.property_id, rejection.day].append(rejection)
    rollups = {}
    for key in days.keys() | leads.keys() | refused.keys() | duplicates.keys():
        accepted = days.get(key, [])
        reasons: Counter[str] = Counter()
        by_endpoint: Counter[str] = Counter()
        for rejection in refused.get(key, []):
            reasons[rejection.reason] += rejection.times
            by_endpoint[rejection.endpoint] += rejection.times
        captured = sum(capture.is_accepted for capture in leads.get(key, []))
        rollups[key] = {
            **events_of(accepted),
            **of_people(events_of([event for event in accepted if not event.is_bot])),
            "events_duplicate": duplicates.get(key, 0),
            "events_rejected": sum(
                times
                for endpoint, times in by_endpoint.items()
                if endpoint.startswith("/v1/events")
            ),
            "leads_accepted": captured,
            "leads_rejected": by_endpoint["/v1/leads/capture"] + len(leads.get(key, [])) - captured,
            "error_breakdown": dict(reasons),
        }
    return rollups


def events_of(events: Iterable[EventFact]) -> dict[str, Any]:
    """How many events were accepted, and the time to first byte of those that measured it."""
    accepted = [*events]
    ttfbs = [event.ttfb_ms for event in accepted if event.ttfb_ms is not None]
    return {
        "events_accepted": len(accepted),
        "p95_ttfb_ms": round(percentile(ttfbs, 0.95)) if ttfbs else None,
        "ttfb_samples": len(ttfbs),
    }
