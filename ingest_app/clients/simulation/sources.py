"""How a visit begins: a referrer, campaign parameters, both or neither."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ingest_app.clients.simulation.places import Place
from ingest_app.clients.simulation.weighted import pick, pick_popular

SOCIAL = (
    "https://t.co/9xQ2LmAb7K",
    "https://l.facebook.com/",
    "https://www.linkedin.com/",
    "https://www.reddit.com/",
    "https://l.instagram.com/",
    "https://x.com/",
)
# The last two end like t.co and x.com and are neither.
REFERRALS = (
    "https://github.com/example/awesome-analytics",
    "https://stackoverflow.com/questions/40212345",
    "https://en.wikipedia.org/wiki/Web_analytics",
    "https://learn.microsoft.com/en-us/answers/",
    "https://www.netflix.com/",
)


@dataclass(frozen=True)
class Arrival:
    """What the first page of a visit reports about the way to it."""

    referrer: str | None = None
    utm: Mapping[str, str] = field(default_factory=dict)


def _campaign(source: str, medium: str, campaign: str, **more: str) -> dict[str, str]:
    return {"source": source, "medium": medium, "campaign": campaign, **more}


def _direct(_rng: random.Random, _place: Place) -> Arrival:
    return Arrival()


def _search(rng: random.Random, place: Place) -> Arrival:
    engines = {f"www.{place.search_domain}": 84.0, "www.bing.com": 9.0, "duckduckgo.com": 7.0}
    return Arrival(f"https://{pick(rng, engines)}/")


def _social(rng: random.Random, _place: Place) -> Arrival:
    return Arrival(pick_popular(rng, SOCIAL))


def _email(rng: random.Random, _place: Place) -> Arrival:
    issue = rng.choice(("spring-letter", "product-news", "weekly-digest"))
    return Arrival(utm=_campaign("newsletter", "email", issue))


def _paid(rng: random.Random, place: Place) -> Arrival:
    term = rng.choice(("rain jacket", "web analytics", "trail shoes", "self hosted"))
    content = rng.choice(("ad-a", "ad-b"))
    utm = _campaign("google", "cpc", "brand", term=term, content=content)
    return Arrival(f"https://www.{place.search_domain}/", utm)


def _paid_social(rng: random.Random, _place: Place) -> Arrival:
    source, referrer = rng.choice(
        (("facebook", "https://l.facebook.com/"), ("linkedin", "https://www.linkedin.com/"))
    )
    return Arrival(referrer, _campaign(source, "social", "launch"))


def _partner(rng: random.Random, _place: Place) -> Arrival:
    return Arrival(utm=_campaign(rng.choice(("partner-a", "conference")), "banner", "co-op"))


def _referral(rng: random.Random, _place: Place) -> Arrival:
    return Arrival(pick_popular(rng, REFERRALS))


Way = Callable[[random.Random, Place], Arrival]

FIRST_VISITS: Mapping[Way, float] = {
    _search: 42,
    _direct: 21,
    _social: 11,
    _referral: 9,
    _paid: 8,
    _paid_social: 4,
    _email: 3,
    _partner: 2,
}
LATER_VISITS: Mapping[Way, float] = {_direct: 55, _search: 25, _email: 12, _social: 5, _paid: 3}


def arrive(rng: random.Random, place: Place, *, returning: bool) -> Arrival:
    """The way of one visit; who has been here before mostly knows the address."""
    return pick(rng, LATER_VISITS if returning else FIRST_VISITS)(rng, place)
