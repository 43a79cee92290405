"""Answers that are kept for a while."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ingest_app.web.reports.kept import KeptBodies

LONG = 600.0


def kept(answer: Callable[[Any], bytes], seconds: float, **bound: int) -> Callable[[Any], bytes]:
    """The same function, its answers kept."""
    bodies = KeptBodies(seconds, **bound)
    return lambda question: bodies.body(question, lambda: answer(question))


def test_many_who_ask_at_once_cause_one_answer() -> None:
    asked: list[str] = []
    all_have_asked = threading.Event()

    def answer(question: str) -> bytes:
        asked.append(question)
        all_have_asked.wait(timeout=10)
        return question.encode()

    ask = kept(answer, LONG)
    with ThreadPoolExecutor(5) as threads:
        answers = [threads.submit(ask, "how many?") for _ in range(5)]
        # Time for the others to come while the first is still at it.
        threading.Event().wait(0.2)
        all_have_asked.set()
        assert {one.result(timeout=20) for one in answers} == {b"how many?"}
    assert asked == ["how many?"]


def test_time_runs_out() -> None:
    numbers = iter(range(9))
    ask = kept(lambda _: str(next(numbers)).encode(), 0.05)
    assert ask("x") == b"0"
    threading.Event().wait(0.2)
    assert ask("x") == b"1"


def test_no_time_is_no_keeping() -> None:
    numbers = iter(range(9))
    ask = kept(lambda _: str(next(numbers)).encode(), 0)
    assert [ask("x"), ask("x")] == [b"0", b"1"]


def test_what_is_raised_is_not_kept() -> None:
    numbers = iter(range(9))

    def answer(_: str) -> bytes:
        if next(numbers) == 0:
            raise KeyError
        return b"well"

    ask = kept(answer, LONG)
    with pytest.raises(KeyError):
        ask("x")
    assert ask("x") == b"well"


def test_the_bytes_that_are_kept_are_bounded() -> None:
    asked: list[int] = []

    def answer(question: int) -> bytes:
        asked.append(question)
        return bytes(10)

    ask = kept(answer, LONG, max_bytes=35)
    for question in range(5):
        ask(question)
    assert asked == [0, 1, 2, 3, 4]
    ask(4)
    assert asked == [0, 1, 2, 3, 4]
    ask(0)
    assert asked[-1] == 0


def test_an_answer_that_is_too_large_is_told_all_the_same() -> None:
    assert kept(lambda _: bytes(50), LONG, max_bytes=35)("x") == bytes(50)
