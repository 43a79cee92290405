"""`footfall property`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import click
from psycopg import errors
from rich.console import Console
from rich.table import Table

from ingest_app.database.address import database_at_hand
from ingest_app.enrichment.property_id import MAX_PROPERTY_ID_LENGTH
from ingest_app.operations.properties import (
    Property,
    list_properties,
    read_hosts,
    set_hosts,
    show_property,
)
from ingest_app.settings import load_settings

EVERYWHERE = "everywhere"
NO_TABLE = (
    "there is no table of properties: run `footfall up`, `footfall init-db` or `footfall upgrade`"
)

as_json = click.option("--json", "is_json", is_flag=True, help="Print JSON.")


def _name(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
    name = text.strip()
    if not 1 <= len(name) <= MAX_PROPERTY_ID_LENGTH or "\x00" in name:
        raise click.BadParameter(f"must have 1 to {MAX_PROPERTY_ID_LENGTH} characters")
    return name


property_id = click.argument("property_id", callback=_name)


@click.group("property")
def properties() -> None:
    """What is set for a property, as the owner of schema raw.

    A property needs no setting: it is there once an event names it.
    """


@properties.command("list")
@as_json
def list_all(is_json: bool) -> None:
    """Every property for which something is set."""
    with _table_at_hand() as url:
        found = list_properties(url)
    if is_json:
        click.echo(json.dumps([one.as_json() for one in found], indent=2))
    elif not found:
        click.echo("nothing is set for any property: each takes events from everywhere")
    else:
        table = Table("property", "takes events from", "set", box=None, pad_edge=False)
        for one in found:
            at = one.updated_at.strftime("%Y-%m-%d %H:%M UTC") if one.updated_at else ""
            table.add_row(one.property_id, _sources(one), at)
        Console().print(table, highlight=False)


@properties.command("show")
@property_id
@as_json
def show(property_id: str, is_json: bool) -> None:
    """What is set for one property."""
    with _table_at_hand() as url:
        _print(show_property(url, property_id), is_json)


@properties.command("set")
@property_id
@click.option(
    "--hosts",
    required=True,
    help="Hosts whose pages may send its events, with commas between; '' takes them away.",
)
@as_json
def change(property_id: str, hosts: str, is_json: bool) -> None:
    """Bind a property to hosts: events from pages elsewhere are refused, and counted.

    Name each host, the one with www. too; ports and case do not matter. Running servers know it
    within seconds.
    """
    named = [host for part in hosts.split(",") if (host := part.strip())]
    try:
        hosts_as_sent = read_hosts(named)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--hosts") from None
    with _table_at_hand() as url:
        _print(set_hosts(url, property_id, hosts_as_sent), is_json)


@contextmanager
def _table_at_hand() -> Iterator[str]:
    """The URL of the database; that it has no such table is told in words."""
    try:
        yield database_at_hand(load_settings())
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        raise click.ClickException(NO_TABLE) from None


def _print(one: Property, is_json: bool) -> None:
    if is_json:
        click.echo(json.dumps(one.as_json(), indent=2))
    else:
        click.echo(f"{one.property_id} takes events from {_sources(one)}")


def _sources(one: Property) -> str:
    return ", ".join(one.hosts) or EVERYWHERE
