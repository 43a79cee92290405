"""JSON in one form a value, by RFC 8785: equal numbers, strings, lists and objects are equal texts."""

from decimal import Decimal
from json.encoder import encode_basestring
from math import isfinite
from typing import Any

# Up to here every whole number is a double.
EXACT = 2**53


def canonical_json(value: Any) -> str:
    """Return the text of a JSON value.

    Whole numbers that no double holds are outside of the standard. They keep all of their digits,
    with a letter behind, so that two of them that differ stay two.
    """
    if value is None:
        return "null"
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if -EXACT <= value <= EXACT else _large(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dict):
        # Keys of ASCII, as nearly all are, have one order by any rule.
        keys = sorted(value, key=None if all(map(str.isascii, value)) else _utf16)
        members = [f"{encode_basestring(key)}:{canonical_json(value[key])}" for key in keys]
        return "{" + ",".join(members) + "}"
    return "[" + ",".join([canonical_json(inner) for inner in value]) + "]"


def _utf16(key: str) -> bytes:
    # Keys are in order of their UTF-16 units, which is the order of JavaScript.
    return key.encode("utf-16-be")


def _large(value: int) -> str:
    return _number(float(value)) if int(float(value)) == value else f"{value}n"


def _number(value: float) -> str:
    """As JavaScript writes it, which is what the standard asks for."""
    if value.is_integer() and abs(value) <= EXACT:
        return str(int(value))
    if not isfinite(value):
        return "null"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    text = "".join(map(str, digits))
    point = len(text) + int(exponent)
    if len(text) <= point <= 21:
        text = text.ljust(point, "0")
    elif 0 < point <= 21:
        text = f"{text[:point]}.{text[point:]}"
    elif -6 < point <= 0:
        text = f"0.{'0' * -point}{text}"
    else:
        fraction = f".{text[1:]}" if len(text) > 1 else ""
        text = f"{text[0]}{fraction}e{point - 1:+d}"
    return f"-{text}" if sign else text
