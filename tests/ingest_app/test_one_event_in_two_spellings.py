"""What says the same is one event, however its JSON is spelled, also across an upgrade."""

from __future__ import annotations

import hmac
import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import psycopg
import pytest

from tests.support.hashes import as_stored
from tests.support.server import BROWSER, PEPPER, Server

Connection = psycopg.Connection[dict[str, Any]]

pytestmark = pytest.mark.usefixtures("clean_tables")

AT = datetime.now(UTC).replace(microsecond=0)
TIME_TOKEN = f"sent:{int(AT.timestamp()) * 1_000_000}"


def event(**said: Any) -> bytes:
    """As text: a client of Python would write numbers in its own way."""
    body = {"anonId": "visitor-0001", "eventType": "page_view", "path": "/", **said}
    return json.dumps({**body, "timestamp": AT.isoformat()}).encode()


def post(server: Server, body: bytes) -> dict[str, str]:
    answer = server.request("POST", "/v1/events", body, Content_Type="application/json")
    assert answer.status == 202, answer.body
    return dict(answer.body)


def spelled(key: str, text: str) -> bytes:
    return event(**{key: "?"}).replace(b'"?"', text.encode())


@pytest.mark.parametrize(
    ("key", "spellings"),
    [
        ("props", ['{"a": 1}', '{"a": 1.0}', '{"a": 1e0}', '{"a": 10e-1}']),
        ("props", ['{"a": [0, {"b": 100}]}', '{"a": [-0.0, {"b": 1E2}]}']),
        ("props", ['{"a": 1e20}', '{"a": 100000000000000000000}']),
        ("props", ['{"a": 0.00001}', '{"a": 1e-5}']),
        ("props", ["{}", "null"]),
        ("utm", ["{}", "null", '{"source": ""}', '{"source": " ", "medium": null}']),
        ("utm", ['{"source": "a"}', '{"source": "a ", "medium": ""}']),
        ("traffic", ["{}", "null", '{"webVitals": {}}', '{"webVitals": {"lcpMs": null}}']),
        ("traffic", ['{"webVitals": {"clsScore": 0}}', '{"webVitals": {"clsScore": 0.0}}']),
    ],
)
def test_each_spelling_is_the_same_event(
    server: Server, connection: Connection, key: str, spellings: list[str]
) -> None:
    first, *others = [post(server, spelled(key, text)) for text in spellings]
    assert others == [first] * len(others)
    [counted] = connection.execute("select count(*) as events from raw.events").fetchall()
    assert counted["events"] == 1


def test_what_is_absent_is_the_same_as_what_is_empty(server: Server) -> None:
    first = post(server, event())
    assert [post(server, event(**{key: {}})) for key in ("utm", "traffic", "props")] == [first] * 3


@pytest.mark.parametrize(
    "texts",
    [
        ['{"a": 1}', '{"a": 1.5}', '{"a": "1"}', '{"a": true}', '{"a": [1]}', '{"b": 1}'],
        ['{"a": null}', '{"a": ""}', '{"a": {}}', '{"a": []}', "{}"],
        ['{"a": 9007199254740993}', '{"a": 9007199254740992}', '{"a": 9007199254740995}'],
        [
            '{"a": 9223372036854776000}',
            '{"a": 9223372036854775808}',
            '{"a": "9223372036854776000"}',
        ],
        ['{"a": 0.1}', '{"a": 0.10000000000000002}', '{"a": -0.1}'],
    ],
)
def test_what_differs_are_events_of_their_own(
    server: Server, connection: Connection, texts: list[str]
) -> None:
    for text in texts:
        post(server, spelled("props", text))
    [counted] = connection.execute("select count(*) as events from raw.events").fetchall()
    assert counted["events"] == len(texts)


def keyed(value: str) -> str:
    return hmac.new(PEPPER.encode(), value.encode(), sha256).hexdigest()


def key_of_before(**said: Any) -> str:
    """The key that apps gave an event which took each value as it was spelled."""
    parts = {
        "version": 2,
        "anonId": "visitor-0001",
        "propertyId": "127.0.0.1",
        "eventType": "page_view",
        "path": "/",
        "timeToken": TIME_TOKEN,
        "referrer": None,
        "isInternal": False,
        "ipHash": keyed("127.0.0.1"),
        "proxyCountry": None,
        "uaHash": keyed(BROWSER),
        "utm": None,
        "traffic": None,
        "props": None,
    }
    text = json.dumps(parts | said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"props": {"a": 1}}, id="in the canonical form"),
        pytest.param({"props": {"a": 1.0, "b": [0.5, 2**60]}}, id="with other numbers"),
        pytest.param({"utm": {}}, id="with an empty object"),
        pytest.param({"traffic": {"webVitals": {"clsScore": 0.0}}}, id="with a vital of zero"),
    ],
)
def test_what_an_app_of_before_stored_is_found_when_it_is_sent_again(
    server: Server, connection: Connection, said: dict[str, Any]
) -> None:
    first = post(server, event(**said))
    [row] = connection.execute("select * from raw.events").fetchall()
    connection.execute("update raw.events set dedupe_key = %s", (before := key_of_before(**said),))
    assert post(server, event(**said)) == first
    [counted] = connection.execute("select count(*) as events from raw.events").fetchall()
    assert counted["events"] == 1
    # In the canonical form it was stored under the whole of the hash whose beginning is its key.
    is_same_key = row["dedupe_key"] == as_stored(bytes.fromhex(before))
    assert is_same_key == (said == {"props": {"a": 1}})
