"""From a validated body and the request it came in to the row that is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from pydantic_core import to_json

from ingest_app.enrichment.body import EventBody, Traffic, UtmBody, as_json
from ingest_app.enrichment.clock import event_time
from ingest_app.enrichment.country import resolve_country_code
from ingest_app.enrichment.dedupe import dedupe_keys, identity_keys, time_token
from ingest_app.enrichment.device import resolve_device_type
from ingest_app.enrichment.hashing import keyed_hashes
from ingest_app.enrichment.identity import new_id, visitor_id
from ingest_app.enrichment.page import page_of
from ingest_app.enrichment.property_id import resolve_property_id
from ingest_app.enrichment.props import VIEW_ID, merge_props
from ingest_app.enrichment.row import Event, Utm
from ingest_app.enrichment.site import AS_ALL_ARE, Site
from ingest_app.enrichment.traffic_source import resolve_traffic_source
from ingest_app.enrichment.vitals import ENGAGEMENT
from ingest_app.enrichment.vocabulary import TrafficSource


@dataclass(frozen=True, slots=True)
class RequestContext:
    """What the server itself knows of a request. Address and agent are never stored as they are."""

    now: datetime
    host: str | None
    address: str | None
    user_agent: str | None
    proxy_country: str | None = None
    # The page that sends, as Origin says, or Referer where there is no Origin.
    page: str | None = None


NO_TRAFFIC = Traffic()


def _as_all_are(_property_id: str) -> Site:
    return AS_ALL_ARE


def build_event(
    body: EventBody,
    context: RequestContext,
    *,
    pepper: bytes,
    site_of: Callable[[str], Site] = _as_all_are,
) -> Event:
    """Derive every stored column of an event; `site_of` says what is set for a property."""
    traffic = body.traffic or NO_TRAFFIC
    said = None if body.traffic is None else as_json(body.traffic)
    utm = _utm(body.utm)
    occurred_at = context.now
    if body.timestamp is not None:
        occurred_at = event_time(body.timestamp, body.sent_at, context.now)
    stored_ip_hash, ip_hash = keyed_hashes(pepper, context.address)
    stored_ua_hash, ua_hash = keyed_hashes(pepper, context.user_agent)
    property_id = resolve_property_id(traffic.property_id, context.host)
    site = site_of(property_id)

    def source_by(
        own_hosts: frozenset[str] = frozenset(), ignored_referrers: frozenset[str] = frozenset()
    ) -> TrafficSource:
        return resolve_traffic_source(
            utm_medium=utm.medium if utm else None,
            utm_source=utm.source if utm else None,
            referrer=body.referrer,
            request_host=context.host,
            property_id=property_id,
            path=body.path,
            props=body.props,
            has_other_utm=utm is not None,
            own_hosts=own_hosts,
            ignored_referrers=ignored_referrers,
        )

    traffic_source = source_by(site.own_hosts, site.ignored_referrers)
    # The key may not change with a setting, or a retry after it would count twice.
    is_internal = traffic_source is TrafficSource.INTERNAL
    if is_internal and (site.own_hosts or site.ignored_referrers):
        is_internal = source_by() is TrafficSource.INTERNAL
    page = page_of(body.path, site.page_rules)
    validated: dict[str, int | float | str] = {**_measured(said)} if said else {}
    if body.view_id is not None:
        validated[VIEW_ID] = str(body.view_id)
    props = merge_props(body.props, validated)
    arrival_id = new_id()
    dedupe_key, *earlier_keys = _keys(
        body,
        context,
        property_id=property_id,
        is_internal=is_internal,
        ip_hash=ip_hash,
        ua_hash=ua_hash,
        traffic=said,
    )
    return Event(
        id=body.event_id or arrival_id,
        arrival_id=arrival_id,
        visitor_id=visitor_id(body.anon_id),
        anon_id=body.anon_id,
        dedupe_key=dedupe_key,
        event_type=body.event_type,
        path=body.path,
        occurred_at=occurred_at,
        occurred_on=_day(occurred_at),
        ip_hash=stored_ip_hash,
        ua_hash=stored_ua_hash,
        referrer=body.referrer,
        utm=utm,
        props=None if props is None else to_json(props).decode(),
        property_id=property_id,
        traffic_source=traffic_source,
        device_type=resolve_device_type(context.user_agent, traffic.device_type),
        country_code=resolve_country_code(
            traffic.country_code, context.address, context.proxy_country
        ),
        is_entrance=_or_default(traffic.is_entrance, body.event_type == "page_view"),
        is_exit=_or_default(traffic.is_exit, False),
        is_conversion=_or_default(traffic.is_conversion, body.event_type == "form_submit"),
        view_id=body.view_id,
        page=None if page == body.path else page,
        claimed_on=_day(body.timestamp) if body.timestamp and body.sent_at else None,
        earlier_keys=tuple(earlier_keys),
    )


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _keys(
    body: EventBody,
    context: RequestContext,
    *,
    property_id: str,
    is_internal: bool,
    ip_hash: str | None,
    ua_hash: str | None,
    traffic: dict[str, Any] | None,
) -> tuple[str, ...]:
    token = time_token(body.timestamp, context.now)
    if body.event_id is not None:
        return identity_keys(anon_id=body.anon_id, event_id=body.event_id, time_token=token)
    return dedupe_keys(
        anon_id=body.anon_id,
        property_id=property_id,
        event_type=body.event_type,
        path=body.path,
        time_token=token,
        referrer=body.referrer,
        is_internal=is_internal,
        ip_hash=ip_hash,
        proxy_country=(context.proxy_country or "").strip().upper() or None,
        ua_hash=ua_hash,
        utm=None if body.utm is None else as_json(body.utm),
        traffic=traffic,
        props=body.props,
        view_id=body.view_id,
    )


def _or_default(value: bool | None, default: bool) -> bool:
    return default if value is None else value


def _utm(body: UtmBody | None) -> Utm | None:
    if body is None:
        return None
    utm = Utm(
        source=body.source or None,
        medium=body.medium or None,
        campaign=body.campaign or None,
        term=body.term or None,
        content=body.content or None,
    )
    return utm if any(utm) else None


def _measured(traffic: dict[str, Any]) -> dict[str, int | float]:
    measured: dict[str, int | float] = dict(traffic.get("webVitals", ()))
    for measure in ENGAGEMENT:
        if measure.key in traffic:
            measured[measure.key] = traffic[measure.key]
    return measured
