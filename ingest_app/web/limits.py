"""Limits on what one client may ask of the server in a minute.

A client is an IPv4 address, or the /64 of an IPv6 address: a /64 is what one subscriber gets, and
within it an address costs nothing. The storage sees a keyed hash, never the address.

With the default storage each worker process counts for itself, and a client whose connections are
spread over N workers gets up to N times the limit. The limits are not divided by N: a client that
keeps its connection stays on one worker, and would then be refused below the limit. Point
FOOTFALL_RATE_LIMIT_STORAGE_URI at Redis for exact limits.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv6Address, ip_network
from typing import Any, cast

from flask import Flask, Response, current_app, request
from flask_limiter import ApplicationLimit, Limiter, RateLimitExceeded
from limits import RateLimitItemPerMinute
from limits.errors import ConfigurationError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import RateLimiter, SlidingWindowCounterRateLimiter
from werkzeug.exceptions import TooManyRequests

from ingest_app.enrichment.client_address import parse_address
from ingest_app.enrichment.hashing import keyed_hash
from ingest_app.enrichment.hosts import normal_host
from ingest_app.enrichment.property_id import resolve_property_id
from ingest_app.refusals import Reason, Refusal
from ingest_app.settings import Settings, SettingsError, env_name
from ingest_app.store.ledger import RejectionLedger
from ingest_app.web.errors import refusal_response
from ingest_app.web.peers import request_address

logger = logging.getLogger(__name__)

EXTENSION = "footfall_limits"
WINDOW_SECONDS = 60
OTHERS = "others"
SIGN_IN = "sign_in"
# Questions of people who look on; what the others send is to be stored.
NOT_IN_THE_LEDGER = {SIGN_IN, OTHERS}
PER_MINUTE = {
    "events": 180,
    "capture": 24,
    "unsubscribe": 12,
    "delete": 10,
    SIGN_IN: 10,
    OTHERS: 120,
}
ITEMS = {name: RateLimitItemPerMinute(amount) for name, amount in PER_MINUTE.items()}
# Which limit a path counts against. All paths of one name share one count.
LIMIT_OF_PATH = {
    "/v1/events": "events",
    "/v1/events/batch": "events",
    "/v1/leads/capture": "capture",
    "/v1/leads/unsubscribe": "unsubscribe",
    "/v1/leads/delete": "delete",
    "/dashboard/sign-in": SIGN_IN,
    "/dashboard/share": SIGN_IN,
}
EXEMPT_PATHS = frozenset({"/v1/healthz", "/v1/readyz", "/metrics"})
# A client without an address (a Unix socket without a trusted proxy) shares one count.
NO_ADDRESS = "none"
IPV6_PREFIX = 64
# One request waits this long for a storage that does not answer. Those after it do not.
STORAGE_SECONDS = 1


class RateLimited(TooManyRequests):
    """`occurrences` events are over the limit."""

    def __init__(self, occurrences: int) -> None:
        super().__init__()
        self.occurrences = occurrences


@dataclass(frozen=True, slots=True)
class Limits:
    """What counts for an app, and what identifies a client to it.

    `counter` gives what counts now: it is another one while a storage is away.
    """

    counter: Callable[[], RateLimiter]
    settings: Settings

    def key(self) -> str:
        """The keyed hash of the client's address."""
        address = request_address(self.settings)
        return str(keyed_hash(self.settings.pepper, f"rate limit {subscriber(address)}"))


def init_limits(app: Flask, settings: Settings, ledger: RejectionLedger) -> None:
    """Refuse what is over the limits, before its body is read and before anything is done for it.

    A storage that is away does not take the app along: each process then counts for itself.
    """
    if not settings.rate_limits_enabled:
        return
    if is_in_memory(settings):
        counter = SlidingWindowCounterRateLimiter(MemoryStorage())
        limits = Limits(lambda: counter, settings)
        app.before_request(partial(_check_in_memory, limits))
    else:
        limits = _limits_elsewhere(app, settings)
    app.extensions[EXTENSION] = limits

    @app.errorhandler(RateLimitExceeded)
    @app.errorhandler(RateLimited)
    def rate_limited(error: TooManyRequests) -> Response:
        refusal = Refusal(Reason.RATE_LIMITED)
        if request.url_rule is not None and _limit_name() not in NOT_IN_THE_LEDGER:
            ledger.record(
                property_id=resolve_property_id(
                    None, normal_host(request.environ.get("HTTP_HOST"))
                ),
                endpoint=request.url_rule.rule,
                reason=refusal.reason.value,
                status_code=refusal.status_code,
                occurrences=getattr(error, "occurrences", 1),
            )
        answer = refusal_response(refusal)
        answer.headers["Retry-After"] = str(_retry_after(limits))
        return answer


