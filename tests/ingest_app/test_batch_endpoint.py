"""`POST /v1/events/batch`: many events, each with an outcome of its own."""

from __future__ import annotations

import gzip
import json
import uuid
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.support.server import Answer, Server

Connection = psycopg.Connection[dict[str, Any]]

HOUR_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)

pytestmark = pytest.mark.usefixtures("clean_tables")


def event(number: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "anonId": f"visitor-{number:04}",
        "eventType": "page_view",
        "path": f"/{number}",
        "timestamp": HOUR_AGO.isoformat(),
    } | changes


def send(server: Server, body: bytes, **headers: str) -> Answer:
    headers.setdefault("Content_Type", "application/json")
    return server.request("POST", "/v1/events/batch", body, **headers)


def as_array(events: list[Any]) -> bytes:
    return json.dumps(events).encode()


def as_lines(events: list[Any]) -> bytes:
    return b"\n".join(json.dumps(one).encode() for one in events) + b"\n"


def outcomes(answer: Answer) -> list[str]:
    assert answer.status == 202, answer.body
    return [result["outcome"] for result in answer.body["results"]]


def stored_paths(connection: Connection) -> list[str]:
    rows = connection.execute("select path from raw.events order by path").fetchall()
    return [row["path"] for row in rows]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(as_array, "application/json", id="array"),
        pytest.param(as_array, "text/plain", id="array as a beacon"),
        pytest.param(as_lines, "application/x-ndjson", id="lines"),
        pytest.param(as_lines, "text/plain;charset=UTF-8", id="lines as a beacon"),
    ],
)
def test_each_event_has_its_outcome_in_order(
    server: Server, connection: Connection, body: Any, content_type: str
) -> None:
    sent = [
        event(1),
        {"anonId": "x"},
        event(2),
        event(1),
        event(3, honeypot="Ada"),
        event(4, timestamp="2015-05-17T10:00:00Z"),
        event(5),
    ]
    answer = send(server, body(sent), Content_Type=content_type)
    assert outcomes(answer) == [
        "accepted",
        "rejected",
        "accepted",
        "duplicate",
        "ignored",
        "rejected",
        "accepted",
    ]
    counts = {name: answer.body[name] for name in ("accepted", "duplicate", "rejected")}
    assert counts == {"accepted": 3, "duplicate": 1, "rejected": 2}
    results = answer.body["results"]
    assert results[3]["eventId"] == results[0]["eventId"]
    assert [issue["path"] for issue in results[1]["issues"]] == ["anonId", "eventType", "path"]
    assert [issue["path"] for issue in results[5]["issues"]] == ["timestamp"]
    assert results[4] == {"outcome": "ignored", "ok": True}
    assert stored_paths(connection) == ["/1", "/2", "/5"]
    by_path = {
        row["path"]: str(row["id"])
        for row in connection.execute("select id, path from raw.events").fetchall()
    }
    assert by_path["/5"] == results[6]["eventId"]


def test_five_hundred_events_fit_and_one_more_does_not(
    server: Server, connection: Connection
) -> None:
    full = [event(number) for number in range(500)]
    assert outcomes(send(server, as_array(full))) == ["accepted"] * 500
    again = send(server, as_lines(full), Content_Type="application/x-ndjson")
    assert outcomes(again) == ["duplicate"] * 500
    refused = send(server, as_array([*full, event(500)]))
    assert refused.status == 400
    assert "500" in refused.body["issues"][0]["message"]
    assert len(stored_paths(connection)) == 500


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\n \n", id="blank lines"),
        pytest.param(b"[]", id="empty array"),
        pytest.param(b"{}", id="an object"),
        pytest.param(b"[{]", id="broken array"),
        pytest.param(b'[{"anonId": "visitor-0001"', id="cut off"),
        pytest.param(b"[" * 100_000, id="open brackets"),
        pytest.param(b"\xff", id="no UTF-8"),
        pytest.param(b"[1,]", id="a comma too many"),
        pytest.param(b"[1] 2", id="more than an array"),
    ],
)
def test_a_batch_that_cannot_be_read_is_a_400(server: Server, body: bytes) -> None:
    answer = send(server, body)
    assert (answer.status, answer.body["error"]) == (400, "invalid_request")
    assert answer.body["issues"][0]["message"]


@pytest.mark.parametrize(
    "wild",
    [
        pytest.param(b"nothing", id="no JSON"),
        pytest.param(b"[1]", id="an array"),
        pytest.param(b"null", id="null"),
        pytest.param(b'"text"', id="text"),
        pytest.param(b"\xff\xfe", id="no UTF-8"),
        pytest.param(b'{"a":' * 5000, id="deep"),
        pytest.param(
            b'{"anonId":"visitor-0009","eventType":"x","path":"/","props":{"n":NaN}}', id="NaN"
        ),
        pytest.param(b'{"anonId":"visitor-0009","eventType":"x","path":"/\\u0000"}', id="NUL"),
    ],
)
def test_a_wild_line_does_not_sink_its_neighbours(
    server: Server, connection: Connection, wild: bytes
) -> None:
    body = b"\r\n".join([as_lines([event(1)]).strip(), wild, as_lines([event(2)]).strip()])
    answer = send(server, body, Content_Type="application/x-ndjson")
    assert outcomes(answer) == ["accepted", "rejected", "accepted"]
    assert stored_paths(connection) == ["/1", "/2"]


