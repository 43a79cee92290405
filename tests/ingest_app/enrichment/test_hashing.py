import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_app.enrichment.hashing import keyed_hash


def test_the_hash_is_hmac_sha_256() -> None:
    # RFC 4231, test case 2.
    assert keyed_hash(b"Jefe", "what do ya want for nothing?") == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )


def test_absent_and_empty_have_no_hash() -> None:
    assert keyed_hash(b"pepper", None) is None
    assert keyed_hash(b"pepper", "") is None


def test_an_empty_pepper_is_refused() -> None:
    with pytest.raises(ValueError, match="pepper"):
        keyed_hash(b"", "203.0.113.1")


@given(st.binary(min_size=1), st.text(min_size=1))
def test_every_text_has_a_hash(pepper: bytes, value: str) -> None:
    assert re.fullmatch("[0-9a-f]{64}", keyed_hash(pepper, value) or "")


def test_the_pepper_counts_and_a_surrogate_is_read() -> None:
    assert keyed_hash(b"one", "\ud800") != keyed_hash(b"two", "\ud800")
