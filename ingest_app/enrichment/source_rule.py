"""How a rule of `traffic_rules` is compared with a host or a campaign tag."""

import re
from dataclasses import dataclass

from ingest_app.enrichment.hosts import has_domain, name_and_parents, normal_host
from ingest_app.enrichment.vocabulary import TrafficSource


@dataclass(frozen=True, slots=True)
class SourceRule:
    """The sites of one kind of source.

    `domains` match with their subdomains, `hosts` (and Android app ids) only exactly, `brands` are
    second-level names that count under any of `suffixes`; with `services` only those subdomains of
    the brands count. `companies` have other products too: of them, and of brands where
    `company_labels` is set, each label of the subdomain has to fit those.

    A host also matches by one of its labels that fits `labels`, on any domain or on those of `portals`.
    `other_domains`, and whatever has a label of `other_services`, are something else.

    `names` are values of utm.source beside the hosts. `source` is the verdict on a referrer,
    `tagged` that on a utm.source.
    """

    source: TrafficSource
    tagged: TrafficSource = TrafficSource.CAMPAIGN
    domains: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    suffixes: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    companies: frozenset[str] = frozenset()
    company_labels: re.Pattern[str] | None = None
    labels: re.Pattern[str] | None = None
    portals: frozenset[str] = frozenset()
    other_domains: frozenset[str] = frozenset()
    other_services: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def fits_host(self, host: str) -> bool:
        """Tell whether a normalised host belongs to this source."""
        if host in self.hosts:
            return True
        if has_domain(host, self.other_domains) or self._is_one_of(self.other_services, host):
            return False
        return has_domain(host, self.domains) or self._is_company(host) or self._has_label(host)

    def fits_name(self, name: str) -> bool:
        """Tell whether a utm.source (lower-case) names this source, by brand or by host."""
        if name in self.names:
            return True
        host = normal_host(name) if "." in name else None
        return host is not None and self.fits_host(host)

    def _is_company(self, host: str) -> bool:
        for name in name_and_parents(host):
            label, _, suffix = name.partition(".")
            is_brand = label in self.brands and suffix in self.suffixes
            if is_brand and self.services:
                return self._is_one_of(self.services, host)
            if is_brand or name in self.companies:
                labels = host.removesuffix(name).split(".")[:-1]
                return self.company_labels is None or all(
                    map(self.company_labels.fullmatch, labels)
                )
        return False

    def _has_label(self, host: str) -> bool:
        # `webmail.com` is a site of that name and no service of a site.
        labels = host.split(".")[:-2]
        if self.labels is None or (self.portals and not has_domain(host, self.portals)):
            return False
        return any(self.labels.fullmatch(label) for label in labels)

    @staticmethod
    def _is_one_of(services: frozenset[str], host: str) -> bool:
        return any(label in services for label in host.split(".")[:-2])
