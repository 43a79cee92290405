"""The parameters of the reporting endpoints: what is taken, and what is said of the rest."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetPydanticSchema,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core.core_schema import literal_schema
from werkzeug.datastructures import MultiDict

from ingest_app.enrichment.body import PropertyId
from ingest_app.enrichment.vocabulary import DeviceType
from ingest_app.refusals import Issue, Reason, Refusal, invalid_request
from ingest_app.reports.bounds import MAX_DAYS, MAX_ROWS
from ingest_app.reports.dimensions import DIMENSIONS
from ingest_app.reports.windows import Audience, Window

# No event is older, and a comparison still finds days before it.
FIRST_DAY = date(1900, 1, 1)
FLAGS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


def _day(value: object) -> date:
    text = str(value)
    expected = "must be a day that exists, written like 2026-03-31"
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(expected)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(expected) from None
    if day < FIRST_DAY:
        raise ValueError(f"must not be before {FIRST_DAY}")
    return day


def _flag(value: object) -> object:
    if isinstance(value, bool):
        return value
    word = FLAGS.get(str(value).strip().lower())
    if word is None:
        raise ValueError("must be one of 1, true, yes, on, 0, false, no, off")
    return word


By = Annotated[str, GetPydanticSchema(lambda *_: literal_schema([*DIMENSIONS]))]
Day = Annotated[date, BeforeValidator(_day)]
Flag = Annotated[
    bool,
    BeforeValidator(_flag),
    WithJsonSchema({"type": "string", "enum": [*FLAGS]}),
]


class Parameters(BaseModel):
    """What every endpoint has in common: nothing unknown is taken, so that a typo is seen."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)


class WindowParameters(Parameters):
    """A window of days, of one property or of all."""

    from_day: Day = Field(alias="from", description="first UTC day of the window")
    to_day: Day = Field(
        alias="to",
        description=f"last UTC day of the window, at most {MAX_DAYS} days in all",
    )
    property_id: PropertyId | None = Field(
        default=None, description="the property; absent: all of them together"
    )
    audience: Audience = Field(
        default=Audience.ALL, description="whose traffic counts: everybody's, people's or bots'"
    )

    @field_validator("to_day")
    @classmethod
    def _is_after_from(cls, to_day: date, info: ValidationInfo) -> date:
        from_day = info.data.get("from_day")
        if from_day is None:
            return to_day
        if to_day < from_day:
            raise ValueError(f"must not be before from, which is {from_day}")
        if (days := (to_day - from_day).days + 1) > MAX_DAYS:
            raise ValueError(f"must leave at most {MAX_DAYS} days in the window; it has {days}")
        return to_day

    @property
    def window(self) -> Window:
        """The window as statements take it."""
        return Window(self.from_day, self.to_day, self.property_id, self.audience)


class SummaryParameters(WindowParameters):
    """Of `GET /v1/metrics/summary`."""

    compare_to: Flag = Field(
        default=False, description="whether to compare with as many days just before"
    )


class BreakdownParameters(WindowParameters):
    """Of `GET /v1/metrics/breakdown`."""

    by: By = Field(description="what the rows are")
    limit: int = Field(default=50, ge=1, le=MAX_ROWS, description="at most so many rows")


class FunnelParameters(WindowParameters):
    """Of `GET /v1/metrics/funnel`."""

    limit: int = Field(default=50, ge=1, le=MAX_ROWS, description="at most so many forms")


class VitalsParameters(WindowParameters):
    """Of `GET /v1/metrics/vitals`."""

    device_type: DeviceType | None = Field(default=None, description="of these devices alone")


class PropertiesParameters(Parameters):
    """Of `GET /v1/metrics/properties`."""

    property_id: PropertyId | None = Field(default=None, description="that property alone")
    limit: int = Field(default=MAX_ROWS, ge=1, le=MAX_ROWS, description="at most so many")


P = TypeVar("P", bound=Parameters)


def read_parameters(model: type[P], query: MultiDict[str, str]) -> P:
    """The parameters of a query string. Raises Refusal that names each one that is wrong."""
    repeated = [
        Issue(name, f"is given {len(values)} times, expected once")
        for name, values in query.lists()
        if len(values) > 1
    ]
    if repeated:
        raise Refusal(Reason.INVALID_REQUEST, repeated)
    try:
        return model.model_validate(query.to_dict())
    except ValidationError as error:
        raise invalid_request(error, unknown="is not a parameter of this endpoint") from None
