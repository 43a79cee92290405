"""What the reporting endpoints answer, as models: the OpenAPI document is made from them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from ingest_app.reports.windows import Bucket
from ingest_app.web.answers import Answer
from ingest_app.web.reports.parameters import By

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Rate = Annotated[float, Field(ge=0)]


class WindowAnswer(Answer):
    """Days of the zone of the property, both inclusive."""

    from_: date = Field(serialization_alias="from")
    to: date


class FreshnessAnswer(Answer):
    """How far the marts have come that were read: the one that is furthest behind."""

    rolled_up_through: date = Field(description="UTC day of generatedAt; more of it may come")
    lag_days: int = Field(description="days from there to today (UTC)")
    generated_at: datetime = Field(
        description="events received before this instant are counted, later ones are not"
    )


class MetricAnswer(Answer):
    """A figure of the window, and by what share of its baseline it differs from it."""

    value: float
    delta: float | None = Field(description="null without a comparison, or of a zero baseline")


class SourceMixAnswer(Answer):
    """The share of each traffic source in all events; all zero where there is no event."""

    direct: Share
    organic_search: Share = Field(serialization_alias="organic_search")
    paid_search: Share = Field(serialization_alias="paid_search")
    social: Share
    email: Share
    referral: Share
    campaign: Share
    internal: Share
    unknown: Share


class MetricsAnswer(Answer):
    """Each counted once over the whole window; rates and `Pct` are shares of one."""

    unique_visitors: MetricAnswer
    returning_visitors_pct: MetricAnswer = Field(
        description="of the unique visitors, those who were first seen before one of their days"
    )
    total_page_views: MetricAnswer
    lead_capture_rate: MetricAnswer = Field(description="new leads by unique visitors")
    form_completion_rate: MetricAnswer = Field(description="form submits by form starts")
    landing_page_conversion_rate: MetricAnswer = Field(description="conversions by entrances")
    avg_time_to_first_capture_hrs: MetricAnswer = Field(
        description="hours from the first sight of a visitor to the capture of the lead"
    )
    traffic_source_mix: SourceMixAnswer


class IngestAnswer(Answer):
    """What came in."""

    success_pct: Share = Field(description="accepted by accepted and rejected")
    p95_ttfb_ms: int | None = Field(
        description="95th percentile of the raw values of the window; null without one"
    )
    total_events_accepted: Count
    total_events_rejected: Count


class TrendAnswer(Answer):
    """One day. Visitors of several days do not add up to those of the window."""

    day: date
    unique_visitors: Count
    page_views: Count
    new_leads: Count


class SummaryAnswer(Answer):
    """A window of days."""

    ok: Literal[True]
    window: WindowAnswer
    compare_to: WindowAnswer | None
    freshness: FreshnessAnswer
    metrics: MetricsAnswer
    ingest: IngestAnswer
    trend: list[TrendAnswer] = Field(description="every day of the window")


class VisitMetricsAnswer(Answer):
    """Of the visits that fit, each by the day on which it began."""

    visitors: MetricAnswer = Field(description="distinct over the window")
    sessions: MetricAnswer = Field(description="visits")
    page_views: MetricAnswer
    views_per_session: MetricAnswer
    bounce_rate: MetricAnswer = Field(description="bounced visits by visits")
    conversions: MetricAnswer
    converted_sessions: MetricAnswer
    conversion_rate: MetricAnswer = Field(description="converted visits by visits")
    engaged_ms: MetricAnswer
    engaged_ms_per_session: MetricAnswer


class VisitsAnswer(Answer):
    """A window with filters: what its visits that fit come to."""

    ok: Literal[True]
    window: WindowAnswer
    compare_to: WindowAnswer | None
    freshness: FreshnessAnswer
    filters: list[str]
    counted_by: Literal["sessions"] = Field(
        description="all measures are of visits, by the day on which each began"
    )
    metrics: VisitMetricsAnswer


class BreakdownRow(Answer):
    """One value. Which fields there are depends on what the rows are by."""

    traffic_source: str | None = None
    device_type: str | None = None
    country_code: str | None = Field(default=None, description="`unknown` where it is not known")
    event_type: str | None = None
    path: str | None = None
    referrer_host: str | None = None
    referrer_page: str | None = Field(
        default=None, description="its path, without query; `/` also where the site alone was sent"
    )
    hour: Annotated[int, Field(ge=0, le=23)] | None = None
    source: str | None = Field(default=None, description="`(not set)` where there is none")
    medium: str | None = None
    campaign: str | None = None
    visitors: Count | None = Field(
        default=None,
        description=(
            "distinct over the window; for hour only of one day. Null where nobody knows any more"
        ),
    )
    sessions: Count | None = None
    events: Count | None = None
    page_views: Count | None = None
    entrances: Count | None = None
    exits: Count | None = None
    conversions: Count | None = None
    converted_sessions: Count | None = None
    bounces: Count | None = None
    engaged_ms: Rate | None = Field(default=None, description="engaged time of the visits")
    scroll_samples: Count | None = None
    scroll_percent_sum: Count | None = None
    mean_scroll_percent: Share | None = None
    share: Share | None = Field(
        description="of the measure that orders the rows, in all rows; null where that is not known"
    )
    conversion_rate: Rate | None = Field(
        default=None,
        description="conversions by entrances; of visits, converted sessions by sessions",
    )
    bounce_rate: Share | None = Field(default=None, description="bounced sessions by sessions")


class BreakdownAnswer(Answer):
    """A window by source, page, device and so on; most first."""

    ok: Literal[True]
    window: WindowAnswer
    freshness: FreshnessAnswer
    by: By
    total: Count = Field(description="how many rows there are without the limit")
    rows: list[BreakdownRow]


class FormFigures(Answer):
    """What became of the visitors of a window. People are distinct over it."""

    form_starters: Count
    form_submitters: Count
    new_leads: Count
    form_starts: Count
    form_submits: Count
    form_completion_rate: Rate = Field(description="form submits by form starts")
    lead_capture_rate: Rate = Field(description="new leads by visitors")


class AllFormsAnswer(FormFigures):
    """All forms together, also those whose events do not say which."""

    visitors: Count


class FormAnswer(FormFigures):
    """One form."""

    form_name: str = Field(description="`(not set)` where events do not say which")


class FunnelAnswer(Answer):
    """From visitors to leads; the forms with most new leads first."""

    ok: Literal[True]
    window: WindowAnswer
    freshness: FreshnessAnswer
    all_forms: AllFormsAnswer
    total: Count = Field(description="how many forms there are without the limit")
    forms: list[FormAnswer]


class VitalSharesAnswer(Answer):
    """Shares of the samples by the published bounds."""

    good: Share
    needs_improvement: Share
    poor: Share


class VitalAnswer(Answer):
    """One vital: milliseconds, or CLS without a unit."""

    samples: Count
    p50: float | None
    p75: float | None
    p95: float | None
    rating: Literal["good", "needs improvement", "poor"] | None = Field(description="of the p75")
    shares: VitalSharesAnswer


class FiveVitalsAnswer(Answer):
    """Every vital, also one without a sample."""

    fcp: VitalAnswer
    lcp: VitalAnswer
    inp: VitalAnswer
    ttfb: VitalAnswer
    cls: VitalAnswer


class VitalsAnswer(Answer):
    """How fast pages were over a window."""

    ok: Literal[True]
    window: WindowAnswer
    freshness: FreshnessAnswer
    vitals: FiveVitalsAnswer


class BucketVisitsAnswer(Answer):
    """The visits that began in a bucket, each whole."""

    page_views: Count
    views_per_session: Rate
    conversions: Count
    converted_sessions: Count
    conversion_rate: Share = Field(description="converted visits by visits")
    engaged_ms_per_session: Rate


class BucketAnswer(Answer):
    """A part of the window. Visitors of several buckets do not add up."""

    start: str = Field(
        description="its first day; of an hour, the time by the clocks of the property",
        pattern=r"^\d{4}-\d{2}-\d{2}(T\d{2}:00:00)?$",
    )
    visitors: Count | None = Field(
        description="distinct in the bucket; null for an hour of which nobody knows any more"
    )
    page_views: Count
    sessions: Count = Field(description="visits that began in it")
    conversions: Count
    bounce_rate: Share = Field(description="bounced visits by visits")
    engaged_ms: Rate = Field(description="engaged time of the visits")
    new_leads: Count | None = Field(
        description="null by the hour, with a filter, and of people or bots alone"
    )
    visits: BucketVisitsAnswer | None = Field(description="null by the hour without a filter")


class TrendsAnswer(Answer):
    """A window in buckets, and the days with which it is compared."""

    ok: Literal[True]
    window: WindowAnswer
    compare_to: WindowAnswer | None
    freshness: FreshnessAnswer
    by: Bucket
    filters: list[str]
    counted_by: Literal["events", "sessions"] = Field(
        description=(
            "with a filter everything is of visits, by when each began; without, visitors, views and "
            "conversions are of the events of the bucket"
        )
    )
    buckets: list[BucketAnswer]
    before: list[BucketAnswer] | None


class CohortAnswer(Answer):
    """Those who came to the property for the first time in a week."""

    week: date = Field(description="its Monday")
    visitors: Count
    came_back: list[Count] = Field(
        description="how many of them came in each later week, up to the last of the window"
    )


class RetentionAnswer(Answer):
    """Every week of the window."""

    ok: Literal[True]
    window: WindowAnswer
    freshness: FreshnessAnswer
    cohorts: list[CohortAnswer]


class MinuteAnswer(Answer):
    """One of the last thirty minutes."""

    start: datetime
    visitors: Count
    page_views: Count


class PageNowAnswer(Answer):
    """A page with views in the last half hour."""

    path: str
    visitors: Count
    page_views: Count


class ReferrerNowAnswer(Answer):
    """A site that sent visitors in the last half hour."""

    referrer_host: str
    visitors: Count


class RealtimeAnswer(Answer):
    """What is going on now. It is read from raw events, and waits for no build."""

    ok: Literal[True]
    read_from: Literal["raw"]
    as_of: datetime
    is_complete: bool = Field(description="false where there were more events than are read")
    visitors_of_5_minutes: Count = Field(serialization_alias="visitorsOf5Minutes")
    visitors_of_30_minutes: Count = Field(serialization_alias="visitorsOf30Minutes")
    minutes: list[MinuteAnswer] = Field(description="the last thirty, the newest last")
    pages: list[PageNowAnswer] = Field(description="at most ten, most views first")
    referrers: list[ReferrerNowAnswer] = Field(description="at most ten, most visitors first")


class PropertyAnswer(Answer):
    """One site."""

    property_id: str
    first_day: date
    last_day: date
    events_accepted: Count
    events_rejected: Count


class PropertiesAnswer(Answer):
    """Sites by their events, most first."""

    ok: Literal[True]
    freshness: FreshnessAnswer
    total: Count = Field(description="how many there are without the limit")
    properties: list[PropertyAnswer]
