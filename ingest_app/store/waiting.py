"""Waiting for what another thread does, without holding up the event loop.

The app is written as ordinary code that waits where it must. Under the gate the code of a small
request runs on the thread of the event loop, in a greenlet of its own; where it waits, the loop goes
on with other requests. Everywhere else the same code waits as a thread does.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

import greenlet

Result = TypeVar("Result")


class _LoopGreenlet(greenlet.greenlet):  # type: ignore[misc]
    """Code that runs on the loop's thread and may wait there."""

    def __init__(self, run: Callable[..., Any], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(run)
        self.loop = loop


async def run_on_loop(function: Callable[..., Result], *arguments: Any) -> Result:
    """Call an ordinary function on this thread; its waits for promises do not block the loop."""
    running = _LoopGreenlet(function, asyncio.get_running_loop())
    handed_over = running.switch(*arguments)
    while not running.dead:
        # It waits, and has handed over what for.
        await handed_over
        handed_over = running.switch()
    result: Result = handed_over
    return result


def soon(function: Callable[[], None]) -> None:
    """Call a function: at once, or on the loop after the requests that are at hand already."""
    current = greenlet.getcurrent()
    if isinstance(current, _LoopGreenlet):
        current.loop.call_soon(function)
    else:
        function()


class Promise(Generic[Result]):
    """A result that another thread will have. Made and waited for by the one who needs it."""

    __slots__ = ("_error", "_event", "_future", "_loop", "_result")

    def __init__(self) -> None:
        self._result: Result | None = None
        self._error: BaseException | None = None
        self._event: threading.Event | None = None
        current = greenlet.getcurrent()
        if isinstance(current, _LoopGreenlet):
            self._loop = current.loop
            self._future = current.loop.create_future()
        else:
            self._event = threading.Event()

    def wait(self) -> Result:
        """The result, once it is there; raises what it was broken with."""
        if self._event is not None:
            self._event.wait()
        else:
            # The loop, which comes back here once the future is done.
            greenlet.getcurrent().parent.switch(self._future)
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]

    def keep(self, result: Result) -> None:
        """Give the result. Whoever waits is woken by `settle`."""
        self._result = result

    def break_with(self, error: BaseException) -> None:
        """Give an error in the place of a result."""
        self._error = error


def settle(promises: Iterable[Promise[Any]]) -> None:
    """Wake all who wait for these: each loop once, which costs less than once for each."""
    futures: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for promise in promises:
        if promise._event is not None:
            promise._event.set()
        else:
            futures.setdefault(promise._loop, []).append(promise._future)
    for loop, waiting in futures.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_wake, waiting)


def _wake(waiting: Iterable[asyncio.Future[None]]) -> None:
    for future in waiting:
        if not future.done():
            future.set_result(None)
