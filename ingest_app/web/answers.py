"""What the endpoints answer, as models: the OpenAPI document is made from them."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

from ingest_app.refusals import ERRORS


class Answer(BaseModel):
    """Names in camelCase, nothing beyond them."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class IssueAnswer(Answer):
    """One thing that is wrong."""

    path: str = Field(description="the field, from the body's top; empty for the body itself")
    message: str = Field(description="what was expected")


class ErrorAnswer(Answer):
    """Any refusal or fault."""

    ok: Literal[False]
    error: Annotated[str, WithJsonSchema({"enum": list(ERRORS), "type": "string"})]
    issues: list[IssueAnswer] | None = None


class StoredAnswer(Answer):
    """An event that is durably stored; for a duplicate, the ids of the first."""

    ok: Literal[True]
    event_id: UUID
    visitor_id: UUID
    session_id: UUID | None


class SpooledAnswer(Answer):
    """An event on the server's disk, on its way to the database, which did not take it in time.

    Its session is not known yet. Should the event turn out to be a duplicate, its id is the first's.
    """

    ok: Literal[True]
    event_id: UUID
    visitor_id: UUID
    session_id: None
    spooled: Literal[True]


class IgnoredAnswer(Answer):
    """A filled honeypot: nothing was stored."""

    ok: Literal[True]


class StoredResult(StoredAnswer):
    """What became of one event of a batch."""

    outcome: Literal["accepted", "duplicate"]


class SpooledResult(SpooledAnswer):
    """What became of one event of a batch."""

    outcome: Literal["spooled"]


class IgnoredResult(IgnoredAnswer):
    """What became of one event of a batch."""

    outcome: Literal["ignored"]


class RejectedResult(ErrorAnswer):
    """What became of one event of a batch."""

    outcome: Literal["rejected"]


class BatchAnswer(Answer):
    """The outcome of each event, in the order of the batch."""

    ok: Literal[True]
    accepted: int = Field(ge=0)
    duplicate: int = Field(ge=0)
    spooled: int = Field(ge=0)
    rejected: int = Field(ge=0)
    results: list[StoredResult | SpooledResult | IgnoredResult | RejectedResult]


class AliveAnswer(Answer):
    """The process is alive."""

    ok: Literal[True]


class CheckAnswer(Answer):
    """One check of the readiness."""

    ok: bool
    message: str | None = None
    events: int | None = Field(default=None, description="of the spool: how many wait")
    oldest_seconds: float | None = Field(
        default=None, description="of the spool: how long the oldest has waited"
    )


class ReadyAnswer(Answer):
    """Whether the process can do its work, check by check."""

    ok: bool
    checks: dict[str, CheckAnswer]
