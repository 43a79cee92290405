"""One HTTP request to the events endpoint, ready to be sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Kind = Literal["regular", "late", "retry", "invalid"]

# Servers commonly refuse header lines beyond 8 KB; the start of an agent says all that matters.
LONGEST_HEADER_VALUE = 2000


@dataclass(frozen=True)
class Post:
    """A body and its headers; `kind` says what the sender of it had in mind."""

    body: bytes
    headers: dict[str, str]
    kind: Kind = "regular"


def json_post(
    event: Mapping[str, object], headers: Mapping[str, str], kind: Kind = "regular"
) -> Post:
    """A post whose body is `event` as compact JSON."""
    return Post(
        body=json.dumps(event, separators=(",", ":")).encode("ascii"),
        headers={"Content-Type": "application/json", **headers},
        kind=kind,
    )


def header_text(value: str) -> str:
    """`value` as it may stand in a header: printable ASCII, anything else becomes `?`.

    Latin-1 would be legal too, but servers differ in what they make of it.
    """
    printable = "".join(char if " " <= char <= "~" else "?" for char in value)
    return printable[:LONGEST_HEADER_VALUE].strip()


def iso_instant(moment: datetime) -> str:
    """An aware datetime as ISO 8601 in UTC with milliseconds: `2015-05-17T10:05:03.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
