from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ingest_app.enrichment.props import RESERVED_PROPS, merge_props

EIGHT = {
    *("fcpMs", "lcpMs", "inpMs", "ttfbMs", "clsScore", "engagedTimeMs", "scrollDepthPercent"),
    "viewId",
}


def test_eight_keys_are_reserved() -> None:
    assert RESERVED_PROPS == EIGHT


def test_a_caller_cannot_set_a_reserved_key() -> None:
    assert merge_props({"ttfbMs": "abc", "viewId": "mine", "plan": "pro"}, {}) == {"plan": "pro"}
    assert merge_props({"ttfbMs": "abc"}, {"ttfbMs": 120}) == {"ttfbMs": 120}
    assert merge_props({"lcpMs": 1}, {"lcpMs": None}) is None


def test_measured_values_are_merged_in_and_zero_is_a_value() -> None:
    assert merge_props({"a": None}, {"clsScore": 0, "fcpMs": None, "inpMs": 8}) == {
        "a": None,
        "clsScore": 0,
        "inpMs": 8,
    }


def test_only_reserved_keys_come_from_measurement() -> None:
    assert merge_props({"plan": "pro"}, {"plan": 1}) == {"plan": "pro"}


def test_nothing_left_is_none() -> None:
    assert merge_props(None, {}) is None
    assert merge_props({}, {"fcpMs": None}) is None


@given(
    st.dictionaries(st.sampled_from([*sorted(EIGHT), "a", "b"]), st.integers()),
    st.dictionaries(st.sampled_from(sorted(EIGHT)), st.one_of(st.none(), st.integers())),
)
def test_reserved_keys_hold_what_was_measured(
    props: dict[str, Any], measured: dict[str, int | None]
) -> None:
    before = dict(props)
    merged = merge_props(props, measured) or {}
    assert props == before
    assert {key: merged[key] for key in merged.keys() & EIGHT} == {
        key: value for key, value in measured.items() if value is not None
    }
    assert {key: merged[key] for key in merged.keys() - EIGHT} == {
        key: value for key, value in props.items() if key not in EIGHT
    }
