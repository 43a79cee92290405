"""The two enums that the database, the API and the marts share."""

from enum import StrEnum


class TrafficSource(StrEnum):
    """How a visitor came; the values of `raw.traffic_source`."""

    DIRECT = "direct"
    ORGANIC_SEARCH = "organic_search"
    PAID_SEARCH = "paid_search"
    SOCIAL = "social"
    EMAIL = "email"
    REFERRAL = "referral"
    CAMPAIGN = "campaign"
    INTERNAL = "internal"
    UNKNOWN = "unknown"


class DeviceType(StrEnum):
    """What the visitor held; the values of `raw.device_type`."""

    DESKTOP = "desktop"
    MOBILE = "mobile"
    TABLET = "tablet"
    BOT = "bot"
    UNKNOWN = "unknown"
