"""Posts that the endpoint must refuse, each wrong in one way."""

import random
from collections.abc import Callable

from ingest_app.clients.post import Post, json_post
from ingest_app.clients.simulation.visits import Happening

Body = dict[str, object]


def _short_anon_id(body: Body) -> Body:
    return {**body, "anonId": "abc"}


def _unknown_device(body: Body) -> Body:
    return {**body, "traffic": {"propertyId": _property(body), "deviceType": "fridge"}}


def _vital_in_words(body: Body) -> Body:
    return {**body, "traffic": {"propertyId": _property(body), "webVitals": {"ttfbMs": "abc"}}}


def _no_zone(body: Body) -> Body:
    return {**body, "timestamp": str(body["timestamp"]).removesuffix("Z")}


def _no_path(body: Body) -> Body:
    return {name: value for name, value in body.items() if name != "path"}


def _property(body: Body) -> object:
    traffic = body["traffic"]
    return traffic["propertyId"] if isinstance(traffic, dict) else None


FAULTS: tuple[Callable[[Body], Body], ...] = (
    _short_anon_id,
    _unknown_device,
    _vital_in_words,
    _no_zone,
    _no_path,
)


def invalid_post(rng: random.Random, happening: Happening) -> Post:
    """`happening` spoilt: one of FAULTS, or a body that is not JSON at all."""
    choice = rng.randrange(len(FAULTS) + 1)
    if choice < len(FAULTS):
        body = FAULTS[choice](happening.body())
        return json_post(body, happening.visitor.headers, "invalid")
    whole = json_post(happening.body(), happening.visitor.headers, "invalid")
    return Post(whole.body[: len(whole.body) // 2], whole.headers, "invalid")
