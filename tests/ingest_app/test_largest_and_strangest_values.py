"""The largest and strangest values of each field are stored as they were sent, and none beyond."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from random import Random
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import wild
from tests.support.server import Answer, Server
from tests.support.wild import Body

Connection = psycopg.Connection[dict[str, Any]]

NOW = datetime.now(UTC)
MEASURED = {*wild.VITALS, "clsScore", "engagedTimeMs", "scrollDepthPercent"}


def post(server: Server, body: Body, rng: Random) -> Answer:
    sent = wild.json_bytes(rng, body)
    assert len(sent) <= wild.MOST_BYTES
    return server.request("POST", "/v1/events", sent, Content_Type="application/json")


def given_values(part: Body | None) -> Body:
    """What an object says; null is absent."""
    return {name: value for name, value in (part or {}).items() if value is not None}


def as_numbers(value: Any) -> Any:
    """The same JSON with doubles for numbers: that is what readers take them for."""
    if isinstance(value, dict):
        return {key: as_numbers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_numbers(inner) for inner in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@settings(
    max_examples=80,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(wild.wild_events(NOW), st.integers(0, 2**32))
def test_they_are_stored_as_they_were_sent(
    server: Server, connection: Connection, body: Body, seed: int
) -> None:
    answer = post(server, body, Random(seed))
    assert answer.status == 202, answer.body
    [row] = connection.execute(
        "select events.*, visitors.anon_id from raw.events"
        " inner join raw.visitors on events.visitor_id = visitors.id"
        " where events.visitor_id = %s and events.id = %s",
        (answer.body["visitorId"], answer.body["eventId"]),
    ).fetchall()
    assert row["anon_id"] == body["anonId"]
    assert row["event_type"] == body["eventType"]
    assert row["path"] == body["path"]
    assert row["referrer"] == body.get("referrer")
    assert str(row["view_id"] or "") == body.get("viewId", "")
    if "timestamp" in body:
        assert row["timestamp"] == datetime.fromisoformat(body["timestamp"].strip().upper())
    utm = {part: value for part, value in given_values(body.get("utm")).items() if value}
    assert row["utm"] == (utm or None)
    traffic = given_values(body.get("traffic"))
    assert row["property_id"] == traffic.get("propertyId", "127.0.0.1")
    measured = {
        name: value
        for name, value in {**traffic, **given_values(traffic.get("webVitals"))}.items()
        if name in MEASURED
    }
    validated = measured | ({"viewId": body["viewId"]} if "viewId" in body else {})
    free = {
        name: value
        for name, value in (body.get("props") or {}).items()
        if name not in {*MEASURED, "viewId"}
    }
    assert as_numbers(row["props"] or {}) == as_numbers(free | validated)


def too_much() -> list[Any]:
    """Each field one beyond its bound."""
    beyond: list[tuple[str, Body]] = [
        *((name, {name: "x" * (most + 1)}) for name, (_, most) in wild.TEXTS.items()),
        # A blank referrer is an absent one.
        *(
            (name, {name: "x" * (least - 1)})
            for name, (least, _) in wild.TEXTS.items()
            if name != "referrer"
        ),
        ("path", {"path": "/" + "😀" * (wild.MOST_PATH_BYTES // 4)}),
        *((f"utm.{part}", {"utm": {part: "😀" * (wild.LONGEST_UTM + 1)}}) for part in wild.UTM),
        *(
            (f"traffic.{name}", {"traffic": {name: value}})
            for name, value in {
                "propertyId": "😀" * (wild.LONGEST_PROPERTY + 1),
                "deviceType": "Desktop",
                "countryCode": "ßß",
                "engagedTimeMs": 86_400_001,
                "scrollDepthPercent": 101,
            }.items()
        ),
        *(
            (f"traffic.webVitals.{name}", {"traffic": {"webVitals": {name: most + 1}}})
            for name, most in {**wild.VITALS, "clsScore": 10}.items()
        ),
        ("props", {"props": {f"k{n}": 0 for n in range(wild.MOST_KEYS + 1)}}),
        ("props", {"props": {"a": [0] * wild.MOST_VALUES}}),
        ("props", {"props": json.loads('{"a":' * 17 + "1" + "}" * 17)}),
    ]
    return [
        pytest.param(field, change, id=f"{n}-{field}") for n, (field, change) in enumerate(beyond)
    ]


@pytest.mark.parametrize(("field", "change"), too_much())
def test_one_beyond_is_refused_by_its_name(server: Server, field: str, change: Body) -> None:
    body = wild.largest_event(Random(2), NOW) | change
    answer = post(server, body, Random(2))
    assert answer.status == 400
    assert [issue["path"] for issue in answer.body["issues"]] == [field]
