"""Apache and nginx access logs, read as the page views that they record.

A line is taken apart as leniently as a real log needs (see `parse_line`), and a request counts as
a page when a browser would have run the tracking snippet on what came back (`is_page_request`).
"""

import hashlib
import ipaddress
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl

from ingest_app.clients.page_requests import is_page_path, is_page_query
from ingest_app.clients.post import Post, header_text, iso_instant, json_post

# Each repeated part excludes the character that ends it, so no line takes more than linear time.
QUOTED = r'(?:[^"\\]|\\.)*'
COMBINED = re.compile(
    r"(?P<address>\S+) \S+ [^\"\[]*"
    r"\[(?P<time>\d\d/[A-Za-z]{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "
    rf'"(?P<request>{QUOTED})" (?P<status>\d{{3}})(?!\S)'
    r"(?: (?:\d+|-))?"
    # A line that breaks off inside the agent keeps what there is: `Googlebot/2.1` still tells.
    # Half a referrer is dropped: it could name another host.
    rf'(?: "(?P<referrer>{QUOTED})"(?: "(?P<agent>{QUOTED}))?)?',
    re.ASCII | re.DOTALL,
)
REQUEST = re.compile(r"(?P<method>[A-Z]+) (?P<target>\S.*?)(?: HTTP/\d(?:\.\d)?)?", re.DOTALL)
ORIGIN = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
ESCAPE = re.compile(r'\\(?:(["\\])|x([0-9A-Fa-f]{2}))')
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

UTM_FIELDS = ("source", "medium", "campaign", "term", "content")
LONGEST_UTM = 255
LONGEST_REFERRER = 2048

OK = 200
NOT_MODIFIED = 304


@dataclass(frozen=True)
class LogEntry:
    """One request as the web server logged it; None stands for a `-` or an absent column.

    `method` and `target` are empty when the request line was not an HTTP request.
    """

    address: str
    at: datetime
    method: str
    target: str
    status: int
    referrer: str | None
    user_agent: str | None

    @property
    def path(self) -> str:
        """The target without origin, query and fragment, percent-encoding left as it came.

        Not `urlsplit`, which takes the first segment of `//a/b` for a host.
        """
        path = re.split(r"[?#]", ORIGIN.sub("", self.target, count=1), maxsplit=1)[0]
        return path or "/"

    @property
    def query(self) -> str:
        """What stands between `?` and `#`, or nothing."""
        return self.target.partition("?")[2].partition("#")[0]


def parse_line(line: str) -> LogEntry | None:
    """A line in the combined or the common format, or None when it is not one.

    Broken off lines count as long as address, time, request and status are whole; extra columns
    at the end are ignored.
    """
    match = COMBINED.match(line.strip())
    if match is None:
        return None
    at = _parse_time(match["time"])
    if at is None:
        return None
    request = REQUEST.fullmatch(_unescape(match["request"]))
    return LogEntry(
        address=match["address"],
        at=at,
        method=request["method"] if request else "",
        target=request["target"] if request else "",
        status=int(match["status"]),
        referrer=_text(match["referrer"]),
        user_agent=_text(match["agent"]),
    )


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


def to_post(entry: LogEntry, *, property_id: str | None = None, host: str | None = None) -> Post:
    """The page view that the tracking snippet would have sent for this request.

    `host` becomes the Host header, from which the server derives the property when no
    `property_id` is given. A referrer or utm value beyond the contract's length is cut; a path is
    never changed, and the server refuses one that is too long.
    """
    event: dict[str, object] = {
        "anonId": anon_id(entry),
        "eventType": "page_view",
        "path": entry.path,
        "timestamp": iso_instant(entry.at),
    }
    if entry.referrer is not None:
        event["referrer"] = entry.referrer[:LONGEST_REFERRER]
    if utm := _utm(entry.query):
        event["utm"] = utm
    if property_id is not None:
        event["traffic"] = {"propertyId": property_id}
    return json_post(event, _headers(entry, host))


def anon_id(entry: LogEntry) -> str:
    """The same visitor for the same address and agent: a log knows no better."""
    identity = f"{entry.address}\n{entry.user_agent or ''}"
    return f"log-{hashlib.sha256(identity.encode('utf-8', 'backslashreplace')).hexdigest()[:32]}"


def _headers(entry: LogEntry, host: str | None) -> dict[str, str]:
    headers = {}
    if agent := header_text(entry.user_agent or ""):
        headers["User-Agent"] = agent
    if _is_address(entry.address):
        headers["X-Forwarded-For"] = entry.address
    if host is not None:
        headers["Host"] = host
    return headers


def _is_address(text: str) -> bool:
    # With HostnameLookups the column holds a name, which a forwarding header must not.
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return text.isascii() and "%" not in text


def _utm(query: str) -> dict[str, str]:
    """Decoded, as a browser's URLSearchParams reads them; the first of each name, blank ones not."""
    utm: dict[str, str] = {}
    for name, value in parse_qsl(query):
        field = name.removeprefix("utm_")
        text = value.strip()[:LONGEST_UTM]
        if field != name and field in UTM_FIELDS and text:
            utm.setdefault(field, text)
    return utm


def _parse_time(text: str) -> datetime | None:
    """`17/May/2015:10:05:03 +0000` in UTC. Not strptime: its month names follow the locale."""
    sign = -1 if text[21] == "-" else 1
    try:
        offset = sign * timedelta(hours=int(text[22:24]), minutes=int(text[24:26]))
        return datetime(
            year=int(text[7:11]),
            month=MONTHS.index(text[3:6]) + 1,
            day=int(text[0:2]),
            hour=int(text[12:14]),
            minute=int(text[15:17]),
            second=int(text[18:20]),
            tzinfo=timezone(offset),
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _text(column: str | None) -> str | None:
    text = _unescape(column).strip() if column is not None else ""
    return text if text not in ("", "-") else None


def _unescape(text: str) -> str:
    """Undo `\\"`, `\\\\` (Apache) and `\\x22` (nginx).

    Other bytes stay as logged: nobody knows in which encoding they were sent.
    """
    return ESCAPE.sub(_unescaped, text) if "\\" in text else text


def _unescaped(escape: re.Match[str]) -> str:
    if escape[1]:
        return escape[1]
    char = chr(int(escape[2], 16))
    return char if " " <= char <= "~" else escape[0]
