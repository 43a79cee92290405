"""What the address of a page of the dashboard means: days, comparison, steps of the chart, clocks."""

from __future__ import annotations

from datetime import date

import pytest

from ingest_app.dashboard import words
from ingest_app.dashboard.parts import parts
from ingest_app.dashboard.view import WINDOWS, WrongAddressError, read_view
from ingest_app.reports.windows import Bucket

WEDNESDAY = date(2028, 3, 1)


def days(first: str, last: str) -> tuple[date, date]:
    return date.fromisoformat(first), date.fromisoformat(last)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("today", days("2028-03-01", "2028-03-01")),
        ("yesterday", days("2028-02-29", "2028-02-29")),
        ("7", days("2028-02-23", "2028-02-29")),
        ("28", days("2028-02-02", "2028-02-29")),
        ("90", days("2027-12-02", "2028-02-29")),
        ("month", days("2028-03-01", "2028-03-01")),
        ("last-month", days("2028-02-01", "2028-02-29")),
        ("year", days("2028-01-01", "2028-03-01")),
    ],
)
def test_each_window_has_its_days(name: str, shown: tuple[date, date]) -> None:
    window = read_view("/", {"window": name}, today=WEDNESDAY).window
    assert (window.from_day, window.to_day) == shown


def test_every_window_is_named_above() -> None:
    assert [*WINDOWS] == ["today", "yesterday", "7", "28", "90", "month", "last-month", "year"]


@pytest.mark.parametrize(
    ("compare", "before"),
    [
        ("previous", days("2028-02-18", "2028-02-23")),
        ("weekday", days("2028-02-17", "2028-02-22")),
        ("year", days("2027-02-24", "2027-03-01")),
        ("none", None),
    ],
)
def test_each_comparison_has_its_days(compare: str, before: tuple[date, date] | None) -> None:
    """Six days, Thursday to Tuesday, with the leap day among them."""
    asked = {"window": "custom", "from": "2028-02-24", "to": "2028-02-29", "compare": compare}
    baseline = read_view("/", asked, today=WEDNESDAY).baseline
    assert (baseline and (baseline.from_day, baseline.to_day)) == before


@pytest.mark.parametrize(
    ("length", "usual", "others"),
    [
        (1, "hour", {"day"}),
        (2, "day", {"hour"}),
        (7, "day", {"hour"}),
        (28, "day", {"week"}),
        (90, "day", {"week", "month"}),
        (366, "week", {"day", "month"}),
    ],
)
def test_the_steps_of_a_chart_suit_the_window(length: int, usual: str, others: set[str]) -> None:
    last = date.fromordinal(date(2026, 1, 1).toordinal() + length - 1)
    asked = {"window": "custom", "from": "2026-01-01", "to": f"{last}"}
    assert read_view("/", asked, today=WEDNESDAY).step == usual
    for step in Bucket:
        found = read_view("/", asked | {"step": step}, today=WEDNESDAY).step
        assert found == (step if step in {usual, *others} else usual)


def test_a_day_is_over_when_the_last_of_its_clocks_says_so() -> None:
    zones = ("UTC", "Pacific/Kiritimati", "Pacific/Niue")
    instant = "2026-11-28T09:30:00+00:00"
    view = read_view("/", {}, today=WEDNESDAY, zones=zones)
    assert view.clock(instant).isoformat() == "2026-11-27T22:30:00"
    of_one = read_view("/", {}, today=WEDNESDAY, zones=zones[1:2])
    assert of_one.clock(instant).isoformat() == "2026-11-28T23:30:00"


def test_a_link_keeps_the_filters_and_changes_one_thing() -> None:
    said = ["country_code:DE", "landing_path:/a?b=c&d:e"]
    view = read_view("/", {"window": "28"}, today=WEDNESDAY, filters=[*said, "", said[0]])
    assert [str(one) for one in view.filters] == said
    kept = "filter=country_code%3ADE&filter=landing_path%3A%2Fa%3Fb%3Dc%26d%3Ae"
    assert view.link() == f"/?window=28&{kept}"
    assert view.link("/dashboard/list", by="page") == f"/dashboard/list?window=28&by=page&{kept}"
    assert view.filtered(view.filters[1]) == "/?window=28&filter=country_code%3ADE"
    assert view.link(filters=()) == "/?window=28"


@pytest.mark.parametrize(
    "day", ["20260331", "2026-W14-2", "2026-3-31", "2026-02-30", "31.03.2026", "٢٠٢٦-03-31", ""]
)
def test_a_day_is_written_in_one_way(day: str) -> None:
    said = {"window": "custom", "from": "2026-03-31", "to": "2026-03-31"}
    assert read_view("/", said, today=WEDNESDAY).window.from_day == date(2026, 3, 31)
    wrong = "“from” must be a day that exists, written like 2026-03-31"
    with pytest.raises(WrongAddressError, match=wrong):
        read_view("/", said | {"from": day}, today=WEDNESDAY)


def test_no_window_begins_before_the_first_day_that_anybody_may_ask_for() -> None:
    said = {"window": "custom", "from": "1899-12-31", "to": "1900-01-01"}
    with pytest.raises(WrongAddressError, match="“from” must not be before 1900-01-01"):
        read_view("/", said, today=WEDNESDAY)


def test_no_window_ends_where_the_calendar_does() -> None:
    said = {"window": "custom", "from": "9999-12-30", "to": "9999-12-30"}
    (begin, end), *_ = parts(read_view("/", said, today=WEDNESDAY).window, Bucket.DAY)
    assert (begin.date(), end.date()) == days("9999-12-30", "9999-12-31")
    with pytest.raises(WrongAddressError, match="“to” must be before 9999-12-31"):
        read_view("/", said | {"to": "9999-12-31"}, today=WEDNESDAY)


def test_a_property_that_no_database_can_hold_is_refused() -> None:
    with pytest.raises(WrongAddressError, match="“property” must not contain the NUL character"):
        read_view("/", {"property": "shop\x00.example"}, today=WEDNESDAY)


def test_filters_that_cannot_be_are_refused() -> None:
    for filters in (["a"], ["country_code:"], ["is_returning:maybe"], ["color:red"]):
        with pytest.raises(WrongAddressError, match="A filter "):
            read_view("/", {}, today=WEDNESDAY, filters=filters)


@pytest.mark.parametrize(
    ("preferred", "name"),
    [
        (["de-CH", "fr"], "Deutschland"),
        (["fr"], "Allemagne"),
        (["xx", "fr-CA"], "Allemagne"),
        (["*", "../../etc", ""], "Germany"),
        ([], "Germany"),
    ],
)
def test_a_country_has_a_name_in_the_first_language_that_is_known(
    preferred: list[str], name: str
) -> None:
    assert words.country("DE", words.language_of(preferred)) == name


def test_what_is_no_country_stays_as_it_is() -> None:
    assert words.country("unknown", "de") == "unknown"
