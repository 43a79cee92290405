"""Requests of an access log as the page views that they were.

A request counts as a page when a browser would have run the tracking snippet on what came back
(`is_page_request`), and is sent as the snippet would have sent it (`to_post`).
"""

import hashlib
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

from ingest_app.clients.log_entry import ORIGIN, LogEntry
from ingest_app.clients.page_requests import is_page_path, is_page_query
from ingest_app.clients.post import Post, header_text, iso_instant, json_post
from ingest_app.enrichment.hosts import referrer_host
from ingest_app.enrichment.property_id import resolve_property_id
from ingest_app.enrichment.traffic_source import click_ids

UTM_FIELDS = ("source", "medium", "campaign", "term", "content")
LONGEST_TEXT = 255
LONGEST_REFERRER = 2048

OK = 200
NOT_MODIFIED = 304


def is_page_request(entry: LogEntry) -> bool:
    """Whether a browser would have shown the answer as a page. Bots that ask for pages count.

    304 counts like 200: the browser asked whether its copy is still good, and showed it.
    206 does not (a piece of a download), nor do redirects, errors, and HEAD, which shows nothing.
    """
    return (
        entry.method == "GET"
        and entry.status in (OK, NOT_MODIFIED)
        and (entry.target.startswith("/") or ORIGIN.match(entry.target) is not None)
        and is_page_path(entry.path)
        and is_page_query(entry.query)
    )


def to_post(
    entry: LogEntry,
    *,
    property_id: str | None = None,
    host: str | None = None,
    query: Sequence[str] = (),
) -> Post:
    """The page view that the tracking snippet would have sent for this request.

    The property is `property_id`, else what the server makes of `host` as the Host header, else the
    site that the log names. `query` names the parameters that stay in the path. A referrer or utm
    value beyond the contract's length is cut; a path is never changed, and the server refuses one
    that is too long.
    """
    if property_id is None and host is None and entry.host is not None:
        property_id = resolve_property_id(None, entry.host)
    event: dict[str, object] = {
        "anonId": anon_id(entry),
        "eventType": "page_view",
        "path": _path(entry, query),
        "timestamp": iso_instant(entry.at),
    }
    if referrer := _referrer(entry, property_id):
        event["referrer"] = referrer[:LONGEST_REFERRER]
    if utm := _utm(entry.query):
        event["utm"] = utm
    # By these the server tells a paid visit.
    if clicks := click_ids(entry.query):
        event["props"] = {name: text[:LONGEST_TEXT] for name, text in clicks.items()}
    if property_id is not None:
        event["traffic"] = {"propertyId": property_id}
    return json_post(event, _headers(entry, host))


def anon_id(entry: LogEntry) -> str:
    """The same visitor for the same address and agent: a log knows no better."""
    identity = f"{entry.address}\n{entry.user_agent or ''}"
    return f"log-{hashlib.sha256(identity.encode('utf-8', 'backslashreplace')).hexdigest()[:32]}"


def _headers(entry: LogEntry, host: str | None) -> dict[str, str]:
    headers = {"X-Forwarded-For": entry.address}
    if agent := header_text(entry.user_agent or ""):
        headers["User-Agent"] = agent
    if host is not None:
        headers["Host"] = host
    return headers


def _path(entry: LogEntry, query: Sequence[str]) -> str:
    """The path with the parameters that tell pages apart, encoded as the snippet encodes them."""
    given = parse_qsl(entry.query, keep_blank_values=True)
    kept = [(name, value) for wanted in query for name, value in given if name == wanted]
    encoded = urlencode(kept, safe="*").replace("~", "%7E")
    return f"{entry.path}?{encoded}" if kept else entry.path


def _referrer(entry: LogEntry, property_id: str | None) -> str | None:
    """The referrer; of the site's own pages the path alone, where the property has another name.

    The server knows a site's own referrer by the property's name, or by its being a path.
    """
    referrer = entry.referrer
    if referrer is None or entry.host is None or property_id == entry.host:
        return referrer
    if referrer_host(referrer) != entry.host:
        return referrer
    return "/" + ORIGIN.sub("", referrer, count=1).lstrip("/\\")


def _utm(query: str) -> dict[str, str]:
    """Decoded, as a browser's URLSearchParams reads them; the first of each name, blank ones not."""
    utm: dict[str, str] = {}
    for name, value in parse_qsl(query):
        field = name.removeprefix("utm_")
        text = value.strip()[:LONGEST_TEXT]
        if field != name and field in UTM_FIELDS and text:
            utm.setdefault(field, text)
    return utm
