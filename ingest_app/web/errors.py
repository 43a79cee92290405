"""The answers to what went wrong, all in one shape."""

from __future__ import annotations

import logging

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from ingest_app.refusals import Issue, Refusal
from ingest_app.reports.warehouse import MartsNotBuiltError, MartsUnavailableError
from ingest_app.store.committer import UnavailableError

logger = logging.getLogger(__name__)

STATUS_ERRORS = {
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
}
# Seconds after which a client may try again when neither database nor spool took its events.
RETRY_AFTER = "5"


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

    @app.errorhandler(MartsNotBuiltError)
    def not_built(error: MartsNotBuiltError) -> Response:
        logger.warning("no marts to answer from: %s", str(error).partition("\n")[0])
        message = "the marts are missing or older than this server: run `dbt build`"
        return Refusal(503, "marts_not_built", [Issue("", message)]).response()

    @app.errorhandler(MartsUnavailableError)
    def marts_unavailable(error: MartsUnavailableError) -> Response:
        logger.warning("the marts do not answer: %s", str(error).partition("\n")[0])
        return unavailable(error)

    @app.errorhandler(UnavailableError)
    def unavailable(_: Exception) -> Response:
        answer = Refusal(503, "unavailable").response()
        answer.headers["Retry-After"] = RETRY_AFTER
        return answer

    @app.errorhandler(Exception)
    def internal_error(error: Exception) -> Response:
        logger.error("an unexpected error", exc_info=error)
        return Refusal(500, "internal_error").response()
