"""Who may ask the admin endpoints: whoever has one of the keys."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from hashlib import sha256

from pydantic import SecretStr

from ingest_app.refusals import Issue, Reason, Refusal

HEADER = "x-admin-key"
# Of the SHA-256 of the key: enough to tell the keys in force apart.
FINGERPRINT_LENGTH = 12


class AdminKeys:
    """The keys in force; several, so that one can be rotated out."""

    def __init__(self, keys: Iterable[SecretStr]) -> None:
        # All digests have one length. So the time of a comparison does not tell the length of a
        # key.
        self._digests = [_digest(key.get_secret_value()) for key in keys]

    def check(self, sent: str | None) -> str:
        """The fingerprint of the key. Raises Refusal: 503 where none is configured, 401 for another."""
        if not self._digests:
            raise Refusal(Reason.ADMIN_AUTH_NOT_CONFIGURED)
        digest = _digest(sent or "")
        # Every key is compared, also after one that fits. So the time does not tell which one it
        # was.
        fits = [hmac.compare_digest(digest, known) for known in self._digests]
        if sent is None or not any(fits):
            what = "is required" if sent is None else "is none of the keys in force"
            raise Refusal(Reason.UNAUTHORIZED, [Issue(HEADER, what)])
        return digest.hex()[:FINGERPRINT_LENGTH]


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogateescape")).digest()
