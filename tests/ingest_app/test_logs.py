"""The log of the real server: what is in it, and that nothing of a visitor is."""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask

from ingest_app.metrics import Metrics
from ingest_app.settings import load_settings
from ingest_app.web.logs import JsonFormatter, describe, log_requests
from tests.support.postgres import BreakablePostgres, breakable_postgres
from tests.support.server import Server, serving

ADDRESS = "203.0.113.77"
AGENT = "Mozilla/5.0 zq-agent-mark"
EMAIL = "zq-email-mark@example.com"
MARK = "zq-mark"
# Each place of a request has a mark of its own; none may be found in the log.
MARKS = re.compile(r"203\.0\.113|zq-|example\.com|visitor-zq|%40", re.IGNORECASE)


@pytest.fixture
def postgres() -> Iterator[BreakablePostgres]:
    """A database that a test may stop."""
    with breakable_postgres() as cluster:
        yield cluster


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "server.log"


def marked_event(**more: Any) -> dict[str, Any]:
    return {
        "anonId": "visitor-zq-0001",
        "eventType": "page_view",
        "path": f"/{MARK}-path?email={EMAIL}",
        "referrer": f"https://{MARK}-referrer.example/",
        "timestamp": datetime.now(UTC).isoformat(),
        "props": {"email": EMAIL, "note": f"{MARK}-prop"},
        **more,
    }


def marked_headers(**more: str) -> dict[str, str]:
    return {
        "X_Forwarded_For": ADDRESS,
        "User_Agent": AGENT,
        "Referer": f"https://{MARK}-referer.example/",
        "Cookie": f"{MARK}-cookie=1",
        **more,
    }


def read(log: Path) -> list[dict[str, Any]]:
    """Every line; each is an object of JSON."""
    return [json.loads(line) for line in log.read_text().splitlines()]


def requests(log: Path) -> list[dict[str, Any]]:
    return [line for line in read(log) if line["logger"] == "ingest_app.requests"]


def errors(log: Path) -> list[dict[str, Any]]:
    return [line for line in read(log) if line["level"] == "error"]


def test_nothing_of_a_visitor_is_in_the_log_whatever_goes_wrong(
    postgres: BreakablePostgres, tmp_path: Path, log: Path
) -> None:
    settings = {"TRUSTED_PROXIES": "127.0.0.1", "RATE_LIMITS_ENABLED": "false"}
    with serving(postgres.url, tmp_path / "data", log=log, **settings) as app:
        bad = marked_event(path="", nonsense=EMAIL, utm={"source": f"{MARK}-utm" * 99})
        assert app.post(marked_event(), **marked_headers()).status == 202
        assert app.post(marked_event(), **marked_headers()).status == 202
        assert app.post(bad, **marked_headers()).status == 400
        assert app.post(marked_event(timestamp=EMAIL), **marked_headers()).status == 400
        not_json = f'{{"anonId": "{EMAIL}'.encode()
        where = f"/v1/events?email={EMAIL}"
        assert app.request("POST", where, not_json, **marked_headers()).status == 400
        kind = marked_headers(Content_Type=f"text/{MARK}-kind")
        assert app.request("POST", "/v1/events", not_json, **kind).status == 415
        lost = f"/{MARK}-path/{EMAIL}?q={EMAIL}"
        assert app.request("GET", lost, **marked_headers()).status == 404
        assert app.request("PUT", "/v1/events", not_json, **marked_headers()).status == 405
        assert app.request("ZQ-METHOD", "/v1/events", **marked_headers()).status == 405
        claimed = marked_headers(X_Request_Id=f"{EMAIL}")
        assert app.request("GET", "/v1/healthz", **claimed).status == 200
        claimed = marked_headers(X_Request_Id=ADDRESS)
        assert app.request("GET", "/v1/healthz", **claimed).status == 200

        # The database's own words, which quote the row.
        with psycopg.connect(postgres.url, autocommit=True) as connection:
            connection.execute(
                "alter table raw.events add constraint refuse_it check (event_type <> 'refused')"
            )
        refused = marked_event(eventType="refused")
        assert app.post(refused, **marked_headers()).status == 400

        postgres.down()
        with ThreadPoolExecutor(4) as threads:
            away = [
                threads.submit(app.post, marked_event(props={"n": 1}), **marked_headers()),
                threads.submit(app.post, bad, **marked_headers()),
                threads.submit(app.request, "GET", "/v1/readyz", **marked_headers()),
            ]
            assert [answer.result().status for answer in away] == [202, 400, 200]
        postgres.up()

    text = log.read_text()
    assert MARKS.findall(text) == []
    statuses = [line["status"] for line in requests(log) if line["route"] != "/v1/healthz"]
    assert sorted(statuses) == sorted(
        [202, 202, 400, 400, 400, 415, 404, 405, 405, 400, 202, 400, 200]
    )
    messages = {line["message"] for line in read(log)}
    assert "the database refuses an event: 23514 refuse_it" in messages
    told = [line for line in errors(log) if line["message"].startswith("the database is away")]
    assert told
    assert told[0]["error"]["type"].startswith("psycopg.")
    assert any("ingest_app.store.writer:" in frame for frame in told[0]["error"]["frames"])
    assert {line["pid"] for line in errors(log)} <= {line["pid"] for line in requests(log)}


