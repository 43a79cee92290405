"""Which pages may read the answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask

from ingest_app.origins import normal_origin
from ingest_app.web.cors import init_cors
from ingest_app.web.errors import register_error_handlers
from tests.support.server import Server, serving

EVENT = {"anonId": "visitor-0001", "eventType": "page_view", "path": "/"}
ALLOWED = "https://shop.example"
CORS_HEADERS = (
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
    "Access-Control-Expose-Headers",
    "Access-Control-Max-Age",
)

pytestmark = pytest.mark.usefixtures("clean_tables")


@pytest.fixture(scope="module")
def cors_server(database: str, data_dir: Path) -> Iterator[Server]:
    with serving(
        database,
        data_dir,
        RATE_LIMITS_ENABLED="true",
        CORS_ALLOWED_ORIGINS=f"{ALLOWED}/, HTTPS://Blog.Example:443, http://localhost:3000",
    ) as running:
        yield running


def preflight(server: Server, origin: str) -> dict[str, str]:
    answer = server.request(
        "OPTIONS",
        "/v1/events",
        Origin=origin,
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="content-type",
    )
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["Vary"] == "Origin"
    return {name: answer.headers[name] for name in CORS_HEADERS if name in answer.headers}


class TestAPreflight:
    def test_of_an_allowed_page(self, cors_server: Server) -> None:
        assert preflight(cors_server, ALLOWED) == {
            "Access-Control-Allow-Origin": ALLOWED,
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "content-type",
            "Access-Control-Expose-Headers": "Footfall-Outcome, Retry-After",
            "Access-Control-Max-Age": "86400",
        }

    @pytest.mark.parametrize(
        "origin",
        [
            "https://blog.example",
            "https://BLOG.example",
            "http://localhost:3000",
            "https://shop.example:443",
        ],
    )
    def test_compares_origins_as_browsers_do(self, cors_server: Server, origin: str) -> None:
        assert preflight(cors_server, origin)["Access-Control-Allow-Origin"] == origin

    @pytest.mark.parametrize(
        "origin",
        [
            "null",
            "*",
            "https://evil.example",
            "http://shop.example",
            "https://shop.example:8443",
            "https://shop.example.evil.example",
            "https://evilshop.example",
            "https://www.shop.example",
            "https://shop.example/",
            "https://shop.example@evil.example",
            "http://localhost",
            "https://[bad",
            "https://shop.example:x",
            "",
        ],
    )
    def test_of_another_page_says_nothing(self, cors_server: Server, origin: str) -> None:
        assert preflight(cors_server, origin) == {}


class TestAnAnswer:
    def test_may_be_read_by_an_allowed_page(self, cors_server: Server) -> None:
        answer = cors_server.post(EVENT, Origin=ALLOWED)
        assert answer.status == 202
        assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED
        assert answer.headers["Access-Control-Expose-Headers"] == "Footfall-Outcome, Retry-After"
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert answer.headers["Vary"] == "Origin"

    @pytest.mark.parametrize("origin", ["https://evil.example", "null"])
    def test_to_another_page_is_given_but_not_to_be_read(
        self, cors_server: Server, origin: str
    ) -> None:
        answer = cors_server.post(EVENT, Origin=origin, Content_Type="text/plain")
        assert answer.status == 202
        assert not any(name in answer.headers for name in CORS_HEADERS)
        assert answer.headers["Vary"] == "Origin"

    def test_to_a_question_that_says_nothing_may_be_read_by_any_page(
        self, cors_server: Server
    ) -> None:
        for path in ("/v1/events", "/v1/events/batch"):
            answer = cors_server.request("GET", path, Origin="https://evil.example")
            assert answer.status == 405
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            # One that is kept would answer for a server that is away.
            assert answer.headers["Cache-Control"] == "no-store"

    def test_without_an_origin_is_kept_apart_by_caches(self, cors_server: Server) -> None:
        answer = cors_server.post(EVENT)
        assert answer.headers["Vary"] == "Origin"
        assert "Access-Control-Allow-Origin" not in answer.headers

    def test_may_be_read_when_it_is_an_error(self, cors_server: Server) -> None:
        post = cors_server.request
        answers = {
            400: post("POST", "/v1/events", b"no", Origin=ALLOWED),
            404: post("POST", "/v1/none", b"", Origin=ALLOWED),
            405: post("GET", "/v1/events", Origin=ALLOWED),
            413: post("POST", "/v1/events", b" " * 70_000, Origin=ALLOWED),
            415: post("POST", "/v1/events", b"", Origin=ALLOWED, Content_Type="image/png"),
            429: [post("POST", "/v1/leads/delete", b"", Origin=ALLOWED) for _ in range(12)][-1],
        }
        for status, answer in answers.items():
            assert answer.status == status
            assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED

    def test_may_be_read_when_the_app_failed(self) -> None:
        app = Flask(__name__)
        register_error_handlers(app)
        init_cors(app, [ALLOWED])
        app.add_url_rule("/fail", view_func=lambda: 1 / 0)
        answer = app.test_client().get("/fail", headers={"Origin": ALLOWED})
        assert answer.status_code == 500
        assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED


class TestTheSetting:
    def test_may_allow_every_page(self) -> None:
        app = Flask(__name__)
        init_cors(app, ["*"])
        app.add_url_rule("/", view_func=lambda: "")
        for origin in ("https://any.example", "null"):
            answer = app.test_client().get("/", headers={"Origin": origin})
            assert answer.headers["Access-Control-Allow-Origin"] == "*"

    @pytest.mark.parametrize(
        "entry",
        [
            "shop.example",
            "https://",
            "https://shop.example/path",
            "null",
            "https://a@b",
            "https://a:x",
        ],
    )
    def test_takes_origins_only(self, entry: str) -> None:
        with pytest.raises(ValueError, match=r"origin|[Pp]ort"):
            normal_origin(entry, may_end_in_slash=True)


class TestAPostThatAsksNobodyFirst:
    """What `fetch` with keepalive and beacons send: text/plain, which needs no preflight."""

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", ALLOWED])
    def test_counts_from_any_origin(
        self, cors_server: Server, connection: psycopg.Connection[Any], origin: str
    ) -> None:
        headers = {"Origin": origin, "Content_Type": "text/plain;charset=UTF-8"}
        answer = cors_server.post(EVENT | {"path": "/alone"}, **headers)
        assert (answer.status, answer.headers["Footfall-Outcome"]) == (202, "accepted")
        batch = [EVENT | {"path": f"/{n}"} for n in range(2)]
        for body in (json.dumps(batch), "\n".join(map(json.dumps, batch))):
            sent = body.replace('"/', f'"/{len(body)}/').encode()
            answer = cors_server.request("POST", "/v1/events/batch", sent, **headers)
            assert (answer.status, answer.body["accepted"]) == (202, 2)
            assert ("Access-Control-Allow-Origin" in answer.headers) is (origin == ALLOWED)
        [row] = connection.execute("select count(*) as count from raw.events").fetchall()
        assert row["count"] == 5
