"""web_vital_distributions and daily_web_vitals."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import product
from typing import Any

from tests.support.recount.facts import Hit, percentile
from tests.support.recount.grouping import RowKey, Rows
from tests.support.recount.people import ALL_PROPERTIES

# The last good and the last not poor value: web.dev/articles/vitals. CLS in thousandths.
THRESHOLDS = {
    "lcp": (2500, 4000),
    "inp": (200, 500),
    "cls": (100, 250),
    "fcp": (1800, 3000),
    "ttfb": (800, 1800),
}
STEP_WIDTH = 64
# What stands for all devices of people together.
ALL_OF_PEOPLE = ""


def web_vital_distributions(hits: list[Hit]) -> Rows:
    """By property (or all), day, device type (or all of people) and vital."""
    distributions: dict[RowKey, list[int]] = defaultdict(list)
    for hit in hits:
        property_id, day = hit.key
        for vital, value in hit.vitals.items():
            devices = [hit.device_type] + [ALL_OF_PEOPLE] * (not hit.is_bot)
            for scope, device_type in product((property_id, ALL_PROPERTIES), devices):
                distributions[scope, day, device_type, vital].append(value)
    return {
        key: {
            "samples": len(values),
            "measured_values": [*of_values],
            "value_samples": [*of_values.values()],
            "steps": [*of_steps],
            "step_samples": [*of_steps.values()],
        }
        for key, values in distributions.items()
        for of_values in [Counter(sorted(values))]
        for of_steps in [Counter(value // STEP_WIDTH for value in sorted(values))]
    }


def daily_web_vitals(hits: list[Hit]) -> Rows:
    """By property, day, device type and vital."""
    measured: dict[RowKey, list[int]] = defaultdict(list)
    for hit in hits:
        for vital, value in hit.vitals.items():
            measured[*hit.key, hit.device_type, vital].append(value)
    return {key: summary(key[-1], values) for key, values in measured.items()}


def summary(vital: str, values: list[int]) -> dict[str, Any]:
    """Percentiles and ratings of the samples of a vital, of which there is at least one."""
    good_until, middling_until = THRESHOLDS[vital]
    good = sum(value <= good_until for value in values)
    poor = sum(value > middling_until for value in values)
    counts = {"good": good, "needs_improvement": len(values) - good - poor, "poor": poor}
    return {
        "samples": len(values),
        **{name: vital_percentile(vital, values, share) for name, share in SHARES.items()},
        **{f"{name}_samples": count for name, count in counts.items()},
        **{f"{name}_share": count / len(values) for name, count in counts.items()},
    }


SHARES = {"p50": 0.5, "p75": 0.75, "p95": 0.95}


def vital_percentile(vital: str, values: list[int], share: float) -> float:
    """In ms; of CLS without a unit, as it is published."""
    return percentile([float(value) for value in values], share) / (1000 if vital == "cls" else 1)
