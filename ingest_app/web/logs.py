"""Structured logs: a JSON object a line on stderr, one for each request and one for each error.

Nothing of a visitor is ever in them: no address, agent, email, body or path. An exception is told
by its type, its SQLSTATE and constraint, and the places in the code; never by its message, which
may quote a row.
"""

from __future__ import annotations

import logging
import re
import threading
import traceback
from collections.abc import Iterable, Mapping
from contextlib import nullcontext, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from random import getrandbits
from time import perf_counter
from typing import TYPE_CHECKING, Any, TextIO

import psycopg
from flask import Flask, request
from pydantic_core import to_json

from ingest_app.metrics import Metrics
from ingest_app.refusals import Reason, Refusal
from ingest_app.settings import Settings
from ingest_app.store.waiting import call_soon
from ingest_app.web.peers import is_trusted

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)
access_logger = logging.getLogger("ingest_app.requests")

REQUEST_ID_HEADER = "X-Request-Id"
# Without dots and colons, so that an address is not taken for an id.
REQUEST_ID = re.compile(r"[0-9A-Za-z_-]{8,64}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
ROUTE = "footfall.route"
# How many places of a trace are written, from the innermost outwards.
MAX_FRAMES = 30

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

# For logging.config; granian applies it in its main process and in each worker.
LOG_CONFIG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "ingest_app.web.logs.JsonFormatter"}},
    "handlers": {
        "stderr": {
            "class": "ingest_app.web.logs.LineHandler",
            "stream": "ext://sys.stderr",
            "formatter": "json",
        }
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "_granian": {"handlers": ["stderr"], "propagate": False},
        # Its line for a refusal holds a hash of the client. The line of the request is enough.
        "flask-limiter": {"level": "WARNING"},
        # Flask's line for an exception holds the path. web/errors.py writes one without it.
        "flask.app": {"level": "CRITICAL"},
    },
}


class LineHandler(logging.StreamHandler[TextIO]):
    """Writes lines. Those of the requests that the loop answers in one turn are one write.

    A group of events is answered in one turn, and a write costs as much as to make the line. The gate
    sends no answer before the next turn, so a line is still there before its answer is.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__(stream)
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record."""
        try:
            self._lines.append(self.format(record) + self.terminator)
            call_soon(self.flush)
        except Exception:
            self.handleError(record)

    def flush(self) -> None:
        """Write what waits. A stream that is closed or broken has no place for it."""
        with self.lock or nullcontext(), suppress(OSError, ValueError):
            if self._lines:
                text = "".join(self._lines)
                self._lines.clear()
                self.stream.write(text)
                super().flush()


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's own fields are those given as `extra={"fields": {...}}`."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
            "pid": record.process,
        }
        if request_id := _request_id.get():
            line["request_id"] = request_id
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = describe(record.exc_info[1])
        return to_json(line, fallback=lambda value: type(value).__name__).decode()


def _message(record: logging.LogRecord) -> str:
    """The message, where an exception among the arguments gives only its type."""
    arguments = record.args
    if isinstance(arguments, Mapping):
        arguments = {name: _safe(value) for name, value in arguments.items()}
    elif arguments:
        arguments = tuple(_safe(value) for value in arguments)
    message = str(record.msg) if not isinstance(record.msg, BaseException) else _safe(record.msg)
    return message % arguments if arguments else message


def _safe(value: Any) -> Any:
    return type(value).__name__ if isinstance(value, BaseException) else value


def describe(error: BaseException) -> dict[str, Any]:
    """What may be told of an exception, and of those that led to it."""
    told: dict[str, Any] = {"type": _type_name(error)}
    if isinstance(error, psycopg.Error):
        told["sqlstate"] = error.sqlstate
        told["constraint"] = error.diag.constraint_name
    told["frames"] = [
        f"{frame.f_globals.get('__name__', '?')}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ][-MAX_FRAMES:]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        told["cause"] = describe(cause)
    return told


def _type_name(error: BaseException) -> str:
    kind = type(error)
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )


def log_requests(app: Flask, settings: Settings, metrics: Metrics) -> None:
    """Log each request of the app, and give each an id. Before anything else hooks into the app."""
    app.url_value_preprocessor(_note_route)
    # Python would print the exception of a thread with its message.
    threading.excepthook = _log_thread
    app.wsgi_app = _RequestLog(app.wsgi_app, settings, metrics)  # type: ignore[method-assign]


def _note_route(*_: object) -> None:
    request.environ[ROUTE] = request.url_rule.rule if request.url_rule else None


def _log_thread(died: threading.ExceptHookArgs) -> None:
    logger.error("a thread died", exc_info=died.exc_value)


class _RequestLog:
    """Around the whole app, so that what goes wrong outside of its error handlers is told too."""

    def __init__(self, app: WSGIApplication, settings: Settings, metrics: Metrics) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began = perf_counter()
        request_id = self._request_id(environ)
        token = _request_id.set(request_id)
        status = 500

        def start(status_line: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal status
            status = int(status_line.split(" ", 1)[0])
            return start_response(
                status_line, [*headers, (REQUEST_ID_HEADER, request_id)], exc_info
            )

        try:
            with self._metrics.request_in_progress():
                return self._app(environ, start)
        except Exception as error:
            logger.error("the app broke down", exc_info=error)
            start("500 Internal Server Error", [("Content-Type", "application/json")])
            return [Refusal(Reason.INTERNAL_ERROR).json()]
        finally:
            method = environ["REQUEST_METHOD"]
            fields = {
                "method": method if method in METHODS else "other",
                "route": environ.get(ROUTE),
                "status": status,
                "duration_ms": round((perf_counter() - began) * 1000, 2),
            }
            access_logger.info("request", extra={"fields": fields})
            _request_id.reset(token)

    def _request_id(self, environ: WSGIEnvironment) -> str:
        sent = environ.get("HTTP_X_REQUEST_ID", "")
        may_say = is_trusted(environ.get("REMOTE_ADDR"), self._settings)
        return sent if may_say and REQUEST_ID.fullmatch(sent) else f"{getrandbits(128):032x}"
