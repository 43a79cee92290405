"""Where visitors come from: address ranges long held by providers of each country."""

import ipaddress
import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A country as a visitor's connection shows it."""

    country_code: str
    networks: tuple[str, ...]
    utc_offset_hours: int
    search_domain: str


PLACES = {
    Place("US", ("73.0.0.0/8", "98.192.0.0/10", "2601::/20"), -6, "google.com"): 30.0,
    Place("DE", ("79.192.0.0/10", "84.128.0.0/10", "2003::/19"), 1, "google.de"): 16.0,
    Place("GB", ("86.128.0.0/10", "81.128.0.0/12"), 0, "google.co.uk"): 10.0,
    Place("FR", ("90.0.0.0/9", "2.0.0.0/12"), 1, "google.fr"): 8.0,
    Place("IN", ("122.160.0.0/12", "117.192.0.0/10"), 5, "google.co.in"): 8.0,
    Place("BR", ("177.0.0.0/12", "189.0.0.0/11"), -3, "google.com.br"): 6.0,
    Place("JP", ("114.160.0.0/11", "153.128.0.0/10"), 9, "google.co.jp"): 5.0,
    Place("CA", ("70.24.0.0/13", "142.112.0.0/12"), -5, "google.ca"): 5.0,
    Place("AU", ("101.160.0.0/11", "1.120.0.0/13"), 10, "google.com.au"): 4.0,
    Place("NL", ("77.160.0.0/12", "86.80.0.0/12"), 1, "google.nl"): 4.0,
    # Reserved for documentation: no table of countries knows these.
    Place("SE", ("203.0.113.0/24", "198.51.100.0/24", "2001:db8::/32"), 1, "google.se"): 2.0,
}


def address_in(rng: random.Random, network: str) -> str:
    """Some host of the network, never its first or last address."""
    block = ipaddress.ip_network(network)
    return str(block[rng.randrange(1, min(block.num_addresses, 2**64) - 1)])
