"""A `log_format` of nginx or a `LogFormat` of Apache, made into the pattern of its lines.

Each repeated part excludes the character that ends it, so no line takes more than linear time.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

QUOTED = r'(?:[^"\\]|\\.)*'
ADDRESSES = r'[^\s,"]+(?:, ?[^\s,"]+)*'

# Of two names of one column the one that stands first is believed.
NGINX = {
    "remote_addr": "address",
    "remote_port": "port",
    "http_x_forwarded_for": "forwarded",
    "proxy_add_x_forwarded_for": "forwarded",
    "http_cf_connecting_ip": "forwarded",
    "http_true_client_ip": "forwarded",
    "http_x_real_ip": "forwarded",
    "time_iso8601": "time",
    "time_local": "time",
    "msec": "time",
    "request": "request",
    "request_method": "method",
    "request_uri": "target",
    "uri": "target",
    "document_uri": "target",
    "is_args": "mark",
    "args": "query",
    "query_string": "query",
    "status": "status",
    "http_referer": "referrer",
    "http_user_agent": "agent",
    "host": "host",
    "http_host": "host",
    "server_name": "host",
    "remote_user": "bystander",
}
# Directives by their letter, headers of a request by their name.
APACHE = {
    "a": "address",
    "h": "address",
    "x-forwarded-for": "forwarded",
    "cf-connecting-ip": "forwarded",
    "true-client-ip": "forwarded",
    "x-real-ip": "forwarded",
    "t": "time",
    "r": "request",
    "m": "method",
    "U": "target",
    "q": "query",
    "s": "status",
    "referer": "referrer",
    "user-agent": "agent",
    "host": "host",
    "v": "host",
    "V": "host",
    "l": "bystander",
    "u": "bystander",
}
NEEDED = (
    ({"address", "forwarded"}, "the client's address ($remote_addr, %h)"),
    ({"time"}, "the time ($time_local, %t)"),
    ({"request", "target"}, "the request ($request, %r)"),
    ({"request", "method"}, "the method ($request_method, %m)"),
    ({"status"}, "the status ($status, %>s)"),
)

DIRECTIVE = re.compile(r"\s*(?:LogFormat\s|log_format\s+[\w-]+(?:\s+escape=\w+)?)")
STRING = re.compile(r"""\s*(?:'([^']*)'|"((?:[^"\\]|\\.)*)")""")
NGINX_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))", re.ASCII)
APACHE_VARIABLE = re.compile(
    r"%(?:!?\d+(?:,\d+)*)?[<>]?(?:\{([^}]*)\})?(\^[A-Za-z]{2}|[A-Za-z%])", re.ASCII
)


class UnusableFormat(ValueError):
    """A format that does not say enough, or says it so that no line can be taken apart."""


@dataclass(frozen=True)
class Variable:
    """A place in a format; `column` is None where nobody needs what stands there."""

    column: str | None
    rank: int = 0


def pattern_of(written: str) -> re.Pattern[str]:
    """The pattern of a format's lines, from its text or from the whole directive.

    Raises UnusableFormat. `columns_of` reads what its groups found.
    """
    text = _text_of(written)
    is_nginx = NGINX_VARIABLE.search(text) is not None
    parts = _joined(_nginx_parts(text) if is_nginx else _apache_parts(text))
    columns = {part.column for part in parts if isinstance(part, Variable)}
    for names, said in NEEDED:
        if not names & columns:
            raise UnusableFormat(f"the format does not say where {said} stands")
    return re.compile("".join(_patterns(parts)) + r"(?P<rest>\s.*)?", re.ASCII | re.DOTALL)


def columns_of(match: re.Match[str]) -> dict[str, str]:
    """The columns of a line; of two that say the same, the better one that is not empty."""
    columns: dict[str, str] = {}
    named = ((*group.split("_"), text or "") for group, text in match.groupdict().items())
    for column, *_, text in sorted(named, key=lambda found: found[1:]):
        if column in ("bystander", "rest"):
            columns[column] = f"{columns.get(column, '')} {text}"
        elif columns.get(column, "-") in ("", "-"):
            columns[column] = text
    return columns


