"""The endpoints for leads in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from ingest_app.leads.body import AddressBody, CaptureBody
from ingest_app.web.leads.answers import CapturedAnswer, DoneAnswer, LeadAnswer, LeadsAnswer
from ingest_app.web.leads.forms import FIELDS, MULTIPART, URLENCODED, UTM_FIELDS
from ingest_app.web.leads.parameters import LeadsParameters
from ingest_app.web.openapi_parts import json_response, ref, refusals
from ingest_app.web.reports.openapi import SECURITY_SCHEMES, described_parameters

LEAD_REQUESTS: tuple[type[BaseModel], ...] = (CaptureBody, AddressBody)
LEAD_ANSWERS: tuple[type[BaseModel], ...] = (CapturedAnswer, DoneAnswer, LeadAnswer, LeadsAnswer)
WITH_KEY: list[dict[str, list[str]]] = [{scheme: []} for scheme in SECURITY_SCHEMES]
CAPTURE_EXAMPLE = {
    "email": "ada@shop.example",
    "anonId": "f3b6c1d2-visitor",
    "formName": "newsletter",
    "propertyId": "shop.example",
    "path": "/newsletter",
    "consentStatus": "express",
    "consentText": "Yes, send me the newsletter. I can unsubscribe at any time.",
    "payload": {"name": "Ada"},
}
PARAMETERS = {"propertyId": "shop.example", "limit": 100}
TOKEN = {
    "name": "token",
    "in": "path",
    "required": True,
    "description": "the signed part of the link",
    "schema": {"type": "string", "minLength": 1},
}


def _html(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"text/html": {"schema": {"type": "string"}}}}


def _form() -> dict[str, Any]:
    """The fields of a form that mean something; any other is payload."""
    return {
        "schema": {
            "type": "object",
            "properties": {name: {"type": "string"} for name in sorted({*FIELDS, *UTM_FIELDS})},
            "required": ["email"],
        }
    }


def _address(operation: str, summary: str, description: str, *statuses: str) -> dict[str, Any]:
    return {
        "operationId": operation,
        "summary": summary,
        "description": description,
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": ref(AddressBody),
                    "example": {"email": CAPTURE_EXAMPLE["email"]},
                }
            },
        },
        "responses": {
            "200": json_response("Done", ref(DoneAnswer)),
            **refusals(*statuses, "400", "404", "408", "413", "415", "429", "500", "503"),
        },
    }


def lead_paths() -> dict[str, Any]:
    """Each path with its operations."""
    taken = refusals("400", "403", "408", "413", "415", "429", "500", "503")
    by_link = refusals("400", "408", "413", "429", "500", "503")
    for answer in (*taken.values(), *by_link.values()):
        answer["content"] |= _html("")["content"]
    return {
        "/v1/leads": {
            "get": {
                "operationId": "listLeads",
                "summary": "Leads with their addresses, in the order in which they came",
                "description": "A lead is listed where one of its submissions fits the property, form "
                "and day that are asked for. Each request is written to an audit table.",
                "security": WITH_KEY,
                "parameters": described_parameters(LeadsParameters, PARAMETERS),
                "responses": {
                    "200": json_response("A page of them", ref(LeadsAnswer)),
                    **refusals("400", "401", "429", "500", "503"),
                },
            }
        },
        "/v1/leads/capture": {
            "post": {
                "operationId": "captureLead",
                "summary": "Take a form with an address",
                "description": "A form of a browser is answered by a redirect to its field `path`, "
                "where that is a path of this site, else to `/`; its unknown fields are payload. The "
                "same form again is answered like the first and stored once. Nothing is spooled: "
                "after a 503 it can be sent again.",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": ref(CaptureBody),
                            "example": CAPTURE_EXAMPLE,
                        },
                        URLENCODED: _form(),
                        MULTIPART: _form(),
                    },
                },
                "responses": {
                    "200": json_response("Stored, or known already", ref(CapturedAnswer)),
                    "303": {"description": "Stored; for a form of a browser"},
                    **taken,
                },
            }
        },
        "/v1/leads/unsubscribe": {
            "post": _address(
                "unsubscribeLead",
                "Withdraw the consent of an address",
                "A later form brings it back only with express consent.",
            )
        },
        "/v1/leads/unsubscribe/{token}": {
            "get": {
                "operationId": "askToUnsubscribe",
                "summary": "A page with a button; changes nothing",
                "parameters": [TOKEN],
                "responses": {
                    "200": _html("The page, whoever's link it is"),
                    **refusals("429", "500"),
                },
            },
            "post": {
                "operationId": "unsubscribeByLink",
                "summary": "Withdraw the consent of whom the link was made for",
                "description": "By the button of the page, or by one click (RFC 8058). A link that "
                "is nobody's is answered the same.",
                "parameters": [TOKEN],
                "requestBody": {
                    "content": {
                        URLENCODED: {
                            "schema": {
                                "type": "object",
                                "properties": {"List-Unsubscribe": {"type": "string"}},
                            }
                        }
                    }
                },
                "responses": {
                    "200": _html("Done"),
                    **by_link,
                },
            },
        },
        "/v1/leads/delete": {
            "post": {
                **_address(
                    "deleteLead",
                    "Erase a lead",
                    "The address, the words of its forms and its history of consent go. Counts stay, "
                    "and a keyed hash, by which a later form of it is refused unless it brings express "
                    "consent.",
                    "401",
                ),
                "security": WITH_KEY,
            }
        },
    }
