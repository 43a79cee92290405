"""What is set for properties, read and changed by the owner of schema raw."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from ingest_app.database.connection import READ, WORK, connect
from ingest_app.enrichment.hosts import normal_host
from ingest_app.enrichment.page import EVERY_PARAMETER
from ingest_app.enrichment.tracking import is_tracking
from ingest_app.operations.zones import UTC_NAME

MAX_PARAMETER_LENGTH = 128
_NO_NAME = re.compile(r"[?&=#\s\x00-\x1f]")

SELECT_PROPERTIES = """
    select
        property_id, name, time_zone,
        (
            select coalesce(
                json_agg(json_build_object('from', from_day, 'timeZone', time_zone) order by from_day),
                '[]'
            )
            from raw.property_zones
            where property_zones.property_id = properties.property_id
        ) as zones,
        hosts, ignored_referrers, kept_query, keeps_slash, keeps_case, keeps_route,
        created_at, updated_at
    from raw.properties
    where %(property_id)s::text is null or property_id = %(property_id)s
    order by property_id collate "C"
"""
SELECT_ALIASES = """
    select property_id, alias
    from raw.property_aliases
    where %(name)s::text is null or %(name)s in (property_id, alias)
    order by alias collate "C"
"""
# What is not named keeps its value, or gets that of a property for which nothing is set.
CHANGE = """
    insert into raw.properties as known (
        property_id, name, hosts, ignored_referrers, kept_query, keeps_slash, keeps_case, keeps_route
    )
    values (
        %(property_id)s,
        nullif(%(name)s, ''),
        coalesce(%(hosts)s, '{}'::text[]),
        coalesce(%(ignored_referrers)s, '{}'::text[]),
        coalesce(%(kept_query)s, '{}'::text[]),
        coalesce(%(keeps_slash)s, true),
        coalesce(%(keeps_case)s, true),
        coalesce(%(keeps_route)s, false)
    )
    on conflict (property_id) do update set
        name = nullif(coalesce(%(name)s, known.name), ''),
        hosts = coalesce(%(hosts)s, known.hosts),
        ignored_referrers = coalesce(%(ignored_referrers)s, known.ignored_referrers),
        kept_query = coalesce(%(kept_query)s, known.kept_query),
        keeps_slash = coalesce(%(keeps_slash)s, known.keeps_slash),
        keeps_case = coalesce(%(keeps_case)s, known.keeps_case),
        keeps_route = coalesce(%(keeps_route)s, known.keeps_route),
        updated_at = now()
