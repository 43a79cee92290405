"""An array is cut into its elements, whatever stands in them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_app.intake.json_array import MAX_STEPS, NESTING, array_elements

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(), inner, max_size=4)
    ),
    max_leaves=20,
)
# What decides, what hides it, and what means nothing. Blanks are left out of the middle of words.
PIECES = st.sampled_from([*'[]{},"\\', "\\\\", '\\"', " ", "x", '"a"', '"],["', "\xff", "[" * 25])


def elements(raw: bytes) -> list[bytes]:
    return list(array_elements(raw))


def plainly(raw: bytes) -> list[bytes] | None:
    """The same byte by byte; None where it is no array."""
    text = raw.strip(b" \t\r\n")
    depth, in_string, is_escaped = 0, False, False
    found: list[bytes] = []
    element = bytearray()
    for place, code in enumerate(text):
        byte = bytes([code])
        if depth == 0:
            if place > 0 or byte != b"[":
                return None
            depth = 1
            continue
        if in_string:
            if is_escaped:
                is_escaped = False
            elif byte == b"\\":
                is_escaped = True
            elif byte == b'"':
                in_string = False
        elif byte == b'"':
            in_string = True
        elif byte in b"[{":
            depth += 1
        elif byte in b"]}":
            depth -= 1
            if depth == 0:
                found.append(bytes(element))
                is_whole = byte == b"]" and place == len(text) - 1
                stripped = [one.strip(b" \t\r\n") for one in found]
                if stripped == [b""]:
                    stripped = []
                return stripped if is_whole and all(stripped) else None
        elif byte == b"," and depth == 1:
            found.append(bytes(element))
            element.clear()
            continue
        element += byte
    return None


@given(st.lists(JSON), st.sampled_from([None, 2]))
def test_every_array_has_the_elements_that_a_parser_finds(items: list[Any], indent: Any) -> None:
    raw = json.dumps(items, indent=indent).encode()
    assert [json.loads(element) for element in elements(raw)] == items


@given(st.lists(PIECES).map("".join))
def test_no_element_is_cut_elsewhere_than_byte_by_byte(inner: str) -> None:
    raw = f"[{inner}]".encode("latin-1")
    expected = plainly(raw)
    if expected is None:
        with pytest.raises(ValueError, match="is not JSON"):
            elements(raw)
    else:
        assert elements(raw) == expected


@pytest.mark.parametrize("depth", [NESTING - 1, NESTING, NESTING + 1, 300, 5000])
def test_an_element_of_any_depth_ends_where_it_ends(depth: int) -> None:
    deep = b'{"a":[' * depth + b'"]}"' + b"]}" * depth
    assert elements(b"[1," + deep + b",2]") == [b"1", deep, b"2"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", "must be an array"),
        (b'{"a":1}', "must be an array"),
        (b"[", "does not end"),
        (b"[1", "does not end"),
        (b'["', "does not end"),
        (b'["\\', "does not end"),
        (b'["\\"]', "does not end"),
        (b"[{]", "does not end"),
        (b"[1}", "does not end"),
        (b'[{"a":"]', "does not end"),
        (b"[1,]", "missing"),
        (b"[,]", "missing"),
        (b"[1,,2]", "missing"),
        (b"[1],2", "follows"),
        (b"[1]]", "follows"),
    ],
)
def test_what_is_no_array_is_told(raw: bytes, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        elements(raw)


def test_what_is_looked_at_bracket_by_bracket_is_bounded() -> None:
    half = MAX_STEPS // 2
    deep = b"[" * half + b"]" * half
    assert elements(b"[" + deep + b"]") == [deep]
    with pytest.raises(ValueError, match="too many brackets"):
        elements(b"[" + deep + b"," + b"[" * 25 + b"]" * 25 + b"]")


@pytest.mark.parametrize(
    "flood",
    [
        b"[" * 1_000_000,
        b"[" + b"[]," * 300_000,
        b'["' + b'\\"' * 500_000,
        b"[" + b'["' * 500_000,
        b"[[" + b"[" * 25 + b'"' + b'\\"' * 500_000,
        b"[" + b'"' * 1_000_001,
        b"[" + (b"[" * 19 + b"]" * 18) * 27_000,
    ],
    ids=["open", "pairs", "escaped quotes", "open quotes", "deep quotes", "quotes", "almost"],
)
def test_a_megabyte_of_anything_comes_to_an_end(flood: bytes) -> None:
    with pytest.raises(ValueError, match="does not end"):
        elements(flood)
