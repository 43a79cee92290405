"""Reading a request: who sent it, and its body within bounds."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header

from ingest_app.enrichment.event import RequestContext
from ingest_app.enrichment.hosts import normal_host
from ingest_app.refusals import Issue, Reason, Refusal
from ingest_app.settings import Settings
from ingest_app.web.peers import is_trusted, request_address

# A beacon cannot name its content type without a preflight, so plain text is taken for JSON.
JSON_TYPES = frozenset({"", "application/json", "text/plain"})
ENCODINGS = frozenset({"", "identity"})
ENCODINGS_WITH_GZIP = ENCODINGS | {"gzip"}
GZIP_WINDOW = 16 + zlib.MAX_WBITS


def request_context(settings: Settings) -> RequestContext:
    """What the server itself knows of the request at hand."""
    environ = request.environ
    return RequestContext(
        now=datetime.now(UTC),
        host=normal_host(environ.get("HTTP_HOST")),
        address=request_address(settings),
        user_agent=environ.get("HTTP_USER_AGENT") or None,
        proxy_country=_proxy_country(settings),
        page=environ.get("HTTP_ORIGIN", environ.get("HTTP_REFERER") or None),
    )


def _proxy_country(settings: Settings) -> str | None:
    """The country that a trusted proxy says the client is in, where the settings name a header."""
    if not settings.country_header or not is_trusted(request.remote_addr, settings):
        return None
    return request.headers.get(settings.country_header)


def read_body(
    limit: int,
    *,
    types: frozenset[str],
    may_be_gzip: bool = False,
    expected: str = "send JSON as application/json or text/plain",
) -> bytes:
    """The body as sent, inflated where it may be.

    Raises Refusal with 413 above `limit` bytes (before and after inflating), 415 for another content
    type or encoding, 400 for gzip that is none.
    """
    environ = request.environ
    if mimetype(environ) not in types:
        if may_be_gzip:
            expected += ", or lines of it as application/x-ndjson"
        raise Refusal(Reason.UNSUPPORTED_MEDIA_TYPE, [Issue("", expected)])
    encoding = environ.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if encoding not in (ENCODINGS_WITH_GZIP if may_be_gzip else ENCODINGS):
        message = f"must be absent{' or gzip' if may_be_gzip else ': send the body as it is'}"
        raise Refusal(Reason.UNSUPPORTED_MEDIA_TYPE, [Issue("content-encoding", message)])
    raw = _received(environ, limit + 1)
    if len(raw) > limit:
        raise _too_large(limit)
    return _inflate(raw, limit) if encoding == "gzip" else raw


def mimetype(environ: Mapping[str, Any]) -> str:
    """The content type of a request, in lower case and without parameters."""
    return _mimetype(environ.get("CONTENT_TYPE", ""))


# Clients have a handful. The header is the client's to choose, so its copies are bounded too.
@lru_cache(maxsize=256)
def _mimetype(header: str) -> str:
    return parse_options_header(header)[0].lower()


def _received(environ: Mapping[str, Any], most: int) -> bytes:
    """The body, up to so many bytes of it. Raises Refusal where it says that it is longer."""
    if "wsgi.input_terminated" in environ and (request.content_length or 0) <= most:
        body: bytes = environ["wsgi.input"].read(most)
        return body
    # What runs this app elsewhere may not end the body itself.
    request.max_content_length = most
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise _too_large(most - 1) from None


def _inflate(raw: bytes, limit: int) -> bytes:
    inflater = zlib.decompressobj(GZIP_WINDOW)
    try:
        inflated = inflater.decompress(raw, limit + 1)
    except zlib.error:
        raise _not_gzip() from None
    if len(inflated) > limit:
        raise _too_large(limit)
    if not inflater.eof or inflater.unused_data:
        raise _not_gzip()
    return inflated


def _too_large(limit: int) -> Refusal:
    return Refusal(Reason.TOO_LARGE, [Issue("", f"the body must be at most {limit} bytes")])


def _not_gzip() -> Refusal:
    return Refusal(Reason.INVALID_REQUEST, [Issue("", "is not one whole gzip stream")])
