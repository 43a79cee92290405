"""A measure of the browser is declared once in Python and once in dbt; one forgotten is found here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import yaml
from annotated_types import Ge, Le

from ingest_app.clients.simulation.vitals import MEDIAN_MS, SPREAD
from ingest_app.enrichment.body import Traffic, WebVitals
from ingest_app.enrichment.vitals import CLS, ENGAGEMENT, VITALS, Measure
from ingest_app.settings import PROJECT_FOLDER
from ingest_app.web.reports.answers import FiveVitalsAnswer


@pytest.fixture(scope="module")
def variables() -> dict[str, Any]:
    """The variables of the dbt project."""
    project = yaml.safe_load((PROJECT_FOLDER / "dbt_project.yml").read_text())
    found: dict[str, Any] = project["vars"]
    return found


@pytest.mark.parametrize(("name", "measures"), [("web_vitals", VITALS), ("engagement", ENGAGEMENT)])
def test_dbt_declares_the_same_measures(
    variables: dict[str, Any], name: str, measures: Sequence[Measure]
) -> None:
    of_dbt = {one["key"]: one for one in variables[name]}
    assert of_dbt == {measure.key: measure.as_variable() for measure in measures}
    assert len(of_dbt) == len(variables[name])


def test_a_body_takes_each_vital_within_its_bounds() -> None:
    fields = {field.alias: (name, field) for name, field in WebVitals.model_fields.items()}
    assert fields.keys() == {vital.key for vital in VITALS}
    for vital in VITALS:
        _is_a_field(vital, *fields[vital.key])


def test_a_body_takes_each_measure_of_engagement_within_its_bounds() -> None:
    fields = {field.alias: (name, field) for name, field in Traffic.model_fields.items()}
    for measure in ENGAGEMENT:
        _is_a_field(measure, *fields[measure.key])
    assert fields.keys() - {measure.key for measure in ENGAGEMENT} == {
        *("propertyId", "deviceType", "countryCode"),
        *("isEntrance", "isExit", "isConversion", "webVitals"),
    }


def _is_a_field(measure: Measure, name: str, field: Any) -> None:
    assert name == measure.column
    # The bounds stand inside of the union with None.
    [kind] = [one for one in field.annotation.__args__ if one is not type(None)]
    bounds = {type(one): one for of in kind.__metadata__ for one in of.metadata}
    assert (bounds[Ge].ge, bounds[Le].le) == (0, measure.most)


def test_the_report_and_the_simulation_know_each_vital() -> None:
    assert [*FiveVitalsAnswer.model_fields] == [vital.name for vital in VITALS]
    assert MEDIAN_MS.keys() == SPREAD.keys() == {vital.key for vital in VITALS} - {CLS.key}
