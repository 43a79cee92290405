"""What is set for a property, as far as it decides what becomes of an event, or how it is shown."""

from __future__ import annotations

from dataclasses import dataclass

from ingest_app.enrichment.page import AS_ALL, PageRules


@dataclass(frozen=True, slots=True)
class Site:
    """The settings of a property; without any it is as all are.

    `hosts` are the only ones whose pages may send its events, as browsers spell them. `own_hosts` are
    the same in the form of `normal_host`. Referrers of those, and of `ignored_referrers` with their
    subdomains, are no new source. `time_zone` cuts its days, by its name.
    """

    hosts: frozenset[str] = frozenset()
    own_hosts: frozenset[str] = frozenset()
    ignored_referrers: frozenset[str] = frozenset()
    page_rules: PageRules = AS_ALL
    time_zone: str = "UTC"


AS_ALL_ARE = Site()
