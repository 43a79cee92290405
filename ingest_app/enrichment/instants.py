"""Instants as RFC 3339 writes them, and nothing else that looks like a date."""

import re
from datetime import UTC, datetime, timedelta, timezone

EXPECTED = "must be an RFC 3339 instant with a zone, such as 2026-03-01T12:00:00.000Z"

_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):([0-5]\d))",
    re.ASCII | re.IGNORECASE,
)
_LEAP = 60
_MICROSECONDS = 6


def parse_instant(text: str) -> datetime:
    """Return the instant in UTC. Raises ValueError for every other text.

    Digits beyond microseconds are cut and never rounded, so that no instant leaves its day. A leap
    second is the last microsecond before it, and may only stand where leap seconds are: in the last
    minute of a day in UTC.
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError(EXPECTED)
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    fraction, sign, hours, minutes = match.groups()[6:]
    is_leap = second == _LEAP
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        instant = datetime(
            year,
            month,
            day,
            hour,
            minute,
            second - is_leap,
            999_999 if is_leap else int((fraction or "")[:_MICROSECONDS].ljust(_MICROSECONDS, "0")),
            tzinfo=timezone(-offset if sign == "-" else offset),
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(EXPECTED) from None
    if is_leap and (instant.hour, instant.minute) != (23, 59):
        raise ValueError(f"{EXPECTED}; a leap second ends a day in UTC")
    return instant
