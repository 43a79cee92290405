"""What the sender does with each answer, over real sockets."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ingest_app.clients.post import Post, json_post
from ingest_app.clients.sender import (
    EndpointUnreachable,
    Patience,
    WrongEndpoint,
    events_url,
    send,
)

QUICK = Patience(
    timeout_seconds=5, attempts=3, first_backoff_seconds=0.01, longest_wait_seconds=0.05
)


def posts(count: int) -> Iterator[Post]:
    return (json_post({"n": n}, {"User-Agent": f"agent-{n}"}) for n in range(count))


def number(request: Any) -> int:
    n: int = json.loads(request.body)["n"]
    return n


def test_each_answer_is_counted_once(endpoint: Any, reply: Any, refusal: Any) -> None:
    answers = [
        reply(),
        reply(headers={"Footfall-Outcome": "duplicate"}),
        reply(headers={}),  # a filled honeypot
        refusal(("anonId", "too short"), ("traffic.deviceType", "unknown")),
        refusal(("anonId", "too short")),
        reply(413, {}, b'{"ok": false, "error": "too_large"}'),
        reply(415, {}, b'{"ok": false, "error": "unsupported"}'),
        reply(500, {}, b"<h1>oops</h1>"),
        reply(200, {}, b"<h1>a page</h1>"),
    ]
    endpoint.reply = lambda request: answers[number(request)]
    report = send(posts(9), url=endpoint.root, concurrency=3, patience=QUICK)
    assert (report.accepted, report.duplicate, report.rejected, report.failed) == (2, 1, 4, 2)
    assert report.sent == 9
    assert report.by_status == {200: 1, 202: 3, 400: 2, 413: 1, 415: 1, 500: 1}
    assert report.rejected_by_field == {"anonId": 2, "traffic.deviceType": 1}
    assert {answer.error for answer in report.rejections} == {
        "invalid_request",
        "too_large",
        "unsupported",
    }
    assert {answer.error for answer in report.failures} == {"<h1>oops</h1>", "<h1>a page</h1>"}
    assert report.retries == 2  # the two further attempts at the 500
    assert report.rate > 0


def test_every_post_arrives_once_with_its_own_headers(endpoint: Any) -> None:
    report = send(posts(500), url=endpoint.root, concurrency=4, patience=QUICK)
    assert report.accepted == 500
    assert sorted(number(request) for request in endpoint.requests) == list(range(500))
    for request in endpoint.requests:
        assert request.path == "/v1/events"
        assert request.headers["User-Agent"] == f"agent-{number(request)}"
        assert request.headers["Content-Type"] == "application/json"
    assert endpoint.connections <= 4


def test_a_post_without_agent_goes_without_and_with_its_host(endpoint: Any) -> None:
    send([json_post({}, {"Host": "blog.example"})], url=endpoint.root, patience=QUICK)
    (request,) = endpoint.requests
    assert "User-Agent" not in request.headers
    assert request.headers["Host"] == "blog.example"


def test_a_rate_limit_is_told_once_while_the_run_waits(endpoint: Any, reply: Any) -> None:
    limited = iter([True, True, True])

    def answer(_request: Any) -> Any:
        return reply(429, {"Retry-After": "0"}) if next(limited, False) else reply()

    endpoint.reply = answer
    told: list[str] = []
    report = send(posts(4), url=endpoint.root, concurrency=1, notice=told.append)
    assert report.sent == 4
    [line] = told
    assert "FOOTFALL_RATE_LIMITS_ENABLED=false" in line


@pytest.mark.parametrize("status", [429, 503, 502])
def test_a_busy_server_is_asked_again(endpoint: Any, reply: Any, status: int) -> None:
    def answer(_request: Any) -> Any:
        first = len(endpoint.requests) == 1
        return reply(status, {"Retry-After": "0"}) if first else reply()

    endpoint.reply = answer
    report = send(posts(1), url=endpoint.root, patience=QUICK)
    assert (report.accepted, report.retries) == (1, 1)
    assert report.by_status == {202: 1}


def test_a_server_that_stays_busy_fails_the_post_after_the_last_attempt(
    endpoint: Any, reply: Any
) -> None:
    endpoint.reply = lambda _request: reply(429, {"Retry-After": "1"}, b'{"error": "rate_limited"}')
    report = send(posts(2), url=endpoint.root, concurrency=1, patience=QUICK)
    assert (report.failed, report.sent, len(endpoint.requests)) == (2, 2, 6)
    assert report.failures[0].error == "rate_limited"


def test_the_server_says_how_long_to_wait_up_to_a_bound() -> None:
    patience = Patience(first_backoff_seconds=0.5, longest_wait_seconds=60)
    assert patience.wait_before_retry(1, "7") == 7
    assert patience.wait_before_retry(1, "9999") == 60
    assert patience.wait_before_retry(1, None) == 0.5
    assert patience.wait_before_retry(3, "Wed, 21 Oct 2026 07:28:00 GMT") == 2


def test_a_refusal_is_not_repeated(endpoint: Any, refusal: Any) -> None:
    endpoint.reply = lambda _request: refusal(("path", "missing"))
    send(posts(3), url=endpoint.root, patience=QUICK)
    assert len(endpoint.requests) == 3


def test_only_a_few_examples_are_kept(endpoint: Any, refusal: Any) -> None:
    endpoint.reply = lambda _request: refusal(("path", "missing"))
    report = send(posts(50), url=endpoint.root, patience=QUICK)
    assert report.rejected_by_field == {"path": 50}
    assert len(report.rejections) == 5
    assert report.rejections[0].issues == (("path", "missing"),)


def test_nobody_listening_is_told_with_the_url() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(EndpointUnreachable, match=f"http://127.0.0.1:{port}/v1/events"):
        send(posts(100), url=f"http://127.0.0.1:{port}", patience=QUICK)


@pytest.mark.parametrize(
    ("status", "message"), [(404, "answered 404"), (405, "answered 405"), (301, "https://real/")]
)
def test_a_wrong_place_ends_the_run_at_once(
    endpoint: Any, reply: Any, status: int, message: str
) -> None:
    endpoint.reply = lambda _request: reply(status, {"Location": "https://real/"})
    with pytest.raises(WrongEndpoint, match=message):
        send(posts(10_000), url=endpoint.root + "/nope", concurrency=2, patience=QUICK)
    assert len(endpoint.requests) < 20


def test_a_server_that_goes_away_ends_the_run(endpoint: Any, reply: Any) -> None:
    def answer(_request: Any) -> Any:
        raise ConnectionAbortedError

    endpoint.server.handle_error = lambda *_arguments: None
    endpoint.reply = answer
    with pytest.raises(EndpointUnreachable):
        send(posts(1000), url=endpoint.root, concurrency=4, patience=QUICK)


def test_a_run_that_ends_does_not_sit_out_its_waits(endpoint: Any, reply: Any) -> None:
    def answer(request: Any) -> Any:
        if number(request) < 3:
            return reply(429, {"Retry-After": "30"})
        return reply(404)

    endpoint.reply = answer
    started = time.monotonic()
    with pytest.raises(WrongEndpoint):
        send(posts(10), url=endpoint.root, concurrency=4, patience=Patience())
    assert time.monotonic() - started < 25


def test_an_error_of_the_iterator_reaches_the_caller_and_leaves_no_thread(endpoint: Any) -> None:
    def broken() -> Iterator[Post]:
        yield from posts(5)
        raise RuntimeError("no more")

    before = threading.active_count()
    with pytest.raises(RuntimeError, match="no more"):
        send(broken(), url=endpoint.root, patience=QUICK)
    deadline = time.monotonic() + 30
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)  # the endpoint's own threads notice the closed connections
    assert threading.active_count() <= before


def test_posts_are_taken_only_as_fast_as_they_are_answered(endpoint: Any, reply: Any) -> None:
    taken = 0
    gate = threading.Event()

    def counted() -> Iterator[Post]:
        nonlocal taken
        for post in posts(1000):
            taken += 1
            yield post

    def answer(_request: Any) -> Any:
        gate.wait(5)
        return reply()

    seen: list[int] = []

    def progress(done: int, total: int | None) -> None:
        assert total == 1000
        seen.append(done)
        if taken and len(seen) > 3 and not gate.is_set():
            # Two at work, eight queued, one in the hand.
            assert taken <= 2 + 2 * 4 + 1
            gate.set()

    endpoint.reply = answer
    report = send(
        counted(), url=endpoint.root, total=1000, concurrency=2, progress=progress, patience=QUICK
    )
    assert gate.is_set()
    assert report.sent == taken == 1000
    assert seen == sorted(seen)
    assert seen[-1] == 1000


def test_nothing_to_send_is_a_report_of_zeros(endpoint: Any) -> None:
    report = send([], url=endpoint.root, patience=QUICK)
    assert (report.sent, report.by_status, report.rate) == (0, {}, 0.0)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1/events"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/v1/events"),
        ("https://a.example/v1/events", "https://a.example/v1/events"),
        ("https://a.example/v1/events/", "https://a.example/v1/events"),
        ("https://a.example/stats/v1/events?k=1", "https://a.example/stats/v1/events?k=1"),
        ("http://[::1]:8000", "http://[::1]:8000/v1/events"),
    ],
)
def test_a_root_becomes_its_endpoint(given: str, expected: str) -> None:
    assert events_url(given) == expected


@pytest.mark.parametrize("given", ["127.0.0.1:8000", "ftp://a/", "http://", "http://a:b", ""])
def test_no_url_is_an_error(given: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        events_url(given)
