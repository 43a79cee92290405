"""Country of a visitor, from the registries' allocation data that ships in `iptocc`."""

import re

import iptocc

from ingest_app.enrichment.client_address import parse_address

_COUNTRY_CODE = re.compile(r"[A-Z]{2}\Z")
# Regions, under which registries and proxies file some blocks, and the codes that ISO 3166-1 leaves
# to its users (XX, ZZ: "we do not know"). Only XK, Kosovo, is a country to everyone who counts.
_NO_COUNTRY = re.compile(r"(?:AA|AP|EU|Q[M-Z]|X[A-JL-Z]|ZZ)\Z")
# A proxy's words for Tor and for anonymous proxies: the address is known not to be the person's.
_HIDDEN = frozenset({"T1", "A1"})


def resolve_country_code(
    claimed: str | None, address: str | None, header: str | None = None
) -> str | None:
    """Return the ISO 3166-1 alpha-2 code of an event: claimed, of the proxy, of the address.

    A claim is taken when it is two ASCII letters. `header` is what a trusted proxy says of the
    address; where it names no country the address is looked up, unless the proxy says that the
    address hides the person (`T1`, `A1`). The result is two upper-case letters or None.
    """
    code = _two_letters(claimed)
    if code is not None:
        return code
    if header is not None and header.strip().upper() in _HIDDEN:
        return None
    return _country(_two_letters(header)) or country_of_address(address)


def country_of_address(address: str | None) -> str | None:
    """Return the country to which a registry gave the block of an IP address.

    None for private, reserved, unallocated and unreadable addresses. An IPv4-mapped IPv6 address
    is its IPv4 address.
    """
    parsed = parse_address(address)
    if parsed is None or not parsed.is_global:
        return None
    return _country(iptocc.country_code(str(parsed)))


def _two_letters(text: str | None) -> str | None:
    # Before upper-casing: "ß" would become two letters.
    if text is None or not text.isascii():
        return None
    code = text.strip().upper()
    return code if _COUNTRY_CODE.match(code) else None


def _country(code: str | None) -> str | None:
    if code is None or not _COUNTRY_CODE.match(code) or _NO_COUNTRY.match(code):
        return None
    return code
