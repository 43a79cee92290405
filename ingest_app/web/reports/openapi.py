"""The reporting endpoints in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from ingest_app.web.admin_keys import HEADER
from ingest_app.web.openapi_parts import json_response, ref, refusals
from ingest_app.web.reports import answers, examples, parameters


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What the document says of one endpoint."""

    summary: str
    parameters: type[BaseModel]
    answer: type[BaseModel]
    example: dict[str, Any]
    # Of another shape, where there are filters.
    filtered_answer: type[BaseModel] | None = None
    description: str = ""
    # Examples of parameters that mean something else elsewhere.
    shown: Mapping[str, str] = field(default_factory=dict)


REALTIME = (
    "From raw events, so no build is needed and the newest are there. At most 20,000 events are read, the "
    "newest first; isComplete says whether that were all. Answers are kept for some seconds."
)
ENDPOINTS = {
    "summary": Endpoint(
        "A window of days at a glance, compared with the days before, with a daily trend",
        parameters.SummaryParameters,
        answers.SummaryAnswer,
        examples.SUMMARY,
        answers.VisitsAnswer,
    ),
    "breakdown": Endpoint(
        "A window by source, page, device and so on, most first",
        parameters.BreakdownParameters,
        answers.BreakdownAnswer,
        examples.BREAKDOWN,
    ),
    "funnel": Endpoint(
        "From visitors to leads over a window, by form",
        parameters.FunnelParameters,
        answers.FunnelAnswer,
        examples.FUNNEL,
    ),
    "vitals": Endpoint(
        "How fast pages were over a window: percentiles, rating, shares",
        parameters.VitalsParameters,
        answers.VitalsAnswer,
        examples.VITALS,
    ),
    "trend": Endpoint(
        "A window in buckets of hours, days, weeks or months, each with its own visitors",
        parameters.TrendParameters,
        answers.TrendsAnswer,
        examples.TREND,
        shown={"by": "day"},
    ),
    "retention": Endpoint(
        "Who came back in which week, by the week in which they first came",
        parameters.RetentionParameters,
        answers.RetentionAnswer,
        examples.RETENTION,
    ),
    "realtime": Endpoint(
        "The last half hour of a property, from raw events",
        parameters.RealtimeParameters,
        answers.RealtimeAnswer,
        examples.REALTIME,
        description=REALTIME,
    ),
    "properties": Endpoint(
        "The sites there are",
        parameters.PropertiesParameters,
        answers.PropertiesAnswer,
        examples.PROPERTIES,
    ),
}
REPORTING_MODELS = (
    *(endpoint.answer for endpoint in ENDPOINTS.values()),
    *(one.filtered_answer for one in ENDPOINTS.values() if one.filtered_answer is not None),
)
SECURITY_SCHEMES = {"adminKey": {"type": "apiKey", "in": "header", "name": HEADER}}
DESCRIPTION = (
    "From marts alone. Every figure is exact over the window: a visitor counts once, a percentile is "
    "that of the raw values. An unknown property has zeros. Answers are kept for some seconds, by "
    "each worker process for itself; freshness.generatedAt says of when an answer is. "
    "A key of one property gets the answer of that property, also without propertyId. "
    "If-None-Match with the ETag of the last answer saves sending it again."
)
CSV_SCHEMA = {"text/csv": {"schema": {"type": "string"}}}


def reporting_paths() -> dict[str, Any]:
    """Each path with its one operation."""
    return {
        f"/v1/metrics/{name}": {"get": _operation(name, endpoint)}
        for name, endpoint in ENDPOINTS.items()
    }


def _operation(name: str, endpoint: Endpoint) -> dict[str, Any]:
    schema: dict[str, Any] = ref(endpoint.answer)
    if endpoint.filtered_answer is not None:
        schema = {"anyOf": [schema, ref(endpoint.filtered_answer)]}
    answer = json_response("The answer", schema, example=endpoint.example)
    if name == "breakdown":
        answer["content"] |= CSV_SCHEMA
    return {
        "operationId": f"{name}Report",
        "summary": endpoint.summary,
        "description": endpoint.description or DESCRIPTION,
        "security": [{scheme: []} for scheme in SECURITY_SCHEMES],
        "parameters": described_parameters(
            endpoint.parameters, {**examples.PARAMETERS, **endpoint.shown}
        ),
        "responses": {
            "200": answer,
            "304": {"description": "The same as the answer that If-None-Match names"},
            **refusals("400", "401", "403", "429", "500", "503"),
        },
    }


def described_parameters(model: type[BaseModel], shown: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of a model as parameters of a query string, with the examples that there are."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    described = []
    for name, about in schema["properties"].items():
        # A parameter that is absent is not sent; there is no null in a query string.
        [kind] = [one for one in about.pop("anyOf", [about]) if one.get("type") != "null"]
        if "$ref" in kind:
            kind = definitions[kind["$ref"].rpartition("/")[2]]
        described.append(
            {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", ()),
                "description": about["description"],
                "schema": {
                    key: value
                    for key, value in kind.items()
                    if key not in ("title", "description", "default")
                },
                **({"example": shown[name]} if name in shown else {}),
            }
        )
    return described
