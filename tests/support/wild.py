"""Events with the largest and the strangest values that the contract allows, field by field.

Made from a seed and not drawn letter by letter: a text of 2,048 letters that PostgreSQL cannot
compress is more than Hypothesis draws for a whole example.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

Body = dict[str, Any]

BEYOND_THE_BMP = range(0x10000, sys.maxunicode + 1)
ALPHABETS: tuple[Sequence[int], ...] = (
    BEYOND_THE_BMP,
    range(0x400, 0x500),
    range(0x4E00, 0xA000),
    # Control characters, but for NUL, and code points that are no letters.
    [*range(1, 32), 0x7F, 0x85, 0xFEFF, 0xFDD0, 0xFFFE, 0xFFFF, 0x10FFFF],
    [ord(letter) for letter in "\"'`\\$%{}[]();:,<>&#?=+-@/*|^~"],
    # Joiners, accents on nothing, turned direction, ends of lines.
    [0x200B, 0x200D, 0x301, 0x489, 0x202E, 0x2066, 0x2028, 0x2029, ord("e")],
    [ord(letter) for letter in "aA_ %"],
)
# Blanks are trimmed where they stand at an end.
ENDS = "aZ0/\"'\\${\U0001f600\uffff"
# The fewest and the most characters of each text.
TEXTS = {"anonId": (8, 128), "eventType": (1, 64), "path": (1, 2048), "referrer": (1, 2048)}
LONGEST_UTM, LONGEST_PROPERTY, MOST_PATH_BYTES = 255, 128, 2600
UTM = ("source", "medium", "campaign", "term", "content")
FLAGS = ("isEntrance", "isExit", "isConversion")
VITALS = {"fcpMs": 120_000, "lcpMs": 120_000, "inpMs": 120_000, "ttfbMs": 120_000}
SCORES = (0, 10, 10.0, -0.0, 5e-324, 1e-300, 0.1, 0.0005, 9.999999999999998)
DEVICES = ("desktop", "mobile", "tablet", "bot", "unknown")
MOST_KEYS, MOST_VALUES, MOST_LEVELS, MOST_BYTES = 256, 1024, 16, 64 * 1024
# Reserved ones too: what a caller writes there is nobody's measurement.
STRANGE_KEYS = ("", " ", "$", '"', "\\", "a.b", "__proto__", "ttfbMs", "clsScore", "\\u0000", "😀")
STRANGE_VALUES = (
    *(None, True, False, "", "null", "NaN", [], {}, [[]]),
    *(0, -0.0, 0.1, 5e-324, -1e-300, 1e300, 2**53 + 1, -(2**63), 10**300, -(10**300)),
)
# What a server takes without a word more than 80 days back, or a day ahead, is not asked here.
OLDEST, NEWEST = timedelta(days=-80), timedelta(hours=23)


def text(rng: Random, shortest: int, longest: int, *, most_bytes: int | None = None) -> str:
    """A text that is its own trimmed self, as short, as long, or as large as it may be."""
    length = rng.choice([shortest, longest, longest, rng.randint(shortest, longest)])
    return _text(rng, rng.choice(ALPHABETS), length, most_bytes)


def _text(rng: Random, alphabet: Sequence[int], length: int, most_bytes: int | None) -> str:
    inner = "".join(chr(rng.choice(alphabet)) for _ in range(length - 2))
    if most_bytes is not None:
        inner = inner.encode()[: most_bytes - 8].decode(errors="ignore")
    return (rng.choice(ENDS) + inner + rng.choice(ENDS))[:length]


def wild_event(rng: Random, now: datetime) -> Body:
    """An event of any allowed values; most of them at a bound."""
    body: Body = {
        name: text(rng, *TEXTS[name], most_bytes=MOST_PATH_BYTES if name == "path" else None)
        for name in ("anonId", "eventType", "path")
    }
    if rng.random() < 0.3:
        body["eventType"] = rng.choice(["page_view", "form_submit"])
    may_be: Body = {
        "timestamp": _timestamp(rng, now),
        "referrer": _referrer(rng),
        "utm": {
            part: rng.choice([None, "", text(rng, 1, LONGEST_UTM)])
            for part in rng.sample(UTM, rng.randint(0, len(UTM)))
        },
        "traffic": _traffic(rng),
        "props": _props(rng),
        "honeypot": rng.choice([None, ""]),
    }
    body |= {name: value for name, value in may_be.items() if rng.random() < 0.7}
    if "timestamp" in body and rng.random() < 0.3:
        body["eventId"] = str(UUID(int=rng.getrandbits(128)))
    if rng.random() < 0.3:
        # Few views, so that one is of several events, and its ends.
        body["viewId"] = str(UUID(int=rng.choice([0, 1, 2**128 - 1])))
    return body


def largest_event(rng: Random, now: datetime) -> Body:
    """Every field at once, each as large as it may be and of letters that do not compress."""
    body: Body = {
        name: _text(rng, BEYOND_THE_BMP, longest, MOST_PATH_BYTES if name == "path" else None)
        for name, (_, longest) in TEXTS.items()
    }
    return body | {
        "timestamp": (now - timedelta(hours=1)).isoformat(),
        "eventId": str(UUID(int=2**128 - 1 - rng.getrandbits(64))),
        "viewId": str(UUID(int=2**128 - 1)),
        "utm": {part: _text(rng, BEYOND_THE_BMP, LONGEST_UTM, None) for part in UTM},
        "traffic": {
            "propertyId": _text(rng, BEYOND_THE_BMP, LONGEST_PROPERTY, None),
            "deviceType": "desktop",
            "countryCode": "zz",
            **dict.fromkeys(FLAGS, True),
            "engagedTimeMs": 86_400_000,
            "scrollDepthPercent": 100,
            "webVitals": {**VITALS, "clsScore": 10},
        },
        "props": {
            "many": [10**300] * 8 + [None] * (MOST_VALUES - MOST_KEYS - 8),
            **{f"{n:03}": chr(rng.choice(BEYOND_THE_BMP)) for n in range(MOST_KEYS - 1)},
        },
        "honeypot": "",
    }


def json_bytes(rng: Random, body: Body) -> bytes:
    """As UTF-8, or in ASCII with escapes where that fits."""
    escaped = json.dumps(body).encode()
    if len(escaped) <= MOST_BYTES and rng.random() < 0.5:
        return escaped
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _timestamp(rng: Random, now: datetime) -> str:
    span = (NEWEST - OLDEST) // timedelta(microseconds=1)
    at = now + OLDEST + timedelta(microseconds=rng.randrange(span))
    if rng.random() < 0.3:
        # The edges of a day.
        at = at.replace(hour=0, minute=0, second=0, microsecond=0)
        at += rng.choice([timedelta(0), timedelta(microseconds=1), timedelta(microseconds=-1)])
        at = min(at, now + NEWEST)
    zone = timezone(timedelta(minutes=rng.choice([0, 0, 345, -14 * 60, 14 * 60, 1, -1])))
    there = at.astimezone(zone)
    return rng.choice(
        [there.isoformat(), f" {there.isoformat()}\n", f"{at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"]
    )


def _referrer(rng: Random) -> str:
    return rng.choice(
        [
            text(rng, *TEXTS["referrer"]),
            "https://" + text(rng, 1, 2040),
            "https://user:pass@[::1]:99999/",
            "//",
            "https://www.google.com/",
            "javascript:alert(1)",
            "https://ж.example/\x01",
        ]
    )


def _traffic(rng: Random) -> Body:
    may_be: Body = {
        "propertyId": text(rng, 1, LONGEST_PROPERTY),
        "deviceType": rng.choice(DEVICES),
        "countryCode": rng.choice(["de", "ZZ", " xx ", "Aq"]),
        **{flag: rng.choice([True, False]) for flag in FLAGS},
        "engagedTimeMs": rng.choice([0, 1, 86_400_000]),
        "scrollDepthPercent": rng.choice([0, 1, 100]),
        "webVitals": {
            **{vital: rng.choice([0, 1, most, None]) for vital, most in VITALS.items()},
            "clsScore": rng.choice(SCORES),
        },
    }
    chosen = {name: value for name, value in may_be.items() if rng.random() < 0.7}
    return {name: value if rng.random() < 0.9 else None for name, value in chosen.items()}


def _props(rng: Random) -> Body:
    deep: Any = rng.choice([[], {}])
    for _ in range(MOST_LEVELS - 2):
        deep = rng.choice([[deep], {rng.choice(STRANGE_KEYS): deep}])
    return rng.choice(
        [
            {},
            {rng.choice(STRANGE_KEYS): rng.choice(STRANGE_VALUES) for _ in range(6)},
            {text(rng, 1, 200): text(rng, 1, 5000)},
            {f"k{n}": rng.choice(STRANGE_VALUES[:6]) for n in range(MOST_KEYS)},
            {"many": [rng.choice(STRANGE_VALUES[:6]) for _ in range(MOST_VALUES - 1)]},
            {"deep": deep},
        ]
    )


def wild_events(now: datetime) -> st.SearchStrategy[Body]:
    """Any of them, and among them the largest of all."""
    seeds = st.integers(0, 2**64 - 1).map(Random)
    return st.one_of(
        seeds.map(lambda rng: wild_event(rng, now)), seeds.map(lambda rng: largest_event(rng, now))
    )
