"""Keyed hashes of what must not be stored."""

import hmac
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
