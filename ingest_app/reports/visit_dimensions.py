"""What a breakdown of visits can be by, and the statement that counts them."""

from __future__ import annotations

from collections.abc import Mapping

HOUR = "hour"
# JSON names of the keys, with their SQL, by the names that the API takes; and what else must hold.
CAMPAIGN = {
    "source": "coalesce(utm_source, '(not set)')",
    "medium": "coalesce(utm_medium, '(not set)')",
    "campaign": "coalesce(utm_campaign, '(not set)')",
}
# Each by itself: of a coalesce the planner cannot guess how few visits have any.
HAS_CAMPAIGN = "(utm_source is not null or utm_medium is not null or utm_campaign is not null)"
DIMENSIONS: dict[str, tuple[Mapping[str, str], str]] = {
    "traffic_source": ({"trafficSource": "traffic_source"}, "true"),
    "landing_path": ({"path": "entry_path"}, "entry_path is not null"),
    "exit_path": ({"path": "exit_path"}, "exit_path is not null"),
    "referrer": ({"referrerHost": "referrer_host"}, "referrer_host is not null"),
    "referrer_page": (
        {"referrerHost": "referrer_host", "referrerPage": "referrer_page"},
        "referrer_host is not null",
    ),
    "device_type": ({"deviceType": "device_type"}, "true"),
    "country": ({"countryCode": "country_code"}, "true"),
    "campaign": (CAMPAIGN, HAS_CAMPAIGN),
}
# A host has no column of its own that stands for it.
KEY_OF_HOST = """
    encode(
        substr(sha256(convert_to(json_build_array(referrer_host)::text, 'UTF8')), 1, 16), 'hex'
    )::uuid
"""
# What only visits have. Each has a daily mart: its name, the columns of the value, and what stands for
# it in visit_recency.
OF_VISITS = {
    "landing_path": ("daily_landing_paths", ("path",), "path_key"),
    "exit_path": ("daily_exit_paths", ("path",), "path_key"),
    "referrer": ("daily_referrers", ("referrer_host",), KEY_OF_HOST),
    "referrer_page": ("daily_referrers", ("referrer_host", "referrer_page"), "referrer_key"),
    "campaign": (
        "daily_campaigns",
        ("utm_source", "utm_medium", "utm_campaign"),
        "campaign_key",
    ),
}
# In this mart every visit has one row's value: visits of any days are the sum of its rows.
ENTRY_SOURCES = "daily_entry_sources"
# What visits are counted by in a daily mart. Events have a source too, so by that reports of events ask
# another one.
BY_DAY = {"traffic_source": (ENTRY_SOURCES, ("traffic_source",), "source_key"), **OF_VISITS}
# What adds up over whatever visits are counted by.
SUMS = """
        coalesce(sum(sessions), 0)::bigint as sessions,
        coalesce(sum(page_views), 0)::bigint as page_views,
        coalesce(sum(conversions), 0)::bigint as conversions,
        coalesce(sum(converted_sessions), 0)::bigint as converted_sessions,
        coalesce(sum(bounces), 0)::bigint as bounces,
        coalesce(sum(engaged_ms), 0)::double precision as engaged_ms
"""
# By visitor first: to count distinct ones, the database would sort all visits.
FIGURES = """
    select
        {names}count(*) as visitors,
        {sums}
    from (
        select
            {expressions}visitor_id,
            count(*) as sessions,
            sum(page_views) as page_views,
            sum(conversions) as conversions,
            count(*) filter (where is_converted) as converted_sessions,
            count(*) filter (where is_bounce) as bounces,
            sum(engaged_ms) as engaged_ms
        from analytics.sessions
        where {{visits}} and {condition}
        group by {groups}visitor_id
    ) as by_visitor
"""


def figures_of(keys: Mapping[str, str] | None = None, condition: str = "true") -> str:
    """A statement of the figures of visits, by these columns, each with its SQL."""
    keys = keys or {}
    names = "".join(f"{name}, " for name in keys)
    return FIGURES.format(
        names=names,
        sums=SUMS,
        expressions="".join(f"{sql} as {name}, " for name, sql in keys.items()),
        groups="".join(f"{place}, " for place in range(1, len(keys) + 1)),
        condition=condition,
    )
