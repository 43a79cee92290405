"""The parameters of `GET /v1/leads`."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from ingest_app.enrichment.body import PropertyId
from ingest_app.leads.body import FormName
from ingest_app.leads.export import PAGE, Filters
from ingest_app.web.reports.parameters import Day, Parameters


class ConsentStatus(StrEnum):
    """The values of `raw.consent_status`."""

    PENDING = "pending"
    EXPRESS = "express"
    IMPLIED = "implied"
    WITHDRAWN = "withdrawn"


class LeadsParameters(Parameters):
    """Which leads, and from where on."""

    property_id: PropertyId | None = Field(
        default=None, description="with a submission that counts for this property"
    )
    form: FormName | None = Field(default=None, description="with a submission of this form")
    day: Day | None = Field(
        default=None, description="with a submission on this day of its property"
    )
    consent: ConsentStatus | None = Field(default=None, description="whose consent is this now")
    cursor: UUID | None = Field(default=None, description="nextCursor of the page before")
    limit: int = Field(default=100, ge=1, le=PAGE, description="at most so many")

    @property
    def filters(self) -> Filters:
        """The filters as the statement takes them."""
        return Filters(self.property_id, self.form, self.day, self.consent)
