"""The page on which one arrives: the band of figures, the chart, the panels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest
from typing import Any

from markupsafe import Markup

from ingest_app.dashboard import words
from ingest_app.dashboard.charts import Point, Series, line_chart, sparkline
from ingest_app.dashboard.now import line as now_line
from ingest_app.dashboard.panels import PANELS, order_of, panel_table
from ingest_app.dashboard.parts import parts
from ingest_app.dashboard.view import EVERY_VISIT, View
from ingest_app.dashboard.vitals import vitals_panel
from ingest_app.reports import visits
from ingest_app.reports.breakdown import breakdown
from ingest_app.reports.funnel import funnel, new_leads
from ingest_app.reports.ratios import change
from ingest_app.reports.summary import known_metrics
from ingest_app.reports.trend import trend
from ingest_app.reports.trust import badge
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import Audience, Bucket, Window

Figures = Mapping[str, Any]
FORMS = 8
LEADS = "leads"


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of the band, and how it is written."""

    title: str
    write: Callable[[float | None], str]
    # Its value in a part of the window, where that is known.
    of_bucket: Callable[[Figures], float | None] | None = None
    # Whether a visit counts whole, when it began.
    is_of_visits: bool = False
    is_better_when_less: bool = False
    hint: str = ""
    # The least top of its chart.
    least: float = 0.0


@dataclass(frozen=True, slots=True)
class Card:
    """A figure with its change and its sparkline."""

    name: str
    title: str
    hint: str
    value: str
    before: str
    change: str
    mood: str
    spark: Markup
    link: str | None
    is_open: bool


def _of_bucket(name: str) -> Callable[[Figures], float | None]:
    return lambda bucket: bucket[name]


def _of_visits(name: str) -> Callable[[Figures], float | None]:
    return lambda bucket: bucket["visits"] and bucket["visits"][name]


def _where_visited(of: Callable[[Figures], float | None]) -> Callable[[Figures], float | None]:
    """A ratio by visits: of none there is none."""
    return lambda bucket: of(bucket) if bucket["sessions"] else None


