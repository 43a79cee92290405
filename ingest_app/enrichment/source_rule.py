"""How a rule of `traffic_rules` is compared with a host or a campaign tag."""

from dataclasses import dataclass

from ingest_app.enrichment.hosts import has_domain, name_and_parents, normal_host
from ingest_app.enrichment.vocabulary import TrafficSource


@dataclass(frozen=True, slots=True)
class SourceRule:
    """The sites of one kind of source.

    `domains` match with their subdomains, `hosts` (and Android app ids) only exactly, `brands` are
    second-level names that count under any of `suffixes`; with `services` only those subdomains of
    the brands count. `first_labels` count on any domain. `other_services` are subdomains of all
    these that are something else. `names` are values of utm.source beside the hosts.

    `source` is the verdict on a referrer, `tagged` that on a utm.source.
    """

    source: TrafficSource
    tagged: TrafficSource = TrafficSource.CAMPAIGN
    domains: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    suffixes: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    first_labels: frozenset[str] = frozenset()
    other_services: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def fits_host(self, host: str) -> bool:
        """Tell whether a normalised host belongs to this source."""
        if host in self.hosts:
            return True
        matched = has_domain(host, self.domains) or self._is_brand(host) or self._starts(host)
        return matched and not self._is_one_of(self.other_services, host)

    def fits_name(self, name: str) -> bool:
        """Tell whether a utm.source (lower-case) names this source, by brand or by host."""
        if name in self.names:
            return True
        host = normal_host(name) if "." in name else None
        return host is not None and self.fits_host(host)

    def _is_brand(self, host: str) -> bool:
        if not self.brands:
            return False
        for name in name_and_parents(host):
            label, _, suffix = name.partition(".")
            if label in self.brands and suffix in self.suffixes:
                return not self.services or self._is_one_of(self.services, host)
        return False

    def _starts(self, host: str) -> bool:
        # `webmail.com` is a site of that name and no service of a site.
        return host.count(".") > 1 and host.partition(".")[0] in self.first_labels

    @staticmethod
    def _is_one_of(services: frozenset[str], host: str) -> bool:
        return any(name.partition(".")[0] in services for name in name_and_parents(host)[:-2])
