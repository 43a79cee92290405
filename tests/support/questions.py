"""Reports of visits, asked at random, beside the recount."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest

from ingest_app.reports import visits as reports
from ingest_app.reports.breakdown import breakdown
from ingest_app.reports.trend import trend
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import Audience, Bucket, Filter, FilterBy
from ingest_app.reports.windows import Window as Asked
from tests.support.recount import visits
from tests.support.recount.closed import Closed
from tests.support.recount.facts import first_sights, read_facts
from tests.support.recount.windows import Window

Connection = psycopg.Connection[dict[str, Any]]

QUESTIONS = 12
IS_BOT = {Audience.ALL: None, Audience.PEOPLE: False, Audience.BOTS: True}


def assert_filtered_reports_equal_recount(
    rng: random.Random,
    warehouse: Warehouse,
    connection: Connection,
    closed: Closed,
    days: tuple[date, date],
) -> None:
    """Summary, breakdown and trend of visits on days that raw holds; most questions find some."""
    hits = [*closed.hits, *read_facts(connection).hits]
    first = first_sights(hits)
    everything = visits.visits_of(hits, Window(*days), closed=closed)
    for _ in range(QUESTIONS if everything else 0):
        like = rng.choice(everything)
        begin, end = sorted(rng.choice((like, rng.choice(everything))).day for _ in range(2))
        property_id = rng.choice((None, like.entry.property_id))
        audience = rng.choice([*Audience])
        # Of one visit, so that some visit has them all; now and then of another one.
        filters = [
            (
                by,
                visits.told(like if rng.random() < 0.8 else rng.choice(everything), by, first),
            )
            for by in rng.choices([*visits.FILTERS, "is_returning"], k=rng.choice((1, 2, 2, 3)))
        ]
        window = Window(begin, end, property_id, is_bot=IS_BOT[audience])
        asked = Asked(
            begin,
            end,
            property_id,
            audience,
            tuple(Filter(FilterBy(by), value) for by, value in filters),
        )
        summary = reports.summary(warehouse, asked)["metrics"]
        assert {name: one["value"] for name, one in summary.items()} == approximately(
            visits.figures(visits.visits_of(hits, window, filters, closed))
        ), asked
        # Without filters, visits by their source and all together are sums of days.
        whole = replace(asked, filters=())
        assert reports.breakdown(warehouse, whole, by="traffic_source", limit=1000)[
            "rows"
        ] == approximately(visits.breakdown(hits, window, "traffic_source", closed=closed)), whole
        expected = visits.figures(visits.visits_of(hits, window, closed=closed))
        metrics = reports.summary(warehouse, whole)["metrics"]
        assert {name: one["value"] for name, one in metrics.items()} == approximately(
            {name: value for name, value in expected.items() if name != "visitors"}
        ), whole
        by = rng.choice([*visits.KEYS])
        assert breakdown(warehouse, asked, by=by, limit=1000)["rows"] == approximately(
            visits.breakdown(hits, window, by, filters, closed)
        ), (by, asked)
        bucket = rng.choice([*Bucket])
        assert trend(warehouse, asked, by=bucket)["buckets"] == approximately(
            visits.buckets(hits, window, bucket, filters, closed=closed)
        ), (bucket, asked)


def approximately(value: Any) -> Any:
    """Ratios, which may be formed in another order."""
    if isinstance(value, float):
        return pytest.approx(value, rel=1e-9, abs=1e-12)
    if isinstance(value, dict):
        return {name: approximately(inner) for name, inner in value.items()}
    return [approximately(inner) for inner in value] if isinstance(value, list) else value
