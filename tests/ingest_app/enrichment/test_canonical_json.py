"""One text a value, by RFC 8785."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ingest_app.enrichment.canonical_json import canonical_json
from tests.support.json_values import JSON, NUMBERS


@given(JSON)
def test_a_value_has_the_text_that_another_library_gives_it(value: Any) -> None:
    assert canonical_json(value).encode() == rfc8785.dumps(value)


@pytest.mark.parametrize(
    ("bits", "text"),
    # The samples of the standard's appendix B.
    [
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("8000000000000001", "-5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("c340000000000000", "-9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_the_numbers_of_the_standard(bits: str, text: str) -> None:
    [number] = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical_json(number) == text


@given(st.one_of(st.integers(-(10**40), 10**40), NUMBERS), st.integers(-2, 2))
def test_numbers_have_one_text_where_they_are_equal_and_no_other(one: float, distance: int) -> None:
    other = one + distance
    assert (canonical_json(one) == canonical_json(other)) == (one == other)
    assert (canonical_json(one) == canonical_json(float(one))) == (one == float(one))


def test_keys_are_in_the_order_of_javascript() -> None:
    # By code points the emoji would be last.
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    in_order = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert list(json.loads(canonical_json(dict.fromkeys(keys)))) == in_order
