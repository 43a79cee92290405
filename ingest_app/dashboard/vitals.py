"""The page of one web vital: by device, and over time beside the published bounds."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from ingest_app.dashboard import words
from ingest_app.dashboard.charts import Point, Series, line_chart
from ingest_app.dashboard.parts import parts
from ingest_app.dashboard.view import View
from ingest_app.enrichment.vitals import VITALS
from ingest_app.enrichment.vocabulary import DeviceType
from ingest_app.reports.vitals import over_time, vitals
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import Audience, Bucket, Window

NAMES = {
    "lcp": "Largest paint",
    "inp": "Response to input",
    "cls": "Layout shift",
    "fcp": "First paint",
    "ttfb": "First byte",
}
BY_NAME = {vital.name: vital for vital in VITALS}
# The devices of which an audience is told apart; bots are one.
DEVICES = {
    Audience.PEOPLE: tuple(device for device in DeviceType if device is not DeviceType.BOT),
    Audience.ALL: tuple(DeviceType),
    Audience.BOTS: (),
}


def device_of(view: View) -> str | None:
    """The kind of device that is looked at, or None for all of them."""
    said = view.get("device")
    return said if said in DEVICES[view.window.audience] else None


def vitals_panel(warehouse: Warehouse, view: View) -> dict[str, Any]:
    """All vitals of the devices that are looked at."""
    device = device_of(view)
    return {
        "vitals": vitals(warehouse, _of_all_visits(view), device_type=device)["vitals"],
        "vital_names": NAMES,
        "device": device,
        "devices": DEVICES[view.window.audience],
    }


def one_vital(warehouse: Warehouse, view: View) -> dict[str, Any]:
    """What the template of the page shows. Raises MartsNotBuiltError, MartsUnavailableError."""
    said = view.get("vital")
    vital = BY_NAME[said if said in NAMES else next(iter(NAMES))]
    window = _of_all_visits(view)
    device = device_of(view)
    # Vitals are known by the day.
    step = Bucket.DAY if view.step is Bucket.HOUR else view.step
    told = vitals(warehouse, window)
    by_device = {
        kind: vitals(warehouse, window, device_type=kind)["vitals"][vital.name]
        for kind in DEVICES[window.audience]
    }
    values = over_time(warehouse, window, vital, by=step, device_type=device)
    counted = view.clock(told["freshness"]["generatedAt"])
    points = [
        Point(
            name=words.bucket(step, start, end),
            short=words.short_bucket(step, start),
            value=value,
            is_begun=start < counted,
            is_open=end > counted,
        )
        for (start, end), value in zip(parts(window, step), values, strict=True)
    ]
    series = Series(
        name=f"{NAMES[vital.name]}, p75",
        step=words.STEPS[step],
        points=points,
        write=partial(words.vital, vital.name),
        bounds=((vital.good_up_to, "good"), (vital.poor_above, "poor")),
    )
    return {
        "vital": vital,
        "names": NAMES,
        "series": series,
        "step": step,
        "steps": [one for one in view.steps if one is not Bucket.HOUR],
        "chart": line_chart(series),
        "all": told["vitals"][vital.name],
        "by_device": {kind: told for kind, told in by_device.items() if told["samples"]},
        "device": device,
        "freshness": told["freshness"],
    }


def _of_all_visits(view: View) -> Window:
    """Vitals are of page views, and know nothing of the visits that these belong to."""
    return replace(view.window, filters=(), comparison=None)
