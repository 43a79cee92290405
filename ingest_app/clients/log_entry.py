"""One request as a web server logged it, made of the columns that a format found in a line.

A line that does not say for certain who asked, when and for what is no entry: a visitor too few is
counted as a line that is not readable, a wrong one would be believed.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_network
from urllib.parse import quote_from_bytes

from ingest_app.enrichment.client_address import is_in, parse_address
from ingest_app.enrichment.hosts import normal_host
from ingest_app.enrichment.instants import parse_instant

Address = IPv4Address | IPv6Address
Url = Callable[[str], str]

# Where proxies stand, and nobody's visitors but those of an intranet.
PRIVATE = [
    ip_network(network)
    for network in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"),
        *("127.0.0.0/8", "::1/128", "fc00::/7", "fe80::/10"),
    )
]

REQUEST = re.compile(r"(?P<method>[A-Z]+) (?P<target>\S.*?)(?: HTTP/\d(?:\.\d)?)?", re.DOTALL)
ORIGIN = re.compile(r"https?://(?P<host>[^/?#]*)", re.IGNORECASE)
CLF_TIME = re.compile(
    r"(\d\d)/([A-Za-z]{3})/(\d{4}):(\d\d):(\d\d):(\d\d)(?:[.,]\d+)? ([+-])(\d\d):?(\d\d)", re.ASCII
)
ISO_TIME = re.compile(
    r"(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d+))? ?(?:(Z|UTC)|([+-]\d\d):?(\d\d))",
    re.ASCII | re.IGNORECASE,
)
EPOCH_TIME = re.compile(r"\d{9,19}(?:\.\d+)?", re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# A server counts in seconds, milli-, micro- or nanoseconds; the number of digits tells which.
DIGITS_OF_SECONDS = 11

STATUS = re.compile(r"\d{3}", re.ASCII)
ESCAPE = re.compile(r'\\(?:(["\\])|x([0-9A-Fa-f]{2})|([bfnrtv]))')
CONTROLS = dict(zip("bfnrtv", "\b\f\n\r\t\v", strict=True))
NOT_PRINTABLE_ASCII = re.compile(r"[^ -~]+")
ABSENT = ("", "-")
# nginx has no address of a proxy that comes through a socket.
NO_ADDRESS = (*ABSENT, "unix:")
# What nginx calls a server without a name.
NO_HOST = (*ABSENT, "_")


@dataclass(frozen=True)
class LogEntry:
    """None stands for a `-` or an absent column.

    `address` is the client's, in its one spelling. `method` and `target` are empty when the request
    line was not an HTTP request. `host` is the site's, where the log names it.
    """

    address: str
    at: datetime
    method: str
    target: str
    status: int
    referrer: str | None
    user_agent: str | None
    host: str | None = None

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


def entry_of(
    columns: Mapping[str, str], *, has_escapes: bool = False, has_origin: bool = False
) -> LogEntry | None:
    """The entry that named columns make, or None when they do not make one.

    `address`, `forwarded` (X-Forwarded-For), `time`, `request` or `method` with `target` and `query`,
    `status`, `referrer`, `agent`, `host`; of `bystander` and `rest` only what they could hide is
    looked at. With `has_escapes` a backslash is Apache's and nginx's escape. With `has_origin` targets
    are whole URLs of the site.
    """
    address = client_of(columns.get("address", ""), columns.get("forwarded", ""))
    at = log_time(columns.get("time", ""))
    status = columns.get("status", "")
    if address is None or at is None or STATUS.fullmatch(status) is None:
        return None
    if _has_other_columns(columns) or _hides_the_client(address, columns):
        return None
    url = _url_in_log if has_escapes else _encoded
    method, target = _asked(columns, url)
    host = columns.get("host", "")
    if has_origin and (origin := ORIGIN.match(target)):
        host = origin["host"]
    agent = columns.get("agent", "")
    return LogEntry(
        address=str(address),
        at=at,
        method=method,
        target=target,
        status=int(status),
        referrer=_text(url(columns.get("referrer", ""))),
        user_agent=_text(_unescaped(agent) if has_escapes else agent),
        host=None if host in NO_HOST else normal_host(host),
    )


def client_of(address: str, forwarded: str) -> Address | None:
    """Who asked: the first public address of those forwarded and of the other end of the connection.

    None where either holds anything but addresses: whoever stands behind `unknown` is not the proxy
    that says so.
    """
    chains = [addresses(text) for text in (forwarded, address) if text.strip() not in NO_ADDRESS]
    hops = [hop for chain in chains for hop in chain or ()]
    if not hops or [] in chains:
        return None
    return next((hop for hop in hops if not _is_private(hop)), hops[0])


def addresses(text: str) -> list[Address]:
    """The addresses of a list with commas, or none at all where one of them is something else."""
    found = [None if "%" in part else parse_address(part) for part in text.split(",")]
    known = [address for address in found if address is not None]
    return known if len(known) == len(found) else []


def log_time(text: str) -> datetime | None:
    """Apache's and nginx's time, an ISO 8601 instant with a zone, or a count since 1970, in UTC."""
    bare = text.strip().removeprefix("[").removesuffix("]")
    try:
        if clf := CLF_TIME.fullmatch(bare):
            return _clf_time(clf)
        if iso := ISO_TIME.fullmatch(bare):
            year, month, day, clock, fraction, _, hours, minutes = iso.groups()
            zone = f"{hours}:{minutes}" if hours else "Z"
            return parse_instant(f"{year}-{month}-{day}T{clock}.{fraction or 0}{zone}")
        if EPOCH_TIME.fullmatch(bare):
            whole = len(bare.partition(".")[0])
            scale = 6 - 3 * max(0, (whole - DIGITS_OF_SECONDS + 2) // 3)
            return EPOCH + timedelta(microseconds=int(Decimal(bare).scaleb(scale)))
    except (ValueError, OverflowError):
        pass
    return None


def _clf_time(match: re.Match[str]) -> datetime:
    # Not strptime: its month names follow the locale.
    day, month, year, hour, minute, second, sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return datetime(
        int(year),
        MONTHS.index(month) + 1,
        int(day),
        int(hour),
        int(minute),
        int(second),
        tzinfo=timezone(-offset if sign == "-" else offset),
    ).astimezone(UTC)


def _has_other_columns(columns: Mapping[str, str]) -> bool:
    """Whether agent and referrer changed places, or stand where another column should."""
    agent, referrer = columns.get("agent", ""), columns.get("referrer", "")
    return referrer.startswith("Mozilla/") or bool(addresses(agent) or addresses(referrer))


def _hides_the_client(address: Address, columns: Mapping[str, str]) -> bool:
    """Whether another column could be the one that names the client.

    Beside an address stand the names of its user, and no second address. Where the client does not
    speak to the server itself, a public address further on may be the client's as well.
    """
    if any(addresses(word) for word in columns.get("bystander", "").split()):
        return True
    if columns.get("forwarded", "") in ABSENT and not _is_private(address):
        return False
    words = re.split(r'[\s,"\[\]]+', columns.get("rest", ""))
    others = {other for word in words for other in addresses(word)} - {address}
    return not all(map(_is_private, others))


# A log has few addresses, and reading the networks takes 10 µs.
@lru_cache(maxsize=4096)
def _is_private(address: Address) -> bool:
    return is_in(address, PRIVATE)


def _asked(columns: Mapping[str, str], url: Url) -> tuple[str, str]:
    if "request" in columns:
        request = REQUEST.fullmatch(url(columns["request"]))
        return (request["method"], request["target"]) if request else ("", "")
    method, target, query = (columns.get(name, "") for name in ("method", "target", "query"))
    query = query.removeprefix("?")
    if query not in ABSENT and "?" not in target:
        target = f"{target}?{query}"
    return method, "" if target in ABSENT else url(target)


def _text(column: str) -> str | None:
    text = column.strip()
    return None if text in ABSENT else text


def _url_in_log(text: str) -> str:
    """A URL as the browser sent it: bytes that Apache or nginx wrote as `\\xC3` are `%C3`."""
    if "\\" in text:
        text = ESCAPE.sub(_sent, text)
    return _encoded(text)


def _sent(escape: re.Match[str]) -> str:
    if escape[1]:
        return escape[1]
    if escape[3]:
        return CONTROLS[escape[3]]
    byte = int(escape[2], 16)
    return chr(byte) if chr(byte).isascii() else f"%{byte:02X}"


def _encoded(text: str) -> str:
    """What a browser would not send as it is, percent-encoded, byte by byte."""
    return NOT_PRINTABLE_ASCII.sub(lambda part: quote_from_bytes(_bytes(part[0])), text)


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _unescaped(text: str) -> str:
    """Undo `\\"`, `\\\\` (Apache) and `\\x22` (nginx).

    Other bytes stay as logged: a header has no percent-encoding.
    """
    return ESCAPE.sub(_printable, text) if "\\" in text else text


def _printable(escape: re.Match[str]) -> str:
    if escape[1]:
        return escape[1]
    char = chr(int(escape[2], 16)) if escape[2] else ""
    return char if " " <= char <= "~" else escape[0]
