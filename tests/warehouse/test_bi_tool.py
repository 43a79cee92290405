"""What a BI tool does, by a plain client as the role of BI: it lists tables and asks questions."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from ingest_app.database.roles import BI, DBT
from tests.support.arrivals import events, writing
from tests.support.cli import footfall
from tests.support.dbt import Dbt, DbtProcess
from tests.support.psql import psql
from tests.support.recount.dashboard import dashboard
from tests.support.recount.facts import Hit, read_facts
from tests.support.recount.windows import Window, window_percentile, window_visitors
from tests.support.roles import As
from tests.support.visits import random_visit

PROPERTIES = ("shop.example", "docs.example")
# As tools ask: what may I see, of which type, and what does it mean?
TABLES = """
    select
        table_schema,
        table_name,
        obj_description(format('%I.%I', table_schema, table_name)::regclass, 'pg_class') as comment
    from information_schema.tables
    where table_schema not in ('pg_catalog', 'information_schema')
"""
COLUMNS = """
    select
        table_name,
        column_name,
        data_type,
        col_description(format('%I.%I', table_schema, table_name)::regclass, ordinal_position)
            as comment
    from information_schema.columns
    where table_schema = 'analytics'
"""


@pytest.fixture(scope="module")
def today() -> date:
    return datetime.now(UTC).date()


@pytest.fixture(scope="module")
def bi(as_role: As, today: date, target: Path, process: DbtProcess) -> str:
    """The URL of BI for a warehouse of forty days, built by its role."""
    owner = as_role("footfall")
    assert footfall("init-db", database=owner).returncode == 0
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
    """The nodes of all marts by name."""
    nodes = json.loads((target / "manifest.json").read_text())["nodes"].values()
    return {
        node["name"]: node
        for node in nodes
        if node["resource_type"] == "model" and node["fqn"][1] == "marts"
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


def test_every_mart_is_listed_with_what_it_means_and_nothing_else_is(
    bi: str, marts: dict[str, Any]
) -> None:
    listed = psql(bi, TABLES)
    assert {row["table_schema"] for row in listed} == {"analytics"}
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
