"""The page on which one arrives: the band of figures, the chart, the panels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from ingest_app.dashboard import words
from ingest_app.dashboard.charts import Series, line_chart, sparkline
from ingest_app.dashboard.panels import PANELS, panel_table
from ingest_app.dashboard.view import View
from ingest_app.reports import visits
from ingest_app.reports.breakdown import breakdown
from ingest_app.reports.funnel import funnel
from ingest_app.reports.ratios import change
from ingest_app.reports.summary import summary
from ingest_app.reports.trend import trend
from ingest_app.reports.trust import badge
from ingest_app.reports.vitals import vitals
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import Audience, Bucket, Window

Figures = Mapping[str, Any]
FORMS = 8
VITAL_NAMES = {
    "lcp": "Largest paint",
    "inp": "Response to input",
    "cls": "Layout shift",
    "fcp": "First paint",
    "ttfb": "First byte",
}


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of the band: where it stands in the answers, and how it is written."""

    title: str
    said: Callable[[Figures], float]
    write: Callable[[float], str]
    # The name of its values by day, where an answer has them.
    by_day: str | None = None
    is_better_when_less: bool = False
    hint: str = ""


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


def _of_visits(name: str) -> Callable[[Figures], float]:
    return lambda figures: float(figures["visits"][name]["value"])


def _metric(name: str) -> Callable[[Figures], float]:
    return lambda figures: float(figures["metrics"][name]["value"])


MEASURES = {
    "visitors": Measure("Visitors", _metric("uniqueVisitors"), words.count, "uniqueVisitors"),
    "visits": Measure("Visits", _of_visits("sessions"), words.count, "sessions"),
    "views": Measure("Page views", _metric("totalPageViews"), words.count, "pageViews"),
    "depth": Measure("Views a visit", _of_visits("viewsPerSession"), words.mean),
    "bounce": Measure(
        "Bounce rate", _of_visits("bounceRate"), words.share, is_better_when_less=True
    ),
    "engaged": Measure(
        "Engaged time", _of_visits("engagedMsPerSession"), words.duration, hint="a visit"
    ),
    "conversions": Measure(
        "Conversions",
        _of_visits("conversions"),
        words.count,
        hint="of visits that began in these days",
    ),
    "converted": Measure(
        "Visits that converted", _of_visits("conversionRate"), words.share, hint="by visits"
    ),
    "leads": Measure(
        "New leads", lambda figures: float(figures["newLeads"]), words.count, "newLeads"
    ),
    "conversion": Measure(
        "Conversion rate",
        _metric("landingPageConversionRate"),
        words.share,
        hint="conversions by entrances",
    ),
    "returning": Measure(
        "Returning",
        _metric("returningVisitorsPct"),
        words.share,
        hint="visitors first seen before one of their days",
    ),
    "forms": Measure(
        "Forms completed", _metric("formCompletionRate"), words.share, hint="submits by starts"
    ),
    "capture": Measure(
        "Lead rate", _metric("leadCaptureRate"), words.share, hint="new leads by visitors"
    ),
    "hours": Measure(
        "Time to lead",
        _metric("avgTimeToFirstCaptureHrs"),
        words.hours,
        is_better_when_less=True,
        hint="from the first sight of a visitor to the form, on average",
    ),
}
DRAWN = [name for name, measure in MEASURES.items() if measure.by_day]


def overview(warehouse: Warehouse, view: View) -> dict[str, Any]:
    """What the template of the page shows. Raises MartsNotBuiltError, MartsUnavailableError."""
    forms = funnel(warehouse, view.window, limit=FORMS)
    now = _figures(warehouse, view.window, forms)
    before = None
    if view.baseline is not None:
        before = _figures(warehouse, view.baseline, funnel(warehouse, view.baseline, limit=1))
    trusted = badge(warehouse, view.window)
    chosen = view.get("measure")
    drawn = chosen if chosen in DRAWN else DRAWN[0]
    return {
        "cards": [_card(view, name, now, before, drawn) for name in MEASURES],
        "chart": line_chart(_series(drawn, now, before, trusted)),
        "days": _days(drawn, now, before),
        "drawn": MEASURES[drawn],
        "freshness": now["freshness"],
        "baseline": before and before["window"],
        "badge": trusted,
        "bots": _bots(warehouse, view),
        "panels": [(panel, panel_table(warehouse, view, panel.chosen(view))) for panel in PANELS],
        "forms": forms,
        "vitals": vitals(warehouse, view.window)["vitals"],
        "vital_names": VITAL_NAMES,
        "is_empty": not any(value for value in _values(drawn, now))
        and not now["ingest"]["totalEventsAccepted"],
    }


def _figures(warehouse: Warehouse, window: Window, forms: Figures) -> dict[str, Any]:
    told = summary(warehouse, window)
    by_day = trend(warehouse, window, by=Bucket.DAY)["buckets"]
    return told | {
        "newLeads": forms["allForms"]["newLeads"],
        "visits": visits.summary(warehouse, window)["metrics"],
        "trend": [
            day | {"sessions": bucket["sessions"]}
            for day, bucket in zip(told["trend"], by_day, strict=True)
        ],
    }


def _values(name: str, figures: Figures) -> list[int]:
    return [day[MEASURES[name].by_day] for day in figures["trend"]]


def _card(view: View, name: str, now: Figures, before: Figures | None, drawn: str) -> Card:
    measure = MEASURES[name]
    value = measure.said(now)
    baseline = None if before is None else measure.said(before)
    delta = None if baseline is None else change(value, baseline)
    rises = (delta or 0) > 0
    mood = "same" if not delta else "good" if rises != measure.is_better_when_less else "bad"
    return Card(
        name=name,
        title=measure.title,
        hint=measure.hint,
        value=measure.write(value),
        before="" if baseline is None else measure.write(baseline),
        change=words.change(delta),
        mood=mood,
        spark=sparkline(_values(name, now)) if measure.by_day else Markup(""),
        link=view.link(measure=name) if measure.by_day else None,
        is_open=name == drawn,
    )


def _series(name: str, now: Figures, before: Figures | None, trusted: Figures) -> Series:
    return Series(
        name=MEASURES[name].title,
        days=[day["day"] for day in now["trend"]],
        values=_values(name, now),
        before=_values(name, before) if before else (),
        before_days=[day["day"] for day in before["trend"]] if before else (),
        open_from=now["freshness"]["rolledUpThrough"],
        held_from=trusted["held_from"],
        restated=frozenset(trusted["restated_days"]),
    )


def _days(
    name: str, now: Figures, before: Figures | None
) -> list[tuple[str, int, str, int | None]]:
    """Each day and its value, with the day that it is compared with."""
    key = MEASURES[name].by_day
    others = [*(before["trend"] if before else ())]
    return [
        (
            day["day"],
            day[key],
            others[number]["day"] if number < len(others) else "",
            others[number][key] if number < len(others) else None,
        )
        for number, day in enumerate(now["trend"])
    ]


def _bots(warehouse: Warehouse, view: View) -> int:
    """The events of bots in the window, whoever is looked at."""
    answer = breakdown(warehouse, view.seen_by(Audience.ALL), by="device_type", limit=10)
    return next((row["events"] for row in answer["rows"] if row["deviceType"] == "bot"), 0)
