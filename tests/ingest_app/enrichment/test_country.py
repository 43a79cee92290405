import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_app.enrichment.country import country_of_address, resolve_country_code


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", "US"),
        ("193.0.6.139", "NL"),
        ("200.160.2.3", "BR"),
        ("133.11.93.1", "JP"),
        ("139.18.1.1", "DE"),
        ("212.58.244.20", "GB"),
        ("77.88.8.8", "RU"),
        ("168.126.63.1", "KR"),
        ("114.114.114.114", "CN"),
        ("41.186.0.1", "RW"),
        ("2001:4860:4860::8888", "US"),
        ("2a00:1450::1", "IE"),
        ("2001:200:dff:fff1::1", "JP"),
        ("::ffff:193.0.6.139", "NL"),
        ("::FFFF:c100:068b", "NL"),
        (" 8.8.8.8 ", "US"),
    ],
)
def test_well_known_addresses(address: str, expected: str) -> None:
    assert country_of_address(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "x",
        "999.1.1.1",
        "8.8.8",
        "8.8.8.8\x00",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "127.0.0.1",
        "169.254.1.1",
        "100.64.0.1",
        "192.0.2.1",
        "240.0.0.1",
        "0.0.0.0",  # noqa: S104
        "::",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "2001:db8::1",
        "::ffff:10.0.0.1",
    ],
)
def test_addresses_without_a_country(address: str | None) -> None:
    assert country_of_address(address) is None


@pytest.mark.parametrize(
    ("claimed", "expected"),
    [
        ("de", "DE"),
        ("DE", "DE"),
        (" fr ", "FR"),
        (None, "US"),
        ("", "US"),
        ("USA", "US"),
        ("1A", "US"),
        ("ß", "US"),
        ("ÄÖ", "US"),
        ("D\n", "US"),
    ],
)
def test_a_claim_of_two_letters_wins(claimed: str | None, expected: str) -> None:
    assert resolve_country_code(claimed, "8.8.8.8") == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("FR", "FR"),
        ("fr", "FR"),
        (" Fr ", "FR"),
        ("XK", "XK"),
        (None, "US"),
        ("", "US"),
        ("  ", "US"),
        ("XX", "US"),
        ("xx", "US"),
        ("ZZ", "US"),
        ("AA", "US"),
        ("QM", "US"),
        ("QA", "QA"),
        ("QZ", "US"),
        ("XA", "US"),
        ("XZ", "US"),
        ("EU", "US"),
        ("AP", "US"),
        ("T1", None),
        (" t1", None),
        ("A1", None),
        ("A2", "US"),
        ("FRA", "US"),
        ("F", "US"),
        ("FR,DE", "US"),
        ("FR, FR", "US"),
        ("unknown", "US"),
        ("-", "US"),
        ("\u00df", "US"),
        ("\u0130T", "US"),
        ("\uff26\uff32", "US"),
        ("F\x00", "US"),
        ("\ud800", "US"),
    ],
)
def test_a_trusted_proxys_header_comes_before_the_lookup(
    header: str | None, expected: str | None
) -> None:
    assert resolve_country_code(None, "8.8.8.8", header) == expected
    assert resolve_country_code("1A", "8.8.8.8", header) == expected
    assert resolve_country_code("de", "8.8.8.8", header) == "DE"


def test_a_header_is_enough_without_an_address() -> None:
    assert resolve_country_code(None, None, "FR") == "FR"
    assert resolve_country_code(None, "10.0.0.1", "FR") == "FR"
    assert resolve_country_code(None, "10.0.0.1", "XX") is None


@pytest.mark.parametrize("code", ["EU", "AP", "ZZ", "XX", "us", "USA", "", None])
def test_what_is_no_country_is_not_answered(
    code: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iptocc.country_code", lambda address: code)
    assert country_of_address("8.8.8.8") is None


@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "2001:db8::1", "::ffff:10.0.0.1"])
def test_a_private_address_is_not_looked_up(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iptocc.country_code", lambda address: "US")
    assert country_of_address(address) is None


@given(
    st.one_of(st.none(), st.text(max_size=4)),
    st.one_of(
        st.none(),
        st.text(),
        st.ip_addresses().map(str),
    ),
    st.one_of(st.none(), st.text(), st.sampled_from(["XX", "T1", "FR"])),
)
def test_the_answer_is_two_letters_or_none(
    claimed: str | None, address: str | None, header: str | None
) -> None:
    code = resolve_country_code(claimed, address, header)
    assert code is None or re.fullmatch("[A-Z]{2}", code)


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_its_ipv4_address(address: object) -> None:
    assert country_of_address(f"::ffff:{address}") == country_of_address(str(address))
