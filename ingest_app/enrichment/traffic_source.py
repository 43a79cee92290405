"""Traffic source of an event, from its campaign tags, its landing path and its referrer."""

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from ingest_app.enrichment.hosts import copied_host, has_domain, normal_host, referrer_host
from ingest_app.enrichment.tracking import CLICK_ID_RULES
from ingest_app.enrichment.traffic_rules import (
    COPIES,
    COPY_PAGES,
    MEDIUM_RULES,
    SOURCE_RULES,
)
from ingest_app.enrichment.vocabulary import TrafficSource

CLICK_IDS = frozenset().union(*(names for names, _ in CLICK_ID_RULES))
_HOSTS_WITHIN = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")


def resolve_traffic_source(
    *,
    utm_medium: str | None,
    utm_source: str | None,
    referrer: str | None,
    request_host: str | None,
    property_id: str,
    path: str | None = None,
    props: Mapping[str, Any] | None = None,
    has_other_utm: bool = False,
    own_hosts: frozenset[str] = frozenset(),
    ignored_referrers: frozenset[str] = frozenset(),
) -> TrafficSource:
    """Return the source of an event by the first rule that fits.

    The order is utm.medium, utm.source, any other utm value, own host or a path as the referrer,
    click ids in the query of `path` or among the props, no referrer, then the referrer's host;
    another referrer in which no host can be read is a referral. The host of a translation or a copy
    is that of the site that it shows. `own_hosts` are others of the site, and what comes back from
    `ignored_referrers`, with their subdomains, was there before. Blank texts count as absent.
    """
    medium = _folded(utm_medium)
    if medium:
        for needles, source in MEDIUM_RULES:
            if any(needle in medium for needle in needles):
                return source
    name = _folded(utm_source)
    if name:
        return _by_name(name)
    if medium or has_other_utm:
        return TrafficSource.CAMPAIGN
    host = referrer_host(referrer)
    if host is not None:
        host = copied_host(host, COPIES) or host
    # Before click ids: a site that carries its query along would count one ad on every page.
    own = {normal_host(request_host), normal_host(property_id), *own_hosts}
    is_known = host is not None and (host in own or has_domain(host, ignored_referrers))
    if is_known or _is_path(referrer) or _is_copy_of(own, referrer):
        return TrafficSource.INTERNAL
    clicked = _by_click_id(path, props or {})
    if clicked is not None:
        return clicked
    if not _folded(referrer):
        return TrafficSource.DIRECT
    return TrafficSource.REFERRAL if host is None else _by_host(host)


def _is_path(referrer: str | None) -> bool:
    # Two slashes begin a host, and browsers read a backslash as a slash.
    text = (referrer or "").strip().replace("\\", "/")
    return text.startswith("/") and not text.startswith("//")


def _is_copy_of(own: Collection[str | None], referrer: str | None) -> bool:
    copy = COPY_PAGES.match((referrer or "").strip())
    if copy is None:
        return False
    rest = unquote(unquote(copy.string[copy.end() :])).lower()
    return any(normal_host(within) in own for within in _HOSTS_WITHIN.findall(rest))


def _folded(text: str | None) -> str:
    return (text or "").strip().lower()


def _by_name(name: str) -> TrafficSource:
    for rule in SOURCE_RULES:
        if rule.fits_name(name):
            return rule.tagged
    return TrafficSource.CAMPAIGN


def click_ids(query: str) -> dict[str, str]:
    """The click ids of a query, by name in lower case; the first of each name, blank ones not."""
    if not query:
        return {}
    found: dict[str, str] = {}
    for name, value in parse_qsl(query):
        folded, text = name.strip().lower(), value.strip()
        if folded in CLICK_IDS and text:
            found.setdefault(folded, text)
    return found


def _by_click_id(path: str | None, props: Mapping[str, Any]) -> TrafficSource | None:
    names = set(click_ids((path or "").partition("#")[0].partition("?")[2]))
    # The snippet sends paths without their queries, and the ids beside them.
    names |= {name for name, value in props.items() if isinstance(value, str) and value.strip()}
    if not names:
        return None
    for rule, source in CLICK_ID_RULES:
        if not names.isdisjoint(rule):
            return source
    return None


# A site has few referrers, and reading all rules takes 10 µs.
@lru_cache(maxsize=4096)
def _by_host(host: str) -> TrafficSource:
    for rule in SOURCE_RULES:
        if rule.fits_host(host):
            return rule.source
    return TrafficSource.REFERRAL
