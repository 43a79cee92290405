"""The OpenAPI document, and the server held against it by a fuzzer that reads it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from jsonschema import Draft202012Validator

from tests.support.dbt import Dbt, DbtProcess
from tests.support.server import Server, serving

KEY = "a-key"


@pytest.fixture(scope="module")
def open_server(
    database: str, tmp_path_factory: pytest.TempPathFactory, process: DbtProcess
) -> Iterator[Server]:
    """A server over built marts, without rate limits: the fuzzer is one very busy client."""
    Dbt(database, tmp_path_factory.mktemp("dbt"), process).run_models()
    with serving(
        database,
        tmp_path_factory.mktemp("open"),
        RATE_LIMITS_ENABLED="false",
        ADMIN_API_KEYS=KEY,
    ) as running:
        yield running


@pytest.fixture(scope="module")
def document(open_server: Server) -> dict[str, Any]:
    """What the server says of itself."""
    document: dict[str, Any] = open_server.request("GET", "/openapi.json").body
    return document


@pytest.mark.parametrize(
    "report",
    [
        *("summary", "breakdown", "funnel", "vitals", "properties"),
        *("trend", "retention", "realtime"),
    ],
)
class TestReports:
    def test_has_an_example_of_the_shape_that_it_names(
        self, document: dict[str, Any], report: str
    ) -> None:
        content = _answer(document, report)["content"]["application/json"]
        schema = {**content["schema"], "components": document["components"]}
        Draft202012Validator(schema).validate(content["example"])

    def test_answers_the_question_of_its_examples(
        self, open_server: Server, document: dict[str, Any], report: str
    ) -> None:
        parameters = document["paths"][f"/v1/metrics/{report}"]["get"]["parameters"]
        asked = urlencode({one["name"]: one["example"] for one in parameters if "example" in one})
        answer = open_server.request("GET", f"/v1/metrics/{report}?{asked}", x_admin_key=KEY)
        assert answer.status == 200
        schema = _answer(document, report)["content"]["application/json"]["schema"]
        Draft202012Validator({**schema, "components": document["components"]}).validate(answer.body)

    def test_says_that_it_wants_a_key(self, document: dict[str, Any], report: str) -> None:
        operation = document["paths"][f"/v1/metrics/{report}"]["get"]
        assert operation["security"] == [{"adminKey": []}]
        scheme = document["components"]["securitySchemes"]["adminKey"]
        assert scheme == {"type": "apiKey", "in": "header", "name": "x-admin-key"}


def _answer(document: dict[str, Any], report: str) -> dict[str, Any]:
    answer: dict[str, Any] = document["paths"][f"/v1/metrics/{report}"]["get"]["responses"]["200"]
    return answer


def test_the_document_names_every_route_and_field(open_server: Server) -> None:
    answer = open_server.request("GET", "/openapi.json")
    assert answer.status == 200
    assert answer.body["openapi"].startswith("3.1")
    assert set(answer.body["paths"]) == {
        *("/v1/events", "/v1/events/batch"),
        *("/v1/leads", "/v1/leads/capture", "/v1/leads/delete"),
        *("/v1/leads/unsubscribe", "/v1/leads/unsubscribe/{token}"),
        *("/v1/healthz", "/v1/readyz", "/metrics"),
        *("/v1/metrics/summary", "/v1/metrics/breakdown"),
        *("/v1/metrics/vitals", "/v1/metrics/properties", "/v1/metrics/funnel"),
        *("/v1/metrics/trend", "/v1/metrics/retention", "/v1/metrics/realtime"),
        *("/footfall.js", "/footfall.v1.{digest}.js"),
    }
    schemas = answer.body["components"]["schemas"]
    event = schemas["EventBody"]
    assert set(event["required"]) == {"anonId", "eventType", "path"}
    assert set(event["properties"]) == {
        *("anonId", "eventType", "path", "timestamp", "eventId", "sentAt", "viewId"),
        *("referrer", "utm", "traffic", "props", "honeypot"),
    }
    assert len(schemas["Traffic"]["properties"]) == 9
    assert schemas["WebVitals"]["properties"]["ttfbMs"]["anyOf"][0]["maximum"] == 120_000


def test_the_example_of_the_document_is_accepted(open_server: Server) -> None:
    document = open_server.request("GET", "/openapi.json").body
    content = document["paths"]["/v1/events"]["post"]["requestBody"]["content"]
    example = content["application/json"]["example"]
    del example["timestamp"]  # of a day that raw retention has left behind
    assert open_server.post(example).status == 202


def test_no_fault_and_no_answer_outside_the_document(open_server: Server, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("st"), "run", f"{open_server.url}/openapi.json"),
            *("--max-examples", "60", "--generation-deterministic"),
            *("--header", f"x-admin-key: {KEY}"),
            # The document says less than the server asks: what is blank once trimmed, NUL, or
            # older than retention is valid by the schema and refused all the same.
            *("--exclude-checks", "positive_data_acceptance"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