def test_a_number_that_is_none_does_not_sink_an_array(
    server: Server, connection: Connection
) -> None:
    body = as_array([event(1), event(2, props={"n": float("nan")}), event(3)])
    assert outcomes(send(server, body)) == ["accepted", "rejected", "accepted"]
    assert stored_paths(connection) == ["/1", "/3"]


def test_one_event_of_a_batch_is_bounded_like_a_single_one(server: Server) -> None:
    large = event(1, props={"fill": "x" * 65_536})
    answer = send(server, as_array([large, event(2)]))
    assert outcomes(answer) == ["rejected", "accepted"]
    assert answer.body["results"][0]["error"] == "too_large"


class TestGzip:
    def test_is_inflated(self, server: Server) -> None:
        body = gzip.compress(as_array([event(1), event(2)]))
        assert outcomes(send(server, body, Content_Encoding="gzip")) == ["accepted"] * 2

    def test_is_bounded_by_what_it_inflates_to(self, server: Server) -> None:
        bomb = gzip.compress(b" " * 200_000_000)
        assert len(bomb) < 1_000_000
        answer = send(server, bomb, Content_Encoding="gzip")
        assert (answer.status, answer.body["error"]) == (413, "too_large")

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(b"[]", id="not gzip"),
            pytest.param(gzip.compress(as_array([event(1)]))[:-9], id="cut off"),
            pytest.param(gzip.compress(as_array([event(1)])) + b"x", id="with a tail"),
            pytest.param(zlib.compress(as_array([event(1)])), id="deflate"),
        ],
    )
    def test_that_is_none_is_a_400(self, server: Server, body: bytes) -> None:
        answer = send(server, body, Content_Encoding="gzip")
        assert (answer.status, answer.body["error"]) == (400, "invalid_request")

    def test_is_the_only_encoding(self, server: Server) -> None:
        answer = send(server, as_array([event(1)]), Content_Encoding="br")
        assert (answer.status, answer.body["error"]) == (415, "unsupported_media_type")
        assert answer.body["issues"] == [
            {"path": "content-encoding", "message": "must be absent or gzip"}
        ]


def test_a_mebibyte_is_the_bound_of_a_batch(server: Server) -> None:
    array = as_array([event(1)])
    fitting = array + b" " * (1024 * 1024 - len(array))
    assert outcomes(send(server, fitting)) == ["accepted"]
    refused = send(server, fitting + b" ")
    assert (refused.status, refused.body["error"]) == (413, "too_large")


class TestEventIdsOfTheClient:
    def test_are_the_identity_with_anon_id_and_timestamp(
        self, server: Server, connection: Connection
    ) -> None:
        own = str(uuid.uuid4())
        first = server.post(event(1, eventId=own))
        assert first.body["eventId"] == own
        retry = server.post(
            event(1, eventId=own, path="/other", props={"a": 1}, eventType="cta_click"),
            User_Agent="another browser",
            X_Forwarded_For="198.51.100.1",
        )
        assert retry.headers["Footfall-Outcome"] == "duplicate"
        assert retry.body == first.body
        assert stored_paths(connection) == ["/1"]

    def test_differ_by_visitor_time_or_id(self, server: Server) -> None:
        own = str(uuid.uuid4())
        later = (HOUR_AGO + timedelta(seconds=1)).isoformat()
        sent = [
            event(1, eventId=own),
            event(2, eventId=own),
            event(1, eventId=own, timestamp=later),
            event(1, eventId=str(uuid.uuid4())),
            event(1),
        ]
        assert outcomes(send(server, as_array(sent))) == ["accepted"] * 5

    def test_need_a_timestamp(self, server: Server) -> None:
        sent = event(1, eventId=str(uuid.uuid4()))
        del sent["timestamp"]
        answer = server.post(sent)
        assert answer.status == 400
        assert [issue["path"] for issue in answer.body["issues"]] == ["timestamp"]

    def test_are_uuids(self, server: Server) -> None:
        answer = server.post(event(1, eventId="mine"))
        assert [issue["path"] for issue in answer.body["issues"]] == ["eventId"]


def test_props_hold_at_most_256_keys_at_all_depths(server: Server) -> None:
    def keys(count: int) -> dict[str, Any]:
        return {"nested": [{f"k{n}": n for n in range(count - 1)}]}

    assert server.post(event(1, props=keys(256))).status == 202
    answer = server.post(event(1, props=keys(257)))
    assert [issue["path"] for issue in answer.body["issues"]] == ["props"]
