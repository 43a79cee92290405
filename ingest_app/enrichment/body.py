"""The body of `POST /v1/events`, as section 2 of the contract has it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from ingest_app.enrichment.instants import EXPECTED, parse_instant
from ingest_app.enrichment.property_id import MAX_PROPERTY_ID_LENGTH
from ingest_app.enrichment.vitals import (
    CLS,
    ENGAGED_TIME,
    FCP,
    INP,
    LCP,
    SCROLL_DEPTH,
    TTFB,
    Measure,
)
from ingest_app.enrichment.vocabulary import DeviceType

MAX_EVENT_BYTES = 64 * 1024
MAX_BATCH_EVENTS = 500
# A path is a key of an index, whose rows hold at most 2,704 bytes.
MAX_PATH_BYTES = 2600
MAX_PROPS_DEPTH = 16
MAX_PROPS_KEYS = 256
# Keys alone do not bound lists. This many take a third of a millisecond, on a thread that all share.
MAX_PROPS_VALUES = 1024
# Wider numbers have no place in a double, which is what readers of JSON make of them.
MAX_NUMBER = 10**300


def _no_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain the NUL character")
    return text


def _blank_is_absent(text: str) -> str | None:
    return text or None


def _fits_the_index(path: str) -> str:
    if len(path.encode()) > MAX_PATH_BYTES:
        raise ValueError(f"must be at most {MAX_PATH_BYTES} bytes in UTF-8")
    return path


def _instant(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise ValueError(EXPECTED)
    return parse_instant(value.strip())


def _storable(props: dict[str, Any]) -> dict[str, Any]:
    """Refuse what PostgreSQL's jsonb cannot hold, and what no reader wants.

    The values of an object or a list are counted before any of them is looked at.
    """
    values = keys = 0
    waiting: list[tuple[tuple[str | int, ...], dict[str, Any] | list[Any]]] = [((), props)]
    while waiting:
        path, container = waiting.pop()
        values += len(container)
        if values > MAX_PROPS_VALUES:
            raise ValueError(f"must hold at most {MAX_PROPS_VALUES} values in all")
        if len(path) + bool(container) >= MAX_PROPS_DEPTH:
            raise ValueError(f"must be nested at most {MAX_PROPS_DEPTH} deep{_where(path)}")
        inner: Iterable[tuple[str | int, Any]] = enumerate(container)
        if isinstance(container, dict):
            keys += len(container)
            if keys > MAX_PROPS_KEYS:
                raise ValueError(f"must have at most {MAX_PROPS_KEYS} keys in all")
            for key in container:
                _check_value(key, (*path, key))
            inner = container.items()
        for name, value in inner:
            if isinstance(value, dict | list):
                waiting.append(((*path, name), value))
            else:
                _check_value(value, (*path, name))
    return props


def _check_value(value: Any, path: tuple[str | int, ...]) -> None:
    if isinstance(value, str) and "\x00" in value:
        raise ValueError(f"must not contain the NUL character{_where(path)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"must hold only finite numbers{_where(path)}")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > MAX_NUMBER:
        raise ValueError(f"must hold only numbers within 1e300 of zero{_where(path)}")


def _where(path: tuple[str | int, ...]) -> str:
    return f" (at {'.'.join(map(str, path))[:80]!r})"


def lengths(shortest: int, longest: int) -> StringConstraints:
    """Trimmed text of so many characters."""
    return StringConstraints(strip_whitespace=True, min_length=shortest, max_length=longest)


def _up_to(measure: Measure) -> FieldInfo:
    bounds: FieldInfo = Field(ge=0, le=measure.most)
    return bounds


NoNul = AfterValidator(_no_nul)
BlankIsAbsent = AfterValidator(_blank_is_absent)
AnonId = Annotated[str, lengths(8, 128), NoNul]
EventType = Annotated[str, lengths(1, 64), NoNul]
Path = Annotated[str, lengths(1, 2048), NoNul, AfterValidator(_fits_the_index)]
Referrer = Annotated[str, lengths(0, 2048), NoNul, BlankIsAbsent]
UtmValue = Annotated[str, lengths(0, 255), NoNul]
PropertyId = Annotated[str, lengths(1, MAX_PROPERTY_ID_LENGTH), NoNul]
CountryCode = Annotated[
    str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z]{2}$")
]
Instant = Annotated[datetime, BeforeValidator(_instant)]
Props = Annotated[dict[str, Any], AfterValidator(_storable)]


class _Body(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
    )


class UtmBody(_Body):
    """Campaign parameters of the landing page."""

    source: UtmValue | None = None
    medium: UtmValue | None = None
    campaign: UtmValue | None = None
    term: UtmValue | None = None
    content: UtmValue | None = None


class WebVitals(_Body):
    """Vitals as the browser measured them: milliseconds, and the unitless layout shift."""

    fcp_ms: Annotated[int, _up_to(FCP)] | None = None
    lcp_ms: Annotated[int, _up_to(LCP)] | None = None
    inp_ms: Annotated[int, _up_to(INP)] | None = None
    ttfb_ms: Annotated[int, _up_to(TTFB)] | None = None
    cls_score: Annotated[float, _up_to(CLS)] | None = None


class Traffic(_Body):
    """What the snippet knows about the visit; exactly nine fields."""

    property_id: PropertyId | None = None
    device_type: DeviceType | None = None
    country_code: CountryCode | None = None
    is_entrance: bool | None = None
    is_exit: bool | None = None
    is_conversion: bool | None = None
    engaged_time_ms: Annotated[int, _up_to(ENGAGED_TIME)] | None = None
    scroll_depth_percent: Annotated[int, _up_to(SCROLL_DEPTH)] | None = None
    web_vitals: WebVitals | None = None


# The fields of what is a part of a body, each with its name in JSON, in the order of those.
_IN_ORDER = {
    part: sorted((str(field.alias), name) for name, field in part.model_fields.items())
    for part in (UtmBody, WebVitals, Traffic)
}


def as_json(part: UtmBody | WebVitals | Traffic) -> dict[str, Any]:
    """What a part of a body says, with its keys in order."""
    said = part.__dict__
    return {
        key: as_json(value) if name == "web_vitals" else value
        for key, name in _IN_ORDER[type(part)]
        if (value := said[name]) is not None
    }


class EventBody(_Body):
    """One event."""

    anon_id: AnonId
    event_type: EventType
    path: Path
    timestamp: Instant | None = None
    event_id: UUID | None = None
    sent_at: Instant | None = None
    view_id: UUID | None = None
    referrer: Referrer | None = None
    utm: UtmBody | None = None
    traffic: Traffic | None = None
    props: Props | None = None
    honeypot: str | None = None
