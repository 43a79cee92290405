"""The elements of a JSON array as they were sent, each for itself.

A parser refuses an array for one element that is no JSON. Here strings and brackets alone are looked
at, so that such an element is nobody's concern but its own.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

# No valid event is nested deeper than this. What is deeper is passed over bracket by bracket. That
# takes a hundred times as long, and so its steps are bounded. No client reaches the bound by
# mistake.
NESTING = 20
MAX_STEPS = 200_000
NO_END = "is not JSON: the array does not end, or holds too many brackets"
_BLANK = b" \t\r\n"

# Every repetition is possessive: a text that does not fit is given up in linear time. Before 3.11.5
# `re` matches too little where what is repeated has alternatives; there it may look back, and still
# finds at once that nothing shorter fits.
_REPEATED = b"*+" if sys.version_info >= (3, 11, 5) else b"*"
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'


def _run(plain: bytes, inner: bytes) -> bytes:
    return rb"%s*+(?:%s%s*+)%s" % (plain, inner, plain, _REPEATED)


def _nested(depth: int) -> bytes:
    inner = _STRING
    for _ in range(depth):
        inner = rb"(?:%s|[\[{]%s[\]}])" % (_STRING, _run(rb'[^"\[\]{}]', inner))
    return inner


# Up to the comma or the bracket that ends an element.
_ELEMENT = re.compile(_run(rb'[^"\[\]{},]', _nested(NESTING)), re.DOTALL)
# A string that does not end is a token too, or each quote in it would be tried as the start of one.
_TOKEN = re.compile(_STRING + rb"?+|[\[{]|[\]}]", re.DOTALL)


def array_elements(raw: bytes) -> Iterator[bytes]:
    """The text of each element of a JSON array, one after the other.

    Of an element only the brackets and the strings are known to match. Raises ValueError where it
    is seen that `raw` is no array: by then some elements may have come out.
    """
    text = raw.strip(_BLANK)
    if not text.startswith(b"["):
        raise ValueError("must be an array of events, or application/x-ndjson")
    start = place = 1
    is_first = True
    steps = iter(range(MAX_STEPS))
    while True:
        if found := _ELEMENT.match(text, place):
            place = found.end()
        mark = text[place : place + 1]
        if mark in (b"[", b"{"):
            place = _end_of_nested(text, place, steps)
            continue
        if mark not in (b",", b"]"):
            raise ValueError(NO_END)
        element = text[start:place].strip(_BLANK)
        start = place = place + 1
        if element:
            yield element
        elif not (is_first and mark == b"]"):
            raise ValueError("is not JSON: an event is missing beside a comma")
        is_first = False
        if mark == b"]":
            break
    if place < len(text):
        raise ValueError("is not JSON: something follows the array")


def _end_of_nested(text: bytes, place: int, steps: Iterator[int]) -> int:
    depth = 0
    for token, _ in zip(_TOKEN.finditer(text, place), steps, strict=False):
        mark = text[token.start()]
        if mark in b"[{":
            depth += 1
        elif mark in b"]}":
            depth -= 1
            if depth == 0:
                return token.end()
    raise ValueError(NO_END)
