"""A refusal: what a client is told, and under which reason it is counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from flask import Response, jsonify
from pydantic import BaseModel, ValidationError

from ingest_app.enrichment.body import EventBody

MAX_REASON_LENGTH = 64
# More than fields are known, so that each of them can be named.
MAX_ISSUES = 40


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong with a body: the path of the field and what was expected."""

    path: str
    message: str


class Refusal(Exception):
    """A request that is answered with a 4xx and counted under `reason`."""

    def __init__(
        self,
        status_code: int,
        error: str,
        issues: list[Issue] | None = None,
        *,
        reason: str | None = None,
    ) -> None:
        super().__init__(error)
        self.status_code = status_code
        self.error = error
        self.issues = issues
        self.reason = reason or ledger_reason(error, issues)

    def body(self) -> dict[str, Any]:
        """The answer in the shape that every error has."""
        body: dict[str, Any] = {"ok": False, "error": self.error}
        if self.issues is not None:
            body["issues"] = [
                {"path": issue.path, "message": issue.message} for issue in self.issues
            ]
        return body

    def response(self) -> Response:
        """The whole answer to a refused request."""
        response = jsonify(self.body())
        response.status_code = self.status_code
        return response


def invalid_request(
    error: ValidationError, *, unknown: str = "is not a field of this object"
) -> Refusal:
    """A refusal that names each field that is wrong; `unknown` says what one that is none is.

    Of unknown fields there may be thousands in a body: beyond `MAX_ISSUES` they are only counted.
    """
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    issues = [
        Issue(
            path=".".join(str(part) for part in problem["loc"]),
            message=_message(problem["type"], problem["msg"], unknown),
        )
        for problem in problems[:MAX_ISSUES]
    ]
    if len(problems) > MAX_ISSUES:
        issues.append(Issue("", f"{len(problems) - MAX_ISSUES} more are not listed"))
    return Refusal(400, "invalid_request", issues)


def _message(kind: str, message: str, unknown: str) -> str:
    if kind == "extra_forbidden":
        return unknown
    if kind == "missing":
        return "is required"
    if kind == "json_invalid":
        return message.replace("Invalid JSON: ", "is not JSON: ")
    return message.removeprefix("Value error, ")


def ledger_reason(error: str, issues: Sequence[Issue] | None) -> str:
    """The reason to count a refusal under: its error, and for a bad body the first bad field.

    Only names of the schema come out: the name of an unknown field is the client's to choose.
    """
    if error != "invalid_request" or not issues:
        return error
    path = issues[0].path
    if not path:
        return f"{error}:body"
    field = path if path in KNOWN_FIELDS else "unknown_field"
    return f"{error}:{field}"[:MAX_REASON_LENGTH]


def _field_paths(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        path = prefix + (field.alias or name)
        yield path
        for part in get_args(field.annotation) or (field.annotation,):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from _field_paths(part, f"{path}.")


KNOWN_FIELDS = frozenset(_field_paths(EventBody))
