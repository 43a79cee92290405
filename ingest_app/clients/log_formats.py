"""The formats of access logs, and which of them a log is in.

Three tables say all that is known of them: columns between blanks, fields of JSON, names of the W3C
extended format. A format reads its own lines alone: what looks like another one is not readable.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ingest_app.clients.log_entry import LogEntry, entry_of
from ingest_app.clients.log_pattern import ADDRESSES, QUOTED, columns_of, pattern_of

# Reads one line after the other of one log.
Reader = Callable[[str], LogEntry | None]

# The common format and what is built on it, up to the status.
HEAD = (
    rf"(?P<address>{ADDRESSES}) (?P<bystander>\S+ [^\"\[]*)\[(?P<time>[^\]]+)\] "
    rf'"(?P<request>{QUOTED})" (?P<status>\d{{3}})'
)
# Not an address: of two nobody knows which one is the client's.
VHOST = r"(?P<host>(?!\d+(?:\.\d+){3}[: ])[A-Za-z0-9._-]+)(?::\d+)? "
# Some servers write more numbers than the size, there and at the end of a line.
NUMBERS = r'(?: [^\s"]+)*'
# A line that breaks off inside the agent keeps what there is: `Googlebot/2.1` still tells.
# Half a referrer is dropped: it could name another host.
COMBINED = (
    rf'(?P<rest_1>{NUMBERS})(?: "(?:{QUOTED}|(?P<referrer>{QUOTED})"'
    rf'(?: "(?P<agent>{QUOTED})(?:"(?P<rest>\s.*)?)?)?))?'
)
FORWARDED = (
    rf'(?P<rest_1>{NUMBERS}) "(?P<referrer>{QUOTED})" "(?P<agent>{QUOTED})"{NUMBERS} '
    r'"(?P<forwarded>[^"\\]*)"(?P<rest>\s.*)?'
)
COMMON = rf"(?P<rest>{NUMBERS})"

# The balancer's name stands as a user, because neither is an address.
ELB = (
    "$time_iso8601 $remote_user $remote_addr:$remote_port $target $waited $took $answered "
    '$status $target_status $received $sent "$request" "$http_user_agent"'
)
ALB = f"$type {ELB}"

JSON_FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "caddy": {
        "address": ("request.client_ip", "request.remote_ip", "request.remote_addr"),
        "forwarded": ("request.headers.x-forwarded-for",),
        "time": ("ts",),
        "method": ("request.method",),
        "target": ("request.uri",),
        "status": ("status",),
        "referrer": ("request.headers.referer",),
        "agent": ("request.headers.user-agent",),
        "host": ("request.host",),
    },
    "traefik": {
        "address": ("clienthost", "clientaddr"),
        "forwarded": ("request_x-forwarded-for",),
        "time": ("startutc", "time"),
        "method": ("requestmethod",),
        "target": ("requestpath",),
        "status": ("downstreamstatus",),
        "referrer": ("request_referer",),
        "agent": ("request_user-agent",),
        "host": ("requesthost", "requestaddr"),
    },
    "gcp": {
        "address": ("httprequest.remoteip",),
        "time": ("timestamp",),
        "method": ("httprequest.requestmethod",),
        "target": ("httprequest.requesturl",),
        "status": ("httprequest.status",),
        "referrer": ("httprequest.referer",),
        "agent": ("httprequest.useragent",),
    },
    "cloudflare": {
        "address": ("clientip",),
        "time": ("edgestarttimestamp",),
        "method": ("clientrequestmethod",),
        "target": ("clientrequesturi",),
        "status": ("edgeresponsestatus",),
        "referrer": ("clientrequestreferer",),
        "agent": ("clientrequestuseragent",),
        "host": ("clientrequesthost",),
    },
    # Everyone names the fields of nginx and Envoy for themselves, most after the variables.
    "json": {
        "address": (
            *("client_ip", "clientip", "client", "client.ip", "remote_addr", "remote_address"),
            *("remote_ip", "ip", "downstream_remote_address"),
        ),
        "forwarded": (
            *("http_x_forwarded_for", "x_forwarded_for", "x-forwarded-for", "xff"),
            *("http_cf_connecting_ip", "http_x_real_ip", "x_real_ip", "real_ip"),
        ),
        "time": (
            *("time_iso8601", "@timestamp", "timestamp", "time_local", "time", "msec", "ts"),
            "start_time",
        ),
        "request": ("request", "request_line"),
        "method": ("request_method", "method", "http.request.method", "verb"),
        "target": (
            *("request_uri", "uri", "url", "path", "request_path", "http.request.path"),
            *("url.original", "document_uri"),
        ),
        "query": ("args", "query_string", "query", "request_query"),
        "status": ("status", "status_code", "response_code", "http.response.status_code", "code"),
        "referrer": (
            *("http_referer", "http_referrer", "referer", "referrer", "request_referer"),
            "http.request.referrer",
        ),
        "agent": (
            *("http_user_agent", "user_agent", "useragent", "agent", "user_agent.original"),
            *("http_useragent", "request_user_agent", "user-agent"),
        ),
        "host": ("http_host", "host", "authority", "vhost", "server_name", "url.domain"),
    },
}
W3C_FIELDS: dict[str, tuple[str, ...]] = {
    "address": ("c-ip",),
    "forwarded": ("x-forwarded-for", "cs(x-forwarded-for)"),
    "method": ("cs-method",),
    "target": ("cs-uri", "cs-uri-stem"),
    "query": ("cs-uri-query",),
    "status": ("sc-status",),
    "referrer": ("cs(referer)",),
    "agent": ("cs(user-agent)",),
    # CloudFront's own name stands in the other two.
    "host": ("x-host-header", "cs-host", "cs(host)"),
}
DEEPEST_FIELD = 4
# Programs that pass on lines of others wrap them in an object with one of these.
WRAPPERS = ("log", "message", "MESSAGE", "textPayload")

_BSD_TIME = r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d"
_ISO_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*"
# What syslog and containers put before a line.
PREFIX = re.compile(
    rf"(?:<\d+>)?(?:{_BSD_TIME}|{_ISO_TIME}) \S+ [^\s:\[]+(?:\[\d+\])?: ?"
    rf"|<\d+>1 {_ISO_TIME} \S+ \S+ \S+ \S+ (?:-|(?:\[[^\]]*\])+) (?:\ufeff)?"
    rf"|{_ISO_TIME} (?:stdout|stderr) [FP] "
    rf"|{_ISO_TIME} "
    r"|\[[\w./-]+\] "
    r"|[\w.-]+ *\| ",
    re.ASCII,
)
MOST_WRAPPERS = 3

SAMPLE_LINES = 500
SURE = 0.9


class UnknownFormat(Exception):
    """No line of a log's beginning fits a format."""