def check_storage(settings: Settings) -> None:
    """Raise SettingsError where limits cannot count there at all; one that is away is none of these."""
    uri = settings.rate_limit_storage_uri
    if not settings.rate_limits_enabled or is_in_memory(settings):
        return
    try:
        storage_from_string(uri, **_storage_options(uri))
    except (ConfigurationError, ValueError):
        # Its own words quote the address, password and all.
        raise SettingsError(
            f"{env_name('rate_limit_storage_uri')}: must be memory://, or the address of a storage whose "
            "client is installed, such as redis://host:6379/0 (the client comes with footfall[redis])"
        ) from None


def is_in_memory(settings: Settings) -> bool:
    """Whether each process counts for itself, and so waits for nothing."""
    return settings.rate_limit_storage_uri.startswith("memory:")


def _check_in_memory(limits: Limits) -> None:
    """What the extension would do, at a fifth of its cost: such a storage is never away."""
    name = _limit_name()
    if not _is_exempt() and not limits.counter().hit(ITEMS[name], limits.key(), name):
        raise RateLimited(1)


def _limits_elsewhere(app: Flask, settings: Settings) -> Limits:
    limiter = Limiter(
        key_func=lambda: limits.key(),
        app=None,
        application_limits=[
            ApplicationLimit(
                limit_provider=_limit_of_request,
                scope=lambda _: _limit_name(),
                exempt_when=_is_exempt,
            )
        ],
        storage_uri=settings.rate_limit_storage_uri,
        storage_options=_storage_options(settings.rate_limit_storage_uri),
        strategy="sliding-window-counter",
        in_memory_fallback_enabled=True,
        swallow_errors=True,
        # A request for an unknown path has no endpoint.
        request_identifier=lambda: request.endpoint or "none",
    )
    limits = Limits(lambda: limiter.limiter, settings)
    limiter.init_app(app)
    return limits


def charge(cost: int) -> None:
    """Count a batch of `cost` events as what it is; its request has been counted as one.

    Call it when the number is known and before the events are written. Raises RateLimited when the
    client may not send that many now: then none of them is counted. A batch that is larger than
    the limit costs the whole limit, or else it could never be sent.
    """
    limits = cast("Limits | None", current_app.extensions.get(EXTENSION))
    if limits is None or cost <= 1 or _is_exempt():
        return
    name = _limit_name()
    more = min(cost, ITEMS[name].amount) - 1
    try:
        is_within = limits.counter().hit(ITEMS[name], limits.key(), name, cost=more)
    except Exception as error:
        logger.warning("the rate limit storage did not answer: %s", type(error).__name__)
        return
    if not is_within:
        raise RateLimited(cost)


def subscriber(address: str | None) -> str:
    """What is limited as one client: the IPv4 address, or the /64 of an IPv6 address."""
    parsed = parse_address(address)
    if parsed is None:
        return NO_ADDRESS
    if isinstance(parsed, IPv6Address):
        return str(ip_network((int(parsed), IPV6_PREFIX), strict=False))
    return str(parsed)


def _limit_name() -> str:
    return LIMIT_OF_PATH.get(request.path, OTHERS)


def _limit_of_request() -> str:
    return f"{PER_MINUTE[_limit_name()]} per minute"


def _is_exempt() -> bool:
    return request.method == "OPTIONS" or request.path in EXEMPT_PATHS


def _retry_after(limits: Limits) -> int:
    name = _limit_name()
    try:
        window = limits.counter().get_window_stats(ITEMS[name], limits.key(), name)
    except Exception:
        return WINDOW_SECONDS
    return min(max(math.ceil(window.reset_time - time.time()), 1), WINDOW_SECONDS)


def _storage_options(uri: str) -> dict[str, Any]:
    if not uri.startswith(("redis://", "rediss://")):
        return {}
    return {"socket_timeout": STORAGE_SECONDS, "socket_connect_timeout": STORAGE_SECONDS}
