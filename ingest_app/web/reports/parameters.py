"""The parameters of the reporting endpoints: what is taken, and what is said of the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetPydanticSchema,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core.core_schema import literal_schema
from werkzeug.datastructures import MultiDict

from ingest_app.enrichment.body import PropertyId
from ingest_app.enrichment.vocabulary import DeviceType
from ingest_app.refusals import Issue, Reason, Refusal, validated
from ingest_app.reports.bounds import (
    MAX_DAYS,
    MAX_FILTER_VALUE,
    MAX_FILTERS,
    MAX_HOURLY_DAYS,
    MAX_ROWS,
)
from ingest_app.reports.dimensions import DIMENSIONS
from ingest_app.reports.visit_dimensions import DIMENSIONS as CAN_BE_FILTERED
from ingest_app.reports.visit_dimensions import HOUR, OF_VISITS
from ingest_app.reports.windows import (
    Audience,
    Bucket,
    Comparison,
    Filter,
    FilterBy,
    Window,
    read_day,
    read_filter,
)

FLAGS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


def _flag(value: object) -> object:
    if isinstance(value, bool):
        return value
    word = FLAGS.get(str(value).strip().lower())
    if word is None:
        raise ValueError("must be one of 1, true, yes, on, 0, false, no, off")
    return word


def _filter(value: object) -> Filter:
    return value if isinstance(value, Filter) else read_filter(str(value))


def _comparison(value: object) -> Comparison | None:
    if isinstance(value, Comparison):
        return value
    word = str(value).strip().lower()
    if word in {*Comparison}:
        return Comparison(word)
    if word not in FLAGS:
        raise ValueError(f"must be one of {', '.join((*Comparison, *FLAGS))}")
    return Comparison.PREVIOUS if FLAGS[word] else None


By = Annotated[str, GetPydanticSchema(lambda *_: literal_schema([*DIMENSIONS, *OF_VISITS, HOUR]))]
OneFilter = Annotated[
    Filter,
    BeforeValidator(_filter),
    WithJsonSchema({"type": "string", "pattern": f"^({'|'.join(FilterBy)}):"}),
]
ComparedWith = Annotated[
    Comparison | None,
    BeforeValidator(_comparison),
    WithJsonSchema({"type": "string", "enum": [*Comparison, *FLAGS]}),
]
# The only one that may be given more than once.
FILTER = "filter"
Day = Annotated[date, BeforeValidator(lambda value: read_day(str(value)))]
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

    from_day: Day = Field(
        alias="from", description="first day of the window, in the zone of its property"
    )
    to_day: Day = Field(
        alias="to",
        description=f"last day of the window, at most {MAX_DAYS} days in all",
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


class FilteredParameters(WindowParameters):
    """A window of which only the visits that fit may count."""

    filters: tuple[OneFilter, ...] = Field(
        default=(),
        alias=FILTER,
        max_length=MAX_FILTERS,
        description=(
            f"`dimension:value`, up to {MAX_FILTERS} times: visits that fit alone count, each for the "
            "day on which it began. Several of one dimension are alternatives, different ones must all "
            f"hold. Dimensions are {', '.join(FilterBy)}; a value has at most {MAX_FILTER_VALUE} "
            "characters, and `(not set)` is what a visit does not have"
        ),
    )

    @property
    def window(self) -> Window:
        """The window as statements take it."""
        return replace(super().window, filters=self.filters)


class SummaryParameters(FilteredParameters):
    """Of `GET /v1/metrics/summary`."""

    compare_to: Flag = Field(
        default=False, description="whether to compare with as many days just before"
    )

    @property
    def window(self) -> Window:
        """The window as statements take it."""
        comparison = Comparison.PREVIOUS if self.compare_to else None
        return replace(super().window, comparison=comparison)


class BreakdownParameters(FilteredParameters):
    """Of `GET /v1/metrics/breakdown`."""

    by: By = Field(description="what the rows are")
    limit: int = Field(default=50, ge=1, le=MAX_ROWS, description="at most so many rows")

    @field_validator("by")
    @classmethod
    def _can_be_filtered(cls, by: str, info: ValidationInfo) -> str:
        if info.data.get("filters") and by not in CAN_BE_FILTERED:
            raise ValueError(f"must be one of {', '.join(CAN_BE_FILTERED)} where there is a filter")
        return by


class FunnelParameters(WindowParameters):
    """Of `GET /v1/metrics/funnel`."""

    limit: int = Field(default=50, ge=1, le=MAX_ROWS, description="at most so many forms")


class VitalsParameters(WindowParameters):
    """Of `GET /v1/metrics/vitals`."""

    device_type: DeviceType | None = Field(default=None, description="of these devices alone")


class TrendParameters(FilteredParameters):
    """Of `GET /v1/metrics/trend`."""

    by: Bucket = Field(
        description=f"how long a bucket is; hours are of at most {MAX_HOURLY_DAYS} days"
    )
    compare_to: ComparedWith = Field(
        default=None,
        description=(
            "with which days of before to compare: just before (also 1, true, yes, on), a year before, "
            "or just before from the same day of the week; 0, false, no, off: none"
        ),
    )

    @field_validator("by")
    @classmethod
    def _has_few_hours(cls, by: Bucket, info: ValidationInfo) -> Bucket:
        first, last = info.data.get("from_day"), info.data.get("to_day")
        if by is Bucket.HOUR and first and last and (last - first).days >= MAX_HOURLY_DAYS:
            raise ValueError(f"must not be hour for more than {MAX_HOURLY_DAYS} days")
        return by

    @property
    def window(self) -> Window:
        """The window as statements take it."""
        return replace(super().window, comparison=self.compare_to)


class RetentionParameters(WindowParameters):
    """Of `GET /v1/metrics/retention`."""


class RealtimeParameters(Parameters):
    """Of `GET /v1/metrics/realtime`."""

    property_id: PropertyId = Field(description="the property")
    audience: Audience = Field(
        default=Audience.ALL, description="whose traffic counts: everybody's, people's or bots'"
    )


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
        if len(values) > 1 and name != FILTER
    ]
    if repeated:
        raise Refusal(Reason.INVALID_REQUEST, repeated)
    named: dict[str, Any] = query.to_dict()
    if FILTER in named:
        named[FILTER] = query.getlist(FILTER)
    return validated(model.model_validate, named, unknown="is not a parameter of this endpoint")
