"""The OpenAPI document, made from the models that the routes use."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from ingest_app.enrichment.body import MAX_BATCH_EVENTS, EventBody
from ingest_app.web import answers
from ingest_app.web.leads.openapi import LEAD_ANSWERS, LEAD_REQUESTS, lead_paths
from ingest_app.web.openapi_parts import SCHEMAS, json_response, ref, refusals
from ingest_app.web.reports.openapi import REPORTING_MODELS, SECURITY_SCHEMES, reporting_paths

REQUEST_MODELS: tuple[type[BaseModel], ...] = (EventBody, *LEAD_REQUESTS)
ANSWER_MODELS: tuple[type[BaseModel], ...] = (
    answers.AliveAnswer,
    answers.BatchAnswer,
    answers.ErrorAnswer,
    answers.IgnoredAnswer,
    answers.ReadyAnswer,
    answers.SpooledAnswer,
    answers.StoredAnswer,
    *LEAD_ANSWERS,
    *REPORTING_MODELS,
)

EVENT_EXAMPLE = {
    "anonId": "f3b6c1d2-visitor",
    "eventType": "page_view",
    "path": "/pricing",
    "timestamp": "2026-03-01T12:00:00.000Z",
    "referrer": "https://www.google.com/",
    "traffic": {"propertyId": "shop.example", "webVitals": {"ttfbMs": 120, "lcpMs": 1800}},
    "props": {"plan": "pro"},
}

SCRIPT_RESPONSES = {
    "200": {
        "description": "JavaScript, with an ETag, in the encoding that the client takes",
        "content": {"text/javascript": {"schema": {"type": "string"}}},
    },
    "304": {"description": "The client has it"},
    **refusals("429"),
}


def openapi_document() -> dict[str, Any]:
    """The document as plain JSON values."""
    event = ref(EventBody)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Footfall",
            "version": version("footfall"),
            "description": "Takes page events. An accepted event is durably stored. Reports on them "
            "come from marts, as exact over a window of days as over one.",
        },
        "paths": {
            "/v1/events": {
                "post": {
                    "operationId": "postEvent",
                    "summary": "Store one event",
                    "description": "A beacon may send the same JSON as text/plain. The header "
                    "Footfall-Outcome of a 202 says accepted, duplicate or spooled.",
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {"schema": event, "example": EVENT_EXAMPLE}
                        },
                    },
                    "responses": {
                        "202": json_response(
                            "Stored, or known already; spooled, while the database is away; or a "
                            "filled honeypot, which is not stored",
                            {
                                "anyOf": [
                                    ref(answers.StoredAnswer),
                                    ref(answers.SpooledAnswer),
                                    ref(answers.IgnoredAnswer),
                                ]
                            },
                        ),
                        **refusals("400", "403", "408", "413", "415", "429", "500", "503"),
                    },
                }
            },
            "/v1/events/batch": {
                "post": {
                    "operationId": "postBatch",
                    "summary": "Store up to 500 events",
                    "description": "A JSON array, or NDJSON with an event on each line; either may "
                    "come with Content-Encoding: gzip. One bad event does not sink the others.",
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "array",
                                    # An element that is no event is refused alone.
                                    "items": {"anyOf": [event, {}]},
                                    "minItems": 1,
                                    "maxItems": MAX_BATCH_EVENTS,
                                },
                                "example": [EVENT_EXAMPLE],
                            },
                            "application/x-ndjson": {"schema": {"type": "string"}},
                        },
                    },
                    "responses": {
                        "202": json_response(
                            "The outcome of each event, in order", ref(answers.BatchAnswer)
                        ),
                        **refusals("400", "408", "413", "415", "429", "500", "503"),
                    },
                }
            },
            "/v1/healthz": {
                "get": {
                    "operationId": "healthz",
                    "summary": "Whether the process is alive",
                    "responses": {"200": json_response("It is", ref(answers.AliveAnswer))},
                }
            },
            "/v1/readyz": {
                "get": {
                    "operationId": "readyz",
                    "summary": "Whether the process can do its work",
                    "responses": {
                        "200": json_response("It can", ref(answers.ReadyAnswer)),
                        "503": json_response(
                            "It cannot; the checks say why", ref(answers.ReadyAnswer)
                        ),
                    },
                }
            },
            "/metrics": {
                "get": {
                    "operationId": "metrics",
                    "summary": "Counts and times for Prometheus",
                    "description": "Only for this machine and trusted proxies that ask for "
                    "themselves.",
                    "responses": {
                        "200": {
                            "description": "The text format of Prometheus",
                            "content": {"text/plain": {"schema": {"type": "string"}}},
                        },
                        "404": json_response("For everybody else", ref(answers.ErrorAnswer)),
                    },
                }
            },
            **lead_paths(),
            "/footfall.js": {
                "get": {
                    "operationId": "script",
                    "summary": "The tracking script",
                    "responses": SCRIPT_RESPONSES,
                }
            },
            "/footfall.v1.{digest}.js": {
                "get": {
                    "operationId": "pinnedScript",
                    "summary": "The script or its second half, under a name that stays its own",
                    "parameters": [
                        {
                            "name": "digest",
                            "in": "path",
                            "required": True,
                            "schema": {"type": "string"},
                        }
                    ],
                    "responses": {**SCRIPT_RESPONSES, **refusals("404")},
                }
            },
            **reporting_paths(),
        },
        "components": {"schemas": _schemas(), "securitySchemes": SECURITY_SCHEMES},
    }


def _schemas() -> dict[str, Any]:
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        *((model, "validation") for model in REQUEST_MODELS),
        *((model, "serialization") for model in ANSWER_MODELS),
    ]
    _, schema = models_json_schema(models, ref_template=SCHEMAS)
    definitions: dict[str, Any] = schema["$defs"]
    return definitions
