"""The bodies of the endpoints for leads, as section 5 of the contract has them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, StringConstraints

from ingest_app.enrichment.body import (
    AnonId,
    NoNul,
    Path,
    PropertyId,
    Props,
    Referrer,
    UtmBody,
)
from ingest_app.leads.address import Email

MAX_CAPTURE_BYTES = 64 * 1024
MAX_CONSENT_TEXT = 4_000
DEFAULT_FORM = "lead_capture"


def _blank_is_absent(text: str) -> str | None:
    return text or None


def _text(longest: int) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, max_length=longest)


FormName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128), NoNul
]
Channel = Annotated[str, _text(128), NoNul, AfterValidator(_blank_is_absent)]
ConsentText = Annotated[str, _text(MAX_CONSENT_TEXT), NoNul, AfterValidator(_blank_is_absent)]


class Consent(StrEnum):
    """What a form may say of consent."""

    PENDING = "pending"
    IMPLIED = "implied"
    EXPRESS = "express"


class CaptureBody(BaseModel):
    """A form that was sent. Without `anonId` the server makes a visitor for it."""

    model_config = UtmBody.model_config

    email: Email
    anon_id: AnonId | None = None
    form_name: FormName = DEFAULT_FORM
    property_id: PropertyId | None = None
    path: Path = "/"
    referrer: Referrer | None = None
    source_channel: Channel | None = None
    consent_status: Consent = Consent.PENDING
    consent_text: ConsentText | None = None
    payload: Props | None = None
    utm: UtmBody | None = None
    honeypot: str | None = None


class AddressBody(BaseModel):
    """An address, and nothing else."""

    model_config = UtmBody.model_config

    email: Email
