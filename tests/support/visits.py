"""Random visits, as bodies to post: close together in time, so that late ones merge and split."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

PATHS = ("/", "/a", "/b", "/ähre", "/a_b")
# Hours around which people come; two of them so that a visit often goes on past midnight.
ANCHORS = (timedelta(hours=12), timedelta(hours=23, minutes=40), timedelta(minutes=5))
# About the gap that ends a session, and well within it.
GAPS = tuple(timedelta(minutes=minutes) for minutes in (0, 1, 5, 15, 29, 30, 31, 45))
TYPES = ("page_view",) * 4 + ("cta_click", "form_start", "form_submit", "heartbeat")
ORIGINS: tuple[dict[str, Any], ...] = (
    *({},) * 6,
    {"referrer": "https://www.google.de/search?q=x"},
    {"referrer": "https://netflix.com/"},
    {"utm": {"source": "google", "medium": "cpc", "campaign": "spring"}},
    {"utm": {"source": "list", "medium": "email"}},
    {"utm": {"source": "list", "medium": "email", "term": "second"}},
    {"utm": {"campaign": "spring"}},
)
# The form that the page has, as its events say it: two that count, and what is no name.
FORMS: dict[str, object] = {"/": "lead_capture", "/a": "newsletter", "/b": 7, "/a_b": "x" * 129}
DEVICES = ("desktop", "mobile", "tablet", "bot", "unknown")
# The last good and the last middling value of each vital, the next ones, ends of a bucket, extremes.
VITALS: dict[str, tuple[float, ...]] = {
    "fcpMs": (0, 63, 64, 1800, 1801, 3000, 3001, 120_000),
    "lcpMs": (2500, 2501, 4000, 4001, 127, 128, 120_000),
    "inpMs": (0, 200, 201, 500, 501),
    "ttfbMs": (800, 801, 1800, 1801, 1),
    "clsScore": (0, 0.1, 0.1001, 0.1006, 0.25, 0.251, 0.0125, 10),
}


def random_visit(
    rng: random.Random, *, day: datetime, visitor: str, properties: Sequence[str]
) -> list[dict[str, Any]]:
    """The events of one visit that begins about the UTC midnight `day`, in order of time."""
    at = day + rng.choice(ANCHORS) + rng.choice((-1, 1)) * rng.choice(GAPS)
    home = rng.choice(properties)
    bodies = []
    for _ in range(rng.choice((1, 1, 2, 3, 5))):
        property_id = home if rng.random() < 0.8 else rng.choice(properties)
        bodies.append(random_event(rng, at=at, visitor=visitor, property_id=property_id))
        at += rng.choice(GAPS) + timedelta(milliseconds=rng.choice((0, 0, 1, 999)))
    return bodies


def random_event(
    rng: random.Random, *, at: datetime, visitor: str, property_id: str
) -> dict[str, Any]:
    """One event of a visitor."""
    traffic: dict[str, Any] = {"propertyId": property_id, "deviceType": rng.choice(DEVICES)}
    if rng.random() < 0.6:
        traffic["countryCode"] = rng.choice(("DE", "FR", "us"))
    for flag in ("isEntrance", "isExit", "isConversion"):
        if rng.random() < 0.2:
            traffic[flag] = rng.random() < 0.5
    if rng.random() < 0.5:
        traffic["webVitals"] = {
            name: rng.choice((*values, rng.randrange(1000) if name != "clsScore" else 0.07))
            for name, values in VITALS.items()
            if rng.random() < 0.6
        }
    if rng.random() < 0.4:
        traffic["engagedTimeMs"] = rng.choice((0, 4_000, 9_999, 10_000, 12_345, 86_400_000))
    if rng.random() < 0.4:
        traffic["scrollDepthPercent"] = rng.choice((0, 33, 50, 100))
    event_type, path = rng.choice(TYPES), rng.choice(PATHS)
    body = {
        "anonId": visitor,
        "eventType": event_type,
        "path": path,
        "timestamp": at.isoformat(),
        "traffic": traffic,
        **rng.choice(ORIGINS),
    }
    return body | {"props": {"formName": FORMS[path]}} if path in FORMS else body


def page_view(visitor: str, at: datetime) -> dict[str, Any]:
    """A page view, and nothing more of it."""
    return {
        "anonId": visitor,
        "eventType": "page_view",
        "path": "/",
        "timestamp": at.isoformat(),
        "traffic": {"propertyId": "shop.example"},
    }
