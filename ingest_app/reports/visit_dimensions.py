"""What a breakdown of visits can be by."""

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
# What only visits have: these are answered from here with filters and without.
OF_VISITS = ("landing_path", "exit_path", "referrer", "referrer_page", "campaign")
