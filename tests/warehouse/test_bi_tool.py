"""What a BI tool does, by a plain client as the role of BI: it lists tables and asks questions."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.errors import RaiseException
from psycopg.rows import dict_row

from ingest_app.database.roles import BI, DBT
from tests.support.arrivals import events, writing
from tests.support.citus import DISTRIBUTED
from tests.support.cli import footfall
from tests.support.dbt import Dbt, DbtProcess
from tests.support.psql import psql
from tests.support.recount.dashboard import dashboard
from tests.support.recount.facts import Hit, read_facts
from tests.support.recount.grouping import RowKey, counted, grouped
from tests.support.recount.sessions import Visit, by_property, cut, grouped_visits, referrer_of
from tests.support.recount.windows import Window, window_percentile, window_visitors
from tests.support.roles import As
from tests.support.visits import random_visit

PROPERTIES = ("shop.example", "docs.example")
# Of each vital what is good up to, and poor above, as web.dev publishes it; cls in thousandths.
BOUNDS = {
    "ttfb": (800, 1800),
    "lcp": (2500, 4000),
    "fcp": (1800, 3000),
    "inp": (200, 500),
    "cls": (100, 250),
}
# As tools ask: what may I see, of which type, and what does it mean? Views of Citus are not asked for.
TABLES = """
    select
        table_schema,
        table_name,
        obj_description(format('%I.%I', table_schema, table_name)::regclass, 'pg_class') as comment
    from information_schema.tables
    where
        table_schema not in ('pg_catalog', 'information_schema')
        and not exists (
            select from pg_depend
            where
                classid = 'pg_class'::regclass
                and objid = format('%I.%I', table_schema, table_name)::regclass
                and deptype = 'e'
        )
"""
COLUMNS = """
    select
        table_name,
        column_name,
        data_type,
        col_description(format('%I.%I', table_schema, table_name)::regclass, ordinal_position)
            as comment
    from information_schema.columns
    where table_schema in ('analytics', 'analytics_bi')
"""


@pytest.fixture(scope="module")
def today() -> date:
    return datetime.now(UTC).date()


@pytest.fixture(scope="module")
def bi(as_role: As, today: date, target: Path, process: DbtProcess) -> str:
    """The URL of BI for a warehouse of forty days, built by its role."""
    owner = as_role("footfall")
    assert footfall("init-db", *DISTRIBUTED, database=owner).returncode == 0
    with psycopg.connect(as_role("postgres")) as connection:
        connection.execute("alter role footfall createrole")
    assert footfall("init-db", "--roles", database=owner).returncode == 0
    rng = random.Random(20261126)
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC)
    with writing(owner) as writer:
        for _ in range(300):
            day = midnight - timedelta(days=rng.randrange(1, 40))
            visitor = f"visitor-{rng.randrange(60):04}"
            writer.write(events(random_visit(rng, day=day, visitor=visitor, properties=PROPERTIES)))
    dbt = Dbt(as_role(DBT), target.parent, process)
    dbt.run_models()
    window = {"window_from": f"{today - timedelta(days=20)}", "window_to": f"{today}"}
    compiled = dbt.run("compile", "--vars", json.dumps(window))
    assert compiled.is_success, compiled.output
    return as_role(BI)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where dbt puts what it compiles."""
    return tmp_path_factory.mktemp("dbt") / "target"


@pytest.fixture(scope="module")
def marts(bi: str, target: Path) -> dict[str, Any]:
    """The nodes of all marts, and of the views of them, by name."""
    nodes = json.loads((target / "manifest.json").read_text())["nodes"].values()
    return {
        node["name"]: node
        for node in nodes
        if node["resource_type"] == "model" and node["fqn"][1] in ("marts", "bi")
    }


@pytest.fixture(scope="module")
def hits(bi: str, as_role: As) -> list[Hit]:
    with psycopg.connect(as_role("footfall"), row_factory=dict_row) as connection:
        return read_facts(connection).hits


