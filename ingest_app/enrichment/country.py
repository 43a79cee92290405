"""Country of a visitor, from the registries' allocation data that ships in `iptocc`."""

import re

import iptocc

from ingest_app.enrichment.client_address import parse_address

_COUNTRY_CODE = re.compile(r"[A-Z]{2}\Z")
# Registries file some blocks under a region. A region is not a country.
_REGIONS = frozenset({"AP", "EU", "ZZ"})


def resolve_country_code(claimed: str | None, address: str | None) -> str | None:
    """Return the ISO 3166-1 alpha-2 code of an event: as claimed, else that of the address.

    A claim is taken when it is two ASCII letters. The result is two upper-case letters or None.
    """
    if claimed is not None and claimed.isascii():
        code = claimed.strip().upper()
        if _COUNTRY_CODE.match(code):
            return code
    return country_of_address(address)


def country_of_address(address: str | None) -> str | None:
    """Return the country to which a registry gave the block of an IP address.

    None for private, reserved, unallocated and unreadable addresses. An IPv4-mapped IPv6 address
    is its IPv4 address.
    """
    parsed = parse_address(address)
    if parsed is None or not parsed.is_global:
        return None
    code = iptocc.country_code(str(parsed))
    if code is None or code in _REGIONS or not _COUNTRY_CODE.match(code):
        return None
    return code