"""


class AliasError(Exception):
    """The name is not that of a property any more; the message says which one is."""


@dataclass(frozen=True, slots=True)
class Property:
    """What is set for a property; without hosts it takes events from everywhere."""

    property_id: str
    name: str | None = None
    time_zone: str = UTC_NAME
    zones: list[dict[str, str]] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    ignored_referrers: list[str] = field(default_factory=list)
    kept_query: list[str] = field(default_factory=list)
    keeps_slash: bool = True
    keeps_case: bool = True
    keeps_route: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None
    # The names that it had before, and the property whose former name it is.
    aliases: list[str] = field(default_factory=list)
    alias_of: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Its fields as JSON has them."""
        return {
            "propertyId": self.property_id,
            "name": self.name,
            "timeZone": self.time_zone,
            "timeZones": self.zones,
            "hosts": self.hosts,
            "ignoreReferrers": self.ignored_referrers,
            "keepQuery": self.kept_query,
            "trailingSlash": "keep" if self.keeps_slash else "strip",
            "case": "keep" if self.keeps_case else "lower",
            "fragment": "route" if self.keeps_route else "drop",
            "aliases": self.aliases,
            "aliasOf": self.alias_of,
            "createdAt": self.created_at and self.created_at.isoformat(),
            "updatedAt": self.updated_at and self.updated_at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be set for a property; None leaves it as it is."""

    name: str | None = None
    hosts: list[str] | None = None
    ignored_referrers: list[str] | None = None
    kept_query: list[str] | None = None
    keeps_slash: bool | None = None
    keeps_case: bool | None = None
    keeps_route: bool | None = None


def read_hosts(texts: Iterable[str]) -> list[str]:
    """Host names as browsers spell them, each once. Raises ValueError for what is none."""
    hosts = set()
    for text in texts:
        host = normal_host(text, keeps_www=True)
        if host is None:
            raise ValueError(
                f"{text!r} is not a host such as shop.example: name each host by itself, without "
                "scheme, path or wildcard"
            )
        hosts.add(host)
    return sorted(hosts)


def read_domains(texts: Iterable[str]) -> list[str]:
    """Domains of referrers, without www., each once. Raises ValueError for what is none."""
    domains = {normal_host(host) or host for host in read_hosts(texts)}
    for domain in domains:
        # By whole labels: one label alone would be every site of a country.
        if "." not in domain and ":" not in domain and domain != "localhost":
            raise ValueError(f"{domain!r} is not the domain of a site such as pay.example")
    return sorted(domains)


def read_parameters(texts: Iterable[str]) -> list[str]:
    """Names of parameters, each once. Raises ValueError for what no page can keep."""
    names = set(texts)
    for name in names:
        if len(name) > MAX_PARAMETER_LENGTH or _NO_NAME.search(name):
            raise ValueError(
                f"{name!r} is not the name of a parameter such as page: name each by itself, without "
                "?, &, = or #"
            )
        if is_tracking(name):
            raise ValueError(f"{name!r} is a tracking parameter: no page has any")
    if EVERY_PARAMETER in names and len(names) > 1:
        raise ValueError(f"{EVERY_PARAMETER!r} keeps every parameter: name it alone")
    return sorted(names)


def list_properties(url: str) -> list[Property]:
    """Every property for which something was set, or that had another name. Raises psycopg.Error."""
    with connect(url, READ, name="footfall-properties") as connection:
        known = {one.property_id: one for one in _select(connection, None)}
        for property_id, alias in _aliases(connection, None):
            known.setdefault(property_id, Property(property_id)).aliases.append(alias)
    return sorted(known.values(), key=lambda one: one.property_id)


def show_property(url: str, property_id: str) -> Property:
    """One property, as all are where nothing was set for it. Raises psycopg.Error."""
    with connect(url, READ, name="footfall-properties") as connection:
        return _show(connection, property_id)


def change_property(url: str, property_id: str, change: Change) -> Property:
    """Set what the change names, and leave the rest as it is.

    Raises AliasError for a name that the property has no more, and psycopg.Error.
    """
    values = {"property_id": property_id, **asdict(change)}
    with connect(url, WORK, name="footfall-properties") as connection:
        if name := _show(connection, property_id).alias_of:
            raise AliasError(f"{property_id} is another name of {name}: set it for {name}")
        connection.execute(CHANGE, values)
        return _show(connection, property_id)


def _show(connection: Connection[Any], name: str) -> Property:
    found = _select(connection, name)
    shown = found[0] if found else Property(name)
    names = _aliases(connection, name)
    return replace(
        shown,
        aliases=[alias for property_id, alias in names if property_id == name],
        alias_of=next((property_id for property_id, alias in names if alias == name), None),
    )


def _aliases(connection: Connection[Any], name: str | None) -> list[tuple[str, str]]:
    """Pairs of a property and a name that it had."""
    rows = connection.execute(SELECT_ALIASES, {"name": name}).fetchall()
    return [(property_id, alias) for property_id, alias in rows]


def _select(connection: Connection[Any], property_id: str | None) -> list[Property]:
    with connection.cursor(row_factory=class_row(Property)) as cursor:
        return cursor.execute(SELECT_PROPERTIES, {"property_id": property_id}).fetchall()
