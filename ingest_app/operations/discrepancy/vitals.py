"""The web vitals, on each kind of device and on all of them."""

from __future__ import annotations

from functools import partial

from ingest_app.enrichment.vitals import VITALS, Vital
from ingest_app.enrichment.vocabulary import DeviceType
from ingest_app.operations.discrepancy.comparison import ALL, Asked, Comparison, Figures, share
from ingest_app.reports.statements import Row
from ingest_app.reports.vitals import vitals

NAME = "report:vitals"
PERCENTILES = ("p50", "p75", "p95")


def compare_vitals(comparison: Comparison, asked: Asked) -> None:
    """Of each property, on each kind of device and on all of them."""
    recounted = recounted_vitals(comparison, asked)
    for property_id in asked.properties:
        window = asked.window(property_id)
        for device_type in (None, *DeviceType):
            answer = comparison.answer(partial(vitals, window=window, device_type=device_type))
            of_device = recounted.get((property_id, device_type or ALL), {})
            expected = {
                "vitals": {
                    vital.name: of_device.get(vital.name) or _vital(vital, None) for vital in VITALS
                }
            }
            key = {"deviceType": device_type}
            comparison.note(NAME, asked, property_id, key, answer, expected)


def recounted_vitals(comparison: Comparison, asked: Asked) -> dict[tuple[str, str], Figures]:
    """Of each property and device, by the names of vitals."""
    known = {vital.name: vital for vital in VITALS}
    found: dict[tuple[str, str], Figures] = {}
    for row in comparison.recount("vitals", asked.variables()):
        of_device = found.setdefault((row["property_id"], row["device_type"]), {})
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
