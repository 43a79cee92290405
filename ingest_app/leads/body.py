"""The bodies of the endpoints for leads, as section 5 of the contract has them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel

from ingest_app.enrichment.body import (
    AnonId,
    BlankIsAbsent,
    NoNul,
    Path,
    PropertyId,
    Props,
    Referrer,
    UtmBody,
    lengths,
)
from ingest_app.leads.address import Email

MAX_CAPTURE_BYTES = 64 * 1024
MAX_CONSENT_TEXT = 4_000
DEFAULT_FORM = "lead_capture"


FormName = Annotated[str, lengths(1, 128), NoNul]
Channel = Annotated[str, lengths(0, 128), NoNul, BlankIsAbsent]
ConsentText = Annotated[str, lengths(0, MAX_CONSENT_TEXT), NoNul, BlankIsAbsent]


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