@dataclass(frozen=True)
class Format:
    """A way to read lines. `reader` makes one for a log: some formats remember what stood above.

    Of two formats that read about as many lines, `weight` prefers one.
    """

    name: str
    reader: Callable[[], Reader]
    weight: float = 1.0


@dataclass(frozen=True)
class Told:
    """The format of a log, and how many of its first lines fit."""

    format: Format
    fitting: int
    looked_at: int

    def __str__(self) -> str:
        is_sure = self.fitting >= SURE * self.looked_at
        return (
            f"The format is {self.format.name}: {self.fitting:,} of the first {self.looked_at:,} "
            f"lines fit.{'' if is_sure else ' Where that is wrong, --format says what is right.'}"
        )


def told_by(lines: Sequence[str]) -> Told:
    """The format that reads most of the lines. Raises UnknownFormat where none reads any."""
    looked_at = [line for line in lines if line.strip()]
    fitting = {name: _fitting(known, looked_at) for name, known in FORMATS.items()}
    best = max(FORMATS.values(), key=lambda known: fitting[known.name] * known.weight)
    if not fitting[best.name]:
        raise UnknownFormat
    remarks = sum(is_remark(line) for line in looked_at)
    return Told(best, fitting[best.name], len(looked_at) - remarks)


def is_remark(line: str) -> bool:
    """Whether a line is blank or a comment."""
    return not line.strip() or line.startswith("#")


def format_named(name: str) -> Format:
    """A format by its name, or by what people have of it. Raises UnusableFormat.

    That is a `log_format` of nginx, a `LogFormat` of Apache, or the `#Fields:` line of a W3C log.
    """
    if name in FORMATS:
        return FORMATS[name]
    if name.startswith("#"):
        return Format("w3c", lambda: _W3cReader(name))
    return _text("your own", pattern_of(name))


def _fitting(known: Format, lines: Sequence[str]) -> int:
    read = known.reader()
    return sum(read(line) is not None for line in lines)


def _text(
    name: str, pattern: re.Pattern[str], *, has_origin: bool = False, weight: float = 1
) -> Format:
    def read(line: str) -> LogEntry | None:
        for candidate in _unwrapped(line):
            match = pattern.fullmatch(candidate)
            columns = columns_of(match) if match else {}
            entry = entry_of(columns, has_escapes=True, has_origin=has_origin)
            if entry is not None:
                return entry
        return None

    return Format(name, lambda: read, weight)


def _json(name: str, fields: Mapping[str, Sequence[str]], *, has_origin: bool = False) -> Format:
    def read(line: str) -> LogEntry | None:
        for candidate in _unwrapped(line):
            columns = _picked(fields, dict(_flat(_object(candidate) or {})))
            entry = entry_of(columns, has_origin=has_origin)
            if entry is not None:
                return entry
        return None

    return Format(name, lambda: read)


