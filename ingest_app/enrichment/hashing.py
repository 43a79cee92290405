"""Keyed hashes of what must not be stored, and the form in which hashes are stored."""

import hmac
from base64 import urlsafe_b64encode
from functools import lru_cache
from hashlib import sha256


# The events of a batch come from one address and one agent.
@lru_cache(maxsize=64)
def keyed_hash(pepper: bytes, value: str | None) -> str | None:
    """Return the HMAC-SHA-256 of `value` as 64 hex digits; None for an absent or empty value.

    Raises ValueError on an empty pepper: the hash of an address without a key is undone by
    trying all addresses.
    """
    if not pepper:
        raise ValueError("the pepper is empty")
    if not value:
        return None
    return hmac.new(pepper, value.encode("utf-8", "surrogatepass"), sha256).hexdigest()


@lru_cache(maxsize=64)
def keyed_hashes(pepper: bytes, value: str | None) -> tuple[str | None, str | None]:
    """Return the same hash as it is stored, and whole."""
    digits = keyed_hash(pepper, value)
    return digits and shortened(digits), digits


def shortened(digits: str) -> str:
    """Return the first 128 bits of a hash of 64 hex digits: 22 characters of URL-safe base64."""
    return urlsafe_b64encode(bytes.fromhex(digits[:32]))[:22].decode()


def both_forms(digits: str) -> tuple[str, str]:
    """Return a hash as it is stored, and as apps of before stored it (docs/decisions/0052)."""
    return shortened(digits), digits
