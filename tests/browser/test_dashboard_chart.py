"""The chart of the dashboard: each step, measure and comparison is what the API says of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page

from tests.support.browser import require_chromium
from tests.support.dashboard import EVERY_VISIT, LAST_WEEK, SHOP, ask, percent, rows_of, whole
from tests.support.server import Server

require_chromium()

LAST = LAST_WEEK[1]
Write = Callable[[float], str]


def duration(milliseconds: float) -> str:
    seconds = round(milliseconds / 1000)
    return f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"


def mean(value: float) -> str:
    return f"{value:.2f}"


def of_visits(name: str) -> Callable[[dict[str, Any]], float]:
    return lambda bucket: bucket["visits"][name]


# Of a part without visits these are not known.
BY_VISITS = ("depth", "bounce", "engaged", "converted")
MEASURES: dict[str, tuple[Callable[[dict[str, Any]], float], Write]] = {
    "visitors": (lambda bucket: bucket["visitors"], whole),
    "visits": (lambda bucket: bucket["sessions"], whole),
    "views": (lambda bucket: bucket["pageViews"], whole),
    "depth": (of_visits("viewsPerSession"), mean),
    "bounce": (lambda bucket: bucket["bounceRate"], percent),
    "engaged": (of_visits("engagedMsPerSession"), duration),
    "conversions": (of_visits("conversions"), whole),
    "converted": (of_visits("conversionRate"), percent),
    "leads": (lambda bucket: bucket["newLeads"], whole),
}


def address(days: int, last: date = LAST, **more: str) -> tuple[str, dict[str, Any]]:
    """A window of the dashboard, and the same for the API."""
    asked = {"from": f"{last - timedelta(days=days - 1)}", "to": f"{last}"}
    return f"/?{urlencode({'window': 'custom'} | asked | more)}", asked


@pytest.mark.parametrize(
    ("days", "step", "compare", "measures"),
    [
        (7, "day", "weekday", ["visitors", "depth", "engaged", "converted", "leads"]),
        (7, "hour", "previous", ["visits", "views", "bounce", "conversions"]),
        (3, "hour", "none", ["depth", "visitors"]),
        (24, "week", "previous", ["conversions", "visitors", "leads"]),
        (90, "month", "year", ["visits", "views"]),
    ],
)
def test_every_step_and_measure_is_what_the_api_says(
    plain: Page, dashboard: Server, days: int, step: str, compare: str, measures: list[str]
) -> None:
    for measure in measures:
        path, window = address(days, step=step, compare=compare, measure=measure, property=SHOP)
        plain.goto(path)
        asked: dict[str, Any] = window | {"propertyId": SHOP, "by": step}
        if compare != "none":
            asked["compareTo"] = compare
        if measure == "leads":
            asked["audience"] = "all"
        if step == "hour" and measure in ("depth", "conversions"):
            asked["filter"] = EVERY_VISIT
        told = ask(dashboard, "trend", **asked)
        value, write = MEASURES[measure]
        plain.locator(".drawn summary").click()
        shown = rows_of(plain, ".drawn")
        dash = "\N{EN DASH}"
        expected, before = (
            [
                write(value(bucket)) if measure not in BY_VISITS or bucket["sessions"] else dash
                for bucket in buckets or []
            ]
            for buckets in (told["buckets"], told["before"])
        )
        assert [row[1] for row in shown] == [
            now or dash for now, _ in zip_longest(expected, before)
        ], measure
        if compare == "none":
            assert {len(row) for row in shown} == {2}
            assert plain.locator(".chart.desk polyline.before").count() == 0
        else:
            assert [row[3] for row in shown] == [
                then or dash for _, then in zip_longest(expected, before)
            ], measure
            lines = plain.locator(".chart.desk polyline.before").count()
            assert lines >= 1 if measure in BY_VISITS else lines == 1
        assert plain.locator(".drawn .tabs a[aria-current]").inner_text() == f"by {step}"
        assert plain.locator(f"#card-{measure}.open").count() == 1
        assert len({*expected}) > 1 or measure == "leads"


def test_a_part_that_is_cut_says_its_days(plain: Page) -> None:
    last = date(2026, 11, 12)
    plain.goto(address(18, last, step="week", compare="none")[0])
    plain.locator(".drawn summary").click()
    names = [row[0] for row in rows_of(plain, ".drawn")]
    assert names == ["26 Oct to 1 Nov 2026", "2 to 8 Nov 2026", "9 to 12 Nov 2026"]
    plain.goto(address(75, last, step="month", compare="none")[0])
    plain.locator(".drawn summary").click()
    names = [row[0] for row in rows_of(plain, ".drawn")]
    assert names == ["30 to 31 Aug 2026", "September 2026", "October 2026", "1 to 12 Nov 2026"]


@pytest.mark.parametrize(("step", "length"), [("hour", 1), ("day", 24)])
def test_what_is_not_over_is_drawn_apart_and_what_has_not_begun_not_at_all(
    plain: Page, dashboard: Server, step: str, length: int
) -> None:
    # The clock is the one of the last build, so the days that are shown need no "today".
    told = ask(dashboard, "summary")["freshness"]["generatedAt"]
    counted = datetime.fromisoformat(told).replace(tzinfo=None)
    path, _ = address(5, counted.date() + timedelta(days=2), step=step, property=SHOP)
    plain.goto(path)
    plain.locator(".drawn summary").click()
    shown = rows_of(plain, ".drawn")
    first = datetime.combine(counted.date() - timedelta(days=2), datetime.min.time())
    starts = [first + timedelta(hours=length * number) for number in range(len(shown))]
    assert len(shown) == 5 * 24 // length
    for start, row in zip(starts, shown, strict=True):
        is_begun, is_over = start < counted, start + timedelta(hours=length) <= counted
        assert ("(not begun)" in row[0]) == (not is_begun), row
        assert ("(not complete)" in row[0]) == (is_begun and not is_over), row
        assert (row[1] == "\N{EN DASH}") == (not is_begun), row
    assert plain.locator(".chart.desk polyline.now.open").count() == 1
    begun = sum(start < counted for start in starts)
    dots = plain.locator(".chart.desk .dot").count()
    assert dots == (0 if len(shown) > 100 else begun)
    assert plain.locator(".legend").inner_text().count("not complete yet") == 1
