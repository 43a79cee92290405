"""Host names as they are compared: normalised, and by whole labels."""

import re
from collections.abc import Collection
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address

import idna

MAX_HOST_LENGTH = 253  # RFC 1035, without the root's dot
_MAX_INPUT_LENGTH = 2048
_PORT = re.compile(r":[0-9]{0,5}\Z")
_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\Z")
_SCHEME = re.compile(r"(?:(?:https?|android-app):)?//", re.IGNORECASE)
# What nearly every referrer begins with: nothing in it is read in more than one way.
_PLAIN = re.compile(r"https?://([a-z0-9.-]+)(?=[/?#]|\Z)")
_AUTHORITY_END = re.compile(r"[/?#]")
_DROPPED_BY_BROWSERS = str.maketrans("", "", "\t\r\n")


@lru_cache(maxsize=4096)
def normal_host(host: str | None, *, keeps_www: bool = False) -> str | None:
    """Return `host` (as in a Host header) in the one form in which hosts are compared.

    Lower case, no port, no trailing dot, no leading `www.` unless it is to be kept; an
    international name as A-labels, an IPv6 address compressed and without brackets. None when
    nothing usable is left.
    """
    if host is None or len(host) > _MAX_INPUT_LENGTH:
        return None
    text = host.strip().lower()
    if text.startswith("["):
        address, bracket, port = text[1:].partition("]")
        return _ipv6(address) if bracket and (not port or _PORT.match(port)) else None
    if text.count(":") > 1:
        return _ipv6(text)
    text = _to_ascii(_PORT.sub("", text)).removesuffix(".")
    # `www.com` is a name of its own: only a prefix that leaves a dotted name, or a local one, goes.
    while (
        not keeps_www and text.startswith("www.") and ("." in text[4:] or text[4:] == "localhost")
    ):
        text = text[4:]
    return text if len(text) <= MAX_HOST_LENGTH and _HOST.match(text) else None


def referrer_host(referrer: str | None, *, keeps_www: bool = False) -> str | None:
    """Return the normalised host of a referrer: http(s), scheme-relative or android-app.

    Reads the authority as browsers do: a backslash is a slash, and what stands before the last
    `@` is user info. None for every other text; never raises.
    """
    if referrer is None:
        return None
    if plain := _PLAIN.match(referrer):
        return normal_host(plain[1], keeps_www=keeps_www)
    text = referrer.strip().translate(_DROPPED_BY_BROWSERS).replace("\\", "/")
    scheme = _SCHEME.match(text)
    if scheme is None:
        return None
    # The fourth slash of `https:////host` is skipped by browsers too.
    authority = _AUTHORITY_END.split(text[scheme.end() :].lstrip("/"), maxsplit=1)[0]
    return normal_host(authority.rpartition("@")[2], keeps_www=keeps_www)


def has_domain(host: str, domains: Collection[str]) -> bool:
    """Tell whether `host` is one of `domains` or a subdomain of one, by whole labels.

    Both sides are expected in the form of `normal_host`. `domains` should be a set: the cost is
    one lookup for each label of the host.
    """
    return any(name in domains for name in name_and_parents(host))


def copied_host(host: str, copies: Collection[str]) -> str | None:
    """Return the host whose pages `host` serves, where it is a subdomain of one of `copies`.

    A dot of the site is a hyphen there, and a hyphen two. None where no host can be read, as for long
    ones, of which only a hash is left.
    """
    label, _, domain = host.partition(".")
    if domain not in copies:
        return None
    try:
        label = (
            label.removeprefix("xn--").encode().decode("punycode") if label[:4] == "xn--" else label
        )
    except UnicodeError:
        return None
    # Zeros stand about a host whose own hyphens would look like those of an international name.
    if label.startswith("0-") and label.endswith("-0"):
        label = label[2:-2]
    site = "-".join(part.replace("-", ".") for part in label.split("--"))
    return normal_host(site) if "." in site else None


def name_and_parents(host: str) -> list[str]:
    """Return `host` and its parent domains, the most specific first: a.b.c, b.c, c."""
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]


def _ipv6(text: str) -> str | None:
    # Python also takes a zone after "%", with any text in it.
    if "%" in text:
        return None
    try:
        return str(IPv6Address(text))
    except AddressValueError:
        return None


def _to_ascii(text: str) -> str:
    if text.isascii():
        return text
    # Longer names cannot be valid, and the codec's cost grows with the square of the length.
    if len(text) > MAX_HOST_LENGTH:
        return ""
    try:
        return idna.encode(text, uts46=True).decode("ascii")
    except UnicodeError:
        return ""
