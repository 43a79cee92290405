"""People and percentiles of any window of days are exact, though marts know only days."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from ingest_app.store.writer import Writer
from tests.support.arrivals import events
from tests.support.dbt import Dbt
from tests.support.recount.facts import VITALS, Hit, read_facts
from tests.support.recount.windows import Window, window_percentile, window_visitors
from tests.support.visits import DEVICES, random_visit

Connection = psycopg.Connection[dict[str, Any]]

FIRST_DAY = datetime(2026, 2, 10, tzinfo=UTC)
DAYS = [FIRST_DAY + timedelta(days=n) for n in range(24)]
PROPERTIES = ("shop.example", "docs.example", "blog.example")
COUNTRIES = ("DE", "FR", "US", "unknown")
SHARES = (0, 0.05, 0.5, 0.75, 0.95, 1)
WINDOWS = 120


@pytest.fixture(scope="module")
def rng() -> random.Random:
    return random.Random(20260210)


@pytest.fixture(scope="module")
def hits(database: str, writer: Writer, dbt: Dbt, rng: random.Random) -> list[Hit]:
    """What was built; two of the days have nothing."""
    days = [day for n, day in enumerate(DAYS) if n not in (3, 17)]
    for _ in range(500):
        visit = random_visit(
            rng,
            day=rng.choice(days),
            visitor=f"visitor-{int(rng.paretovariate(0.7)) % 150:04}",
            properties=PROPERTIES,
        )
        writer.write(events(visit))
    dbt.run_models()
    with psycopg.connect(database, row_factory=psycopg.rows.dict_row) as connection:
        return read_facts(connection).hits


@pytest.fixture(scope="module")
def windows(rng: random.Random) -> list[Window]:
    return [random_window(rng) for _ in range(WINDOWS)]


def some(rng: random.Random, values: Sequence[str]) -> str | None:
    """One of them, or None as often."""
    return rng.choice(values) if rng.random() < 0.5 else None


def random_window(rng: random.Random) -> Window:
    """A window of one day to all, now and then one of days or a property that nobody knows."""
    ends = sorted(FIRST_DAY.date() + timedelta(days=rng.randrange(-3, 28)) for _ in range(2))
    return Window(
        *ends,
        property_id=some(rng, (*PROPERTIES, "nobody.example")),
        device_type=some(rng, DEVICES),
        country_code=some(rng, COUNTRIES),
    )


def macro_arguments(
    window: Window, named: Sequence[str] = ("property_id", "device_type", "country_code")
) -> str:
    """As an analyst writes them."""
    given = [f"'{window.from_day}'", f"'{window.to_day}'"]
    return ", ".join(
        given + [f"{name}='{value}'" for name in named if (value := getattr(window, name))]
    )


def compiled(dbt: Dbt, queries: Sequence[str]) -> str:
    """Queries that call macros, as one that has a row for each, in their order."""
    inline = " union all ".join(
        f"select {place} as place, answer.* from ({query}) as answer"
        for place, query in enumerate(queries)
    )
    run = dbt.run("compile", "--quiet", "--inline", inline)
    assert run.is_success, run.output
    return f"{run.output} order by place"


def test_people_of_any_window_count_once(
    dbt: Dbt, connection: Connection, hits: list[Hit], windows: list[Window]
) -> None:
    query = compiled(
        dbt, [f"{{{{ window_visitors({macro_arguments(window)}) }}}}" for window in windows]
    )
    rows = connection.execute(query.encode()).fetchall()
    told = [(row["unique_visitors"], row["returning_visitors"]) for row in rows]
    expected = [window_visitors(hits, window) for window in windows]
    assert dict(zip(windows, told, strict=True)) == dict(zip(windows, expected, strict=True))
    assert {unique == 0 for unique, _ in expected} == {False, True}
    assert any(0 < returning < unique for unique, returning in expected)


def test_percentiles_of_any_window_are_those_of_its_raw_values(
    dbt: Dbt,
    connection: Connection,
    hits: list[Hit],
    windows: list[Window],
    rng: random.Random,
) -> None:
    # The histogram knows no country.
    asked = [
        (replace(window, country_code=None), rng.choice([*VITALS]), rng.choice(SHARES))
        for window in windows
    ]
    named = ("property_id", "device_type")
    query = compiled(
        dbt,
        [
            f"{{{{ window_percentile('{vital}', {share}, {macro_arguments(window, named)}) }}}}"
            for window, vital, share in asked
        ],
    )
    rows = connection.execute(query.encode()).fetchall()
    expected = [window_percentile(hits, *each) for each in asked]
    assert {samples == 0 for samples, _ in expected} == {False, True}
    for each, row, (samples, percentile) in zip(asked, rows, expected, strict=True):
        assert row["samples"] == samples, each
        assert row["percentile"] == (percentile and pytest.approx(percentile, rel=1e-12)), each
