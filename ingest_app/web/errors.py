"""The answers to what went wrong, all in one shape."""

from __future__ import annotations

import logging

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from ingest_app.origins import ANY_ORIGIN
from ingest_app.refusals import Issue, Reason, Refusal
from ingest_app.reports.statements import MartsNotBuiltError
from ingest_app.reports.warehouse import MartsUnavailableError
from ingest_app.store.outcomes import UnavailableError

logger = logging.getLogger(__name__)

# Seconds after which a client may try again when neither database nor spool took its events.
RETRY_AFTER = "5"


def register_error_handlers(app: Flask) -> None:
    """Every error in the one shape; nothing internal in any of them."""

    @app.errorhandler(Refusal)
    def refused(error: Refusal) -> Response:
        return refusal_response(error)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        code = error.code or 500
        answer = refusal_response(Refusal(_reason_of(code)))
        answer.status_code = code
        if code == 405:
            if allowed := getattr(error, "valid_methods", None):
                answer.headers["Allow"] = ", ".join(sorted(allowed))
            # Any page may read this answer, which says nothing. By it the snippet tells a server that
            # is away from one whose other answers its page may not read.
            answer.headers["Access-Control-Allow-Origin"] = ANY_ORIGIN
            answer.headers["Cache-Control"] = "no-store"
        return answer

    @app.errorhandler(MartsNotBuiltError)
    def not_built(error: MartsNotBuiltError) -> Response:
        logger.warning("no marts to answer from: %s", str(error).partition("\n")[0])
        message = "the marts are missing or older than this server: run `footfall dbt build`"
        return refusal_response(Refusal(Reason.MARTS_NOT_BUILT, [Issue("", message)]))

    @app.errorhandler(MartsUnavailableError)
    def marts_unavailable(error: MartsUnavailableError) -> Response:
        logger.warning("the marts do not answer: %s", str(error).partition("\n")[0])
        return unavailable(error)

    @app.errorhandler(UnavailableError)
    def unavailable(_: Exception) -> Response:
        answer = refusal_response(Refusal(Reason.UNAVAILABLE))
        answer.headers["Retry-After"] = RETRY_AFTER
        return answer

    @app.errorhandler(Exception)
    def internal_error(error: Exception) -> Response:
        logger.error("an unexpected error", exc_info=error)
        return refusal_response(Refusal(Reason.INTERNAL_ERROR))


def refusal_response(refusal: Refusal) -> Response:
    """The whole answer to what is refused."""
    return Response(refusal.json(), status=refusal.status_code, mimetype="application/json")


def _reason_of(status: int) -> Reason:
    """The reason that the framework's own errors of a status are told as."""
    return next((reason for reason in Reason if reason.status == status), Reason.INVALID_REQUEST)
