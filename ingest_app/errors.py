"""Refusals: what a client is told, and under which reason the refusal is counted."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import psycopg
from flask import Flask, Response, jsonify
from psycopg_pool import PoolTimeout
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from ingest_app.rejections import ledger_reason
from ingest_app.writer import WriteError

logger = logging.getLogger(__name__)

STATUS_ERRORS = {
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
}
# Seconds after which a client may try again when the database did not answer.
RETRY_AFTER = "5"


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong with a body: the path of the field and what was expected."""

    path: str
    message: str


class Refusal(Exception):
    """A request that is answered with a 4xx and counted under `reason`."""

    def __init__(
        self,
        status_code: int,
        error: str,
        issues: list[Issue] | None = None,
        *,
        reason: str | None = None,
    ) -> None:
        super().__init__(error)
        self.status_code = status_code
        self.error = error
        self.issues = issues
        self.reason = reason or ledger_reason(error, issues)

    def body(self) -> dict[str, Any]:
        """The answer in the shape that every error has."""
        body: dict[str, Any] = {"ok": False, "error": self.error}
        if self.issues is not None:
            body["issues"] = [
                {"path": issue.path, "message": issue.message} for issue in self.issues
            ]
        return body

    def response(self) -> Response:
        """The whole answer to a refused request."""
        response = jsonify(self.body())
        response.status_code = self.status_code
        return response


def invalid_request(error: ValidationError) -> Refusal:
    """A refusal that names each field of the body that is wrong."""
    issues = [
        Issue(
            path=".".join(str(part) for part in problem["loc"]),
            message=_message(problem["type"], problem["msg"]),
        )
        for problem in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return Refusal(400, "invalid_request", issues)


def _message(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "is not a field of this object"
    if kind == "missing":
        return "is required"
    if kind == "json_invalid":
        return message.replace("Invalid JSON: ", "is not JSON: ")
    return message.removeprefix("Value error, ")


def register_error_handlers(app: Flask) -> None:
    """Every error in the one shape; nothing internal in any of them."""

    @app.errorhandler(Refusal)
    def refused(error: Refusal) -> Response:
        return error.response()

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        code = error.code or 500
        answer = Refusal(code, STATUS_ERRORS.get(code, "invalid_request")).response()
        if code == 405 and (allowed := getattr(error, "valid_methods", None)):
            answer.headers["Allow"] = ", ".join(sorted(allowed))
        return answer

    @app.errorhandler(psycopg.OperationalError)
    @app.errorhandler(PoolTimeout)
    @app.errorhandler(WriteError)
    def database_away(error: Exception) -> Response:
        logger.error("the database did not take a write", exc_info=error)
        answer = Refusal(503, "unavailable").response()
        answer.headers["Retry-After"] = RETRY_AFTER
        return answer

    @app.errorhandler(Exception)
    def internal_error(error: Exception) -> Response:
        logger.error("an unexpected error", exc_info=error)
        return Refusal(500, "internal_error").response()