def question(target: Path, name: str) -> str:
    return (target / "compiled" / "footfall" / "analyses" / f"{name}.sql").read_text()


def test_the_dashboard_answers_what_raw_says(
    bi: str, target: Path, hits: list[Hit], today: date
) -> None:
    window = Window(today - timedelta(days=28), today - timedelta(days=1))
    expected = dashboard(hits, window)
    assert any(not window.holds(hit) for hit in hits)
    answers = {
        row.pop("property_id"): row for row in psql(bi, question(target, "dashboard_questions"))
    }
    assert answers.keys() == expected.keys() == set(PROPERTIES)
    for property_id, answer in answers.items():
        assert answer.keys() == expected[property_id].keys()
        for name, value in expected[property_id].items():
            if isinstance(value, set):
                assert answer[name] in value
            else:
                assert float(answer[name]) == pytest.approx(value, rel=1e-12), name


def test_a_window_is_answered_as_raw_says(
    bi: str, target: Path, hits: list[Hit], today: date
) -> None:
    window = Window(today - timedelta(days=20), today)
    mobile = Window(window.from_day, window.to_day, device_type="mobile")
    unique, returning = window_visitors(hits, window)
    assert 0 < returning < unique
    expected = {
        "unique_visitors": unique,
        "returning_visitors": returning,
        "unique_visitors_on_mobile": window_visitors(hits, mobile)[0],
        "p95_ttfb_ms": window_percentile(hits, window, "ttfb", 0.95)[1],
        "p75_lcp_ms_on_mobile": window_percentile(hits, mobile, "lcp", 0.75)[1],
    }
    [answer] = psql(bi, question(target, "window_questions"))
    assert {name: float(value) for name, value in answer.items()} == pytest.approx(expected)


def sums(url: str, view: str, dimensions: str, measures: str) -> dict[RowKey, list[float]]:
    """What a tool gets that sums measures by dimensions, both with commas between."""
    names = dimensions.split(", ")
    totals = ", ".join(f"sum({measure}) as {measure}" for measure in measures.split(", "))
    query = f"select {dimensions}, {totals} from analytics_bi.{view} group by {dimensions}"
    return {
        tuple(row[name] for name in names): [float(row[name]) for name in measures.split(", ")]
        for row in psql(url, query)
    }


def audience(hit: Hit) -> str:
    return "bots" if hit.device_type == "bot" else "people"


@pytest.mark.parametrize(
    ("view", "dimensions", "key"),
    [
        ("traffic", "property, device", lambda hit: (hit.property_id, hit.device_type)),
        ("traffic", "audience, day", lambda hit: (audience(hit), f"{hit.key[1]}")),
        (
            "traffic_by_source",
            "property, source",
            lambda hit: (hit.property_id, hit.traffic_source),
        ),
        ("traffic_by_country", "country, audience", lambda hit: (hit.country_code, audience(hit))),
    ],
)
def test_traffic_that_is_summed_is_that_of_raw(
    bi: str, hits: list[Hit], view: str, dimensions: str, key: Callable[[Hit], RowKey]
) -> None:
    measures = ("events", "page_views", "entrances", "conversions")
    assert sums(bi, view, dimensions, ", ".join(measures)) == {
        place: [*counted(group, *measures).values()] for place, group in grouped(hits, key).items()
    }


def test_pages_vitals_and_ingest_that_are_summed_are_those_of_raw(bi: str, hits: list[Hit]) -> None:
    assert sums(bi, "pages", "page", "page_views, entrances, exits, conversions") == {
        place: [*counted(group, "page_views", "entrances", "exits", "conversions").values()]
        for place, group in grouped(hits, lambda hit: (hit.path,)).items()
    }
    rated = Counter(
        (vital, "good" if value <= good else "poor" if value > poor else "needs_improvement")
        for hit in hits
        for vital, value in hit.vitals.items()
        for good, poor in [BOUNDS[vital]]
    )
    assert sums(bi, "vitals", "vital", "good, needs_improvement, poor") == {
        (vital,): [rated[vital, name] for name in ("good", "needs_improvement", "poor")]
        for vital in BOUNDS
    }
    assert sums(bi, "ingest", "property", "accepted, rejected") == {
        place: [len(group), 0]
        for place, group in grouped(hits, lambda hit: (hit.property_id,)).items()
    }


