"""What the reporting endpoints should answer, counted from the facts of the whole window."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from tests.support.recount.facts import CaptureFact, Hit, RawFacts, first_sights, waited_ms
from tests.support.recount.grouping import counted, grouped
from tests.support.recount.vitals import SHARES, THRESHOLDS
from tests.support.recount.vitals import summary as summary_of_vital
from tests.support.recount.windows import Window, window_percentile, window_visitors

SOURCES = (
    *("direct", "organic_search", "paid_search", "social", "email"),
    *("referral", "campaign", "internal", "unknown"),
)
HOUR_MS = 3_600_000
NOT_SET = "(not set)"


def over(part: float, whole: float) -> float:
    return part / whole if whole else 0


def days_of(window: Window) -> list[date]:
    return [
        window.from_day + timedelta(days=n)
        for n in range((window.to_day - window.from_day).days + 1)
    ]


def just_before(window: Window) -> Window:
    """As many days, ending the day before the first."""
    days = len(days_of(window))
    return replace(
        window,
        from_day=window.from_day - timedelta(days=days),
        to_day=window.from_day - timedelta(days=1),
    )


def new_leads(facts: RawFacts, window: Window) -> list[CaptureFact]:
    """First captures in the window whose visitor had been on the property, or anywhere."""
    return [
        capture
        for capture in facts.captures
        if capture.is_first
        and window.from_day <= capture.day <= window.to_day
        and any(
            hit.visitor == capture.visitor
            and hit.at <= capture.at
            and window.property_id in (None, hit.property_id)
            for hit in facts.hits
        )
    ]


def metrics(facts: RawFacts, window: Window) -> dict[str, float]:
    """The figures of a window."""
    hits = [hit for hit in facts.hits if window.holds(hit)]
    first = first_sights(facts.hits)
    types = Counter(hit.event_type for hit in hits)
    unique, returning = window_visitors(facts.hits, window)
    leads = new_leads(facts, window)
    waited = sum(waited_ms(lead, facts.captures, first) for lead in leads)
    return {
        "uniqueVisitors": unique,
        "returningVisitorsPct": over(returning, unique),
        "totalPageViews": types["page_view"],
        "leadCaptureRate": over(len(leads), unique),
        "formCompletionRate": over(types["form_submit"], types["form_start"]),
        "landingPageConversionRate": over(
            sum(hit.is_conversion for hit in hits), sum(hit.is_entrance for hit in hits)
        ),
        "avgTimeToFirstCaptureHrs": over(waited, len(leads)) / HOUR_MS,
    }


def summary(facts: RawFacts, window: Window, *, compare: bool) -> dict[str, Any]:
    """Everything but `freshness`."""
    hits = [hit for hit in facts.hits if window.holds(hit)]
    values = metrics(facts, window)
    before = metrics(facts, just_before(window)) if compare else {}
    sources = Counter(hit.traffic_source for hit in hits)
    rejected = sum(
        rejection.times
        for rejection in facts.rejections
        if window.from_day <= rejection.day <= window.to_day
        and window.property_id in (None, rejection.property_id)
        and rejection.endpoint == "/v1/events"
    )
    # What is refused is nobody's: the share of what is not is that of everybody.
    everybody = sum(replace(window, is_bot=None).holds(hit) for hit in facts.hits)
    samples, p95 = window_percentile(facts.hits, window, "ttfb", 0.95)
    return {
        "ok": True,
        "window": _named(window),
        "compareTo": _named(just_before(window)) if compare else None,
        "metrics": {
            **{
                name: {
                    "value": value,
                    "delta": (value - before[name]) / before[name] if before.get(name) else None,
                }
                for name, value in values.items()
            },
            "trafficSourceMix": {name: over(sources[name], len(hits)) for name in SOURCES},
        },
        "ingest": {
            "successPct": over(everybody, everybody + rejected),
            "p95TtfbMs": round(p95) if samples and p95 is not None else None,
            "totalEventsAccepted": len(hits),
            "totalEventsRejected": rejected,
        },
        "trend": [_day(facts, window, day) for day in days_of(window)],
    }


def _named(window: Window) -> dict[str, str]:
    return {"from": f"{window.from_day}", "to": f"{window.to_day}"}


def _day(facts: RawFacts, window: Window, day: date) -> dict[str, Any]:
    of_day = replace(window, from_day=day, to_day=day)
    hits = [hit for hit in facts.hits if of_day.holds(hit)]
    return {
        "day": f"{day}",
        "uniqueVisitors": len({hit.visitor for hit in hits}),
        "pageViews": sum(hit.event_type == "page_view" for hit in hits),
        "newLeads": len(new_leads(facts, of_day)),
    }


def funnel(facts: RawFacts, window: Window) -> dict[str, Any]:
    """Everything but `freshness`; all forms."""
    hits = [hit for hit in facts.hits if window.holds(hit)]
    leads = new_leads(facts, window)
    sent = [hit for hit in hits if hit.event_type in ("form_start", "form_submit")]
    names = {hit.form_name or NOT_SET for hit in sent} | {lead.form_name for lead in leads}
    visitors = len({hit.visitor for hit in hits})

    def figures(form: str | None) -> dict[str, Any]:
        of_form = [hit for hit in sent if form in (None, hit.form_name or NOT_SET)]
        starts = [hit.visitor for hit in of_form if hit.event_type == "form_start"]
        submits = [hit.visitor for hit in of_form if hit.event_type == "form_submit"]
        new = sum(form in (None, lead.form_name) for lead in leads)
        return {
            "formStarters": len(set(starts)),
            "formSubmitters": len(set(submits)),
            "newLeads": new,
            "formStarts": len(starts),
            "formSubmits": len(submits),
            "formCompletionRate": over(len(submits), len(starts)),
            "leadCaptureRate": over(new, visitors),
        }

    forms = [{"formName": name} | figures(name) for name in names]
    forms.sort(key=lambda row: (-row["newLeads"], -row["formSubmits"], row["formName"]))
    return {
        "ok": True,
        "window": _named(window),
        "allForms": {"visitors": visitors} | figures(None),
        "total": len(forms),
        "forms": forms,
    }


NAMES = {"page_views": "pageViews"}
KEYS: dict[str, tuple[str, Callable[[Hit], str]]] = {
    "traffic_source": ("trafficSource", lambda hit: hit.traffic_source),
    "device_type": ("deviceType", lambda hit: hit.device_type),
    "country": ("countryCode", lambda hit: hit.country_code),
    "event_type": ("eventType", lambda hit: hit.event_type),
    "page": ("path", lambda hit: str(hit.path)),
}
MEASURES = {
    **dict.fromkeys(
        ("traffic_source", "device_type", "country"),
        ("events", "page_views", "entrances", "conversions", "visitors"),
    ),
    "event_type": ("events", "conversions", "visitors"),
    "page": ("page_views", "entrances", "exits", "conversions", "visitors"),
}


def breakdown(hits: list[Hit], window: Window, by: str) -> list[dict[str, Any]]:
    """All rows, most first."""
    name, value = KEYS[by]
    rows = []
    for (key,), group in grouped(
        (hit for hit in hits if window.holds(hit)), lambda hit: (value(hit),)
    ).items():
        row: dict[str, Any] = {name: key} | {
            NAMES.get(measure, measure): count
            for measure, count in counted(group, *MEASURES[by]).items()
        }
        if by == "page":
            row |= _scrolled(group)
        elif by != "event_type":
            row["conversionRate"] = over(row["conversions"], row["entrances"])
        rows.append(row)
    return _shared(rows, NAMES.get(MEASURES[by][0], MEASURES[by][0]))


def _scrolled(hits: Iterable[Hit]) -> dict[str, float]:
    depths = [hit.scroll_percent for hit in hits if hit.scroll_percent is not None]
    return {
        "scrollSamples": len(depths),
        "scrollPercentSum": sum(depths),
        "meanScrollPercent": over(sum(depths), len(depths)),
    }


def _shared(rows: list[dict[str, Any]], main: str) -> list[dict[str, Any]]:
    whole = sum(row[main] for row in rows)
    for row in rows:
        row["share"] = over(row[main], whole)
    texts = ("trafficSource", "deviceType", "countryCode", "eventType", "path")
    return sorted(rows, key=lambda row: (-row[main], [row[name] for name in texts if name in row]))


def vitals(hits: list[Hit], window: Window) -> dict[str, Any]:
    """Each vital with its percentiles, rating and shares."""
    return {
        vital: _told(
            vital,
            [hit.vitals[vital] for hit in hits if window.holds(hit) and vital in hit.vitals],
        )
        for vital in THRESHOLDS
    }


def _told(vital: str, values: list[int]) -> dict[str, Any]:
    if not values:
        return {
            "samples": 0,
            **dict.fromkeys((*SHARES, "rating")),
            "shares": {"good": 0, "needsImprovement": 0, "poor": 0},
        }
    counted = summary_of_vital(vital, values)
    return {
        **{name: counted[name] for name in ("samples", *SHARES)},
        "rating": _rating(vital, counted["p75"]),
        "shares": {
            "good": counted["good_share"],
            "needsImprovement": counted["needs_improvement_share"],
            "poor": counted["poor_share"],
        },
    }


def _rating(vital: str, p75: float) -> str:
    good_until, middling_until = THRESHOLDS[vital]
    rated = p75 * (1000 if vital == "cls" else 1)
    if rated <= good_until:
        return "good"
    return "needs improvement" if rated <= middling_until else "poor"
