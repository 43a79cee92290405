"""All marts of facts at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.support.recount import dimensions, leads, people, sessions, vitals
from tests.support.recount.closed import Closed
from tests.support.recount.contract import ingest_rollups, metric_rollups
from tests.support.recount.facts import Hit, RawFacts, first_sights
from tests.support.recount.grouping import Rows

DAY = ("property_id", "day")
VITAL = (*DAY, "device_type", "vital")
CAMPAIGN = ("utm_source", "utm_medium", "utm_campaign")

# The columns by which a row of each mart is known.
KEYS = {
    "daily_metric_rollups": DAY,
    "daily_ingest_rollups": DAY,
    "visitor_days": (*DAY, "visitor_id", "is_bot"),
    "visitor_recency": ("property_id", "dimension", "value", "day", "previous_day"),
    "page_recency": (*DAY, "path_key"),
    "visit_recency": (*DAY, "dimension", "value_key"),
    "daily_new_leads": DAY,
    "daily_funnel": (*DAY, "form_name"),
    "leads": ("lead_id",),
    "visitor_forms": (*DAY, "visitor_id", "form_name"),
    "daily_breakdowns": (*DAY, "dimension", "value", "is_bot"),
    "daily_pages": (*DAY, "path"),
    "daily_entry_sources": (*DAY, "is_bot", "traffic_source"),
    "daily_landing_paths": (*DAY, "is_bot", "path"),
    "daily_exit_paths": (*DAY, "is_bot", "path"),
    "daily_referrers": (*DAY, "is_bot", "referrer_host", "referrer_page"),
    "daily_campaigns": (*DAY, "is_bot", *CAMPAIGN),
    "daily_hours": (*DAY, "hour", "is_bot"),
    "sessions": ("session_id", "property_id"),
    "web_vital_distributions": VITAL,
    "daily_web_vitals": VITAL,
}
COUNTS: dict[str, Callable[[list[Hit]], Rows]] = {
    "visitor_days": people.visitor_days,
    "daily_breakdowns": dimensions.daily_breakdowns,
    "daily_pages": dimensions.daily_pages,
    "web_vital_distributions": vitals.web_vital_distributions,
    "daily_web_vitals": vitals.daily_web_vitals,
    "visitor_forms": leads.visitor_forms,
}


def recount_marts(facts: RawFacts, closed: Closed | None = None) -> dict[str, Rows]:
    """The rows of every mart by their keys, without generated_at; of closed days none."""
    closed = closed or Closed()
    hits = [*closed.hits, *facts.hits]
    visits = sessions.since_horizon(sessions.cut(hits), closed)
    of_sessions = sessions.sessions(visits, first_sights(hits), facts.coarse)
    rows: dict[str, Rows] = {
        "daily_metric_rollups": dict(metric_rollups([*hits], facts.captures)),
        "daily_ingest_rollups": dict(
            ingest_rollups([*hits], facts.duplicates, facts.rejections, facts.captures)
        ),
        "daily_new_leads": leads.daily_new_leads(hits, facts.captures),
        "daily_funnel": leads.daily_funnel(hits, facts.captures),
        "leads": leads.leads(replace(facts, hits=hits), {**closed.visits, **of_sessions}),
        "visitor_recency": people.visitor_recency(hits, closed),
        "page_recency": people.page_recency(hits, closed),
        "visit_recency": sessions.visit_recency({**closed.visits, **of_sessions}),
        "sessions": of_sessions,
        "daily_hours": sessions.daily_hours(hits, visits),
        **{mart: sessions.daily(mart, visits) for mart in sessions.DAILY},
    } | {mart: count(hits) for mart, count in COUNTS.items()}
    return {mart: closed.rows_since(KEYS[mart], of_mart) for mart, of_mart in rows.items()}