@pytest.mark.parametrize(
    ("dimensions", "key"),
    [
        ("property, source", lambda visit: (visit.entry.property_id, visit.entry.traffic_source)),
        ("day, device", lambda visit: (f"{visit.day}", visit.entry.device_type)),
        ("referrer", lambda visit: (referrer_of(visit) or ("(not set)",))[:1]),
        ("audience, landing_page", lambda visit: (audience(visit.entry), visit.entry.path)),
        (
            "campaign, exit_page",
            lambda visit: ((visit.utm or (None,) * 3)[2] or "(not set)", visit.last.path),
        ),
    ],
)
def test_visits_that_are_summed_are_those_of_raw(
    bi: str, hits: list[Hit], dimensions: str, key: Callable[[Visit], RowKey]
) -> None:
    measures = "visits, bounces, converted_visits, page_views, conversions, engaged_seconds"
    expected = {
        place: [
            len(visits),
            sum(visit.is_bounce for visit in visits),
            sum(visit.is_converted for visit in visits),
            *counted(
                [hit for visit in visits for hit in visit.hits], "page_views", "conversions"
            ).values(),
            sum(visit.engaged_ms for visit in visits) / 1000,
        ]
        for place, visits in grouped_visits(by_property(cut(hits)), key).items()
    }
    answers = sums(bi, "visits", dimensions, measures)
    assert answers.keys() == expected.keys()
    for place, figures in expected.items():
        assert answers[place] == pytest.approx(figures, rel=1e-12), place


def test_functions_answer_a_window_as_raw_says(bi: str, hits: list[Hit], today: date) -> None:
    """Every window of four lengths, of each property and all together, of each audience."""
    asked = [
        (Window(first, first + timedelta(days=days), property_id, is_bot=is_bot), name)
        for first in (today - timedelta(days=33), today - timedelta(days=20))
        for days in (0, 6, 19)
        for property_id in (None, *PROPERTIES)
        for name, is_bot in (("all", None), ("people", False), ("bots", True))
    ]
    with psycopg.connect(bi) as connection:
        for window, name in asked:
            place = (window.from_day, window.to_day, window.property_id, name)
            answer = connection.execute(
                "select analytics_bi.unique_visitors(%s, %s, %s, %s),"
                " analytics_bi.returning_visitors(%s, %s, %s, %s)",
                place * 2,
            ).fetchone()
            assert answer == window_visitors(hits, window), window
        window = Window(today - timedelta(days=30), today)
        for property_id in (None, *PROPERTIES):
            for vital, share in (
                ("ttfb", 0.95),
                ("lcp", 0.75),
                ("cls", 0.5),
                ("inp", 0),
                ("fcp", 1),
            ):
                for device in (None, "mobile", "bot"):
                    of_device = replace(window, property_id=property_id, device_type=device)
                    samples, expected = window_percentile(hits, of_device, vital, share)
                    assert samples > 0
                    answer = connection.execute(
                        "select analytics_bi.percentile(%s, %s, %s, %s, %s, %s)",
                        (vital, share, window.from_day, window.to_day, property_id, device),
                    ).fetchone()
                    assert answer == (pytest.approx(expected, rel=1e-12),), (of_device, vital)
        for dimension, name in {
            "source": "traffic_source",
            "device": "device_type",
            "country": "country_code",
            "event_type": "event_type",
        }.items():
            by_value = grouped(
                [hit for hit in hits if window.holds(hit)], lambda hit, of=name: (getattr(hit, of),)
            )
            answers = connection.execute(
                "select value, visitors from analytics_bi.visitors_by(%s, %s, %s)",
                (dimension, window.from_day, window.to_day),
            ).fetchall()
            assert dict(answers) == {
                value: len({hit.visitor for hit in group}) for (value,), group in by_value.items()
            }
        nothing = "select analytics_bi.percentile('ttfb', 0.5, '2001-01-01', '2001-01-02'),"
        nothing += " analytics_bi.unique_visitors('2001-01-01', '2001-01-02')"
        assert connection.execute(nothing.encode()).fetchone() == (None, 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            "unique_visitors('2026-02-02', '2026-02-01')",
            "from_day and to_day: a first and a last day",
        ),
        ("unique_visitors(null, '2026-02-01')", "from_day and to_day: a first and a last day"),
        ("unique_visitors('2026-02-01', '2026-02-01', null, 'robots')", "audience: all, people or"),
        (
            "visitors_by('path', '2026-02-01', '2026-02-01')",
            "dimension: source, device, country or",
        ),
        (
            "percentile('tti', 0.5, '2026-02-01', '2026-02-01')",
            "vital: ttfb, lcp, fcp, inp, cls, and",
        ),
        ("percentile('lcp', 75, '2026-02-01', '2026-02-01')", "share: from 0 to 1, such as 0.75"),
        (
            "percentile('lcp', 0.5, '2026-02-01', '2026-02-01', null, 'tv')",
            "device: desktop, mobile",
        ),
    ],
)
def test_a_function_says_what_it_expects(bi: str, call: str, message: str) -> None:
    with psycopg.connect(bi) as connection, pytest.raises(RaiseException, match=message):
        connection.execute(f"select * from analytics_bi.{call}".encode())


