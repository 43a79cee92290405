"""What is going on now: the line on every page of a property, and the page of the last half hour."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ingest_app.dashboard import words
from ingest_app.dashboard.charts import Point, Series, line_chart
from ingest_app.dashboard.view import View
from ingest_app.reports.realtime import realtime, visitors_now
from ingest_app.reports.warehouse import MartsUnavailableError, Warehouse

logger = logging.getLogger(__name__)

# How often the page of the last half hour looks again.
REFRESH_SECONDS = 15


def line(warehouse: Warehouse, view: View) -> int | None:
    """The visitors of the last five minutes; None where it is not known, or not of one property."""
    if view.property_id is None:
        return None
    try:
        return visitors_now(warehouse, view.property_id, audience=view.window.audience)
    except MartsUnavailableError as error:
        # The numbers of the marts are what the page is for.
        logger.warning("who is there now was not told: %s", str(error).partition("\n")[0])
        return None


def last_minutes(warehouse: Warehouse, view: View, property_id: str) -> dict[str, Any]:
    """What the template of the page shows. Raises MartsUnavailableError."""
    told = realtime(warehouse, property_id, audience=view.window.audience)
    [zone] = view.zones
    series = Series(
        name="Visitors",
        step="minute",
        points=[
            Point(
                name=(clock := _clock(minute["start"], zone)),
                short=clock,
                value=minute["visitors"],
            )
            for minute in told["minutes"]
        ],
        write=words.count,
        least=4,
    )
    return {"told": told, "series": series, "chart": line_chart(series)}


def _clock(instant: str, zone: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(ZoneInfo(zone)):%H:%M}"
