"""Days of visits in the order in which their posts are sent."""

import heapq
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from ingest_app.clients.post import Post, json_post
from ingest_app.clients.simulation.faults import invalid_post
from ingest_app.clients.simulation.sites import HOURS, SITES, Site
from ingest_app.clients.simulation.visitors import Visitor, new_visitor
from ingest_app.clients.simulation.visits import Happening, visit
from ingest_app.clients.simulation.weighted import pick

RETURNING_SHARE = 0.35
RETRY_SHARE = 0.01
INVALID_SHARE = 0.005
LATE_VISIT_SHARE = 0.008  # a device that was offline: its whole visit comes late
LATE_EVENT_SHARE = 0.008  # one beacon of a visit whose other events came in time
LATE_BY_AT_LEAST = timedelta(days=2)
BETWEEN_VISITS = timedelta(minutes=45)
SATURDAY = 5


def simulate(
    *,
    last_day: date,
    days: int,
    visitors_per_day: int,
    seed: int,
    until: datetime | None = None,
) -> Iterator[Post]:
    """The posts of `days` days up to and with `last_day` (UTC), then those that come late.

    The same arguments give the same bytes. No event is after the end of `last_day` or after
    `until`; leaving some out by `until` changes none of the others.
    """
    end = _midnight(last_day) + timedelta(days=1)
    limit = min(end, until) if until is not None else end
    rng = random.Random(f"{seed}/{last_day.isoformat()}")  # noqa: S311  repeatable, not secret
    late: list[Post] = []
    for happening, is_late in _happenings(rng, last_day, days, visitors_per_day):
        # Every draw is made before anything is left out.
        spoilt = rng.random() < INVALID_SHARE
        again = rng.random() < RETRY_SHARE
        extra = invalid_post(rng, happening) if spoilt else None
        if happening.at >= limit:
            continue
        if is_late and happening.at < end - LATE_BY_AT_LEAST:
            late.append(json_post(happening.body(), happening.visitor.headers, "late"))
            continue
        post = json_post(happening.body(), happening.visitor.headers)
        yield post
        if again:
            yield Post(post.body, post.headers, "retry")
        if extra is not None:
            yield extra
    yield from late


def _happenings(
    rng: random.Random, last_day: date, days: int, visitors_per_day: int
) -> Iterator[tuple[Happening, bool]]:
    """Every event by its own time, and whether it comes late; holds little more than a day."""
    known: dict[str, list[Visitor]] = {site.host: [] for site in SITES}
    waiting: list[tuple[datetime, int, Happening, bool]] = []
    count = 0
    for back in reversed(range(days)):
        day = last_day - timedelta(days=back)
        for site in SITES:
            for happenings in _visits(rng, site, day, visitors_per_day, known[site.host]):
                whole = rng.random() < LATE_VISIT_SHARE
                for happening in happenings:
                    is_late = rng.random() < LATE_EVENT_SHARE or whole
                    count += 1  # ties in time are broken by this and never by the event
                    heapq.heappush(waiting, (happening.at, count, happening, is_late))
        next_day = _midnight(day) + timedelta(days=1)
        while waiting and waiting[0][0] < next_day:
            _, _, happening, is_late = heapq.heappop(waiting)
            yield happening, is_late


def _visits(
    rng: random.Random, site: Site, day: date, visitors_per_day: int, known: list[Visitor]
) -> Iterator[list[Happening]]:
    shape = site.saturday_and_sunday if day.weekday() >= SATURDAY else 1.0
    expected = visitors_per_day * site.weight * shape
    for _ in range(max(round(rng.gauss(expected, expected * 0.05)), 0)):
        returning = bool(known) and rng.random() < RETURNING_SHARE
        visitor = rng.choice(known) if returning else new_visitor(rng, site)
        start = _start(rng, day, visitor)
        if visitor.busy_until is not None and start < visitor.busy_until + BETWEEN_VISITS:
            continue
        happenings = visit(rng, visitor, start, returning=returning)
        visitor.busy_until = happenings[-1].at
        if not returning:
            known.append(visitor)
        yield happenings


def _start(rng: random.Random, day: date, visitor: Visitor) -> datetime:
    hour = (int(pick(rng, HOURS)) - visitor.place.utc_offset_hours) % 24
    return _midnight(day) + timedelta(hours=hour, milliseconds=rng.randrange(3_600_000))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
