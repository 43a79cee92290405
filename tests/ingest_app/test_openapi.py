"""The OpenAPI document, and the server held against it by a fuzzer that reads it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server import Server, serving


@pytest.fixture(scope="module")
def open_server(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without rate limits: the fuzzer is one very busy client."""
    with serving(database, tmp_path_factory.mktemp("open"), RATE_LIMITS_ENABLED="false") as running:
        yield running


def test_the_document_names_every_route_and_field(open_server: Server) -> None:
    answer = open_server.request("GET", "/openapi.json")
    assert answer.status == 200
    assert answer.body["openapi"].startswith("3.1")
    assert set(answer.body["paths"]) == {
        *("/v1/events", "/v1/events/batch"),
        *("/v1/healthz", "/v1/readyz", "/metrics"),
    }
    schemas = answer.body["components"]["schemas"]
    event = schemas["EventBody"]
    assert set(event["required"]) == {"anonId", "eventType", "path"}
    assert set(event["properties"]) == {
        *("anonId", "eventType", "path", "timestamp", "eventId"),
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
