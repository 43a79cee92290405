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
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ingest_app import create_app
from ingest_app.settings import Settings
from ingest_app.store.waiting import run_on_loop
from ingest_app.web.routes.events import SINGLE
from ingest_app.web.services import Services

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Answer = tuple[int, list[tuple[bytes, bytes]], bytes]

# From the end of the headers to the end of the body, however many pieces it comes in.
BODY_SECONDS = 10.0
# Above every endpoint's own bound. A longer body is cut there, and the endpoint refuses it.
MAX_BODY_BYTES = 2 * 1024 * 1024
# For what is not answered on the loop's own thread.
THREADS = 8
# What a process holds of bodies that are still on their way.
MAX_WAITING_BYTES = 64 * 1024 * 1024


class BodyGate:
    """An ASGI app that reads bodies and runs a WSGI app.

    `is_light` says of an environ whether its request may run on the loop's thread: it computes for
    well under a millisecond and waits for nothing but promises.
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
            async with asyncio.timeout(BODY_SECONDS):
                body = await self._read(environ, receive)
        except TimeoutError:
            await _send(send, _refusal(408, b"timeout"))
            return
        except _TooBusyError:
            await _send(send, _refusal(503, b"unavailable"))
            return
        except _GoneError:
            return
        environ["wsgi.input"] = io.BytesIO(body)
        if self._is_light(environ):
            answer = await run_on_loop(self._answer, environ)
        else:
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._threads, self._answer, environ)
        await _send(send, answer)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        # Worker processes end without running what is registered with atexit.
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self._stop)
        await send({"type": "lifespan.shutdown.complete"})

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

    def _answer(self, environ: dict[str, Any]) -> Answer:
        started: list[Any] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Callable[[bytes], None]:
            started[:] = [int(status[:3]), headers]
            return written.append

        written: list[bytes] = []
        pieces = self._app(environ, start_response)
        try:
            written.extend(pieces)
        finally:
            if close := getattr(pieces, "close", None):
                close()
        status, headers = started
        encoded = [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
        ]
        return status, encoded, b"".join(written)


class _GoneError(Exception):
    """The client went away in the middle of its body."""


class _TooBusyError(Exception):
    """Too much of unfinished bodies is held already."""


def wsgi_environ(scope: dict[str, Any]) -> dict[str, Any]:
    """The environ of PEP 3333, without the body."""
    server_host, server_port = scope.get("server") or ("localhost", 80)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server_host,
        "SERVER_PORT": str(server_port),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        # The end of the input is the end of the body, also of one without a length.
        "wsgi.input_terminated": True,
    }
    if scope.get("client"):
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = map(str, scope["client"])
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1").upper()
        # X_Forwarded_For would become the same key as X-Forwarded-For.
        if "_" in name:
            continue
        name = name.replace("-", "_")
        if name not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            name = f"HTTP_{name}"
        value = raw_value.decode("latin-1")
        environ[name] = f"{environ[name]},{value}" if name in environ else value
    return environ


def _refusal(status: int, error: bytes) -> Answer:
    body = b'{"ok":false,"error":"' + error + b'"}\n'
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    return status, headers, body


async def _send(send: Send, answer: Answer) -> None:
    status, headers, body = answer
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def create_server_app() -> BodyGate:
    """Make what one worker process of the server runs."""
    app = create_app()
    services = Services.of(app)
    may_be_light = _limits_are_in_memory(services.settings)
    return BodyGate(
        app.wsgi_app,
        is_light=lambda environ: may_be_light and environ["PATH_INFO"] == SINGLE,
        on_stop=services.close,
    )


def _limits_are_in_memory(settings: Settings) -> bool:
    # Elsewhere, a request waits for the network before anything else.
    return not settings.rate_limits_enabled or settings.rate_limit_storage_uri.startswith("memory:")
