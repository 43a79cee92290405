"""The key by which an event that was sent twice is known."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from ingest_app.enrichment.canonical_json import EXACT, canonical_json
from ingest_app.enrichment.hashing import both_forms

DEDUPE_VERSION = 2
# Apart from the other, so that an event that its client numbers stays known across a change of it.
IDENTITY_VERSION = 1
WINDOW = timedelta(seconds=30)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Nearer to zero, pydantic writes an exponent where the canonical form may have none.
_LEAST_PLAIN = 1e-5
_BEYOND_BMP = "\U00010000"
_WRITTEN_ALIKE = (str, bool, type(None))


def time_token(sent: datetime | None, now: datetime) -> str:
    """Return what stands for an event's time in its key.

    `sent` (aware) to the microsecond, else the start of the 30 second window that holds `now`,
    the server's clock (aware). In microseconds since 1970 UTC, with a prefix for each kind.
    """
    # Whole microseconds and not ISO text: no time zone can push them out of datetime's range.
    if sent is not None:
        return f"sent:{(sent - _EPOCH) // _MICROSECOND}"
    window_start = (now - _EPOCH) // WINDOW * WINDOW
    return f"window:{window_start // _MICROSECOND}"


def dedupe_keys(
    *,
    anon_id: str,
    property_id: str,
    event_type: str,
    path: str,
    time_token: str,
    referrer: str | None,
    is_internal: bool,
    ip_hash: str | None,
    proxy_country: str | None,
    ua_hash: str | None,
    utm: Mapping[str, Any] | None,
    traffic: Mapping[str, Any] | None,
    props: Mapping[str, Any] | None,
    view_id: UUID | None = None,
) -> tuple[str, ...]:
    """Return 128 bits of the SHA-256 over the version and everything that tells an event apart.

    `ip_hash` and `ua_hash` are whole, of 64 hex digits. `property_id` is the derived one. `is_internal`
    (the referrer is the site's own) and `proxy_country` stand for what the request adds to the body:
    docs/decisions/0024. The mappings are JSON values: the order of the keys of `props` and the spelling of
    a number do not count, and what is empty is absent. Keys of `utm` and `traffic` are given in order.

    After it the keys that apps of before gave the event: all 64 hex digits (docs/decisions/0052), and
    those of the values as they were spelled, where that is another text (docs/decisions/0039).
    """
    # One JSON object frames the parts: no text in one field can look like the start of another. Its
    # keys stand in the order of the canonical form.
    said: dict[str, Any] = {
        "anonId": anon_id,
        "eventType": event_type,
        "ipHash": ip_hash,
        "isInternal": is_internal,
        "path": path,
        "propertyId": property_id,
        "props": _sorted(props),
        "proxyCountry": proxy_country,
        "referrer": referrer,
        "timeToken": time_token,
        "traffic": traffic,
        "uaHash": ua_hash,
        "utm": utm,
        "version": DEDUPE_VERSION,
    }
    # Left out where there is none, so that the keys of such events need no other version.
    if view_id is not None:
        said["viewId"] = str(view_id)
    as_spelled = to_json(said)
    is_canonical = not (
        props == {}
        or _has_empty(utm)
        or _has_empty(traffic)
        or _may_differ(traffic)
        or _may_differ(props)
    )
    if is_canonical:
        return _keys_of(as_spelled)
    said |= {
        "utm": _not_empty(utm),
        "traffic": _in_whole_numbers(_not_empty(traffic)),
        "props": _in_whole_numbers(said["props"] or None),
    }
    # A layout that never shifts is 0.0, and most of the others are written by pydantic as well.
    if _may_differ(said["traffic"]) or _may_differ(said["props"]):
        canonical = canonical_json(said).encode()
    else:
        canonical = to_json(said)
    if canonical == as_spelled:
        return _keys_of(canonical)
    return *_keys_of(canonical), sha256(as_spelled).hexdigest()


def identity_keys(*, anon_id: str, event_id: UUID, time_token: str) -> tuple[str, ...]:
    """Return the key of an event whose client numbers its events itself, and that of before.

    The three are the event's identity; whatever else differs is a retry of the same event. The
    token must be of a sent time, which is what fixes the event's day.
    """
    said = {
        "anonId": anon_id,
        "eventId": str(event_id),
        "timeToken": time_token,
        "version": IDENTITY_VERSION,
    }
    return _keys_of(to_json(said))


def _keys_of(text: bytes) -> tuple[str, ...]:
    return both_forms(sha256(text).hexdigest())


def _sorted(value: Any) -> Any:
    """With the keys of every object in order."""
    if isinstance(value, dict):
        return {
            key: _sorted(value[key]) if isinstance(value[key], dict | list) else value[key]
            for key in sorted(value)
        }
    if isinstance(value, list):
        return [_sorted(inner) for inner in value]
    return value


def _may_differ(value: Any) -> bool:
    """Whether pydantic may write an object or a list otherwise than the canonical form does.

    It writes whole numbers with a fraction, exponents, numbers beyond a double's digits, and keys in
    order of their code points. Few events have anything of it.
    """
    if value is None:
        return False
    inner_values = value
    if isinstance(value, dict):
        inner_values = value.values()
        keys = "".join(value)
        if not keys.isascii() and max(keys) >= _BEYOND_BMP:
            return True
    for inner in inner_values:
        if isinstance(inner, _WRITTEN_ALIKE):
            continue
        if isinstance(inner, int):
            if not -EXACT <= inner <= EXACT:
                return True
        elif isinstance(inner, float):
            if inner.is_integer() or abs(inner) < _LEAST_PLAIN:
                return True
        elif _may_differ(inner):
            return True
    return False


def _in_whole_numbers(value: Any) -> Any:
    """With the whole numbers among the floats as whole numbers, and all else as it is."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) <= EXACT else value
    if isinstance(value, dict):
        return {key: _in_whole_numbers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_in_whole_numbers(inner) for inner in value]
    return value


def _has_empty(part: Mapping[str, Any] | None) -> bool:
    return part is not None and (not part or "" in part.values() or {} in part.values())


def _not_empty(part: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Without blank texts and empty objects, which say no more than their absence."""
    said = {key: value for key, value in (part or {}).items() if value not in ("", {})}
    return said or None
