"""`POST /v1/events` over HTTP, against the production server and a real database."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from psycopg.rows import dict_row

from ingest_app.web.errors import register_error_handlers
from tests.support.hashes import as_stored
from tests.support.raw import empty_raw
from tests.support.rejections import wait_for_rejections
from tests.support.server import BROWSER, PEPPER, Answer, Server, serving

Connection = psycopg.Connection[dict[str, Any]]

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

pytestmark = pytest.mark.usefixtures("clean_tables")


def event(**changes: Any) -> dict[str, Any]:
    return {"anonId": "visitor-0001", "eventType": "page_view", "path": "/pricing"} | changes


def only_event(connection: Connection) -> dict[str, Any]:
    [row] = connection.execute("select * from raw.events").fetchall()
    return row


@pytest.fixture
def host() -> str:
    """A property of the test's own: refusals of the test before may be written only now."""
    return f"{uuid.uuid4().hex}.example"


def refused(connection: Connection, host: str, times: int = 1) -> list[tuple[Any, ...]]:
    """Reason, status and count of what was refused to a host, once it is written."""
    totals = wait_for_rejections(connection, times, host)
    return sorted((reason, status, n) for (_, _, reason, status), n in totals.items())


class TestAnAcceptedEvent:
    def test_is_in_the_database_with_the_ids_of_the_answer(
        self, server: Server, connection: Connection
    ) -> None:
        answer = server.post(event())
        assert answer.status == 202
        row = only_event(connection)
        assert answer.body == {
            "ok": True,
            "eventId": str(row["id"]),
            "visitorId": str(row["visitor_id"]),
            "sessionId": str(row["session_id"]),
        }
        assert row["id"].version == 7
        assert row["session_id"].version == 7
        assert row["visitor_id"].version == 5

    def test_carries_everything_that_was_sent(self, server: Server, connection: Connection) -> None:
        now = datetime.now(UTC).replace(microsecond=123000)
        answer = server.post(
            event(
                timestamp=now.isoformat(),
                referrer="https://www.google.com/search?q=x",
                utm={"source": " news ", "medium": "email", "campaign": "spring"},
                traffic={
                    "propertyId": "shop.example",
                    "deviceType": "tablet",
                    "countryCode": "de",
                    "isEntrance": False,
                    "isExit": True,
                    "isConversion": True,
                    "engagedTimeMs": 12_000,
                    "scrollDepthPercent": 80,
                    "webVitals": {"ttfbMs": 120, "lcpMs": 0, "clsScore": 0.25},
                },
                props={"plan": "pro", "ttfbMs": "abc", "clsScore": 99, "nested": {"ok": [1, None]}},
            )
        )
        assert answer.status == 202
        row = only_event(connection)
        assert row["timestamp"] == now
        assert row["occurred_on"] == now.date()
        assert row["property_id"] == "shop.example"
        assert row["traffic_source"] == "email"
        assert row["device_type"] == "tablet"
        assert row["country_code"] == "DE"
        assert (row["is_entrance"], row["is_exit"], row["is_conversion"]) == (False, True, True)
        assert row["utm"] == {"source": "news", "medium": "email", "campaign": "spring"}
        assert row["props"] == {
            "plan": "pro",
            "nested": {"ok": [1, None]},
            "ttfbMs": 120,
            "lcpMs": 0,
            "clsScore": 0.25,
            "engagedTimeMs": 12_000,
            "scrollDepthPercent": 80,
        }
        [session] = connection.execute("select * from raw.sessions").fetchall()
        assert session["landing_path"] == "/pricing"
        assert session["referrer"] == "https://www.google.com/search?q=x"
        assert (session["utm_source"], session["utm_medium"]) == ("news", "email")

    def test_has_no_referrer_where_it_is_blank(
        self, server: Server, connection: Connection
    ) -> None:
        at = datetime.now(UTC).isoformat()
        blank = server.post(event(timestamp=at, referrer="  "))
        absent = server.post(event(timestamp=at))
        assert blank.status == absent.status == 202
        assert blank.body["eventId"] == absent.body["eventId"]
        row = only_event(connection)
        assert (row["referrer"], row["traffic_source"]) == (None, "direct")

    def test_is_of_a_campaign_by_any_utm_value(
        self, server: Server, connection: Connection
    ) -> None:
        server.post(event(utm={"campaign": "spring"}, referrer="https://www.google.com/"))
        assert only_event(connection)["traffic_source"] == "campaign"

    def test_has_its_defaults_from_the_request(
        self, server: Server, connection: Connection
    ) -> None:
        before = datetime.now(UTC)
        server.post(
            event(), Host="WWW.Shop.Example:8443", User_Agent=IPHONE, X_Forwarded_For="8.8.8.8"
        )
        row = only_event(connection)
        assert row["property_id"] == "shop.example"
        assert row["traffic_source"] == "direct"
        assert row["device_type"] == "mobile"
        assert row["country_code"] == "US"
        assert (row["is_entrance"], row["is_exit"], row["is_conversion"]) == (True, False, False)
        assert row["props"] is None
        assert before <= row["timestamp"] <= datetime.now(UTC)

    def test_is_a_conversion_when_a_form_was_submitted(
        self, server: Server, connection: Connection
    ) -> None:
        server.post(event(eventType="form_submit"))
        row = only_event(connection)
        assert (row["is_entrance"], row["is_conversion"]) == (False, True)

    def test_is_a_bot_s_whatever_it_says_of_itself(
        self, server: Server, connection: Connection
    ) -> None:
        server.post(event(traffic={"deviceType": "desktop"}), User_Agent=GOOGLEBOT)
        assert only_event(connection)["device_type"] == "bot"

    def test_keeps_address_and_agent_only_as_keyed_hashes(
        self, server: Server, connection: Connection
    ) -> None:
        server.post(event(), X_Forwarded_For="203.0.113.9")
        pepper = PEPPER.encode()
        row = only_event(connection)
        for column, value in (("ip_hash", "203.0.113.9"), ("ua_hash", BROWSER)):
            keyed = hmac.new(pepper, value.encode(), hashlib.sha256)
            assert row[column] == as_stored(keyed.digest())
        for table in ("events", "visitors"):
            everything = str(connection.execute(f"select * from raw.{table}".encode()).fetchall())
            assert "203.0.113.9" not in everything
            assert "Chrome" not in everything

    def test_may_come_as_a_beacon(self, server: Server, connection: Connection) -> None:
        answer = server.post(event(), Content_Type="text/plain;charset=UTF-8")
        assert answer.status == 202
        assert only_event(connection)["path"] == "/pricing"

    @pytest.mark.parametrize(
        ("host", "expected"), [("a b", "unknown"), ("[::1]:8000", "::1"), ("-.-", "-.-")]
    )
    def test_survives_a_wild_host(
        self, server: Server, connection: Connection, host: str, expected: str
    ) -> None:
        assert server.post(event(), Host=host).status == 202
        assert only_event(connection)["property_id"] == expected

    def test_holds_text_at_its_limits(self, server: Server, connection: Connection) -> None:
        answer = server.post(
            event(
                anonId="é" * 128,
                eventType="😀" * 64,
                path="/" + "ж" * 1299,
                referrer="ж" * 2048,
                utm=dict.fromkeys(("source", "medium", "campaign", "term", "content"), "ж" * 255),
                traffic={"propertyId": "ж" * 128},
            )
        )
        assert answer.status == 202
        assert only_event(connection)["path"] == "/" + "ж" * 1299

    @pytest.mark.parametrize(
        "said",
        [
            {"anonId": "é" * 8, "eventType": "😀", "path": "ж", "traffic": {"propertyId": "ж"}},
            # Of ASCII the letters are bounded, and not the bytes.
            {"path": "/" + "x" * 2047},
        ],
        ids=["the shortest", "the longest path"],
    )
    def test_holds_the_shortest_text_and_the_longest_path(
        self, server: Server, said: dict[str, Any]
    ) -> None:
        assert server.post(event(**said)).status == 202


