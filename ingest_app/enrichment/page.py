"""The page of a path: one name for all addresses that show the same.

A pure function of the path and of what the property asks for. Raw keeps the path as sent beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote, unquote_to_bytes

from ingest_app.enrichment.tracking import SESSION_PARAMETERS, is_tracking

# The width of the column. A page is ASCII, so that these are bytes too, which an index can hold.
MAX_PAGE_LENGTH = 2048
# In the place of a name: every parameter that is no tracking parameter.
EVERY_PARAMETER = "*"

# RFC 3986: what needs no escape in a path and in a query, beside the unreserved characters. In a query
# `&` separates, and `+` is a space.
_PATH = "/!$&'()*+,;=:@"
_QUERY = "/?!$'()*,;=:@"
_PLAIN_PATH = re.compile(r"/[A-Za-z0-9._~/!$&'()*+,:=@-]*")
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})?")
_UNRESERVED = re.compile("[A-Za-z0-9._~-]")
# Escapes of ASCII are matched to stay as they are.
_CAPITALS = re.compile("(?:%[89A-F][0-9A-F])+|[A-Z]+|%[0-7][0-9A-F]")
# The escapes of one character beyond ASCII begin with any of these, and go on with the first four.
_ESCAPED = re.compile("%[89A-F]")
_CONTINUATION = re.compile("%[89AB]")
_SESSION = re.compile(rf";(?:{'|'.join(SESSION_PARAMETERS)})[^/;=]*=[^/;]*", re.IGNORECASE)
_AMPERSANDS = re.compile("(?:amp;)+")


@dataclass(frozen=True, slots=True)
class PageRules:
    """What a property asks for. `kept_query` are names of parameters.

    A route is a fragment that begins with `/` or `!/`, as single-page applications have them.
    """

    kept_query: frozenset[str] = frozenset()
    keeps_slash: bool = True
    keeps_case: bool = True
    keeps_route: bool = False


AS_ALL = PageRules()


# A site has few pages, and most events are of few of them.
@lru_cache(maxsize=4096)
def page_of(path: str, rules: PageRules = AS_ALL) -> str:
    """Return the page that a path, as a client sent it, is of.

    Without fragment, tracking parameters and ids of sessions; with those parameters that the rules
    keep, by name; in one spelling of percent-encoding. At most MAX_PAGE_LENGTH characters: what is
    longer is cut, and parameters that have no room are left out. The page of a page is itself.
    """
    if rules == AS_ALL and _PLAIN_PATH.fullmatch(path) and len(path) <= MAX_PAGE_LENGTH:
        return path
    address, _, fragment = path.partition("#")
    page = _part(address, rules)
    fragment = fragment.partition("#")[0]
    if rules.keeps_route and fragment.startswith(("/", "!/")):
        route = _part(fragment, rules)
        if len(page) + 1 + len(route) <= MAX_PAGE_LENGTH:
            page += f"#{route}"
    return page


def _part(address: str, rules: PageRules) -> str:
    path, _, query = address.partition("?")
    page = _SESSION.sub("", _spelled(path, _PATH))
    if not rules.keeps_case:
        page = _CAPITALS.sub(_in_lower_case, page)
    page = _cut(page)
    if not rules.keeps_slash:
        page = page.rstrip("/")
    page = page or "/"
    separator = "?"
    for parameter in _kept(query, rules.kept_query):
        if len(page) + 1 + len(parameter) <= MAX_PAGE_LENGTH:
            page += separator + parameter
            separator = "&"
    return page


def _kept(query: str, names: frozenset[str]) -> list[str]:
    if not query or not names:
        return []
    kept = []
    for sent in query.split("&"):
        name, _, value = sent.replace("+", "%20").partition("=")
        # Links that were escaped for HTML twice have the end of `&amp;` before a name.
        name = _AMPERSANDS.sub("", _spelled(name, _QUERY), count=1)
        said = unquote(name)
        if said and not is_tracking(said) and (said in names or EVERY_PARAMETER in names):
            kept.append((name, _spelled(value, _QUERY)))
    kept.sort(key=lambda parameter: parameter[0])
    return [f"{name}={value}" if value else name for name, value in kept]


def _spelled(text: str, reserved: str) -> str:
    """RFC 3986: unreserved characters as they are, reserved ones as sent, others in capital hex."""
    # Of what is no text, as half an emoji, a question mark is left.
    quoted = quote(text, safe=f"%{reserved}", errors="replace")
    return _ESCAPE.sub(_escape, quoted) if "%" in quoted else quoted


def _escape(found: re.Match[str]) -> str:
    if found[1] is None:
        return "%25"
    character = chr(int(found[1], 16))
    return character if _UNRESERVED.fullmatch(character) else found[0].upper()


def _in_lower_case(found: re.Match[str]) -> str:
    letters = unquote_to_bytes(found[0]).decode(errors="surrogateescape")
    # One by one: the lower case of a sigma depends on what stands beside it.
    return quote("".join(map(str.lower, letters)), safe="", errors="surrogateescape")


def _cut(text: str) -> str:
    if len(text) <= MAX_PAGE_LENGTH:
        return text
    end = MAX_PAGE_LENGTH
    # Not within an escape, nor within the escapes of one character, which are four at most.
    escape = text.rfind("%", end - 2, end)
    if escape >= 0:
        end = escape
    for _ in range(3):
        if _CONTINUATION.match(text, end) and _ESCAPED.match(text, end - 3):
            end -= 3
    return text[:end]
