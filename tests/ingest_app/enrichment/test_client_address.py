from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_app.enrichment.client_address import client_address

TRUSTED = [ip_network("10.0.0.0/8"), ip_network("2001:db8:1::/48")]


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "expected"),
    [
        ("203.0.113.9", None, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, nonsense, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "nonsense, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1,", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.1", "[2001:DB8::5]:443", "2001:db8::5"),
        ("10.0.0.1", "[2001:db8::5]", "2001:db8::5"),
        ("10.0.0.1", "2001:db8::0005", "2001:db8::5"),
        ("10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("[2001:db8:1::7]:9000", "198.51.100.1", "198.51.100.1"),
        ("2001:db8:2::7", "198.51.100.1", "2001:db8:2::7"),
        ("fe80::1%eth0", None, "fe80::1"),
        (None, "198.51.100.1", None),
        ("", "198.51.100.1", None),
        ("unix:", "198.51.100.1", None),
    ],
)
def test_the_rightmost_untrusted_hop_is_the_client(
    peer: str | None, forwarded_for: str | None, expected: str | None
) -> None:
    assert client_address(peer, forwarded_for, TRUSTED) == expected


def test_without_trusted_proxies_the_header_is_nothing() -> None:
    assert client_address("10.0.0.1", "198.51.100.1", []) == "10.0.0.1"


@given(st.text(), st.one_of(st.none(), st.text(), st.ip_addresses().map(str)))
def test_what_the_client_writes_never_counts(forged: str, peer: str | None) -> None:
    honest = client_address("10.0.0.1", "198.51.100.1", TRUSTED)
    assert client_address("10.0.0.1", f"{forged}, 198.51.100.1", TRUSTED) == honest
    answer = client_address(peer, forged, TRUSTED)
    assert answer is None or str(ip_address(answer)) == answer
