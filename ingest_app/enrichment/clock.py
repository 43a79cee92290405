"""What time it was when an event happened, where its client's clock is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

# Less than this may be the way of the request, and moves nothing.
TOLERANCE = timedelta(minutes=1)
EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)


def event_time(claimed: datetime, sent_at: datetime | None, now: datetime) -> datetime:
    """Return the time of an event: as claimed, or moved by how far the client's clock is off.

    `sent_at` is what that clock said when the event was sent, `now` the server's clock when it was
    received; all are aware. What would lie outside the calendar is its first or last moment, which
    no bound on ages lets in.
    """
    if sent_at is None or abs(now - sent_at) <= TOLERANCE:
        return claimed
    try:
        return claimed + (now - sent_at)
    except OverflowError:
        return LATEST if now > sent_at else EARLIEST
