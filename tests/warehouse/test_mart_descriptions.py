"""Every mart says what a reader must know: its grain, its columns, and what may be summed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.dbt import Dbt, DbtProcess

# Views, which PostgreSQL gives no key.
WITHOUT_KEY = {"calendar_days", "rollup_freshness", "rollup_restatements"}
# Views of daily_breakdowns, with the column that stands for its dimension and value.
OF_BREAKDOWNS = {
    "daily_countries": "country_code",
    "daily_devices": "device_type",
    "daily_event_types": "event_type",
    "daily_traffic_sources": "traffic_source",
}
NUMBERS = {"bigint", "integer", "numeric", "double precision", "jsonb"}


@pytest.fixture(scope="module")
def manifest(process: DbtProcess, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What dbt parses, for which it needs no database."""
    folder: Path = tmp_path_factory.mktemp("dbt")
    run = Dbt("postgresql://nobody@127.0.0.1:1/footfall", folder, process).run(
        "--warn-error", "parse"
    )
    assert run.is_success, run.output
    parsed: dict[str, Any] = json.loads((folder / "target" / "manifest.json").read_text())
    return parsed


@pytest.fixture(scope="module")
def marts(manifest: dict[str, Any]) -> dict[str, Any]:
    """The nodes of all marts by name."""
    return {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["fqn"][1] == "marts"
    }


def key_of(mart: dict[str, Any]) -> list[str]:
    """The columns of its primary key."""
    return [
        name
        for constraint in mart["constraints"]
        if constraint["type"] == "primary_key"
        for name in constraint["columns"]
    ]


def grain_of(mart: dict[str, Any]) -> set[str]:
    """The columns that its description names in the sentence of what it has a row of."""
    found = re.search(r"One row per ([^.]+)\.", mart["description"])
    assert found, f"{mart['name']} does not say of what it has a row"
    return set(re.findall(r"\w+", found[1])) & set(mart["columns"])


def test_there_are_marts(marts: dict[str, Any]) -> None:
    assert len(marts) > 15


def test_every_mart_opens_with_its_grain(marts: dict[str, Any]) -> None:
    for name, mart in marts.items():
        told = re.match(r"[^.]+[.:] One row per ", mart["description"])
        assert told, f"{name}: what it is and its grain come first"


def test_the_grain_is_the_primary_key(marts: dict[str, Any]) -> None:
    grains = {name: grain_of(mart) for name, mart in marts.items() if name not in WITHOUT_KEY}
    keys = {name: set(key_of(marts[name])) for name in grains}
    for name, column in OF_BREAKDOWNS.items():
        keys[name] = keys["daily_breakdowns"] - {"dimension", "value"} | {column}
    assert grains == keys


def test_every_mart_has_an_enforced_contract_with_typed_columns(marts: dict[str, Any]) -> None:
    for name, mart in marts.items():
        assert mart["config"]["contract"]["enforced"], name
        assert all(column["data_type"] for column in mart["columns"].values()), name


def test_every_column_is_described(marts: dict[str, Any]) -> None:
    silent = [
        f"{name}.{column['name']}"
        for name, mart in marts.items()
        for column in mart["columns"].values()
        if not column["description"].strip()
    ]
    assert silent == []


def test_every_number_says_over_what_it_may_be_summed(marts: dict[str, Any]) -> None:
    silent, wrong = [], []
    for name, mart in marts.items():
        for column in mart["columns"].values():
            if column["data_type"] not in NUMBERS or column["name"] in key_of(mart):
                continue
            summable_over = column["config"]["meta"].get("summable_over")
            if summable_over is None:
                silent.append(f"{name}.{column['name']}")
            elif not set(summable_over) <= set(mart["columns"]):
                wrong.append(f"{name}.{column['name']}")
    assert (silent, wrong) == ([], [])


def test_the_semantic_models_sum_only_what_adds_up_over_properties_and_days(
    manifest: dict[str, Any], marts: dict[str, Any]
) -> None:
    measures = [
        (model["model"].split("'")[1], measure)
        for model in manifest["semantic_models"].values()
        for measure in model["measures"]
    ]
    assert len(measures) > 5
    for mart, measure in measures:
        assert measure["agg"] == "sum"
        column = marts[mart]["columns"][measure["expr"] or measure["name"]]
        assert column["config"]["meta"]["summable_over"] == ["property_id", "day"], measure["name"]
    assert {metric["name"] for metric in manifest["metrics"].values()} >= {
        *("page_views", "form_completion_rate", "events_accepted"),
    }
