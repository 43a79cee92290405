"""Random histories of a few sites, each event with what it must become in the warehouse."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import quote

from tests.support.recount import EventFact

PROPERTIES = ("shop.example", "docs.example", "blog.example")
PATHS = (*(f"/page-{n}" for n in range(14)), "/Zebra", "/ähre", "/a_b")
# What is sent, and the traffic source that the contract's rules make of it, worked out by hand.
SOURCES: tuple[tuple[dict[str, Any], str], ...] = (
    ({}, "direct"),
    ({"referrer": "https://www.google.de/search?q=x"}, "organic_search"),
    ({"referrer": "https://duckduckgo.com/"}, "organic_search"),
    ({"referrer": "https://t.co/abc"}, "social"),
    ({"referrer": "https://l.facebook.com/"}, "social"),
    ({"referrer": "https://netflix.com/"}, "referral"),
    ({"referrer": "https://www.microsoft.com/"}, "referral"),
    ({"utm": {"source": "google", "medium": "cpc"}}, "paid_search"),
    ({"utm": {"source": "list", "medium": "email"}}, "email"),
    ({"utm": {"source": "google"}}, "organic_search"),
    ({"utm": {"source": "partner"}}, "campaign"),
    ({"utm": {"source": "x", "medium": "social"}}, "social"),
)
TYPES = ("page_view",) * 6 + ("cta_click", "form_start", "form_submit", "heartbeat")
# Instants at which a day is easily counted wrong.
EDGES = (time(0, 0), time(23, 59, 59, 999000), time(0, 0, 0, 1000), time(12, 0))


@dataclass(frozen=True)
class Posted:
    """The body to post and the fact that it must become."""

    body: dict[str, Any]
    fact: EventFact


def random_history(
    rng: random.Random, *, days: Sequence[datetime], events: int, visitors: int
) -> list[Posted]:
    """Events on the given UTC midnights, in random order."""
    return [
        _random_event(rng, rng.choice(days), f"visitor-{rng.randrange(visitors):04}")
        for _ in range(events)
    ]


def _random_event(rng: random.Random, day: datetime, visitor: str) -> Posted:
    if rng.random() < 0.1:
        at = datetime.combine(day.date(), rng.choice(EDGES), UTC)
    else:
        at = day + timedelta(milliseconds=rng.randrange(86_400_000))
    property_id = rng.choice(PROPERTIES)
    event_type = rng.choice(TYPES)
    path = rng.choice(PATHS)
    origin, traffic_source = rng.choice(SOURCES)
    flags = {
        name: rng.random() < 0.5
        for name in ("isEntrance", "isExit", "isConversion")
        if rng.random() < 0.3
    }
    # One visitor is seen as both.
    device_type = "bot" if at.microsecond // 1000 % 4 == 1 else "mobile"
    traffic: dict[str, Any] = {"propertyId": property_id, "deviceType": device_type, **flags}
    ttfb = rng.choice((0, 1, 120_000, rng.randrange(2000))) if rng.random() < 0.4 else None
    if ttfb is not None:
        traffic["webVitals"] = {"ttfbMs": ttfb, "clsScore": 0.01}
    body = {
        "anonId": visitor,
        "eventType": event_type,
        "path": path,
        "timestamp": _in_some_zone(rng, at),
        "traffic": traffic,
        **origin,
    }
    if rng.random() < 0.3:
        body["props"] = {"ttfbMs": rng.choice(("abc", -5, 10**9, None, {})), "note": "x"}
    fact = EventFact(
        property_id=property_id,
        visitor=visitor,
        event_type=event_type,
        # The page, as RFC 3986 writes it.
        path=quote(path),
        at=at,
        traffic_source=traffic_source,
        device_type=device_type,
        is_entrance=flags.get("isEntrance", event_type == "page_view"),
        is_exit=flags.get("isExit", False),
        is_conversion=flags.get("isConversion", event_type == "form_submit"),
        ttfb_ms=ttfb,
    )
    return Posted(body, fact)


def _in_some_zone(rng: random.Random, at: datetime) -> str:
    """The same instant, written as some browser elsewhere would."""
    shift = timedelta(minutes=rng.choice((0, 0, 330, -480, 840)))
    hours, minutes = divmod(abs(shift) // timedelta(minutes=1), 60)
    sign = "-" if shift < timedelta() else "+"
    local = (at + shift).replace(tzinfo=None).isoformat(timespec="milliseconds")
    return f"{local}{sign}{hours:02}:{minutes:02}"
