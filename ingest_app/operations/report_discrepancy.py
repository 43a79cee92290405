"""The whole discrepancy check: marts, and every figure of the reports against raw rows.

The reports are asked as a dashboard asks them, in the transaction that counts raw rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypedDict, cast

from psycopg import Connection
from psycopg.rows import DictRow

from ingest_app.enrichment.vocabulary import DeviceType
from ingest_app.operations.discrepancy import (
    MARTS,
    Difference,
    Findings,
    NothingBuiltError,
    compare_marts,
    days,
    is_there,
    render,
    snapshot,
    unequal,
    watermarks,
)
from ingest_app.reports import summary as summaries
from ingest_app.reports import vitals as web_vitals
from ingest_app.reports.breakdown import breakdown
from ingest_app.reports.dimensions import DIMENSIONS
from ingest_app.reports.parameters import (
    MAX_DAYS,
    BreakdownParameters,
    PropertiesParameters,
    SummaryParameters,
    VitalsParameters,
)
from ingest_app.reports.percentiles import BUCKETS
from ingest_app.reports.properties import MART as PROPERTIES_MART
from ingest_app.reports.properties import properties
from ingest_app.reports.warehouse import Row, Statement, Warehouse

SUMMARY, BREAKDOWN, VITALS, PROPERTIES = (
    "report:summary",
    "report:breakdown",
    "report:vitals",
    "report:properties",
)
# The marts that each report reads.
REPORTS = {
    SUMMARY: (*summaries.MARTS, BUCKETS),
    BREAKDOWN: tuple({mart for dimension in DIMENSIONS.values() for mart in dimension.marts}),
    VITALS: web_vitals.MARTS,
    PROPERTIES: (PROPERTIES_MART,),
}
EVERYTHING = (*MARTS, *REPORTS)
# The largest are asked for one by one, and all of them together.
PROPERTIES_ASKED = 20
# As many rows as a report gives at most.
ROWS = 1000
ALL = ""
MS_PER_HOUR = 3_600_000
# What an answer says of itself.
NOT_FIGURES = {"ok", "window", "compareTo", "freshness", "by"}

SOURCES = (
    "direct",
    "organic_search",
    "paid_search",
    "social",
    "email",
    "referral",
    "campaign",
    "internal",
    "unknown",
)
KEYS: dict[str, tuple[str, ...]] = {
    "traffic_source": ("trafficSource",),
    "landing_path": ("path",),
    "page": ("path",),
    "device_type": ("deviceType",),
    "country": ("countryCode",),
    "campaign": ("source", "medium", "campaign"),
    "event_type": ("eventType",),
}
CONVERSION_RATE = ("conversionRate", "conversions", "entrances")
RATES = {
    "traffic_source": CONVERSION_RATE,
    "landing_path": CONVERSION_RATE,
    "page": ("meanScrollPercent", "scrollPercentSum", "scrollSamples"),
    "device_type": CONVERSION_RATE,
    "country": CONVERSION_RATE,
    "campaign": ("conversionRate", "convertedSessions", "sessions"),
}
# Of event types a breakdown has these counts alone.
OF_EVENT_TYPES = ("visitors", "events", "conversions")
# The last good and the last not poor value, in the unit that is published.
BOUNDS = {
    "fcp": (1800, 3000),
    "lcp": (2500, 4000),
    "inp": (200, 500),
    "ttfb": (800, 1800),
    "cls": (0.1, 0.25),
}

HELD_FROM = """
    select case when isfinite(held_from) then held_from end as held_from
    from analytics_state.raw_horizon
"""
RECEIVED_THROUGH = """
    select mart, received_through
    from analytics_state.rollup_watermarks
    where mart = any(%(marts)s) and to_regclass('analytics.' || mart) is not null
"""
WAITING_ERASURES = """
    select count(*) as erasures
    from raw.erasures
    where created_at >= %(received_through)s
        and touched_days && array(
            select generate_series(%(first)s::timestamp, %(last)s, interval '1 day')::date
        )
"""
LARGEST = """
    select property_id::text as property_id
    from raw.events
    where occurred_on between %(first)s and %(last)s
    group by events.property_id
    order by count(*) desc, events.property_id
    limit %(limit)s