class TestADuplicate:
    def test_answers_with_the_ids_of_the_first_and_is_counted(
        self, server: Server, connection: Connection
    ) -> None:
        sent = event(timestamp="2026-01-02T03:04:05Z", traffic={"propertyId": "shop.example"})
        sent["timestamp"] = (datetime.now(UTC) - timedelta(days=2)).isoformat()
        first, second, third = (server.post(sent) for _ in range(3))
        assert first.body == second.body == third.body
        assert first.headers["Footfall-Outcome"] == "accepted"
        assert second.headers["Footfall-Outcome"] == "duplicate"
        row = only_event(connection)
        counted = connection.execute(
            "select property_id, occurred_on, sum(occurrences) as times "
            "from raw.ingest_duplicates group by 1, 2"
        ).fetchall()
        assert counted == [
            {"property_id": "shop.example", "occurred_on": row["occurred_on"], "times": 2}
        ]

    def test_differs_by_anything_that_the_client_said(
        self, server: Server, connection: Connection
    ) -> None:
        at = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
        variants = [
            event(timestamp=at),
            event(timestamp=at, anonId="visitor-0002"),
            event(timestamp=at, eventType="cta_click"),
            event(timestamp=at, path="/other"),
            event(timestamp=at, referrer="https://a.example/"),
            event(timestamp=at, utm={"source": "x"}),
            event(timestamp=at, traffic={"isExit": True}),
            event(timestamp=at, props={"a": 1}),
            event(timestamp=(datetime.now(UTC) - timedelta(hours=2)).isoformat()),
        ]
        answers = [server.post(variant) for variant in variants]
        assert {answer.headers["Footfall-Outcome"] for answer in answers} == {"accepted"}
        other_address = server.post(variants[0], X_Forwarded_For="198.51.100.7")
        other_agent = server.post(variants[0], User_Agent=IPHONE)
        assert other_address.headers["Footfall-Outcome"] == "accepted"
        assert other_agent.headers["Footfall-Outcome"] == "accepted"

    def test_is_the_same_instant_in_another_zone_and_the_same_json_in_another_order(
        self, server: Server
    ) -> None:
        at = (datetime.now(UTC) - timedelta(hours=1)).replace(microsecond=0)
        zulu = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        east = (at + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S.000+02:00")
        first = server.post(event(timestamp=zulu, props={"a": 1, "b": 2}))
        second = server.post(event(timestamp=east, props={"b": 2, "a": 1}))
        assert first.body == second.body
        assert second.headers["Footfall-Outcome"] == "duplicate"

    def test_at_once_from_many_clients_stores_one(
        self, server: Server, connection: Connection
    ) -> None:
        sent = event(timestamp=datetime.now(UTC).isoformat())
        with ThreadPoolExecutor(16) as threads:
            answers = list(threads.map(lambda _: server.post(sent), range(48)))
        assert {answer.status for answer in answers} == {202}
        assert {answer.body["eventId"] for answer in answers} == {str(only_event(connection)["id"])}
        outcomes = [answer.headers["Footfall-Outcome"] for answer in answers]
        assert outcomes.count("accepted") == 1
        [counted] = connection.execute(
            "select sum(occurrences) as times from raw.ingest_duplicates"
        ).fetchall()
        assert counted["times"] == 47


class TestConcurrentPostsOfOneVisitor:
    def test_make_one_visitor_and_one_session(self, server: Server, connection: Connection) -> None:
        start = datetime.now(UTC) - timedelta(hours=3)
        posts = [
            event(path=f"/{n}", timestamp=(start + timedelta(minutes=n)).isoformat())
            for n in range(60)
        ]
        with ThreadPoolExecutor(16) as threads:
            answers = list(threads.map(server.post, reversed(posts)))
        assert {answer.status for answer in answers} == {202}
        [visitor] = connection.execute("select * from raw.visitors").fetchall()
        assert visitor["first_seen_at"] == start
        assert visitor["last_seen_at"] == start + timedelta(minutes=59)
        [session] = connection.execute("select * from raw.sessions").fetchall()
        assert session["landing_path"] == "/0"
        assert session["started_at"] == start
        assert session["last_event_at"] == start + timedelta(minutes=59)


class TestAHoneypot:
    def test_answers_kindly_and_stores_nothing(
        self, server: Server, connection: Connection, host: str
    ) -> None:
        answer = server.post(event(honeypot="Ada"), Host=host)
        assert (answer.status, answer.body) == (202, {"ok": True})
        assert connection.execute("select 1 from raw.visitors").fetchall() == []
        server.post({}, Host=host)
        assert refused(connection, host) == [("invalid_request:anonId", 400, 1)]

    def test_left_empty_means_nothing(self, server: Server, connection: Connection) -> None:
        assert "eventId" in server.post(event(honeypot="")).body


INVALID = [
    pytest.param({"anonId": "é" * 7}, "anonId", id="anonId too short"),
    pytest.param({"anonId": "       a       "}, "anonId", id="anonId short once trimmed"),
    pytest.param({"anonId": "x" * 129}, "anonId", id="anonId too long"),
    pytest.param({"anonId": None}, "anonId", id="anonId null"),
    pytest.param({"anonId": 12345678}, "anonId", id="anonId a number"),
    pytest.param({"anonId": "visitor\x000001"}, "anonId", id="NUL in anonId"),
    pytest.param({"eventType": "  "}, "eventType", id="eventType blank"),
    pytest.param({"eventType": "x" * 65}, "eventType", id="eventType too long"),
    pytest.param({"eventType": "page\x00view"}, "eventType", id="NUL in eventType"),
    pytest.param({"path": ""}, "path", id="path empty"),
    pytest.param({"path": "x" * 2049}, "path", id="path too long"),
    pytest.param({"path": "ж" * 2048}, "path", id="path too long for the index"),
    pytest.param({"path": "/\x00"}, "path", id="NUL in path"),
    pytest.param({"timestamp": "yesterday"}, "timestamp", id="not a timestamp"),
    pytest.param({"timestamp": "2026-11-01T10:00:00"}, "timestamp", id="no zone"),
    pytest.param({"timestamp": "2026-11-01"}, "timestamp", id="a day is no instant"),
    pytest.param({"timestamp": 1767225600}, "timestamp", id="seconds are no instant"),
    pytest.param({"timestamp": "2026-02-30T10:00:00Z"}, "timestamp", id="no such day"),
    pytest.param({"timestamp": "0001-01-01T00:00:00+14:00"}, "timestamp", id="before year one"),
    pytest.param({"timestamp": "9999-12-31T23:59:59-12:00"}, "timestamp", id="after year 9999"),
    pytest.param({"sentAt": "just now"}, "sentAt", id="sentAt no instant"),
    pytest.param({"viewId": "the first"}, "viewId", id="viewId no UUID"),
    pytest.param({"referrer": "x" * 2049}, "referrer", id="referrer too long"),
    pytest.param({"referrer": "\x00"}, "referrer", id="NUL in referrer"),
    pytest.param({"utm": []}, "utm", id="utm a list"),
    pytest.param({"utm": {"source": "x" * 256}}, "utm.source", id="utm too long"),
    pytest.param({"utm": {"sauce": "x"}}, "utm.sauce", id="utm unknown field"),
    pytest.param({"utm": {"term": "\x00"}}, "utm.term", id="NUL in utm"),
    pytest.param({"traffic": {"host": "x"}}, "traffic.host", id="traffic has nine fields"),
    pytest.param({"traffic": {"propertyId": ""}}, "traffic.propertyId", id="property empty"),
    pytest.param({"traffic": {"propertyId": "a\x00"}}, "traffic.propertyId", id="NUL in property"),
    pytest.param({"traffic": {"deviceType": "phone"}}, "traffic.deviceType", id="no such device"),
    pytest.param({"traffic": {"countryCode": "DEU"}}, "traffic.countryCode", id="three letters"),
    pytest.param({"traffic": {"countryCode": "D1"}}, "traffic.countryCode", id="not letters"),
    pytest.param({"traffic": {"countryCode": "ДЕ"}}, "traffic.countryCode", id="not ASCII"),
    pytest.param({"traffic": {"isExit": "yes"}}, "traffic.isExit", id="not a boolean"),
    pytest.param({"traffic": {"isExit": 1}}, "traffic.isExit", id="one is no boolean"),
    pytest.param(
        {"traffic": {"engagedTimeMs": 86_400_001}}, "traffic.engagedTimeMs", id="over a day"
    ),
    pytest.param(
        {"traffic": {"scrollDepthPercent": 101}}, "traffic.scrollDepthPercent", id="over all"
    ),
    *(
        pytest.param(
            {"traffic": {"webVitals": {"ttfbMs": wrong}}}, "traffic.webVitals.ttfbMs", id=str(wrong)
        )
        for wrong in (-1, 120_001, 12.5, "120", True, [], {})
    ),
    *(
        pytest.param(
            {"traffic": {"webVitals": {name: 120_001}}}, f"traffic.webVitals.{name}", id=name
        )
        for name in ("fcpMs", "lcpMs", "inpMs")
    ),
    pytest.param(
        {"traffic": {"webVitals": {"clsScore": 10.01}}}, "traffic.webVitals.clsScore", id="cls"
    ),
    pytest.param({"props": [1]}, "props", id="props a list"),
    pytest.param({"props": "x"}, "props", id="props a string"),
    pytest.param({"props": {"a": {"b": ["c\x00"]}}}, "props", id="NUL deep in props"),
    pytest.param({"props": {"a\x00": 1}}, "props", id="NUL in a key"),
    pytest.param({"props": {"n": 10**301}}, "props", id="a number too wide"),
    pytest.param({"honeypot": 1}, "honeypot", id="honeypot a number"),
    pytest.param({"surprise": 1}, "surprise", id="unknown field"),
]
WILD = [
    pytest.param(b"", id="empty"),
    pytest.param(b"{", id="cut off"),
    pytest.param(b"[]", id="an array"),
    pytest.param(b"null", id="null"),
    pytest.param(b'"text"', id="a string"),
    pytest.param(b"\xff\xfe", id="no UTF-8"),
    pytest.param(b'{"anonId":"visitor\xff0001","eventType":"x","path":"/"}', id="no UTF-8 inside"),
    pytest.param(b'{"anonId":"visitor-\\ud800","eventType":"x","path":"/"}', id="half a surrogate"),
    pytest.param(b'{"anonId":"visitor-01","eventType":"x","path":"/","props":{"n":NaN}}', id="NaN"),
    pytest.param(
        b'{"anonId":"visitor-01","eventType":"x","path":"/","props":{"n":1e999}}',
        id="infinite",
    ),
    pytest.param(
        b'{"anonId":"visitor-01","eventType":"x","path":"/","traffic":{"webVitals":'
        b'{"clsScore":NaN}}}',
        id="NaN in a vital",
    ),
    pytest.param(
        b'{"anonId":"visitor-01","eventType":"x","path":"/","props":{"n":' + b"9" * 5000 + b"}}",
        id="5000 digits",
    ),
    pytest.param(
        b'{"anonId":"visitor-01","eventType":"x","path":"/","props":'
        + b'{"a":' * 17
        + b"1"
        + b"}" * 17
        + b"}",
        id="nested deeper than allowed",
    ),
    pytest.param(b'{"a":' * 9000 + b"1" + b"}" * 9000, id="nested very deep"),
    pytest.param(b"[" * 60_000, id="open brackets"),
]


def body_of(changes: dict[str, Any]) -> bytes:
    return json.dumps(event(**changes)).encode()


Refusals = dict[bytes, tuple[Answer, list[tuple[Any, ...]]]]


@pytest.fixture(scope="class")
def refusals(server: Server, database: str) -> Refusals:
    """The answer to each invalid body, and what the ledger counts for it.

    The ledger is written once a second, so all of them are posted before it is read.
    """
    cases: list[Any] = [body_of(case.values[0]) for case in INVALID]
    cases += [case.values[0] for case in WILD]
    hosts = {body: f"{uuid.uuid4().hex}.example" for body in cases}
    with psycopg.connect(database, autocommit=True, row_factory=dict_row) as connection:
        empty_raw(connection)
        answers = {
            body: server.request(
                "POST", "/v1/events", body, Content_Type="application/json", Host=host
            )
            for body, host in hosts.items()
        }
        counted = {body: refused(connection, host) for body, host in hosts.items()}
        assert connection.execute("select 1 from raw.visitors").fetchall() == []
    return {body: (answers[body], counted[body]) for body in hosts}


class TestAnInvalidBody:
    @pytest.mark.parametrize(("changes", "field"), INVALID)
    def test_is_refused_by_field_and_counted(
        self, refusals: Refusals, changes: dict[str, Any], field: str
    ) -> None:
        answer, counted = refusals[body_of(changes)]
        assert answer.status == 400
        assert answer.body["ok"] is False
        assert answer.body["error"] == "invalid_request"
        assert [issue["path"] for issue in answer.body["issues"]] == [field]
        assert all(issue["message"].startswith(("must ", "is ")) for issue in answer.body["issues"])
        unknown = field in ("surprise", "utm.sauce", "traffic.host")
        reason = f"invalid_request:{'unknown_field' if unknown else field}"
        assert counted == [(reason, 400, 1)]

    def test_names_every_field_that_is_wrong(self, server: Server) -> None:
        answer = server.post({})
        assert {issue["path"] for issue in answer.body["issues"]} == {
            "anonId",
            "eventType",
            "path",
        }

    def test_counts_for_the_property_that_it_names(
        self, server: Server, connection: Connection, host: str
    ) -> None:
        named = f"named.{host}"
        server.post(event(anonId="x", traffic={"propertyId": f" {named} "}), Host=host)
        server.post(event(traffic={"propertyId": "x" * 129}), Host=host)
        server.post(event(traffic={"propertyId": "a\x00"}), Host=host)
        assert refused(connection, named) == [("invalid_request:anonId", 400, 1)]
        property_id = "invalid_request:traffic.propertyId"
        assert refused(connection, host, 2) == [(property_id, 400, 2)]

    @pytest.mark.parametrize("raw", WILD)
    def test_of_wild_bytes_is_a_400(self, refusals: Refusals, raw: bytes) -> None:
        answer, counted = refusals[raw]
        assert answer.status == 400
        assert answer.body["error"] == "invalid_request"
        assert answer.body["issues"][0]["message"]
        [(reason, status, times)] = counted
        assert reason.startswith("invalid_request:")
        assert (status, times) == (400, 1)


class TestTheBounds:
    def test_64_kib_are_read_and_one_byte_more_is_not(
        self, server: Server, connection: Connection, host: str
    ) -> None:
        body = json.dumps(event(props={"fill": ""})).encode()
        fitting = body.replace(b'""', b'"' + b"x" * (65_536 - len(body)) + b'"')
        assert len(fitting) == 65_536
        headers = {"Content_Type": "application/json", "Host": host}
        assert server.request("POST", "/v1/events", fitting, **headers).status == 202
        answer = server.request("POST", "/v1/events", fitting + b" ", **headers)
        assert (answer.status, answer.body["error"]) == (413, "too_large")
        assert refused(connection, host) == [("too_large", 413, 1)]

    def test_ten_megabytes_are_refused(self, server: Server) -> None:
        body = b'{"anonId":"' + b"x" * 10_000_000
        answer = server.request("POST", "/v1/events", body, Content_Type="application/json")
        assert (answer.status, answer.body["error"]) == (413, "too_large")

    @pytest.mark.parametrize(
        ("headers", "field", "expected"),
        [
            ({"Content_Type": "application/x-www-form-urlencoded"}, "", "application/json"),
            (
                {"Content_Type": "application/json", "Content_Encoding": "gzip"},
                "content-encoding",
                "must be absent",
            ),
        ],
    )
    def test_another_content_type_is_refused(
        self,
        server: Server,
        connection: Connection,
        host: str,
        headers: dict[str, str],
        field: str,
        expected: str,
    ) -> None:
        body = gzip.compress(json.dumps(event()).encode())
        answer = server.request("POST", "/v1/events", body, Host=host, **headers)
        assert (answer.status, answer.body["error"]) == (415, "unsupported_media_type")
        [issue] = answer.body["issues"]
        assert issue["path"] == field
        assert expected in issue["message"]
        assert refused(connection, host) == [("unsupported_media_type", 415, 1)]

    @pytest.mark.parametrize(
        ("offset", "status"),
        [
            (timedelta(days=-90, minutes=5), 202),
            (timedelta(days=-90, minutes=-5), 400),
            (timedelta(hours=24, minutes=-5), 202),
            (timedelta(hours=24, minutes=5), 400),
        ],
    )
    def test_time_lies_between_retention_and_a_day_ahead(
        self,
        server: Server,
        connection: Connection,
        host: str,
        offset: timedelta,
        status: int,
    ) -> None:
        sent = event(timestamp=(datetime.now(UTC) + offset).isoformat())
        answer = server.post(sent, Host=host)
        assert answer.status == status
        if status == 400:
            assert [issue["path"] for issue in answer.body["issues"]] == ["timestamp"]
            assert refused(connection, host) == [("bad_timestamp", 400, 1)]


class TestOtherRequests:
    def test_errors_have_one_shape(self, server: Server) -> None:
        unknown = server.request("GET", "/v1/nothing")
        assert (unknown.status, unknown.body) == (404, {"ok": False, "error": "not_found"})
        wrong = server.request("GET", "/v1/events")
        assert (wrong.status, wrong.body["error"]) == (405, "method_not_allowed")
        assert "POST" in wrong.headers["Allow"]

    def test_a_fault_of_ours_says_nothing_of_what_is_inside(self) -> None:
        app = Flask(__name__)
        register_error_handlers(app)

        @app.get("/fail")
        def fail() -> str:
            raise RuntimeError("the inside")

        answer = app.test_client().get("/fail")
        assert answer.status_code == 500
        assert answer.get_json() == {"ok": False, "error": "internal_error"}
        assert b"inside" not in answer.data

    def test_a_host_that_cannot_be_one_is_refused(self, server: Server) -> None:
        answer = server.post(event(), Host="x" * 300)
        assert (answer.status, answer.body["error"]) == (400, "invalid_request")

    def test_healthz(self, server: Server) -> None:
        answer = server.request("GET", "/v1/healthz")
        assert (answer.status, answer.body) == (200, {"ok": True})


@pytest.fixture(scope="module")
def direct_server(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that trusts no proxy."""
    with serving(database, tmp_path_factory.mktemp("direct")) as running:
        yield running


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/?gclid=x", "paid_search"), ("/?a=1&FBCLID=x", "social"), ("/?gclid=", "direct")],
)
def test_a_click_id_in_the_path_is_a_traffic_source(
    server: Server, connection: Connection, path: str, expected: str
) -> None:
    server.post(event(path=path))
    assert only_event(connection)["traffic_source"] == expected


class TestTheCountryHeader:
    @pytest.fixture(scope="class")
    @classmethod
    def behind_a_cdn(
        cls, database: str, tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[Server]:
        settings = {"TRUSTED_PROXIES": "127.0.0.1", "COUNTRY_HEADER": "CF-IPCountry"}
        with serving(database, tmp_path_factory.mktemp("cdn"), **settings) as running:
            yield running

    def test_of_a_trusted_proxy_wins_over_the_lookup_and_not_over_the_claim(
        self, behind_a_cdn: Server, connection: Connection
    ) -> None:
        headers = {"X_Forwarded_For": "8.8.8.8", "CF_IPCountry": "nz"}
        behind_a_cdn.post(event(path="/1"), **headers)
        behind_a_cdn.post(event(path="/2", traffic={"countryCode": "fr"}), **headers)
        behind_a_cdn.post(event(path="/3"), **(headers | {"CF_IPCountry": "XX"}))
        rows = connection.execute("select country_code from raw.events order by path").fetchall()
        assert [row["country_code"] for row in rows] == ["NZ", "FR", "US"]

    def test_counts_for_nothing_where_the_settings_do_not_name_it(
        self, server: Server, connection: Connection
    ) -> None:
        server.post(event(), X_Forwarded_For="8.8.8.8", CF_IPCountry="nz")
        assert only_event(connection)["country_code"] == "US"

    def test_counts_for_nothing_from_anybody_else(
        self, database: str, connection: Connection, tmp_path: Path
    ) -> None:
        with serving(database, tmp_path, COUNTRY_HEADER="CF-IPCountry") as open_to_all:
            open_to_all.post(event(), CF_IPCountry="nz")
        assert only_event(connection)["country_code"] is None


class TestForwardedAddresses:
    def test_count_only_from_a_trusted_proxy(
        self, direct_server: Server, connection: Connection
    ) -> None:
        direct_server.post(event(path="/1"), X_Forwarded_For="8.8.8.8")
        direct_server.post(event(path="/2"))
        hashes = connection.execute("select distinct ip_hash from raw.events").fetchall()
        assert len(hashes) == 1
        countries = connection.execute("select distinct country_code from raw.events").fetchall()
        assert countries == [{"country_code": None}]


def test_the_visitor_is_the_same_on_every_server(server: Server) -> None:
    namespace = uuid.uuid5(uuid.NAMESPACE_URL, "urn:footfall:visitor")
    answer = server.post(event(anonId="visitor-0001"))
    assert answer.body["visitorId"] == str(uuid.uuid5(namespace, "visitor-0001"))
