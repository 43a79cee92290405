"""An event that cannot be read is refused alone, in an array as on a line."""

from __future__ import annotations

import gzip
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.server import Answer, Server

Connection = psycopg.Connection[dict[str, Any]]

ARRAY, LINES = "application/json", "application/x-ndjson"
AN_HOUR_AGO = (datetime.now(UTC) - timedelta(hours=1)).isoformat().encode()
EVENT = b'{"anonId":"%s","eventType":"page_view","path":"/","timestamp":"%s","props":{"a":%s}}'
WILD_VALUES = {
    "half an emoji": rb'"caf\ud83d"',
    "the other half": rb'"\ude00caf"',
    "5,000 digits": b"9" * 5000,
    "300 levels": b"[" * 300 + b"]" * 300,
    "300 objects": b'{"a":' * 300 + b"1" + b"}" * 300,
    "NaN": b"NaN",
    "beyond a double": b"1e999",
    "NUL": rb'"\u0000"',
    "no UTF-8": b'"caf\xe9"',
    "half a letter": '"café'.encode()[:-1] + b'"',
    "a control character": b'"\x01"',
    "no escape": rb'"\q"',
    "a word": b"undefined",
    "one quote": b"'a'",
    "a comma too many": b"[1,]",
    "30,000 items": b"[" + b"0," * 29_999 + b"0]",
    "100 KB": b'"' + b"x" * 100_000 + b'"',
}
WILD_ELEMENTS = {
    "a number": b"1",
    "null": b"null",
    "text": b'"text"',
    "an array": b"[]",
    "a word": b"nothing",
    "two values": b"1 2",
    "no UTF-8": b"\xff\xfe",
    "the wrong bracket": b'{"a":1]',
    "brackets that cross": b'{"a":[1}]',
}

pytestmark = pytest.mark.usefixtures("clean_tables")


def event(value: bytes = b"1") -> bytes:
    return EVENT % (uuid.uuid4().hex.encode(), AN_HOUR_AGO, value)


def send(server: Server, sent: list[bytes], content_type: str, **headers: str) -> Answer:
    body = b"[" + b",".join(sent) + b"]" if content_type == ARRAY else b"\n".join(sent)
    if headers:
        body = gzip.compress(body)
    answer = server.request("POST", "/v1/events/batch", body, Content_Type=content_type, **headers)
    assert answer.status == 202, answer.body
    return answer


def outcomes(answer: Answer) -> list[str]:
    return [result["outcome"] for result in answer.body["results"]]


@pytest.mark.parametrize("content_type", [ARRAY, LINES])
@pytest.mark.parametrize(
    "wild",
    [
        *(pytest.param(event(value), id=f"{name} in props") for name, value in WILD_VALUES.items()),
        *(pytest.param(element, id=f"{name} alone") for name, element in WILD_ELEMENTS.items()),
    ],
)
def test_its_neighbours_are_stored(
    server: Server, connection: Connection, wild: bytes, content_type: str
) -> None:
    answer = send(server, [event(), wild, event()], content_type)
    assert outcomes(answer) == ["accepted", "rejected", "accepted"]
    stored = connection.execute("select id from raw.events").fetchall()
    assert {str(row["id"]) for row in stored} == {
        answer.body["results"][place]["eventId"] for place in (0, 2)
    }


@pytest.mark.parametrize("content_type", [ARRAY, LINES])
def test_a_full_batch_loses_one(server: Server, connection: Connection, content_type: str) -> None:
    sent = [event() for _ in range(499)]
    sent.insert(250, event(WILD_VALUES["half an emoji"]))
    answer = send(server, sent, content_type, Content_Encoding="gzip")
    assert (answer.body["accepted"], answer.body["rejected"]) == (499, 1)
    assert outcomes(answer)[250] == "rejected"
    [stored] = connection.execute("select count(*) as events from raw.events").fetchall()
    assert stored["events"] == 499


@pytest.mark.parametrize("value", WILD_VALUES.values(), ids=WILD_VALUES)
def test_it_is_told_what_it_is_told_alone(server: Server, value: bytes) -> None:
    sent = event(value)
    alone = server.request("POST", "/v1/events", sent, Content_Type=ARRAY)
    assert alone.status in (400, 413)
    in_array, on_line = (
        send(server, [event(), sent], form).body["results"][1] for form in (ARRAY, LINES)
    )
    assert in_array == on_line
    if alone.status == 400:
        assert in_array == {"outcome": "rejected", **alone.body}
    else:
        assert in_array["error"] == alone.body["error"] == "too_large"


READABLE = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**20), 10**20),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20),
        st.sampled_from(['"', "\\", '\\"', "],[", "}{", '{"a":[', ","]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)
# Without what cuts an array or a line, and not blank.
GARBAGE = (
    st.binary(min_size=1, max_size=20)
    .map(lambda raw: raw.translate(None, b'"[]{},\r\n').strip())
    .filter(bool)
)
GOOD = st.builds(lambda value: (True, event(json.dumps(value).encode())), READABLE)
BAD = st.builds(
    lambda element: (False, element),
    st.one_of(
        st.sampled_from(list(WILD_VALUES.values())).map(event),
        st.sampled_from(list(WILD_ELEMENTS.values())),
        GARBAGE,
        GARBAGE.map(lambda raw: event(b'"' + raw.replace(b"\\", b"") + b'\x01"')),
    ),
)


# The tables need not be empty: every event is somebody else's.
@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.one_of(GOOD, GOOD, BAD), min_size=1, max_size=8))
def test_any_mixture_fares_alike_in_both_forms(
    server: Server, mixture: list[tuple[bool, bytes]]
) -> None:
    sent = [element for _, element in mixture]
    first = send(server, sent, ARRAY)
    second = send(server, sent, LINES)
    for (is_good, _), one, other in zip(
        mixture, first.body["results"], second.body["results"], strict=True
    ):
        if is_good:
            assert one["outcome"] == "accepted"
            assert other == one | {"outcome": "duplicate"}
        else:
            assert one["outcome"] == "rejected"
            assert other == one
