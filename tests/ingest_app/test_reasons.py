"""Every reason of a refusal is declared once, and each that is declared occurs."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import ingest_app
from ingest_app.metrics import OTHER_REASON, REASONS, Metrics
from ingest_app.refusals import Reason
from ingest_app.web.openapi import openapi_document

ROOT = Path(ingest_app.__file__).parent
# The framework's own errors are told by their status.
OF_THE_FRAMEWORK = {"NOT_FOUND", "METHOD_NOT_ALLOWED"}
# The words that a client may meet in `error`, and the status of each.
ANSWERS = {
    "invalid_request": 400,
    "suppressed": 400,
    "unauthorized": 401,
    "origin_not_allowed": 403,
    "property_not_allowed": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "timeout": 408,
    "too_large": 413,
    "unsupported_media_type": 415,
    "rate_limited": 429,
    "internal_error": 500,
    "admin_auth_not_configured": 503,
    "marts_not_built": 503,
    "unavailable": 503,
}


def nodes() -> list[tuple[str, ast.AST]]:
    """Every piece of the app's code, by file, but for the declaration itself."""
    return [
        (str(file.relative_to(ROOT)), node)
        for file in sorted(ROOT.rglob("*.py"))
        if file.name != "refusals.py"
        for node in ast.walk(ast.parse(file.read_text()))
    ]


def test_each_declared_reason_occurs() -> None:
    used = {
        node.attr
        for _, node in nodes()
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Reason"
    }
    assert used | OF_THE_FRAMEWORK == set(Reason.__members__)


def test_no_reason_is_written_out_anywhere_else() -> None:
    words = {reason.value for reason in Reason}
    written = [
        (file, node.value)
        for file, node in nodes()
        if isinstance(node, ast.Constant) and node.value in words
    ]
    assert written == []


def test_a_client_meets_these_words_with_these_statuses() -> None:
    assert {reason.error: reason.status for reason in Reason} == ANSWERS
    error = openapi_document()["components"]["schemas"]["ErrorAnswer"]["properties"]["error"]
    assert set(error["enum"]) == set(ANSWERS)


@pytest.mark.parametrize("reason", Reason)
def test_metrics_know_each_reason(reason: Reason) -> None:
    assert reason.value in REASONS - {OTHER_REASON}
    metrics = Metrics()
    metrics.rejected(reason.value)
    body, _ = metrics.exposition()
    assert f'footfall_events_rejected_total{{reason="{reason.value}"}} 1.0' in body.decode()
