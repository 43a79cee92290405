import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_app.enrichment.property_id import resolve_property_id


@pytest.mark.parametrize(
    ("claimed", "host", "expected"),
    [
        ("Main-Site", "example.com", "Main-Site"),
        (" site ", "example.com", "site"),
        (None, "WWW.Example.com:8080", "example.com"),
        ("", "example.com", "example.com"),
        ("  ", "example.com", "example.com"),
        (None, None, "unknown"),
        (None, "no host", "unknown"),
        (None, "127.0.0.1:5000", "127.0.0.1"),
        ("p" * 200, None, "p" * 128),
        (None, ".".join(["a" * 40] * 5), ".".join(["a" * 40] * 5)[:128]),
    ],
)
def test_the_property_of_an_event(claimed: str | None, host: str | None, expected: str) -> None:
    assert resolve_property_id(claimed, host) == expected


@given(st.one_of(st.none(), st.text()), st.one_of(st.none(), st.text()))
def test_a_property_fits_its_column(claimed: str | None, host: str | None) -> None:
    assert 1 <= len(resolve_property_id(claimed, host)) <= 128
