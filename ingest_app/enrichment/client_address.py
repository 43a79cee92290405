"""The client's address behind the proxies that the settings trust."""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# A chain of proxies has a handful. What stands further left is not read, so that a header full
# of trusted addresses costs no more than this.
MAX_HOPS = 32
_IPV4_IN_IPV6 = IPv6Network("::ffff:0:0/96")
_IPV4_AND_PORT = re.compile(r"([0-9.]+):[0-9]{1,5}\Z")
_IPV6_IN_BRACKETS = re.compile(r"\[([^\]]*)\](?::[0-9]{1,5})?\Z")


def client_address(
    peer: str | None,
    forwarded_for: str | None,
    trusted: Sequence[IPv4Network | IPv6Network],
) -> str | None:
    """Return the client's address as a normalised text, or None when the peer has none.

    `peer` is the other end of the connection, `forwarded_for` the X-Forwarded-For header (client
    first). The header is read from the right for as long as the reporter is in `trusted`; the
    first address that is not trusted is the client. Where an entry cannot be read, the proxy that
    reported it stands for the client: what is left of it is anyone's claim. The same holds for
    an empty entry, and after `MAX_HOPS` entries.
    """
    nearest = parse_address(peer)
    if nearest is None:
        return None
    hops = forwarded_for.rsplit(",", MAX_HOPS)[-MAX_HOPS:] if forwarded_for else []
    while hops and is_in(nearest, trusted):
        hop = parse_address(hops.pop())
        if hop is None:
            break
        nearest = hop
    return str(nearest)


def is_in(
    address: IPv4Address | IPv6Address, networks: Sequence[IPv4Network | IPv6Network]
) -> bool:
    """Whether an address that was parsed here lies in one of the networks."""
    return any(address in _as_ipv4(network) for network in networks)


@lru_cache(maxsize=4096)
def parse_address(text: str | None) -> IPv4Address | IPv6Address | None:
    """Read an IP address, with or without port, brackets and zone; None when it is none.

    An IPv4-mapped IPv6 address is returned as IPv4, because a dual-stack socket writes every
    IPv4 client that way.
    """
    if text is None:
        return None
    bare = text.strip()
    wrapped = _IPV6_IN_BRACKETS.match(bare) or _IPV4_AND_PORT.match(bare)
    try:
        address = ip_address((wrapped[1] if wrapped else bare).partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


@lru_cache(maxsize=256)
def _as_ipv4(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    # The addresses that are looked for are never IPv4-mapped, so the networks must not be either.
    if isinstance(network, IPv4Network) or not network.subnet_of(_IPV4_IN_IPV6):
        return network
    base = int(network.network_address) & 0xFFFFFFFF
    return IPv4Network((base, network.prefixlen - _IPV4_IN_IPV6.prefixlen))
