"""The web vitals, on each kind of device and on all of them."""

from __future__ import annotations

from functools import partial

from ingest_app.enrichment.vitals import VITALS, Vital
from ingest_app.enrichment.vocabulary import DeviceType
from ingest_app.operations.discrepancy.comparison import (
    ALL,
    Asked,
    Comparison,
    Figures,
    Recounted,
    share,
)
from ingest_app.reports.statements import Row
from ingest_app.reports.vitals import vitals
from ingest_app.reports.windows import Audience

NAME = "report:vitals"
PERCENTILES = ("p50", "p75", "p95")
# Whose vitals are asked for, and on which devices: of an audience on all of its own.
ASKED: tuple[tuple[Audience, DeviceType | None], ...] = (
    *((audience, None) for audience in Audience),
    *((Audience.ALL, device_type) for device_type in DeviceType),
)


def compare_vitals(comparison: Comparison, asked: Asked) -> None:
    """Of each property, of each audience, and on each kind of device."""
    recounted = recounted_vitals(comparison, asked)
    for property_id in asked.properties:
        for audience, device_type in ASKED:
            window = asked.window(property_id, audience)
            answer = comparison.answer(partial(vitals, window=window, device_type=device_type))
            told = recounted.get((property_id, audience, device_type or ALL), {})
            expected = {
                "vitals": {
                    vital.name: told.get(vital.name) or _vital(vital, None) for vital in VITALS
                }
            }
            key = {"audience": audience, "deviceType": device_type}
            comparison.note(NAME, asked, property_id, key, answer, expected)


def recounted_vitals(comparison: Comparison, asked: Asked) -> Recounted:
    """Each by the names of vitals."""
    known = {vital.name: vital for vital in VITALS}
    found: Recounted = {}
    for row in comparison.recount("vitals", asked.variables()):
        place = row["property_id"], row["audience"], row["device_type"]
        of_device = found.setdefault(place, {})
        of_device[row["vital"]] = _vital(known[row["vital"]], row)
    return found


def _vital(vital: Vital, row: Row | None) -> Figures:
    """What the report must say of a vital; without a row there is no sample of it."""
    samples, good, poor = (row["samples"], row["good"], row["poor"]) if row else (0, 0, 0)
    values = [value / vital.scale for value in row["percentiles"]] if row else [None] * 3
    percentiles = dict(zip(PERCENTILES, values, strict=True))
    return {
        "samples": samples,
        **percentiles,
        "rating": _rating(vital, percentiles["p75"]),
        "shares": {
            "good": share(good, samples),
            "needsImprovement": share(samples - good - poor, samples),
            "poor": share(poor, samples),
        },
    }


def _rating(vital: Vital, p75: float | None) -> str | None:
    if p75 is None:
        return None
    if p75 > vital.poor_above:
        return "poor"
    return "good" if p75 <= vital.good_up_to else "needs improvement"
