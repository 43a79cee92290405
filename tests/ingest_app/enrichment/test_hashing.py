import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_app.enrichment.hashing import keyed_hash, shortened


def test_the_hash_is_hmac_sha_256() -> None:
    # RFC 4231, test case 2.
    assert keyed_hash(b"Jefe", "what do ya want for nothing?") == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )


def test_what_is_stored_of_a_hash_is_its_first_128_bits() -> None:
    # By the command base64, and tr for the two characters that URLs have another meaning for.
    jefe = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert shortened(jefe) == "W9zBRr9gdU5qBCQmCJV1xw"
    assert shortened("8fe83b018c845fa26f3a685c80675542" + "0" * 32) == "j-g7AYyEX6JvOmhcgGdVQg"
    assert shortened("a4531623fe1cd15f6cf069488eddb4cb" + "f" * 32) == "pFMWI_4c0V9s8GlIjt20yw"


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
