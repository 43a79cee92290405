"""`GET /footfall.js`, and each file under a name that never changes its meaning."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from ingest_app.settings import SNIPPET_PATH
from ingest_app.snippet.files import SCRIPT, ServedFile, by_digest, served

blueprint = Blueprint("snippet", __name__)

A_DAY = "public, max-age=86400"
FOR_GOOD = "public, max-age=31536000, immutable"


@blueprint.get(SNIPPET_PATH)
def script() -> Response:
    """The script of this release."""
    return _answer(served(SCRIPT), A_DAY)


@blueprint.get("/footfall.v1.<digest>.js")
def pinned(digest: str) -> Response:
    """The script or its second half, of this release or an earlier one."""
    file = by_digest().get(digest)
    if file is None:
        raise NotFound
    return _answer(file, FOR_GOOD)


def _answer(file: ServedFile, cache: str) -> Response:
    accepted = request.accept_encodings
    encoding = next(name for name in file.encoded if name == "identity" or accepted[name] > 0)
    answer = Response(file.encoded[encoding], mimetype="text/javascript")
    if encoding != "identity":
        answer.headers["Content-Encoding"] = encoding
    answer.headers["Cache-Control"] = cache
    answer.headers.add("Vary", "Accept-Encoding")
    # Browsers check the integrity of what they may read only. Nothing in it is anybody's secret.
    answer.headers["Access-Control-Allow-Origin"] = "*"
    # A page that isolates itself from others loads only what says so.
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.set_etag(f"{file.digest}-{encoding}")
    answer.make_conditional(request)
    return answer