"""

Figures = dict[str, Any]


class Scope(TypedDict):
    """What is compared."""

    first: date
    last: date
    property_id: str | None


class Snapshot(Warehouse):
    """The marts as one connection sees them, in the transaction that counts raw rows."""

    def __init__(self, connection: Connection[DictRow]) -> None:
        self._connection = connection

    def ask(self, *statements: Statement) -> list[list[Row]]:
        """The rows of each statement."""
        return [
            self._connection.execute(cast("Any", text), values).fetchall()
            for text, values in statements
        ]


@dataclass(frozen=True, slots=True)
class Asked:
    """A window of days, for each of some properties; the empty one is all together."""

    first: date
    last: date
    properties: tuple[str, ...]

    @property
    def length(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    def half(self) -> Asked:
        """The later half of the days, of which the days before can be compared with."""
        return Asked(self.last - timedelta(days=self.length // 2 - 1), self.last, self.properties)

    def before(self) -> Asked:
        """As many days just before."""
        last = self.first - timedelta(days=1)
        return Asked(last - timedelta(days=self.length - 1), last, self.properties)

    def variables(self) -> dict[str, str]:
        """Of the analyses."""
        return days(self.first, self.last) | {
            "discrepancy_properties": json.dumps(self.properties, ensure_ascii=False)
        }

    def parameters(self, property_id: str) -> dict[str, Any]:
        """Of a report."""
        scope = {"propertyId": property_id} if property_id else {}
        return {"from": self.first, "to": self.last} | scope


@dataclass(slots=True)
class Comparison:
    """Compares what reports answer with what raw rows say, window by window."""

    connection: Connection[DictRow]
    findings: Findings = field(default_factory=Findings)
    known_vitals: dict[Asked, dict[tuple[str, str], Figures]] = field(default_factory=dict)

    def summary(self, asked: Asked, baseline: Asked | None) -> None:
        """Of each property; with a baseline, the metrics and their changes alone."""
        rows, before = self._days(asked), self._days(baseline) if baseline else {}
        vitals = self._vitals(asked) if baseline is None else {}
        for property_id in asked.properties:
            answer = self._ask(
                summaries.summary,
                SummaryParameters(**asked.parameters(property_id), compareTo=baseline is not None),
            )
            answer["trend"] = {row.pop("day"): row for row in answer["trend"]}
            p95 = vitals.get((property_id, ALL), {}).get("ttfb")
            expected = _summary(rows[property_id], before.get(property_id), p95 and p95["p95"])
            if baseline is not None:
                answer, expected = ({"metrics": side["metrics"]} for side in (answer, expected))
            self._note(SUMMARY, asked, property_id, {}, answer, expected)

    def breakdowns(self, asked: Asked) -> None:
        """Of each property by each dimension."""
        rows: dict[tuple[str, str], list[Row]] = {}
        for row in self._recount("breakdowns", asked.variables()):
            rows.setdefault((row["dimension"], row["property_id"]), []).append(row)
        for by, keys in KEYS.items():
            for property_id in asked.properties:
                answer = self._ask(
                    breakdown,
                    BreakdownParameters.model_validate(
                        asked.parameters(property_id) | {"by": by, "limit": ROWS}
                    ),
                )
                answer["rows"] = _placed(answer["rows"], keys)
                expected = _breakdown(by, rows.get((by, property_id), []))
                self._note(BREAKDOWN, asked, property_id, {"by": by}, answer, expected)

    def vitals(self, asked: Asked) -> None:
        """Of each property, on each kind of device and on all of them."""
        found = self._vitals(asked)
        for property_id in asked.properties:
            for device_type in (None, *DeviceType):
                answer = self._ask(
                    web_vitals.vitals,
                    VitalsParameters(**asked.parameters(property_id), deviceType=device_type),
                )
                of_device = found.get((property_id, device_type or ALL), {})
                none = _vital("", {}, samples=0, good=0, poor=0)
                expected = {"vitals": {vital: of_device.get(vital, none) for vital in BOUNDS}}
                key = {"deviceType": device_type}
                self._note(VITALS, asked, property_id, key, answer, expected)

    def properties(self, first: date, last: date, only: str | None) -> None:
        """Which there are, of all time; of other days than these the mart is taken at its word."""
        rows = self._recount("properties", days(first, last))
        answer = self._ask(properties, PropertiesParameters(limit=ROWS))
        answer["properties"] = _placed(answer["properties"], ("propertyId",))
        expected: Figures = {
            "total": rows[0]["total"] if rows else 0,
            "properties": {
                row["property_id"]: {
                    "place": place,
                    "firstDay": row["first_day"].isoformat(),
                    "lastDay": row["last_day"].isoformat(),
                    "eventsAccepted": row["accepted"],
                    "eventsRejected": row["rejected"],
                }
                for place, row in enumerate(rows, 1)
            },
        }
        if only is not None:
            answer, expected = (side["properties"].get(only, {}) for side in (answer, expected))
        self._note(PROPERTIES, None, only or ALL, {}, answer, expected)

    def _ask(self, report: Callable[[Warehouse, Any], Figures], parameters: Any) -> Figures:
        answer = report(Snapshot(self.connection), parameters)
        return {name: answer[name] for name in answer if name not in NOT_FIGURES}

    def _recount(self, analysis: str, variables: dict[str, str]) -> list[Row]:
        known = watermarks(self.connection)
        query = render(f"reports/{analysis}_recount.sql", known | variables)
        return self.connection.execute(query.encode()).fetchall()

    def _days(self, asked: Asked) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self._recount("summary", asked.variables()):
            found.setdefault(row["property_id"], []).append(row)
        return found

    def _vitals(self, asked: Asked) -> dict[tuple[str, str], Figures]:
        """Of each property and device; two reports tell of them, and they are counted once."""
        if asked in self.known_vitals:
            return self.known_vitals[asked]
        found = self.known_vitals[asked] = {}
        for row in self._recount("vitals", asked.variables()):
            of_device = found.setdefault((row["property_id"], row["device_type"]), {})
            of_device[row["vital"]] = _vital(
                row["vital"],
                {name: float(value) for name, value in row["percentiles"].items()},
                samples=row["samples"],
                good=row["good"],
                poor=row["poor"],
            )
        return found

    def _note(
        self,
        report: str,
        asked: Asked | None,
        property_id: str,
        key: Mapping[str, Any],
        answer: Figures,
        expected: Figures,
    ) -> None:
        window = {} if asked is None else {"from": f"{asked.first}", "to": f"{asked.last}"}
        self.findings.differences += [
            Difference(report, property_id or None, None, {**window, **key}, measure, rollup, raw)
            for measure, rollup, raw in unequal(answer, expected)
        ]


def compare_with_raw(
    url: str,
    *,
    first: date,
    last: date,
    property_id: str | None = None,
    names: Collection[str] = EVERYTHING,
) -> Findings:
    """Compare the named marts and reports with raw rows, all as of one moment.

    Raises NothingBuiltError and psycopg.Error.
    """
    marts = [name for name in MARTS if name in names]
    reports = [name for name in REPORTS if name in names]
    scope: Scope = {"first": first, "last": last, "property_id": property_id}
    with snapshot(url) as connection:
        of_marts = compare_marts(connection, marts, **scope) if marts else Findings()
        of_reports = compare_reports(connection, reports, **scope) if reports else Findings()
    return Findings(
        of_marts.compared + of_reports.compared,
        of_marts.left_out | of_reports.left_out,
        of_marts.differences + of_reports.differences,
    )


def compare_reports(
    connection: Connection[DictRow],
    reports: Collection[str],
    *,
    first: date,
    last: date,
    property_id: str | None,
) -> Findings:
    """Compare these reports over the days that raw holds, with and without a comparison."""
    if not is_there(connection, "analytics_state.raw_horizon"):
        raise NothingBuiltError
    [horizon] = connection.execute(HELD_FROM).fetchall()
    first = max(first, horizon["held_from"] or first, last - timedelta(days=MAX_DAYS - 1))
    comparison = Comparison(connection)
    for report in reports:
        if reason := _cannot(connection, report, first, last):
            comparison.findings.left_out[report] = reason
            continue
        asked = Asked(first, last, _properties(connection, first, last, property_id))
        if report == SUMMARY:
            comparison.summary(asked, None)
            if asked.length > 1:
                comparison.summary(asked.half(), asked.half().before())
        elif report == BREAKDOWN:
            comparison.breakdowns(asked)
        elif report == VITALS:
            comparison.vitals(asked)
        else:
            comparison.properties(first, last, property_id)
        comparison.findings.compared.append(report)
    return comparison.findings


def _cannot(connection: Connection[DictRow], report: str, first: date, last: date) -> str | None:
    """Why a report cannot be compared now, if so."""
    marts = set(REPORTS[report])
    rows = connection.execute(RECEIVED_THROUGH, {"marts": list(marts)}).fetchall()
    reached = {row["received_through"] for row in rows}
    if len(rows) < len(marts):
        return "a mart that it reads is not built"
    if len(reached) > 1:
        return "the marts that it reads have counted different rows until the next whole build"
    if first > last:
        return "raw holds none of these days"
    [waiting] = connection.execute(
        WAITING_ERASURES, {"received_through": reached.pop(), "first": first, "last": last}
    ).fetchall()
    return "an erasure waits for the next build" if waiting["erasures"] else None


def _properties(
    connection: Connection[DictRow], first: date, last: date, only: str | None
) -> tuple[str, ...]:
    if only is not None:
        return (only,)
    rows = connection.execute(
        LARGEST, {"first": first, "last": last, "limit": PROPERTIES_ASKED}
    ).fetchall()
    return (ALL, *(row["property_id"] for row in rows))


def _summary(rows: Sequence[Row], before: Sequence[Row] | None, p95: float | None) -> Figures:
    """What a summary must answer; the row without a day is the window's."""
    total, baseline = _metrics(rows), _metrics(before) if before else None
    [window] = [row for row in rows if row["day"] is None]
    events, rejected = window["events"], window["rejected"]
    return {
        "metrics": {
            name: {
                "value": value,
                "delta": (value - baseline[name]) / baseline[name]
                if baseline and baseline[name]
                else None,
            }
            for name, value in total.items()
        }
        | {
            "trafficSourceMix": {
                source: _share(window["events_by_source"].get(source, 0), events)
                for source in SOURCES
            }
        },
        "ingest": {
            "successPct": _share(events, events + rejected),
            "p95TtfbMs": None if p95 is None else round(p95),
            "totalEventsAccepted": events,
            "totalEventsRejected": rejected,
        },
        "trend": {
            row["day"].isoformat(): {
                "uniqueVisitors": row["unique_visitors"],
                "pageViews": row["page_views"],
                "newLeads": row["new_leads"],
            }
            for row in rows
            if row["day"] is not None
        },
    }


