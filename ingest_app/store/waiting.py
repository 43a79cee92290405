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
    """Call an ordinary function on this thread; where it waits for a `Future`, the loop goes on."""
    running = _LoopGreenlet(function, asyncio.get_running_loop())
    awaited = running.switch(*arguments)
    while not running.dead:
        # The function waits. It has switched back here with what it waits for.
        await awaited
        awaited = running.switch()
    result: Result = awaited
    return result


def call_soon(function: Callable[[], None]) -> None:
    """Call a function: at once, or on the loop after the requests that are at hand already."""
    current = greenlet.getcurrent()
    if isinstance(current, _LoopGreenlet):
        current.loop.call_soon(function)
    else:
        function()


class Future(Generic[Result]):
    """A result that another thread will set. Made and awaited by the request that needs it.

    Several of them are woken together, by `wake`: that is why setting the result wakes nobody.
    """

    __slots__ = ("_awaited", "_error", "_event", "_loop", "_result")

    def __init__(self) -> None:
        self._result: Result | None = None
        self._error: BaseException | None = None
        self._event: threading.Event | None = None
        current = greenlet.getcurrent()
        if isinstance(current, _LoopGreenlet):
            self._loop = current.loop
            self._awaited = current.loop.create_future()
        else:
            self._event = threading.Event()

    def result(self) -> Result:
        """Wait for the result; raises the exception that was set in its place."""
        if self._event is not None:
            self._event.wait()
        else:
            # Switch to the loop. It switches back here when the future is done.
            greenlet.getcurrent().parent.switch(self._awaited)
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]

    def set_result(self, result: Result) -> None:
        """Set the result. `wake` wakes whoever waits for it."""
        self._result = result

    def set_exception(self, error: BaseException) -> None:
        """Set an exception in the place of a result."""
        self._error = error


def wake(futures: Iterable[Future[Any]]) -> None:
    """Wake all who wait for these: each loop once, which costs less than once for each."""
    awaited: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for future in futures:
        if future._event is not None:
            future._event.set()
        else:
            awaited.setdefault(future._loop, []).append(future._awaited)
    for loop, of_loop in awaited.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_set_done, of_loop)


def _set_done(awaited: Iterable[asyncio.Future[None]]) -> None:
    for one in awaited:
        if not one.done():
            one.set_result(None)
