"""The days on which visitors came, for an audience: the one place that says where they are read."""

from __future__ import annotations

from ingest_app.reports.windows import Audience

# Bots and people are a matter of events, so a visitor may be here for both.
SEEN_AS = (
    "(select distinct property_id, day, visitor_id from analytics.visitor_segments where {kind})"
)
VISITOR_DAYS = {
    Audience.ALL: "analytics.visitor_days",
    Audience.PEOPLE: SEEN_AS.format(kind="device_type <> 'bot'"),
    Audience.BOTS: SEEN_AS.format(kind="device_type = 'bot'"),
}
MARTS = {
    Audience.ALL: "visitor_days",
    Audience.PEOPLE: "visitor_segments",
    Audience.BOTS: "visitor_segments",
}