def _metrics(rows: Sequence[Row]) -> dict[str, float]:
    [total] = [row for row in rows if row["day"] is None]
    visitors, leads = total["unique_visitors"], total["new_leads"]
    return {
        "uniqueVisitors": visitors,
        "returningVisitorsPct": _share(total["returning_visitors"], visitors),
        "totalPageViews": total["page_views"],
        "leadCaptureRate": _share(leads, visitors),
        "formCompletionRate": _share(total["form_submits"], total["form_starts"]),
        "landingPageConversionRate": _share(total["conversions"], total["entrances"]),
        "avgTimeToFirstCaptureHrs": _share(total["capture_ms"], leads) / MS_PER_HOUR,
    }


def _breakdown(by: str, rows: Sequence[Row]) -> Figures:
    told: dict[str, Figures] = {}
    for place, row in enumerate(rows, 1):
        measures = row["measures"]
        if by == "event_type":
            measures = {name: measures[name] for name in OF_EVENT_TYPES}
        if by in RATES:
            name, part, whole = RATES[by]
            measures = measures | {name: _share(measures[part], measures[whole])}
        share = _share(row["ranked_by"], row["whole"])
        told[" / ".join(row["entry"])] = {"place": place, "share": share} | measures
    return {"total": rows[0]["total"] if rows else 0, "rows": told}


def _vital(
    vital: str, percentiles: Mapping[str, float], *, samples: int, good: int, poor: int
) -> Figures:
    scaled = {
        name: percentiles[name] / (1000 if vital == "cls" else 1) if percentiles else None
        for name in ("p50", "p75", "p95")
    }
    return {
        "samples": samples,
        **scaled,
        "rating": _rating(vital, scaled["p75"]),
        "shares": {
            "good": _share(good, samples),
            "needsImprovement": _share(samples - good - poor, samples),
            "poor": _share(poor, samples),
        },
    }


def _rating(vital: str, p75: float | None) -> str | None:
    if p75 is None:
        return None
    good_up_to, poor_above = BOUNDS[vital]
    if p75 > poor_above:
        return "poor"
    return "good" if p75 <= good_up_to else "needs improvement"


def _placed(rows: Sequence[Row], keys: Sequence[str]) -> dict[str, Figures]:
    """Rows by their names, each with its place."""
    return {
        " / ".join(row[key] for key in keys): {"place": place}
        | {name: value for name, value in row.items() if name not in keys}
        for place, row in enumerate(rows, 1)
    }


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
