"""What is set for properties, as every event asks for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import psycopg

from ingest_app.database.connection import ReconnectingConnection
from ingest_app.enrichment.hosts import normal_host, referrer_host
from ingest_app.enrichment.page import PageRules
from ingest_app.enrichment.site import AS_ALL_ARE, Site
from ingest_app.refusals import Issue, Reason, Refusal

logger = logging.getLogger(__name__)

# A change is known to a running server after this long. Events ask what was read, and not the database.
READ_SECONDS = 2.0

SELECT_SITES = """
    select
        property_id, hosts, ignored_referrers, kept_query, keeps_slash, keeps_case, keeps_route,
        time_zone
    from raw.properties
"""
SELECT_ALIASES = """
    select alias, property_id, is_merge, marts_moved_at is not null from raw.property_aliases
"""


class PropertySettings:
    """What is set for each property, as the database had it when last asked.

    While it is away, what was read last holds. One of it serves a process; safe to share.
    """

    def __init__(self, connection: ReconnectingConnection) -> None:
        self._connection = connection
        self._sites: Mapping[str, Site] = {}
        self._renamed: Mapping[str, str] = {}
        self._moved: Mapping[str, str] = {}
        self._was_read = True
        self._stop = threading.Event()
        # Before the first event: else a stranger's would be taken in the moment of a start.
        self._read()
        self._thread = threading.Thread(target=self._read_forever, name="properties", daemon=True)
        self._thread.start()

    def of(self, property_id: str) -> Site:
        """What is set for a property, which may be nothing."""
        return self._sites.get(property_id, AS_ALL_ARE)

    def zones(self) -> frozenset[str]:
        """The zones of all that have settings."""
        return frozenset(site.time_zone for site in self._sites.values())

    def name_now(self, property_id: str) -> str:
        """The name that the marts have for a property which had this one, or became part of another."""
        return self._moved.get(property_id, property_id)

    def renamed(self, property_id: str) -> str:
        """The same, of a property that is still one of its own."""
        return self._renamed.get(property_id, property_id)

    def check(self, property_id: str, page: str | None) -> None:
        """Raise Refusal where the property is bound to hosts, and the page is of none of them.

        Without a page it is no browser that sends, and could name any page.
        """
        hosts = self.of(property_id).hosts
        if not hosts or page is None or referrer_host(page, keeps_www=True) in hosts:
            return
        message = f"the property {property_id} takes no events from pages of this origin"
        raise Refusal(Reason.ORIGIN_NOT_ALLOWED, [Issue("", message)])

    def close(self) -> None:
        """Stop reading."""
        self._stop.set()
        self._connection.cancel()
        self._thread.join()
        self._connection.close()

    def _read_forever(self) -> None:
        while not self._stop.wait(READ_SECONDS):
            self._read()

    def _read(self) -> None:
        try:
            with self._connection.connection() as connection:
                rows = connection.execute(SELECT_SITES).fetchall()
                aliases = connection.execute(SELECT_ALIASES).fetchall()
        except psycopg.Error as error:
            if self._was_read:
                logger.warning("the settings of properties stay as they were read: %s", error)
            self._was_read = False
        else:
            sites = {property_id: _site(*settings) for property_id, *settings in rows}
            names = {alias: property_id for alias, property_id, *_ in aliases}
            self._sites = sites | dict(_under_other_names(sites, names))
            moved = [names for *names, is_moved in aliases if is_moved]
            self._moved = {alias: property_id for alias, property_id, _ in moved}
            self._renamed = {alias: name for alias, name, is_merge in moved if not is_merge}
            self._was_read = True


def _under_other_names(
    sites: Mapping[str, Site], aliases: Mapping[str, str]
) -> Iterator[tuple[str, Site]]:
    """What is set for a property holds under each of its names, which all are its own hosts."""
    names: dict[str, set[str]] = {}
    for alias, property_id in aliases.items():
        names.setdefault(property_id, {property_id}).add(alias)
    for property_id, all_names in names.items():
        site = sites.get(property_id, AS_ALL_ARE)
        hosts = {host for name in all_names if (host := normal_host(name)) is not None}
        for name in all_names:
            yield name, replace(site, own_hosts=site.own_hosts | hosts)


def _site(
    hosts: list[str], ignored_referrers: list[str], kept_query: list[str], *keeps: Any
) -> Site:
    keeps_slash, keeps_case, keeps_route, time_zone = keeps
    own_hosts = (normal_host(host) for host in hosts)
    return Site(
        hosts=frozenset(hosts),
        own_hosts=frozenset(host for host in own_hosts if host is not None),
        ignored_referrers=frozenset(ignored_referrers),
        page_rules=PageRules(frozenset(kept_query), keeps_slash, keeps_case, keeps_route),
        time_zone=time_zone,
    )
