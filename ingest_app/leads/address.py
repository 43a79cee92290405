"""Addresses of leads: what is one, and how it is written to be compared."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field

from ingest_app.enrichment.hashing import keyed_hash

# The column's width.
MAX_LENGTH = 320
EXPECTED = "must be an address, such as ada@shop.example"


def normal_address(text: str) -> str:
    """The address in lower case, its domain in Unicode. Raises ValueError, which does not quote it.

    No provider's rules: dots and what follows a plus are part of the address.
    """
    try:
        # Longer ones are not even looked at. Nobody is asked whether the domain exists.
        known = validate_email(text.strip()[: MAX_LENGTH + 1], check_deliverability=False)
    except EmailNotValidError:
        raise ValueError(EXPECTED) from None
    normal = unicodedata.normalize("NFC", known.normalized.lower())
    if len(normal) > MAX_LENGTH:
        raise ValueError(EXPECTED)
    return normal


def address_hash(pepper: bytes, email: str) -> str:
    """What stays of a normalised address after its erasure."""
    return str(keyed_hash(pepper, f"lead {email}"))


Email = Annotated[str, AfterValidator(normal_address), Field(json_schema_extra={"format": "email"})]
