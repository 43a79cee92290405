"""Signed links by which a lead unsubscribes. They name the lead by its id and never expire."""

from __future__ import annotations

import hmac
from hashlib import sha256
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer

PATH = "/v1/leads/unsubscribe/"
PURPOSE = "unsubscribe link"


class Links:
    """Makes and reads the links; the key is made from the pepper."""

    def __init__(self, pepper: bytes) -> None:
        key = hmac.new(pepper, PURPOSE.encode(), sha256).hexdigest()
        self._serializer = URLSafeSerializer(
            key, salt=PURPOSE, signer_kwargs={"digest_method": sha256}
        )

    def path(self, lead_id: UUID) -> str:
        """The path of the link, to stand behind the address of the server."""
        return f"{PATH}{self._serializer.dumps(lead_id.hex)}"

    def lead_id(self, token: str) -> UUID | None:
        """Whose link it is; None where we did not make it."""
        try:
            return UUID(self._serializer.loads(token))
        except (BadData, ValueError, AttributeError, TypeError):
            return None