def test_every_mart_is_listed_with_what_it_means_and_nothing_else_is(
    bi: str, marts: dict[str, Any]
) -> None:
    listed = psql(bi, TABLES)
    assert {row["table_schema"] for row in listed} == {"analytics", "analytics_bi"}
    assert {row["table_name"]: row["comment"] for row in listed} == {
        name: node["description"].strip() for name, node in marts.items()
    }


def test_every_column_is_listed_with_its_type_and_what_it_means(
    bi: str, marts: dict[str, Any]
) -> None:
    types = {
        "timestamptz": "timestamp with time zone",
        **dict.fromkeys(("date[]", "integer[]", "text[]", "uuid[]"), "ARRAY"),
    }
    listed = {
        (row["table_name"], row["column_name"]): (row["data_type"], row["comment"])
        for row in psql(bi, COLUMNS)
    }
    assert listed == {
        (name, column["name"]): (
            types.get(column["data_type"], column["data_type"]),
            column["description"].strip(),
        )
        for name, node in marts.items()
        for column in node["columns"].values()
    }


def test_a_description_that_changed_is_changed_by_the_next_build(
    bi: str, as_role: As, target: Path, marts: dict[str, Any], process: DbtProcess
) -> None:
    node = marts["daily_breakdowns"]
    with psycopg.connect(as_role(DBT)) as connection:
        connection.execute("comment on table analytics.daily_breakdowns is 'of before'")
        connection.execute("comment on column analytics.daily_breakdowns.events is 'of before'")
        connection.execute("comment on column analytics.daily_breakdowns.visitors is null")
    Dbt(as_role(DBT), target.parent, process).run_models("--select", "daily_breakdowns")
    comments = {
        row["column_name"]: row["comment"]
        for row in psql(bi, COLUMNS)
        if row["table_name"] == "daily_breakdowns"
    }
    assert comments == {
        name: column["description"].strip() for name, column in node["columns"].items()
    }
    [table] = [row for row in psql(bi, TABLES) if row["table_name"] == "daily_breakdowns"]
    assert table["comment"] == node["description"].strip()