def _text_of(written: str) -> str:
    directive = DIRECTIVE.match(written)
    if directive is not None:
        strings, at = [], directive.end()
        while string := STRING.match(written, at):
            strings.append(string[1] if string[1] is not None else string[2])
            at = string.end()
        written = "".join(strings)
    return written.replace('\\"', '"').replace("\\t", "\t").strip()


def _nginx_parts(text: str) -> Iterator[Variable | str]:
    at = 0
    for found in NGINX_VARIABLE.finditer(text):
        yield text[at : found.start()]
        yield _variable(NGINX, found[1] or found[2])
        at = found.end()
    yield text[at:]


def _apache_parts(text: str) -> Iterator[Variable | str]:
    at = 0
    for found in APACHE_VARIABLE.finditer(text):
        yield text[at : found.start()]
        at = found.end()
        argument, directive = found[1], found[2]
        if directive == "%":
            yield "%"
        elif directive == "t" and argument is None:
            # Apache writes brackets about its own time, and about no other.
            yield from ("[", _variable(APACHE, "t"), "]")
        elif directive == "t" and not argument.endswith("_frac"):
            yield _variable(APACHE, "t")
        elif directive == "i":
            yield _variable(APACHE, (argument or "").lower())
        elif argument is None:
            yield _variable(APACHE, directive)
        else:
            # `%{c}a` is the proxy; the rest is of no use.
            yield Variable(None)
    yield text[at:]


def _joined(parts: Iterable[Variable | str]) -> list[Variable | str]:
    """The parts without empty texts, and with no two texts side by side."""
    joined: list[Variable | str] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(last := joined[-1], str):
            joined[-1] = last + part
        elif part != "":
            joined.append(part)
    return joined


def _variable(names: Mapping[str, str], name: str) -> Variable:
    return Variable(names.get(name), list(names).index(name) if name in names else 0)


def _patterns(parts: Sequence[Variable | str]) -> Iterator[str]:
    for index, part in enumerate(parts):
        if isinstance(part, str):
            yield re.escape(part)
            continue
        before = parts[index - 1] if index else ""
        behind = parts[index + 1] if index + 1 < len(parts) else ""
        pattern = _pattern(part.column, before, behind)
        grouped = part.column not in (None, "mark", "port")
        yield f"(?P<{part.column}_{part.rank:02}_{index:03}>{pattern})" if grouped else pattern


def _pattern(column: str | None, before: Variable | str, behind: Variable | str) -> str:
    """What may stand in a place, by what stands on both sides of it."""
    if isinstance(behind, Variable) or isinstance(before, Variable):
        return _pattern_beside(column, before, behind)
    if before.endswith('"') and behind.startswith('"'):
        return QUOTED
    if column == "port":
        return r"\d+"
    if column in ("address", "forwarded"):
        return ADDRESSES
    if column == "bystander" and behind.startswith(" ["):
        return r'[^"\[]*'
    if column == "request" and behind.startswith(" "):
        return r"[A-Z]+ \S+(?: HTTP/\d(?:\.\d)?)?|-"
    if column == "time" and behind.startswith(" "):
        return r"\S+(?: [+-]\d{4})?"
    if column is None and behind.startswith(' "'):
        # Servers add numbers here, and the quoted columns stay where they are.
        return r'[^"]*'
    if not behind:
        return ".*" if column in ("referrer", "agent") else r"\S*"
    return f"[^{re.escape(behind[0])}]*"


def _pattern_beside(column: str | None, before: Variable | str, behind: Variable | str) -> str:
    """Of columns without anything between them, those whose characters tell them apart."""
    beside = behind.column if isinstance(behind, Variable) else ""
    after = before.column if isinstance(before, Variable) else ""
    match after, column, beside:
        case _, "host", "target":
            return r'[^/?\s"]*'
        case "host" | "", "target", "mark" | "query":
            return r'[^?\s"]*'
        case "host", "target", "":
            return r'[^\s"]*'
        case "target", "mark", "query":
            return r"\??"
        case "mark", "query", "":
            return r'[^\s"]*'
        case "target", "query", "":
            return r'(?:\?[^\s"]*)?'
    raise UnusableFormat("two columns of the format have nothing between them")
