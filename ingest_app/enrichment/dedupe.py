"""The key by which an event that was sent twice is known."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from pydantic_core import to_json

DEDUPE_VERSION = 2
# Apart from the other, so that an event that its client numbers stays known across a change of it.
IDENTITY_VERSION = 1
WINDOW = timedelta(seconds=30)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


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


def dedupe_key(
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
) -> str:
    """Return the SHA-256 (64 hex digits) over the version and everything that tells an event apart.

    `property_id` is the derived one. `is_internal` (the referrer is the site's own) and
    `proxy_country` stand for what the request adds to the body: docs/decisions/0024. The mappings
    are JSON values; the order of their keys does not count, and None is absent.
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
    return _hash(said)


def identity_key(*, anon_id: str, event_id: UUID, time_token: str) -> str:
    """Return the key (64 hex digits) of an event whose client numbers its events itself.

    The three are the event's identity; whatever else differs is a retry of the same event. The
    token must be of a sent time, which is what fixes the event's day.
    """
    return _hash(
        {
            "version": IDENTITY_VERSION,
            "anonId": anon_id,
            "eventId": str(event_id),
            "timeToken": time_token,
        }
    )


def _hash(said: Mapping[str, Any]) -> str:
    return sha256(to_json(_sorted(said))).hexdigest()


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(inner) for inner in value]
    return value


def _plain(mapping: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if mapping is None else dict(mapping)
