"""Instants as RFC 3339 writes them, and nothing else that looks like a date."""

import re
from datetime import UTC, datetime

EXPECTED = "must be an RFC 3339 instant with a zone, such as 2026-03-01T12:00:00.000Z"

# Python itself reads more than these, and newer ones the hour 24 too.
_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:)(\d\d)(?:\.\d+)?(Z|[+-]\d\d:[0-5]\d)",
    re.ASCII | re.IGNORECASE,
)
_LEAP = "60"


def parse_instant(text: str) -> datetime:
    """Return the instant in UTC. Raises ValueError for every other text.

    Digits beyond microseconds are cut and never rounded, so that no instant leaves its day. A leap
    second is the last microsecond before it, and may only stand where leap seconds are: in the last
    minute of a day in UTC.
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError(EXPECTED)
    until_minute, second, zone = match.groups()
    is_leap = second == _LEAP
    if is_leap:
        text = f"{until_minute}59.999999{zone}"
    try:
        instant = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(EXPECTED) from None
    if is_leap and (instant.hour, instant.minute) != (23, 59):
        raise ValueError(f"{EXPECTED}; a leap second ends a day in UTC")
    return instant
