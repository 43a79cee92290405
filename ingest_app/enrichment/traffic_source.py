"""Traffic source of an event, from its campaign tags and its referrer."""

from ingest_app.enrichment.hosts import normal_host, referrer_host
from ingest_app.enrichment.traffic_rules import MEDIUM_RULES, SOURCE_RULES
from ingest_app.enrichment.vocabulary import TrafficSource


def resolve_traffic_source(
    *,
    utm_medium: str | None,
    utm_source: str | None,
    referrer: str | None,
    request_host: str | None,
    property_id: str,
) -> TrafficSource:
    """Return the source of an event by the first rule that fits.

    The order is utm.medium, utm.source, no referrer, own host, then the referrer's host; a
    referrer in which no host can be read is a referral. Blank texts count as absent.
    """
    medium = _folded(utm_medium)
    for needles, source in MEDIUM_RULES:
        if any(needle in medium for needle in needles):
            return source
    name = _folded(utm_source)
    if name:
        return _by_name(name)
    if not _folded(referrer):
        return TrafficSource.DIRECT
    host = referrer_host(referrer)
    if host is None:
        return TrafficSource.REFERRAL
    if host in (normal_host(request_host), normal_host(property_id)):
        return TrafficSource.INTERNAL
    return _by_host(host)


def _folded(text: str | None) -> str:
    return (text or "").strip().lower()


def _by_name(name: str) -> TrafficSource:
    for rule in SOURCE_RULES:
        if rule.fits_name(name):
            return rule.source
    return TrafficSource.CAMPAIGN


def _by_host(host: str) -> TrafficSource:
    for rule in SOURCE_RULES:
        if rule.fits_host(host):
            return rule.source
    return TrafficSource.REFERRAL
