"""Days by the clocks of a property, by the rules of zones that Python has."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

# From which day on which zone cuts the days of a property, in order. Days before are those of UTC.
Zones = tuple[tuple[date, str], ...]


def day_of(zones: Zones, at: datetime) -> date:
    """The rule, from the end: the last zone that has begun cuts the day, and no day of the next one."""
    for place in range(len(zones), 0, -1):
        from_day, zone = zones[place - 1]
        if (day := at.astimezone(ZoneInfo(zone)).date()) >= from_day:
            break
    else:
        place, day = 0, at.astimezone(UTC).date()
    return min([day, *(from_day - timedelta(days=1) for from_day, _ in zones[place:])])


def zone_of(zones: Zones, day: date) -> ZoneInfo:
    """The zone that cuts a day."""
    begun = [zone for from_day, zone in zones if from_day <= day]
    return ZoneInfo(begun[-1] if begun else "UTC")


def changed(zones: Zones, from_day: date, zone: str) -> Zones:
    """With another zone from a day on, for good."""
    kept = tuple(one for one in zones if one[0] < from_day)
    return kept if zone_of(kept, from_day).key == zone else (*kept, (from_day, zone))
