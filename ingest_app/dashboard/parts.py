"""The parts of a window, as charts draw them."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from ingest_app.reports.trend import starts
from ingest_app.reports.windows import Bucket, Window


def parts(window: Window, step: Bucket) -> list[tuple[datetime, datetime]]:
    """When each part of a window begins and ends, by the clocks of its days."""
    begins = [
        one if isinstance(one, datetime) else datetime.combine(one, time())
        for one in starts(window, step)
    ]
    end = datetime.combine(window.to_day + timedelta(days=1), time())
    return list(zip(begins, [*begins[1:], end], strict=True))
