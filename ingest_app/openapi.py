"""The OpenAPI document, made from the models that the routes use."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from ingest_app import answers
from ingest_app.schemas import MAX_BATCH_EVENTS, EventBody

REQUEST_MODELS: tuple[type[BaseModel], ...] = (EventBody,)
ANSWER_MODELS: tuple[type[BaseModel], ...] = (
    answers.AliveAnswer,
    answers.BatchAnswer,
    answers.ErrorAnswer,
    answers.IgnoredAnswer,
    answers.ReadyAnswer,
    answers.SpooledAnswer,
    answers.StoredAnswer,
)
SCHEMAS = "#/components/schemas/{model}"

EVENT_EXAMPLE = {
    "anonId": "f3b6c1d2-visitor",
    "eventType": "page_view",
    "path": "/pricing",
    "timestamp": "2026-03-01T12:00:00.000Z",
    "referrer": "https://www.google.com/",
    "traffic": {"propertyId": "shop.example", "webVitals": {"ttfbMs": 120, "lcpMs": 1800}},
    "props": {"plan": "pro"},
}


def openapi_document() -> dict[str, Any]:
    """The document as plain JSON values."""
    event = _ref(EventBody)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Footfall",
            "version": version("footfall"),
            "description": "Takes page events. An accepted event is durably stored.",
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
                        "202": _json(
                            "Stored, or known already; spooled, while the database is away; or a "
                            "filled honeypot, which is not stored",
                            {
                                "anyOf": [
                                    _ref(answers.StoredAnswer),
                                    _ref(answers.SpooledAnswer),
                                    _ref(answers.IgnoredAnswer),
                                ]
                            },
                        ),
                        **_refusals("400", "408", "413", "415", "429", "500", "503"),
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
                                    # Anything may stand there: it is refused in its own place.
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
                        "202": _json(
                            "The outcome of each event, in order", _ref(answers.BatchAnswer)
                        ),
                        **_refusals("400", "408", "413", "415", "429", "500", "503"),
                    },
                }
            },
            "/v1/healthz": {
                "get": {
                    "operationId": "healthz",
                    "summary": "Whether the process is alive",
                    "responses": {"200": _json("It is", _ref(answers.AliveAnswer))},
                }
            },
            "/v1/readyz": {
                "get": {
                    "operationId": "readyz",
                    "summary": "Whether the process can do its work",
                    "responses": {
                        "200": _json("It can", _ref(answers.ReadyAnswer)),
                        "503": _json("It cannot; the checks say why", _ref(answers.ReadyAnswer)),
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
                        "404": _json("For everybody else", _ref(answers.ErrorAnswer)),
                    },
                }
            },
        },
        "components": {"schemas": _schemas()},
    }


def _schemas() -> dict[str, Any]:
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        *((model, "validation") for model in REQUEST_MODELS),
        *((model, "serialization") for model in ANSWER_MODELS),
    ]
    _, schema = models_json_schema(models, ref_template=SCHEMAS)
    definitions: dict[str, Any] = schema["$defs"]
    return definitions


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": SCHEMAS.format(model=model.__name__)}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


REFUSALS = {
    "400": "The body is not what was expected; each issue names a field",
    "408": "The body did not come in time",
    "413": "The body is too large",
    "415": "Another content type or encoding than those that are taken",
    "429": "Too many requests from one address; Retry-After says when to come again",
    "500": "A fault of the server",
    "503": "Neither the database nor the spool takes events. Retry-After says when to come again",
}


def _refusals(*statuses: str) -> dict[str, Any]:
    return {status: _json(REFUSALS[status], _ref(answers.ErrorAnswer)) for status in statuses}