def test_a_request_is_one_line_with_what_it_takes_to_find_it(
    database: str, tmp_path: Path, log: Path
) -> None:
    with serving(database, tmp_path / "data", log=log) as app:
        answer = app.post(marked_event())
        app.request("GET", "/nowhere")
    [line] = [line for line in requests(log) if line["route"] == "/v1/events"]
    assert line.keys() == {
        *("time", "level", "logger", "message", "pid", "request_id"),
        *("method", "route", "status", "duration_ms"),
    }
    assert (line["method"], line["status"], line["level"]) == ("POST", 202, "info")
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert 0 < line["duration_ms"] < 30_000
    assert datetime.fromisoformat(line["time"]).tzinfo is not None
    [lost] = [line for line in requests(log) if line["status"] == 404]
    assert lost["route"] is None
    # The server's own words come the same way.
    assert any(line["logger"].startswith("_granian") for line in read(log))


@pytest.mark.parametrize("sent", ["0123abcd", "Root_1-67891233-abcdef", "a" * 64])
def test_the_id_that_a_trusted_proxy_gives_is_kept(server: Server, sent: str) -> None:
    answer = server.request("GET", "/v1/healthz", X_Request_Id=sent)
    assert answer.headers["X-Request-Id"] == sent


@pytest.mark.parametrize("sent", ["short", "a" * 65, "10.20.30.40", "2001:db8::1234", "with space"])
def test_an_id_that_is_not_well_formed_is_made_anew(server: Server, sent: str) -> None:
    answer = server.request("GET", "/v1/healthz", X_Request_Id=sent)
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"])


def test_the_id_that_anyone_else_gives_is_not_kept(database: str, tmp_path: Path) -> None:
    with serving(database, tmp_path) as app:
        made = [
            app.request("GET", path, X_Request_Id="0123abcd").headers["X-Request-Id"]
            for path in ("/v1/healthz", "/v1/healthz", "/nowhere")
        ]
    assert len({*made, "0123abcd"}) == 4


def test_an_exception_is_told_without_its_message_down_to_its_cause() -> None:
    try:
        try:
            raise ValueError(EMAIL)
        except ValueError as cause:
            raise RuntimeError(f"around {EMAIL}") from cause
    except RuntimeError as error:
        record = logging.LogRecord(
            "x", logging.ERROR, __file__, 1, "it broke: %s", (error,), sys.exc_info()
        )
        told = describe(error)
    line = JsonFormatter().format(record)
    assert EMAIL not in line
    assert json.loads(line)["message"] == "it broke: RuntimeError"
    assert told["type"] == "RuntimeError"
    assert told["cause"]["type"] == "ValueError"
    assert len(told["frames"]) == 1
    assert "\n" not in line


def test_what_breaks_outside_of_the_error_handlers_is_told_and_answered(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    app = Flask("broken")
    log_requests(app, load_settings(), Metrics())

    @app.teardown_request
    def break_down(_: object) -> None:
        raise RuntimeError(EMAIL)

    with caplog.at_level(logging.INFO):
        answer = app.test_client().get(f"/{MARK}")
        thread = threading.Thread(target=break_down, args=(None,))
        thread.start()
        thread.join()
    assert (answer.status_code, answer.get_json()["error"]) == (500, "internal_error")
    assert len(answer.headers["X-Request-Id"]) == 32
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert not [line for line in lines if MARKS.search(line)]
    told = [json.loads(line)["message"] for line in lines]
    assert told == ["the app broke down", "request", "a thread died"]
