"""The key by which an event that was sent twice is known."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from ingest_app.enrichment.canonical_json import canonical_json

DEDUPE_VERSION = 2
# Apart from the other, so that an event that its client numbers stays known across a change of it.
IDENTITY_VERSION = 1
WINDOW = timedelta(seconds=30)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Where pydantic may write a value otherwise than the canonical form does: whole numbers with a
# fraction, exponents, numbers beyond a double's digits, keys beyond the BMP. Few events have any.
_MAY_DIFFER = re.compile(rb"\.0(?!\d)|\d[eE]|\d{16}|[\xf0-\xf4]")


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
) -> tuple[str, str | None]:
    """Return the SHA-256 (64 hex digits) over the version and everything that tells an event apart.

    `property_id` is the derived one. `is_internal` (the referrer is the site's own) and
    `proxy_country` stand for what the request adds to the body: docs/decisions/0024. The mappings
    are JSON values: the order of their keys and the spelling of a number do not count, and what is
    empty is absent.

    The second is the key that apps gave it which took the values as they were spelled, where that is
    another one: docs/decisions/0039.
    """
    # One JSON object frames the parts: no text in one field can look like the start of another.
    said: dict[str, Any] = {
        "version": DEDUPE_VERSION,
        "anonId": anon_id,
        "propertyId": property_id,
        "eventType": event_type,
        "path": path,
        "timeToken": time_token,
        "referrer": referrer,
        "isInternal": is_internal,
        "ipHash": ip_hash,
        "proxyCountry": proxy_country,
        "uaHash": ua_hash,
        "utm": _plain(utm),
        "traffic": _plain(traffic),
        "props": _plain(props),
    }
    # Left out where there is none, so that the keys of such events need no other version.
    if view_id is not None:
        said["viewId"] = str(view_id)
    parts = {"utm": _not_empty(utm), "traffic": _not_empty(traffic), "props": props or None}
    as_spelled = _text(said)
    is_canonical = all(said[name] == part for name, part in parts.items())
    # The rest of the frame has none of these: its numbers are digits of hashes and of the time.
    if is_canonical and not _MAY_DIFFER.search(to_json((traffic, props))):
        return sha256(as_spelled).hexdigest(), None
    canonical = canonical_json(said | parts).encode()
    earlier = None if canonical == as_spelled else sha256(as_spelled).hexdigest()
    return sha256(canonical).hexdigest(), earlier


def identity_key(*, anon_id: str, event_id: UUID, time_token: str) -> str:
    """Return the key (64 hex digits) of an event whose client numbers its events itself.

    The three are the event's identity; whatever else differs is a retry of the same event. The
    token must be of a sent time, which is what fixes the event's day.
    """
    said = {
        "version": IDENTITY_VERSION,
        "anonId": anon_id,
        "eventId": str(event_id),
        "timeToken": time_token,
    }
    return sha256(_text(said)).hexdigest()


def _text(said: Mapping[str, Any]) -> bytes:
    return to_json(_sorted(said))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(inner) for inner in value]
    return value


def _plain(mapping: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if mapping is None else dict(mapping)


def _not_empty(part: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Without blank texts and empty objects, which say no more than their absence."""
    said = {key: value for key, value in (part or {}).items() if value not in ("", {})}
    return said or None
