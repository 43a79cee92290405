"""The app behind a gate that waits for bodies without a thread.

Under WSGI the thread that runs the app also waits for the rest of the body, without a bound: as
many half-sent requests as there are threads stop a server. Here the event loop waits, up to a
deadline, and the app is called only for a request that is there as a whole.

Single events are most of the traffic, cost little and wait only for their commit: they run on the
thread of the loop itself, and hundreds of them can wait at once. Everything else runs in threads.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ingest_app.refusals import Reason, Refusal
from ingest_app.store.waiting import run_on_loop
from ingest_app.web.wsgi import HttpAnswer, WsgiApp, call_wsgi, wsgi_environ

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# From the end of the headers to the end of the body, however many pieces it comes in.
BODY_SECONDS = 10.0
# The last of them begin when the loop has seen the others pass: a process that was held up has not
# read yet what came meanwhile, and a timer alone would refuse it.
LAST_SECONDS = 2.0
# Above every endpoint's own bound. A longer body is cut there, and the endpoint refuses it.
MAX_BODY_BYTES = 2 * 1024 * 1024
# For what is not answered on the loop's own thread.
THREADS = 8
# What a process holds of bodies that are still on their way.
MAX_WAITING_BYTES = 64 * 1024 * 1024


class BodyGate:
    """An ASGI app that reads bodies and runs a WSGI app.

    `is_light` says of an environ whether its request may run on the loop's thread: it computes for
    well under a millisecond and waits for nothing but the futures of `store.waiting`.
    """

    def __init__(
        self,
        app: WsgiApp,
        *,
        is_light: Callable[[dict[str, Any]], bool],
        on_stop: Callable[[], None],
    ) -> None:
        self._app = app
        self._is_light = is_light
        self._on_stop = on_stop
        self._waiting_bytes = 0
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="request")

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            raise ValueError(f"only HTTP is served here, not {scope['type']}")
        environ = wsgi_environ(scope)
        try:
            body = await self._read_in_time(environ, receive)
        except TimeoutError:
            await _send(send, _refusal(Reason.TIMEOUT))
            return
        except _TooBusyError:
            await _send(send, _refusal(Reason.UNAVAILABLE))
            return
        except _GoneError:
            return
        environ["wsgi.input"] = io.BytesIO(body)
        if self._is_light(environ):
            answer = await run_on_loop(call_wsgi, self._app, environ)
            # Its line in the log is written first, with those of the others of this turn.
            await asyncio.sleep(0)
        else:
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._threads, call_wsgi, self._app, environ)
        await _send(send, answer)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        # The server ends its workers without running their atexit functions.
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self._stop)
        await send({"type": "lifespan.shutdown.complete"})

    async def _read_in_time(self, environ: dict[str, Any], receive: Receive) -> bytes:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(None) as bound:
            last = loop.call_later(
                BODY_SECONDS - LAST_SECONDS, lambda: bound.reschedule(loop.time() + LAST_SECONDS)
            )
            try:
                return await self._read(environ, receive)
            finally:
                last.cancel()

    async def _read(self, environ: dict[str, Any], receive: Receive) -> bytes:
        length = environ.get("CONTENT_LENGTH", "")
        is_chunked = "HTTP_TRANSFER_ENCODING" in environ
        if not is_chunked and not (length.isdecimal() and 0 < int(length) <= MAX_BODY_BYTES):
            return b""
        body = bytearray()
        try:
            while len(body) <= MAX_BODY_BYTES:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _GoneError
                piece = message.get("body", b"")
                body += piece
                self._waiting_bytes += len(piece)
                if self._waiting_bytes > MAX_WAITING_BYTES:
                    raise _TooBusyError
                if not message.get("more_body", False):
                    break
        finally:
            self._waiting_bytes -= len(body)
        return bytes(body)

    def _stop(self) -> None:
        self._threads.shutdown(wait=True)
        self._on_stop()


class _GoneError(Exception):
    """The client went away in the middle of its body."""


class _TooBusyError(Exception):
    """Too much of unfinished bodies is held already."""


def _refusal(reason: Reason) -> HttpAnswer:
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    return reason.status, headers, Refusal(reason).json()


async def _send(send: Send, answer: HttpAnswer) -> None:
    status, headers, body = answer
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
