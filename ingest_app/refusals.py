"""Refusals: every reason that there is, and what a client is told.

It knows no body and no framework. Whoever parses a body passes the names of its fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

Given = TypeVar("Given")
Valid = TypeVar("Valid")

MAX_REASON_LENGTH = 64
# More than fields are known, so that each of them can be named.
MAX_ISSUES = 40
# "Input should be a valid string", "List should have at most 100 items".
SUBJECT = re.compile(r"\A\w+ should ")


class Reason(StrEnum):
    """Why something is refused: the word that it is counted under, in metrics and in the ledger.

    `status` is that of the answer. `error` is the word in the answer; several reasons may share one.
    """

    status: int
    error: str

    def __new__(cls, word: str, status: int, error: str | None = None) -> Reason:
        reason = str.__new__(cls, word)
        reason._value_ = word
        reason.status = status
        reason.error = error or word
        return reason

    INVALID_REQUEST = "invalid_request", 400
    BAD_TIMESTAMP = "bad_timestamp", 400, "invalid_request"
    REFUSED_BY_DATABASE = "refused_by_database", 400, "invalid_request"
    # The event was answered 202, and its day was purged while it waited in the spool.
    PURGED_BEFORE_STORED = "purged_before_stored", 400, "invalid_request"
    # The address was erased, and the form brings no express consent.
    SUPPRESSED = "suppressed", 400
    UNAUTHORIZED = "unauthorized", 401
    ORIGIN_NOT_ALLOWED = "origin_not_allowed", 403
    PROPERTY_NOT_ALLOWED = "property_not_allowed", 403
    NOT_FOUND = "not_found", 404
    METHOD_NOT_ALLOWED = "method_not_allowed", 405
    TOO_LARGE = "too_large", 413
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", 415
    RATE_LIMITED = "rate_limited", 429
    TIMEOUT = "timeout", 408
    UNAVAILABLE = "unavailable", 503
    ADMIN_AUTH_NOT_CONFIGURED = "admin_auth_not_configured", 503
    MARTS_NOT_BUILT = "marts_not_built", 503
    INTERNAL_ERROR = "internal_error", 500


# Every word that `error` of an answer may be.
ERRORS = tuple(dict.fromkeys(reason.error for reason in Reason))


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong with a body: the path of the field and what was expected."""

    path: str
    message: str


class Refusal(Exception):
    """A request, or an event of a batch, that is answered with an error."""

    def __init__(self, reason: Reason, issues: Sequence[Issue] | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.issues = issues

    @property
    def status_code(self) -> int:
        """The status of the answer."""
        return self.reason.status

    @property
    def error(self) -> str:
        """The word in the answer."""
        return self.reason.error

    def body(self) -> dict[str, Any]:
        """The answer in the shape that every error has."""
        body: dict[str, Any] = {"ok": False, "error": self.error}
        if self.issues is not None:
            body["issues"] = [
                {"path": issue.path, "message": issue.message} for issue in self.issues
            ]
        return body

    def json(self) -> bytes:
        """The body of the answer as it is sent."""
        return to_json(self.body()) + b"\n"

    def ledger_reason(self, known_fields: Collection[str]) -> str:
        """The reason, and for a body that is wrong the first bad field.

        Only known fields are named: the name of an unknown one is the client's to choose.
        """
        if self.reason is not Reason.INVALID_REQUEST or not self.issues:
            return self.reason.value
        path = self.issues[0].path
        field = path if path in known_fields else "unknown_field" if path else "body"
        return f"{self.reason.value}:{field}"[:MAX_REASON_LENGTH]


def validated(
    validate: Callable[[Given], Valid],
    given: Given,
    *,
    unknown: str = "is not a field of this object",
) -> Valid:
    """What a function of pydantic makes of what was given. Raises a Refusal that names each wrong field.

    `unknown` says what a field is that is none. Of those there may be thousands in a body: beyond
    `MAX_ISSUES` they are only counted.
    """
    try:
        return validate(given)
    except ValidationError as error:
        refusal = _invalid_request(error, unknown)
    # From in there it would hold pydantic's error, and that the error of a validator with its frames. Where
    # one of them keeps the refusal, that is a ring which Python's collector cannot see through.
    raise refusal


def _invalid_request(error: ValidationError, unknown: str) -> Refusal:
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
    return Refusal(Reason.INVALID_REQUEST, issues)


def _message(kind: str, message: str, unknown: str) -> str:
    if kind == "extra_forbidden":
        return unknown
    if kind == "missing":
        return "is required"
    if kind == "json_invalid":
        return message.replace("Invalid JSON: ", "is not JSON: ")
    return sentence(message)


def sentence(message: str) -> str:
    """What pydantic says of a value, in the words of all other messages: `must be …`."""
    return SUBJECT.sub("must ", message.removeprefix("Value error, "))


def field_paths(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """The fields of a body and of the objects in it, as issues name them."""
    for name, field in model.model_fields.items():
        path = prefix + (field.alias or name)
        yield path
        for part in get_args(field.annotation) or (field.annotation,):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from field_paths(part, f"{path}.")