class _W3cReader:
    """Reads the lines of a log by the fields that the last `#Fields:` above them names."""

    def __init__(self, header: str = "") -> None:
        self._fields: list[str] = []
        self(header or "#")

    def __call__(self, line: str) -> LogEntry | None:
        if line.startswith("#"):
            title, _, names = line.partition(":")
            if title.lower() == "#fields":
                self._fields = names.lower().split()
            return None
        has_tabs = "\t" in line
        values = line.split("\t") if has_tabs else W3C_VALUE.findall(line)
        if len(values) != len(self._fields):
            return None
        said = dict(zip(self._fields, values, strict=True))
        columns = _picked(W3C_FIELDS, {name: _w3c_text(text) for name, text in said.items()})
        columns["time"] = f"{said.get('date')}T{said.get('time')}Z"
        for name in ("referrer", "agent"):
            text = columns.get(name, "")
            columns[name] = (
                _as_sent_to_cloudfront(name, text) if has_tabs else _as_sent_to_iis(text)
            )
        return entry_of(columns)


W3C_VALUE = re.compile(r'"(?:[^"]|"")*"|\S+')


def _w3c_text(text: str) -> str:
    is_quoted = len(text) > 1 and text[0] == text[-1] == '"'
    return text[1:-1].replace('""', '"') if is_quoted else text


def _as_sent_to_iis(text: str) -> str:
    """IIS writes a plus for each blank: `(compatible;+bot/2.1;++http://…)`."""
    if " " in text:
        return text
    return re.sub(r"\+(\+?)", r" \1", text)


def _as_sent_to_cloudfront(name: str, text: str) -> str:
    """CloudFront writes `%20` for a blank, in older logs `%2520`; a URL has escapes of its own."""
    if name == "referrer":
        return text.replace("%25", "%")
    return unquote(unquote(text) if "%25" in text else text)


def _picked(fields: Mapping[str, Sequence[str]], values: Mapping[str, str]) -> dict[str, str]:
    columns = {}
    for column, names in fields.items():
        found = [values[name] for name in names if values.get(name, "-") not in ("", "-")]
        if found:
            columns[column] = found[0]
    return columns


def _object(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        # Numbers stay texts: a time with seven decimals is no double.
        found = json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _flat(found: Mapping[str, Any], above: str = "", depth: int = 1) -> Iterator[tuple[str, str]]:
    """Every text below a name in small letters: `request.headers.user-agent`."""
    for key, value in found.items():
        name = f"{above}{key}".lower()
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, list):
            yield name, ", ".join(part for part in value if isinstance(part, str))
        elif isinstance(value, dict) and depth < DEEPEST_FIELD:
            yield from _flat(value, f"{name}.", depth + 1)


def _unwrapped(line: str) -> Iterator[str]:
    """The line, and what is left of it without what syslog, containers and exports put around it."""
    text: str | None = line.strip()
    for _ in range(1 + MOST_WRAPPERS):
        if not text:
            return
        yield text
        text = _without_wrapper(text)


def _without_wrapper(text: str) -> str | None:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return _without_quotes(text)
    if (found := _object(text)) is not None:
        inner = next((found[name] for name in WRAPPERS if isinstance(found.get(name), str)), None)
        return None if inner is None else inner.strip()
    prefix = PREFIX.match(text)
    return None if prefix is None else text[prefix.end() :]


def _without_quotes(text: str) -> str:
    """The text of a JSON string, or of a cell of CSV, whose quotes are doubled."""
    try:
        inner = json.loads(text)
    except (ValueError, RecursionError):
        inner = None
    return inner if isinstance(inner, str) else text[1:-1].replace('""', '"')


def _lines_of(*parts: str) -> re.Pattern[str]:
    return re.compile("".join(parts), re.ASCII | re.DOTALL)


# A tenth of the lines may hold something else where the others have X-Forwarded-For.
PREFERRED = 1.1

# Of formats that read as many lines the first is taken.
FORMATS = {
    known.name: known
    for known in (
        _text("vhost_combined_forwarded", _lines_of(VHOST, HEAD, FORWARDED), weight=PREFERRED),
        _text("vhost_common", _lines_of(VHOST, HEAD, COMMON)),
        _text("vhost_combined", _lines_of(VHOST, HEAD, COMBINED)),
        _text("combined_forwarded", _lines_of(HEAD, FORWARDED), weight=PREFERRED),
        _text("common", _lines_of(HEAD, COMMON)),
        _text("combined", _lines_of(HEAD, COMBINED)),
        _text("alb", pattern_of(ALB), has_origin=True),
        _text("elb", pattern_of(ELB), has_origin=True),
        *(
            # Google's balancer logs whole URLs.
            _json(name, fields, has_origin=name == "gcp")
            for name, fields in JSON_FIELDS.items()
        ),
        Format("w3c", _W3cReader),
    )
}
