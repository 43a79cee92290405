"""Who is at the other end of a request, as the settings would have it."""

from __future__ import annotations

from flask import request

from ingest_app.enrichment.client_address import client_address, is_in, parse_address
from ingest_app.settings import Settings


def request_address(settings: Settings) -> str | None:
    """The client's address, behind the proxies that are trusted."""
    environ = request.environ
    return client_address(
        environ.get("REMOTE_ADDR"), environ.get("HTTP_X_FORWARDED_FOR"), settings.trusted_proxies
    )


def is_trusted(peer: str | None, settings: Settings) -> bool:
    """Whether this address is one of a trusted proxy."""
    address = parse_address(peer)
    return address is not None and is_in(address, settings.trusted_proxies)


def is_loopback(peer: str | None) -> bool:
    """Whether this address is this machine's own."""
    address = parse_address(peer)
    return address is not None and address.is_loopback