MEASURES = {
    "visitors": Measure("Visitors", words.count, _of_bucket("visitors"), least=4),
    "visits": Measure("Visits", words.count, _of_bucket("sessions"), least=4),
    "views": Measure("Page views", words.count, _of_bucket("pageViews"), least=4),
    "depth": Measure(
        "Views a visit",
        words.mean,
        _where_visited(_of_visits("viewsPerSession")),
        is_of_visits=True,
    ),
    "bounce": Measure(
        "Bounce rate",
        words.share,
        _where_visited(_of_bucket("bounceRate")),
        is_better_when_less=True,
    ),
    "engaged": Measure(
        "Engaged time",
        words.duration,
        _where_visited(_of_visits("engagedMsPerSession")),
        is_of_visits=True,
        hint="a visit",
        least=4000,
    ),
    "conversions": Measure(
        "Conversions",
        words.count,
        _of_visits("conversions"),
        is_of_visits=True,
        hint="of visits that began in these days",
        least=4,
    ),
    "converted": Measure(
        "Visits that converted",
        words.share,
        _where_visited(_of_visits("conversionRate")),
        is_of_visits=True,
        hint="by visits",
    ),
    LEADS: Measure("New leads", words.count, _of_bucket("newLeads"), hint="of everybody", least=4),
    "conversion": Measure("Conversion rate", words.share, hint="conversions by entrances"),
    "returning": Measure(
        "Returning", words.share, hint="visitors first seen before one of their days"
    ),
    "forms": Measure("Forms completed", words.share, hint="submits by starts"),
    "capture": Measure("Lead rate", words.share, hint="new leads by visitors"),
    "hours": Measure(
        "Time to lead",
        words.hours,
        is_better_when_less=True,
        hint="from the first sight of a visitor to the form, on average",
    ),
}
DRAWN = [name for name, measure in MEASURES.items() if measure.of_bucket]
# Where the figures of the band stand in the answers.
OF_VISITS = {
    "visits": "sessions",
    "depth": "viewsPerSession",
    "bounce": "bounceRate",
    "engaged": "engagedMsPerSession",
    "conversions": "conversions",
    "converted": "conversionRate",
}
BY_VISITS = ("depth", "bounce", "engaged", "converted")
OF_FILTERED = {"visitors": "visitors", "views": "pageViews"}
OF_SUMMARY = {
    "visitors": "uniqueVisitors",
    "views": "totalPageViews",
    "conversion": "landingPageConversionRate",
    "returning": "returningVisitorsPct",
    "forms": "formCompletionRate",
    "capture": "leadCaptureRate",
    "hours": "avgTimeToFirstCaptureHrs",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What reports say of one window: figures by their names, and those that are drawn by bucket."""

    window: Window
    figures: dict[str, float | None]
    buckets: list[dict[str, Any]]
    freshness: dict[str, Any]


def overview(warehouse: Warehouse, view: View) -> dict[str, Any]:
    """What the template of the page shows. Raises MartsNotBuiltError, MartsUnavailableError."""
    chosen = view.get("measure")
    drawn = chosen if chosen in DRAWN and not (chosen == LEADS and view.filters) else DRAWN[0]
    # Nobody knows the hour of a lead.
    step = Bucket.DAY if drawn == LEADS and view.step is Bucket.HOUR else view.step
    now = _told(warehouse, view.window, step, drawn)
    forms = None if view.filters else funnel(warehouse, now.window, limit=FORMS)
    before = None
    if view.baseline is not None:
        before = _told(warehouse, view.baseline, step, drawn)
    trusted = badge(warehouse, view.window)
    series = _series(view, drawn, step, now, before, trusted)
    counted = view.clock(now.freshness["generatedAt"])
    begun = sum(start < counted for start, _ in parts(now.window, step))
    return {
        "cards": [_card(view, name, now, before, drawn, begun) for name in now.figures],
        "chart": line_chart(series),
        "series": series,
        "step": step,
        "freshness": now.freshness,
        "baseline": before and before.window,
        "badge": trusted,
        "bots": _bots(warehouse, view),
        "panels": [(panel, panel_table(warehouse, view, panel)) for panel in PANELS],
        "order_of": order_of,
        "forms": forms,
        "fast": None if view.filters else vitals_panel(warehouse, view),
        "visitors_now": now_line(warehouse, view),
        "is_empty": not any(now.figures.values()),
    }


def _told(warehouse: Warehouse, window: Window, step: Bucket, drawn: str) -> Told:
    alone = replace(window, comparison=None)
    of_visits = visits.summary(warehouse, alone)
    figures: dict[str, float | None] = {
        name: of_visits["metrics"][metric]["value"]
        for name, metric in (OF_VISITS | (OF_FILTERED if alone.filters else {})).items()
    }
    if not figures["visits"]:
        figures |= dict.fromkeys(BY_VISITS)
    if not alone.filters:
        known = known_metrics(warehouse, alone)
        figures |= {name: known[metric] for name, metric in OF_SUMMARY.items()}
        figures[LEADS] = new_leads(warehouse, alone)
    answer = trend(warehouse, alone, by=step)
    buckets = answer["buckets"]
    if drawn == LEADS and alone.audience is not Audience.ALL:
        of_all = trend(warehouse, replace(alone, audience=Audience.ALL), by=step)["buckets"]
        buckets = [
            bucket | {"newLeads": everybodys["newLeads"]}
            for bucket, everybodys in zip(buckets, of_all, strict=True)
        ]
    if MEASURES[drawn].is_of_visits and step is Bucket.HOUR and not alone.filters:
        hours = trend(warehouse, replace(alone, filters=EVERY_VISIT), by=step)["buckets"]
        buckets = [
            bucket | {"visits": hour["visits"]} for bucket, hour in zip(buckets, hours, strict=True)
        ]
    return Told(
        alone,
        {name: figures[name] for name in MEASURES if name in figures},
        buckets,
        answer["freshness"],
    )


def _values(name: str, told: Told) -> list[float | None]:
    of_bucket = MEASURES[name].of_bucket
    return [of_bucket(bucket) for bucket in told.buckets] if of_bucket else []


def _card(view: View, name: str, now: Told, before: Told | None, drawn: str, begun: int) -> Card:
    """Of a figure; its line has the parts of the window that have begun, which are so many."""
    measure = MEASURES[name]
    value = now.figures[name]
    baseline = None if before is None else before.figures[name]
    delta = None if value is None or baseline is None else change(value, baseline)
    rises = (delta or 0) > 0
    mood = "same" if not delta else "good" if rises != measure.is_better_when_less else "bad"
    values = _values(name, now)[:begun]
    return Card(
        name=name,
        title=measure.title,
        hint=measure.hint,
        value=measure.write(value),
        before="" if before is None else measure.write(baseline),
        change=words.change(delta),
        mood=mood,
        spark=sparkline(values),
        link=view.link(measure=name) if measure.of_bucket else None,
        is_open=name == drawn,
    )


def _series(
    view: View, drawn: str, step: Bucket, now: Told, before: Told | None, trusted: Figures
) -> Series:
    measure = MEASURES[drawn]
    counted = view.clock(now.freshness["generatedAt"])
    held_from = trusted["held_from"] and datetime.fromisoformat(trusted["held_from"])
    moved = [datetime.fromisoformat(day) for day in trusted["restated_days"]]
    others: list[tuple[tuple[datetime, datetime], float | None]] = []
    if before is not None:
        others = list(zip(parts(before.window, step), _values(drawn, before), strict=True))
    points = []
    for part, other in zip_longest(
        zip(parts(now.window, step), _values(drawn, now), strict=True), others
    ):
        point = Point("", "", None, is_begun=False)
        if part is not None:
            (start, end), value = part
            point = Point(
                name=words.bucket(step, start, end),
                short=words.short_bucket(step, start),
                value=None if start >= counted else value,
                is_begun=start < counted,
                is_open=end > counted,
                is_moved=any(start <= day < end for day in moved)
                or (step is Bucket.HOUR and start.replace(hour=0) in moved),
                is_purged=bool(held_from) and start < held_from,
            )
        if other is not None:
            point = replace(point, before_name=words.bucket(step, *other[0]), before=other[1])
        points.append(point)
    return Series(
        name=measure.title,
        step=words.STEPS[step],
        points=points,
        write=measure.write,
        is_compared=before is not None,
        least=measure.least,
    )


def _bots(warehouse: Warehouse, view: View) -> int:
    """The events of bots in the window, whoever is looked at; with filters, their visits."""
    if view.filters:
        # Alone, for they are few: by device, the visitors of all visits would be counted too.
        window = replace(view.seen_by(Audience.BOTS), comparison=None)
        return int(visits.summary(warehouse, window)["metrics"]["sessions"]["value"])
    answer = breakdown(warehouse, view.seen_by(Audience.ALL), by="device_type", limit=10)
    return next((row["events"] for row in answer["rows"] if row["deviceType"] == "bot"), 0)
