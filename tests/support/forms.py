"""Forms as scripts and browsers send them, and what raw knows of them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import psycopg

from tests.support.server import Answer, Server

CAPTURE = "/v1/leads/capture"
URLENCODED = "application/x-www-form-urlencoded"

Connection = psycopg.Connection[dict[str, Any]]


def form(email: str = "ada@shop.example", **fields: Any) -> dict[str, Any]:
    """The JSON of a form of a visitor; None takes a field out."""
    body = {
        "email": email,
        "anonId": "visitor-0001",
        "propertyId": "shop.example",
        "path": "/newsletter",
        **fields,
    }
    return {name: value for name, value in body.items() if value is not None}


def capture(server: Server, body: object, **headers: str) -> Answer:
    """Send a form as a script does."""
    headers.setdefault("Content_Type", "application/json")
    return server.request("POST", CAPTURE, json.dumps(body).encode(), **headers)


def submit(server: Server, fields: Any, **headers: str) -> Answer:
    """Send a form as a browser does, which does not follow the redirect here."""
    headers.setdefault("Content_Type", URLENCODED)
    return server.request("POST", CAPTURE, urlencode(fields, doseq=True).encode(), **headers)


def post(server: Server, path: str, body: object, **headers: str) -> Answer:
    """Send JSON to any endpoint."""
    headers.setdefault("Content_Type", "application/json")
    return server.request("POST", path, json.dumps(body).encode(), **headers)


def rows(connection: Connection, query: str, *values: object) -> list[dict[str, Any]]:
    """The rows of a query."""
    return connection.execute(query.encode(), values).fetchall()


def counts(connection: Connection) -> dict[str, int]:
    """How many rows there are in each table that a form writes."""
    tables = (
        *("visitors", "sessions", "events", "leads", "lead_identities", "form_submissions"),
        *("consent_events", "ingest_duplicates"),
    )
    return {
        table: rows(connection, f"select count(*) as n from raw.{table}")[0]["n"]
        for table in tables
    }


ONE_OF_EACH = {
    **dict.fromkeys(("visitors", "sessions", "events", "leads", "lead_identities"), 1),
    **dict.fromkeys(("form_submissions", "consent_events"), 1),
    "ingest_duplicates": 0,
}
