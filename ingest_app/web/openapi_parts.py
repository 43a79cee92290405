"""Parts that every path of the OpenAPI document is put together from."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from ingest_app.web.answers import ErrorAnswer

SCHEMAS = "#/components/schemas/{model}"
REFUSALS = {
    "400": "What was sent is not what was expected; each issue names a field",
    "401": "The key is missing, none of those in force, or may not do this",
    "403": "The property takes no events from pages of this origin, or the key is of another one",
    "404": "There is nothing under this name",
    "408": "The body did not come in time",
    "413": "The body is too large",
    "415": "Another content type or encoding than those that are taken",
    "429": "Too many requests from one address; Retry-After says when to come again",
    "500": "A fault of the server",
    "503": "Not now. Retry-After, where there is one, says when to come again",
}


def ref(model: type[BaseModel]) -> dict[str, str]:
    """A reference to the schema of a model."""
    return {"$ref": SCHEMAS.format(model=model.__name__)}


def json_response(description: str, schema: dict[str, Any], **content: Any) -> dict[str, Any]:
    """An answer of JSON; keyword arguments stand beside its schema."""
    return {
        "description": description,
        "content": {"application/json": {"schema": schema, **content}},
    }


def refusals(*statuses: str) -> dict[str, Any]:
    """The answers to what went wrong."""
    return {status: json_response(REFUSALS[status], ref(ErrorAnswer)) for status in statuses}
