"""`footfall property`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from psycopg import errors
from rich.console import Console
from rich.table import Table

from ingest_app.database.address import database_at_hand
from ingest_app.enrichment.property_id import MAX_PROPERTY_ID_LENGTH
from ingest_app.operations.properties import (
    Change,
    Property,
    change_property,
    list_properties,
    read_domains,
    read_hosts,
    read_parameters,
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


def _list_by(read: Callable[[list[str]], list[str]]) -> Callable[..., list[str] | None]:
    def read_option(
        _context: click.Context, parameter: click.Parameter, text: str | None
    ) -> list[str] | None:
        if text is None:
            return None
        try:
            return read([named for part in text.split(",") if (named := part.strip())])
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint=parameter.opts[0]) from None

    return read_option


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
        table = Table("property", "takes events from", "and", "set", box=None, pad_edge=False)
        for one in found:
            at = one.updated_at.strftime("%Y-%m-%d %H:%M UTC") if one.updated_at else ""
            table.add_row(one.property_id, _sources(one), "; ".join(_more(one)), at)
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
    callback=_list_by(read_hosts),
    help="Hosts whose pages may send its events, with commas between; '' takes them away.",
)
@click.option(
    "--ignore-referrers",
    callback=_list_by(read_domains),
    help="Domains, with their subdomains, from which a return is no new source; '' takes them away.",
)
@click.option(
    "--keep-query",
    callback=_list_by(read_parameters),
    help="Parameters that make another page, '*' for all that track nobody; '' takes them away.",
)
@click.option(
    "--trailing-slash",
    type=click.Choice(["keep", "strip"]),
    help="Whether /a/ is another page than /a (keep, the default) or the same.",
)
@click.option(
    "--case",
    type=click.Choice(["keep", "lower"]),
    help="Whether /A is another page than /a (keep, the default) or the same.",
)
@click.option(
    "--fragment",
    type=click.Choice(["drop", "route"]),
    help="Whether #/a makes another page (route) or no fragment does (drop, the default).",
)
@as_json
def change(
    property_id: str,
    hosts: list[str] | None,
    ignore_referrers: list[str] | None,
    keep_query: list[str] | None,
    trailing_slash: str | None,
    case: str | None,
    fragment: str | None,
    is_json: bool,
) -> None:
    """Set what is named, and leave the rest as it is.

    With hosts, events from pages elsewhere are refused and counted, and referrers of the hosts are
    internal. Name each host, the one with www. too; ports and case do not matter. What concerns
    referrers and pages holds for events that arrive from then on. Running servers know it within
    seconds.
    """
    changed = Change(
        hosts=hosts,
        ignored_referrers=ignore_referrers,
        kept_query=keep_query,
        keeps_slash=_is(trailing_slash, "keep"),
        keeps_case=_is(case, "keep"),
        keeps_route=_is(fragment, "route"),
    )
    if changed == Change():
        raise click.UsageError("name what is to be set: --hosts, --keep-query or another option")
    with _table_at_hand() as url:
        _print(change_property(url, property_id, changed), is_json)


def _is(chosen: str | None, word: str) -> bool | None:
    return None if chosen is None else chosen == word


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
        for line in _more(one):
            click.echo(f"  {line}")


def _sources(one: Property) -> str:
    return ", ".join(one.hosts) or EVERYWHERE


def _more(one: Property) -> list[str]:
    said = [
        (one.ignored_referrers, f"sees through referrers of {', '.join(one.ignored_referrers)}"),
        (one.kept_query, f"keeps in its pages the parameters {', '.join(one.kept_query)}"),
        (not one.keeps_slash, "strips slashes at the end of its pages"),
        (not one.keeps_case, "has its pages in lower case"),
        (one.keeps_route, "keeps routes behind # in its pages"),
    ]
    return [text for is_set, text in said if is_set]
