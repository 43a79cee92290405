"""Who may ask: admin keys may do all, report keys may read reports, of one property or of all."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from pydantic import SecretStr

from ingest_app.refusals import Issue, Reason, Refusal
from ingest_app.settings import ReportKey

HEADER = "x-admin-key"
# Of the SHA-256 of the key: enough to tell the keys in force apart.
FINGERPRINT_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever has a key: its fingerprint, whether it is an admin's, and the one property it may see."""

    fingerprint: str
    is_admin: bool
    property_id: str | None


class AdminKeys:
    """The keys in force; several, so that one can be rotated out."""

    def __init__(self, keys: Iterable[SecretStr], report_keys: Iterable[ReportKey] = ()) -> None:
        # All digests have one length. So the time of a comparison does not tell the length of a
        # key.
        self._readers = [_known(key, is_admin=True, property_id=None) for key in keys] + [
            _known(one.key, is_admin=False, property_id=one.property_id) for one in report_keys
        ]
        self._has_admin = any(reader.is_admin for _, reader in self._readers)

    @property
    def is_configured(self) -> bool:
        """Whether there is any key."""
        return bool(self._readers)

    def check(self, sent: str | None) -> str:
        """The fingerprint of an admin key.

        Raises Refusal: 503 where none is configured, 401 for another.
        """
        if not self._has_admin:
            raise Refusal(Reason.ADMIN_AUTH_NOT_CONFIGURED)
        reader = self.reader(sent)
        if not reader.is_admin:
            raise _unauthorized("reads reports only; this asks for an admin key")
        return reader.fingerprint

    def reader(self, sent: str | None) -> Reader:
        """Whose key it is. Raises Refusal: 503 where none is configured, 401 for another."""
        if not self.is_configured:
            raise Refusal(Reason.ADMIN_AUTH_NOT_CONFIGURED)
        digest = _digest(sent or "")
        # Every key is compared, also after one that fits. So the time does not tell which one it
        # was.
        fitting = [reader for known, reader in self._readers if hmac.compare_digest(digest, known)]
        if sent is None or not fitting:
            raise _unauthorized("is required" if sent is None else "is none of the keys in force")
        return fitting[0]

    def by_fingerprint(self, fingerprint: str) -> Reader | None:
        """The reader of a key that is still in force."""
        return next(
            (reader for _, reader in self._readers if reader.fingerprint == fingerprint), None
        )


def _unauthorized(what: str) -> Refusal:
    return Refusal(Reason.UNAUTHORIZED, [Issue(HEADER, what)])


def _known(key: SecretStr, *, is_admin: bool, property_id: str | None) -> tuple[bytes, Reader]:
    digest = _digest(key.get_secret_value())
    return digest, Reader(digest.hex()[:FINGERPRINT_LENGTH], is_admin, property_id)


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogateescape")).digest()
