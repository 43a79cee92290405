"""The dedupe key is a hash of the canonical form, also where pydantic would write another one."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ingest_app.enrichment.dedupe import DEDUPE_VERSION, dedupe_keys
from tests.support.hashes import as_stored
from tests.support.json_values import JSON, TEXT

SAID: dict[str, Any] = {
    "anon_id": "anon-12345678",
    "property_id": "shop.example",
    "event_type": "page_view",
    "path": "/",
    "time_token": "sent:1",
    "referrer": None,
    "is_internal": False,
    "ip_hash": None,
    "proxy_country": None,
    "ua_hash": None,
}
NAMES = {
    "anon_id": "anonId",
    "property_id": "propertyId",
    "event_type": "eventType",
    "path": "path",
    "time_token": "timeToken",
    "referrer": "referrer",
    "is_internal": "isInternal",
    "ip_hash": "ipHash",
    "proxy_country": "proxyCountry",
    "ua_hash": "uaHash",
}
# Each is written by the one and by the other, on both sides of where they part.
NUMBERS = [0.0, -0.0, 1.0, -3.0, 0.5, 1e-4, 1e-5, 9.9e-6, 1e-6, 1e-7, 1e15, 1e16, 1e21, 2.0**53]
TEXTS = ["1.0", "1e5", "1234567890123456", "\U0001f600", "\x7f\x01\n"]
EMOJI_FIRST = {"\U0001f600": 1, "\ufb33": 2, "a": 3}


def frame(**parts: Any) -> dict[str, Any]:
    said = {NAMES[name]: value for name, value in SAID.items()}
    empty = dict.fromkeys(("utm", "traffic", "props"))
    return {**said, **empty, "version": DEDUPE_VERSION, **parts}


def keys(**parts: Any) -> tuple[str, ...]:
    return dedupe_keys(**SAID, **{"utm": None, "traffic": None, "props": None, **parts})


@given(st.dictionaries(TEXT, JSON, max_size=5))
def test_the_key_is_the_hash_of_what_was_said(props: dict[str, Any]) -> None:
    said = rfc8785.dumps(frame(props=props or None))
    assert keys(props=props)[0] == as_stored(sha256(said).digest())


@pytest.mark.parametrize("value", [*NUMBERS, *TEXTS, 2**53, -(2**53), 2**60, EMOJI_FIRST])
def test_the_key_is_of_the_canonical_text(value: Any) -> None:
    for props in ({"a": value}, {"b": [{"c": [value]}], "a": True}):
        # The library takes no whole number of 2^53; as a double it has the same text.
        of_library = json.loads(json.dumps(props), parse_int=float)
        said = rfc8785.dumps(frame(props=of_library))
        assert keys(props=props)[0] == as_stored(sha256(said).digest())
    vitals = {"webVitals": {"clsScore": value}}
    of_library = json.loads(json.dumps(vitals), parse_int=float)
    said = rfc8785.dumps(frame(traffic=of_library))
    assert keys(traffic=vitals)[0] == as_stored(sha256(said).digest())


@pytest.mark.parametrize("number", [0.0, 1e-6])
def test_the_key_of_before_is_there_where_the_spelling_is_another_one(number: float) -> None:
    # Apps of before hashed what pydantic writes: as Python does, but for the exponent.
    text = json.dumps(frame(props={"a": number, "b": "x"}), sort_keys=True, separators=(",", ":"))
    text = text.replace("e-06", "e-6")
    canonical, whole, as_spelled = keys(props={"b": "x", "a": number})
    assert as_spelled == sha256(text.encode()).hexdigest() != whole
    assert canonical == as_stored(bytes.fromhex(whole))


@pytest.mark.parametrize("part", ["utm", "traffic", "props"])
def test_an_empty_part_has_the_key_of_an_absent_one(part: str) -> None:
    *of_absent, as_spelled = keys(**{part: {}})
    assert tuple(of_absent) == keys()
    assert as_spelled not in of_absent
