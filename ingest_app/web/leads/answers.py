"""What the endpoints for leads answer, as models: the OpenAPI document is made from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from ingest_app.leads.domains import DomainClass
from ingest_app.web.answers import Answer
from ingest_app.web.leads.parameters import ConsentStatus


class CapturedAnswer(Answer):
    """A form that is stored; for one that was sent again, the ids of the first."""

    ok: Literal[True]
    lead_id: UUID
    visitor_id: UUID
    session_id: UUID | None
    heuristic_links_created: int = Field(
        ge=0, description="visitors of the same address and agent that this form tied to the lead"
    )


class DoneAnswer(Answer):
    """It is done."""

    ok: Literal[True]


class LeadAnswer(Answer):
    """A lead as it is now."""

    lead_id: UUID
    email: str
    consent_status: ConsentStatus
    source_channel: str | None
    email_domain_class: DomainClass | None
    first_captured_at: datetime
    last_captured_at: datetime
    forms: list[str] = Field(description="the names of the forms that it sent")
    properties: list[str] = Field(description="the properties that its submissions count for")
    payload: dict[str, Any] | None = Field(description="of the last submission")
    unsubscribe_path: str = Field(
        description="its signed link, to stand behind the server's address"
    )


class LeadsAnswer(Answer):
    """A page of leads, in the order in which they came."""

    ok: Literal[True]
    leads: list[LeadAnswer]
    next_cursor: UUID | None = Field(description="for the next page; null on the last")
