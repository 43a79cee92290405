import re
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from ingest_app.enrichment import dedupe
from ingest_app.enrichment.body import EventBody, as_json
from ingest_app.enrichment.dedupe import dedupe_keys, identity_keys, time_token
from tests.support.hashes import as_stored

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
EVENT: dict[str, Any] = {
    "anon_id": "anon-12345678",
    "property_id": "shop.example",
    "event_type": "page_view",
    "path": "/",
    "time_token": "sent:1",
    "referrer": "https://a.example/",
    "is_internal": False,
    "ip_hash": "aa",
    "proxy_country": "NZ",
    "ua_hash": "bb",
    "utm": {"medium": "m", "source": "s"},
    "traffic": {"isExit": False, "webVitals": {"fcpMs": 2, "lcpMs": 1}},
    "props": {"plan": "pro", "tags": [1, 2]},
}


def dedupe_key(**event: Any) -> str:
    return dedupe_keys(**event)[0]


def test_one_instant_has_one_token_in_every_zone() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert time_token(there, NOON) == time_token(NOON, NOON + timedelta(days=9))
    assert time_token(NOON, NOON) == "sent:1772366400000000"


def test_a_microsecond_makes_another_token() -> None:
    assert time_token(NOON, NOON) != time_token(NOON + timedelta(microseconds=1), NOON)


def test_without_a_sent_time_thirty_seconds_share_a_token() -> None:
    window = time_token(None, NOON)
    assert window == "window:1772366400000000"
    assert time_token(None, NOON + timedelta(seconds=29, microseconds=999_999)) == window
    assert time_token(None, NOON + timedelta(seconds=30)) != window
    assert time_token(None, NOON - timedelta(microseconds=1)) != window


def test_a_sent_time_is_never_a_window() -> None:
    assert time_token(NOON, NOON) != time_token(None, NOON)


def test_the_first_and_last_instants_have_tokens() -> None:
    ahead = timezone(timedelta(hours=14))
    assert time_token(datetime.min.replace(tzinfo=ahead), NOON).startswith("sent:-")
    assert time_token(datetime.max.replace(tzinfo=timezone(-timedelta(hours=12))), NOON)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        time_token(NOON.replace(tzinfo=None), NOON)


def test_the_key_is_stable_between_releases() -> None:
    # And the whole hash is the key that apps of before gave it.
    assert dedupe_keys(**EVENT) == (
        "7ZSeDZMjz5JWJp9itu6SUA",
        "ed949e0d9323cf9256269f62b6ee925095e7e06fffc353584ab2b509acb6691d",
    )


def test_absent_parts_are_null() -> None:
    optional = ["referrer", "ip_hash", "proxy_country", "ua_hash", "utm", "traffic", "props"]
    bare = dict.fromkeys(optional)
    said = {"anon_id": "a", "event_type": "b", "path": "c", "time_token": "d"}
    assert dedupe_keys(**{**EVENT, **bare, **said}) == (
        "EeXaOGLCzHqI4olBXj9OpA",
        "11e5da3862c2cc7a88e289415e3f4ea4fe609effe66b6e1a7a14e7b83bbcda22",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"anon_id": "anon-12345679"},
        {"property_id": "b.example"},
        {"event_type": "cta_click"},
        {"path": "/a"},
        {"time_token": "window:1"},
        {"referrer": None},
        {"is_internal": True},
        {"ip_hash": None},
        {"proxy_country": None},
        {"ua_hash": "bc"},
        {"utm": None},
        {"utm": {"source": "m", "medium": "s"}},
        {"traffic": {"isExit": True, "webVitals": {"lcpMs": 1, "fcpMs": 2}}},
        {"traffic": None},
        {"props": {"plan": "pro", "tags": [2, 1]}},
        {"props": None},
        {"view_id": UUID(int=1)},
        {"utm": EVENT["props"], "props": EVENT["utm"]},
    ],
)
def test_every_part_counts(change: dict[str, Any]) -> None:
    assert dedupe_key(**{**EVENT, **change}) != dedupe_key(**EVENT)


def test_the_version_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = dedupe_key(**EVENT)
    monkeypatch.setattr(dedupe, "DEDUPE_VERSION", 3)
    assert dedupe_key(**EVENT) != before


def test_an_event_that_its_client_numbers_keeps_its_key() -> None:
    # What version 1 gave it: a retry across a change of the other key finds its first.
    numbered: dict[str, Any] = {"event_id": UUID(int=1), "time_token": "sent:1"}
    key, before = identity_keys(anon_id="anon-12345678", **numbered)
    said = (
        '{"anonId":"anon-12345678","eventId":"00000000-0000-0000-0000-000000000001",'
        '"timeToken":"sent:1","version":1}'
    )
    hashed = sha256(said.encode())
    assert (key, before) == (as_stored(hashed.digest()), hashed.hexdigest())


def test_the_order_of_keys_does_not_count() -> None:
    turned = {"props": {"tags": [1, 2], "plan": "pro"}}
    assert dedupe_key(**{**EVENT, **turned}) == dedupe_key(**EVENT)


def test_parts_of_a_body_have_their_keys_in_order_and_nothing_that_is_absent() -> None:
    body = EventBody.model_validate_json("""{
        "anonId": "anon-12345678", "eventType": "page_view", "path": "/",
        "utm": {"term": "t", "source": "s", "medium": "", "campaign": null},
        "traffic": {
            "webVitals": {"ttfbMs": 5, "clsScore": 0, "inpMs": 4, "fcpMs": 2, "lcpMs": null},
            "scrollDepthPercent": 9, "engagedTimeMs": 8, "propertyId": "shop.example",
            "isExit": false, "isEntrance": true, "isConversion": true,
            "deviceType": "tablet", "countryCode": "nz"
        }
    }""")
    assert body.utm
    assert body.traffic
    assert to_json(as_json(body.utm)) == b'{"medium":"","source":"s","term":"t"}'
    assert to_json(as_json(body.traffic)) == (
        b'{"countryCode":"NZ","deviceType":"tablet","engagedTimeMs":8,"isConversion":true,'
        b'"isEntrance":true,"isExit":false,"propertyId":"shop.example","scrollDepthPercent":9,'
        b'"webVitals":{"clsScore":0.0,"fcpMs":2,"inpMs":4,"ttfbMs":5}}'
    )


def test_no_text_can_pass_for_two_fields() -> None:
    one = {**EVENT, "event_type": "a", "path": 'b","x":"c'}
    two = {**EVENT, "event_type": 'a","path":"b', "path": "c"}
    assert dedupe_key(**one) != dedupe_key(**two)
    assert dedupe_key(**{**EVENT, "referrer": "null"}) != dedupe_key(**{**EVENT, "referrer": None})


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.text(), st.dictionaries(st.text(), JSON, max_size=5))
def test_every_event_has_a_key_whatever_the_order(text: str, props: dict[str, Any]) -> None:
    event = {**EVENT, "path": text, "props": props}
    key = dedupe_key(**event)
    assert re.fullmatch("[0-9A-Za-z_-]{22}", key)
    turned = dict(reversed(props.items()))
    assert dedupe_key(**{**event, "props": turned}) == key
