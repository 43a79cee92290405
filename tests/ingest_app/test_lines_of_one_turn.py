"""Lines in the log of requests that are answered together: one write, before any of the answers."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ingest_app.store.waiting import Future, wake
from ingest_app.web.gate import BodyGate
from ingest_app.web.logs import LineHandler

logger = logging.getLogger("ingest_app.test_lines_of_one_turn")


class Told(io.StringIO):
    """A stream that keeps what each write was, among all else that happened."""

    def __init__(self, happened: list[str]) -> None:
        super().__init__()
        self.happened = happened

    def write(self, text: str) -> int:
        self.happened.append(text)
        return len(text)


@pytest.fixture
def happened() -> Iterator[list[str]]:
    """What was written and answered, in order."""
    told: list[str] = []
    handler = LineHandler(Told(told))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield told
    logger.removeHandler(handler)


def answered_together(count: int, told: list[str], *, is_light: bool) -> None:
    """So many requests that wait for one event and are woken by it, as a group is by its commit."""
    waiting: list[Future[None]] = []

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        name = environ["PATH_INFO"]
        if is_light:
            waiting.append(future := Future())
            if len(waiting) == count:
                for one in waiting:
                    one.set_result(None)
                wake(waiting)
            future.result()
        logger.info("line %s", name)
        start_response("202 Accepted", [])
        return [name.encode()]

    gate = BodyGate(app, is_light=lambda _: is_light, on_stop=lambda: None)

    async def request(name: str) -> None:
        scope = {"type": "http", "method": "POST", "path": name, "query_string": b""}
        scope |= {"scheme": "http", "http_version": "1.1", "headers": []}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request"}

        async def send(message: Any) -> None:
            if "body" in message:
                told.append(f"answer {message['body'].decode()}")

        await gate(scope, receive, send)

    async def everyone() -> None:
        await asyncio.gather(*(request(str(number)) for number in range(count)))

    # A loop of its own: that of a browser's driver may run in this thread.
    with ThreadPoolExecutor(1) as threads:
        threads.submit(asyncio.run, everyone()).result()


def test_lines_of_a_group_are_one_write_and_before_the_answers(happened: list[str]) -> None:
    answered_together(3, happened, is_light=True)
    lines = [f"line {number}\n" for number in range(3)]
    assert happened == ["".join(lines), *(f"answer {number}" for number in range(3))]


def test_a_line_from_outside_of_the_loop_is_written_at_once(happened: list[str]) -> None:
    logger.info("line a")
    assert happened == ["line a\n"]
    answered_together(1, happened, is_light=False)
    assert happened == ["line a\n", "line 0\n", "answer 0"]


def test_nothing_waits_once_the_handler_is_flushed_and_a_broken_stream_stops_nobody(
    happened: list[str],
) -> None:
    [handler] = logger.handlers
    assert isinstance(handler, LineHandler)
    handler.flush()
    assert happened == []
    handler.setStream(broken := io.StringIO())
    broken.close()
    answered_together(2, happened, is_light=True)
    assert happened == ["answer 0", "answer 1"]
