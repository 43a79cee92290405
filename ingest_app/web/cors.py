"""Cross-origin answers for the pages that the settings allow.

CORS decides who may read an answer, not who may send: a request of another origin is processed all
the same, as is a text/plain beacon, which asks nobody first.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask, Response, request

from ingest_app.origins import ANY_ORIGIN, normal_origin

PREFLIGHT_MAX_AGE = "86400"
ALLOWED_METHODS = "POST"
ALLOWED_HEADERS = "content-type"
EXPOSED_HEADERS = "Footfall-Outcome, Retry-After"


def init_cors(app: Flask, allowed_origins: Iterable[str]) -> None:
    """Answer preflights and mark answers that an allowed page may read; call it before limits.

    Raises ValueError for an entry of the list that is no origin.
    """
    entries = set(allowed_origins)
    any_origin = ANY_ORIGIN in entries
    allowed = {normal_origin(entry, may_end_in_slash=True) for entry in entries - {ANY_ORIGIN}}

    def may_read(origin: str) -> bool:
        if any_origin:
            return True
        try:
            return normal_origin(origin) in allowed
        except ValueError:
            return False

    @app.before_request
    def answer_preflight() -> Response | None:
        if (
            request.environ["REQUEST_METHOD"] != "OPTIONS"
            or "HTTP_ACCESS_CONTROL_REQUEST_METHOD" not in request.environ
        ):
            return None
        return Response(status=204)

    @app.after_request
    def add_headers(response: Response) -> Response:
        # Also without an Origin: else a cache could give that answer to a page.
        response.headers.add("Vary", "Origin")
        origin = request.environ.get("HTTP_ORIGIN")
        if origin is None or not may_read(origin):
            return response
        response.headers["Access-Control-Allow-Origin"] = ANY_ORIGIN if any_origin else origin
        response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = ALLOWED_METHODS
            response.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
            response.headers["Access-Control-Max-Age"] = PREFLIGHT_MAX_AGE
        return response
