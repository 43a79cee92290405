"""What one body may ask of a thread that all requests share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from ingest_app.enrichment.body import EventBody
from ingest_app.intake.intake import EVENT_FIELDS
from ingest_app.refusals import MAX_ISSUES
from tests.support.server import Server

MOST = 1024


def event(**changes: Any) -> dict[str, Any]:
    return {"anonId": "visitor-0001", "eventType": "page_view", "path": "/"} | changes


def in_a_list(count: int) -> dict[str, Any]:
    return {"a": [0] * (count - 1)}


def in_lists_of_lists(count: int) -> dict[str, Any]:
    return {"a": [[[]] for _ in range((count - 1) // 2)] + [0] * ((count - 1) % 2)}


def in_objects_of_a_list(count: int) -> dict[str, Any]:
    # An object and its value are two; of keys there may be 256.
    return {"a": [{"b": None}] * 200 + [""] * (count - 1 - 400)}


def in_two_lists(count: int) -> dict[str, Any]:
    return {"a": [0] * 500, "b": [0] * (count - 502)}


def far_down(count: int) -> dict[str, Any]:
    inner: Any = [0] * (count - 10)
    for _ in range(9):
        inner = [inner]
    return {"a": inner}


@pytest.mark.usefixtures("clean_tables")
@pytest.mark.parametrize(
    "shape", [in_a_list, in_lists_of_lists, in_objects_of_a_list, in_two_lists, far_down]
)
def test_props_hold_at_most_1024_values_wherever_they_stand(server: Server, shape: Any) -> None:
    assert server.post(event(props=shape(MOST))).status == 202
    answer = server.post(event(props=shape(MOST + 1)))
    assert answer.status == 400
    assert [issue["path"] for issue in answer.body["issues"]] == ["props"]
    assert "1024" in answer.body["issues"][0]["message"]


class Unread(list[int]):
    """A list that nobody looks into."""

    def __iter__(self) -> Iterator[int]:
        raise AssertionError("its length alone refuses it")

    __getitem__ = __iter__  # type: ignore[assignment]


def test_a_list_of_30000_items_is_refused_by_its_length() -> None:
    with pytest.raises(ValidationError, match="1024 values"):
        EventBody.model_validate(event(props={"a": 1, "b": Unread([0] * 30_000)}))


@pytest.mark.parametrize(
    "flood",
    [
        pytest.param(lambda names: names, id="the event"),
        pytest.param(lambda names: {"utm": names}, id="utm"),
        pytest.param(lambda names: {"traffic": names}, id="traffic"),
        pytest.param(lambda names: {"traffic": {"webVitals": names}}, id="vitals"),
    ],
)
def test_of_thousands_of_unknown_fields_the_first_are_named(server: Server, flood: Any) -> None:
    answer = server.post(event(**flood({f"x{n}": 1 for n in range(4000)})))
    assert answer.status == 400
    issues = answer.body["issues"]
    assert len(issues) == MAX_ISSUES + 1
    assert {issue["message"] for issue in issues[:-1]} == {"is not a field of this object"}
    assert issues[-1] == {"path": "", "message": f"{4000 - MAX_ISSUES} more are not listed"}


def test_every_known_field_can_be_named_at_once(server: Server) -> None:
    assert len(EVENT_FIELDS) <= MAX_ISSUES
    wrong = {
        name: 0 if name != "props" else [0]
        for name in ("anonId", "eventType", "path", "timestamp", "eventId", "sentAt", "viewId")
    }
    answer = server.post(
        wrong
        | {"utm": dict.fromkeys(("source", "medium", "campaign", "term", "content"), 0)}
        | {
            "traffic": {
                **dict.fromkeys(("propertyId", "deviceType", "countryCode"), 0),
                **dict.fromkeys(("isEntrance", "isExit", "isConversion"), 0),
                **dict.fromkeys(("engagedTimeMs", "scrollDepthPercent"), -1),
                "webVitals": dict.fromkeys(("fcpMs", "lcpMs", "inpMs", "ttfbMs", "clsScore"), -1),
            }
        }
        | {"referrer": 0, "props": 0, "honeypot": 0}
    )
    named = {issue["path"] for issue in answer.body["issues"]}
    # `utm`, `traffic` and `webVitals` are wrong in what they hold.
    assert named == EVENT_FIELDS - {"utm", "traffic", "traffic.webVitals"}
