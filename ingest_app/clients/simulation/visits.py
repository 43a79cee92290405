"""One visit: the pages that it walks through and the events that each page sends."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ingest_app.clients.post import iso_instant
from ingest_app.clients.simulation.sites import Site
from ingest_app.clients.simulation.sources import Arrival, arrive
from ingest_app.clients.simulation.visitors import Visitor
from ingest_app.clients.simulation.vitals import leave_vitals, load_vitals
from ingest_app.clients.simulation.weighted import pick_popular

GO_ON_SHARE = 0.5
MOST_PAGES = 12
LEAVE_SEEN_SHARE = 0.9  # the rest close the browser before its last beacon is out
HEARTBEAT_SECONDS = 45.0
# A pause may not come near the thirty minutes after which a session ends.
LONGEST_DWELL_SECONDS = 1200.0


@dataclass
class Happening:
    """One event of a visitor, still changeable: its last one becomes the exit."""

    at: datetime
    visitor: Visitor
    event: dict[str, object]
    traffic: dict[str, object] = field(default_factory=dict)

    def body(self) -> dict[str, object]:
        """The event as the endpoint takes it."""
        return {**self.event, "traffic": self.traffic}


def visit(
    rng: random.Random, visitor: Visitor, start: datetime, *, returning: bool
) -> list[Happening]:
    """All events of one visit in order; no two of them at the same moment."""
    arrival = arrive(rng, visitor.place, returning=returning)
    happenings = list(_Walk(rng, visitor, start, arrival).events())
    happenings[-1].traffic["isExit"] = True
    return happenings


class _Walk:
    def __init__(
        self, rng: random.Random, visitor: Visitor, start: datetime, arrival: Arrival
    ) -> None:
        self._rng = rng
        self._visitor = visitor
        self._site = visitor.site
        self._now = start
        self._path = pick_popular(rng, visitor.site.ranked_pages)
        self._referrer = arrival.referrer
        self._utm = dict(arrival.utm)
        self._is_bot = visitor.agent.device_type == "bot"

    def events(self) -> Iterator[Happening]:
        form = self._site.form
        for page in range(1, MOST_PAGES + 1):
            yield from self._arrive(is_entrance=page == 1)
            if not self._is_bot and self._rng.random() < form.offered_share:
                yield from self._convert()
                return
            goes_on = page < MOST_PAGES and self._rng.random() < GO_ON_SHARE
            yield from self._leave(surely=goes_on)
            if not goes_on:
                return
            self._navigate(next_page(self._rng, self._site, self._path))

    def _arrive(self, *, is_entrance: bool) -> Iterator[Happening]:
        vitals = load_vitals(self._rng, self._visitor.agent)
        yield self._happen("page_view", {"isEntrance": is_entrance, **_unless_empty(vitals)})

    def _leave(self, *, surely: bool) -> Iterator[Happening]:
        """Time passes; engagement is reported in pieces that add up, each since the one before."""
        dwell = min(self._rng.lognormvariate(3.3, 1.0), LONGEST_DWELL_SECONDS)
        scroll = self._rng.randint(5, 40)
        if self._is_bot:
            self._pass(1.0)
            return
        while dwell > HEARTBEAT_SECONDS and self._rng.random() < 0.7:
            self._pass(HEARTBEAT_SECONDS)
            dwell -= HEARTBEAT_SECONDS
            scroll = min(scroll + self._rng.randint(0, 25), 100)
            yield self._happen("heartbeat", self._engagement(HEARTBEAT_SECONDS, scroll))
        self._pass(dwell)
        if surely or self._rng.random() < LEAVE_SEEN_SHARE:
            scroll = min(scroll + self._rng.randint(0, 40), 100)
            vitals = leave_vitals(self._rng, self._visitor.agent)
            engagement = self._engagement(dwell, scroll)
            yield self._happen("page_exit", {**engagement, **_unless_empty(vitals)})

    def _convert(self) -> Iterator[Happening]:
        form = self._site.form
        self._pass(self._rng.uniform(4, 60))
        yield self._happen("cta_click", props={"cta": form.cta})
        if form.path is not None and form.path != self._path:
            yield from self._leave(surely=True)
            self._navigate(form.path)
            yield from self._arrive(is_entrance=False)
        if self._rng.random() < form.started_share:
            self._pass(self._rng.uniform(3, 40))
            yield self._happen("form_start", props={"formName": form.name})
            if self._rng.random() < form.submitted_share:
                self._pass(self._rng.uniform(15, 180))
                yield self._happen("form_submit", props={"formName": form.name})
        yield from self._leave(surely=False)

    def _engagement(self, seconds: float, scroll: int) -> dict[str, object]:
        engaged = round(seconds * 1000 * self._rng.uniform(0.5, 1.0))
        return {"engagedTimeMs": engaged, "scrollDepthPercent": scroll}

    def _pass(self, seconds: float) -> None:
        # A millisecond more, so that even rounded no two events fall together.
        self._now += timedelta(milliseconds=round(seconds * 1000) + 1)

    def _navigate(self, path: str) -> None:
        self._pass(self._rng.uniform(0.2, 1.5))
        self._referrer = f"https://{self._site.host}{self._path}"
        self._utm = {}
        self._path = path

    def _happen(
        self,
        event_type: str,
        traffic: Mapping[str, object] | None = None,
        props: Mapping[str, object] | None = None,
    ) -> Happening:
        visitor, site = self._visitor, self._site
        event: dict[str, object] = {
            "anonId": visitor.anon_id,
            "eventType": event_type,
            "path": self._path,
            "timestamp": iso_instant(self._now),
        }
        if self._referrer is not None:
            event["referrer"] = self._referrer
        if self._utm:
            event["utm"] = self._utm
        if props:
            event["props"] = props
        sent: dict[str, object] = {"propertyId": site.host}
        if site.sends_device_type and not self._is_bot:
            sent["deviceType"] = visitor.agent.device_type
        if site.sends_country:
            sent["countryCode"] = visitor.place.country_code
        return Happening(self._now, visitor, event, {**sent, **(traffic or {})})


def _unless_empty(vitals: Mapping[str, float]) -> dict[str, object]:
    return {"webVitals": vitals} if vitals else {}


def next_page(rng: random.Random, site: Site, path: str) -> str:
    """Deeper into the section mostly, else up, home, or anywhere popular; never the same page."""
    index = site.section_of(path)
    choices = [pick_popular(rng, site.ranked_pages)]
    if index is None:
        choices.append(pick_popular(rng, tuple(site.sections)))
    else:
        choices += [pick_popular(rng, site.sections[index])] * 3
        choices += [index, "/"]
    others = [choice for choice in choices if choice != path]
    return rng.choice(others or ["/" if path != "/" else next(iter(site.sections))])
