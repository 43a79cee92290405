from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_app.enrichment.client_address import MAX_HOPS, client_address, parse_address

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
        ("10.0.0.1", "198.51.100.1, ,10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", ",", "10.0.0.1"),
        ("10.0.0.1", ",198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, _hidden, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "1.1.1.1,198.51.100.1,10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.9.9.9, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "127.0.0.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "\t 198.51.100.1 \t", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2:8443", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, [2001:db8:1::2]:8443", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, ::ffff:10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, [::FFFF:a00:2]:80", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1:x", "10.0.0.1"),
        ("10.0.0.1", "[198.51.100.1", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1 198.51.100.2", "10.0.0.1"),
        ("10.0.0.1", "0198.51.100.1", "10.0.0.1"),
        ("10.0.0.1", "\uff11.2.3.4", "10.0.0.1"),
        ("::ffff:203.0.113.9", "198.51.100.1", "203.0.113.9"),
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


@pytest.mark.parametrize("peer", ["10.0.0.1", "::ffff:10.0.0.1", "[::ffff:a00:1]:80"])
@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ("10.0.0.0/8", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1"),
        ("::ffff:10.0.0.0/104", "198.51.100.1"),
        ("::ffff:10.0.0.1", "198.51.100.1"),
        ("::ffff:0:0/96", "1.1.1.1"),
        ("::ffff:10.0.0.2", "10.0.0.1"),
        ("::ffff:11.0.0.0/104", "10.0.0.1"),
        # All of IPv6 is no word about IPv4.
        ("::/0", "10.0.0.1"),
    ],
)
def test_a_mapped_network_is_its_ipv4_network(peer: str, network: str, expected: str) -> None:
    assert client_address(peer, "1.1.1.1, 198.51.100.1", [ip_network(network)]) == expected


def test_the_work_on_a_long_header_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str | None] = []

    def count(text: str | None) -> IPv4Address | IPv6Address | None:
        read.append(text)
        return parse_address(text)

    monkeypatch.setattr("ingest_app.enrichment.client_address.parse_address", count)
    hops = ["198.51.100.1"] + [f"10.0.{n // 256}.{n % 256}" for n in range(10_000)]
    assert client_address("10.0.0.1", ", ".join(hops), TRUSTED) == "10.0.38.240"
    assert len(read) == MAX_HOPS + 1


@pytest.mark.parametrize(("proxies", "expected"), [(31, "198.51.100.1"), (32, "10.0.0.5")])
def test_a_chain_may_have_so_many_proxies(proxies: int, expected: str) -> None:
    chain = ", ".join(["198.51.100.1", *["10.0.0.5"] * proxies])
    assert client_address("10.0.0.1", chain, TRUSTED) == expected


@given(st.lists(st.sampled_from(["10.0.0.9", "8.8.8.8", "", "unknown", "x"]), max_size=50))
def test_spoofed_hops_never_count(forged: list[str]) -> None:
    header = ",".join([*forged, "198.51.100.1", "10.0.0.2"])
    assert client_address("10.0.0.1", header, TRUSTED) == "198.51.100.1"


@given(st.text(), st.one_of(st.none(), st.text(), st.ip_addresses().map(str)))
def test_what_the_client_writes_never_counts(forged: str, peer: str | None) -> None:
    honest = client_address("10.0.0.1", "198.51.100.1", TRUSTED)
    assert client_address("10.0.0.1", f"{forged}, 198.51.100.1", TRUSTED) == honest
    answer = client_address(peer, forged, TRUSTED)
    assert answer is None or str(ip_address(answer)) == answer
