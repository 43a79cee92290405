"""`footfall bi`: which properties a role may read."""

from __future__ import annotations

import json

import click
from rich.console import Console
from rich.table import Table

from ingest_app.database.address import database_at_hand
from ingest_app.enrichment.property_id import MAX_PROPERTY_ID_LENGTH
from ingest_app.operations.readers import (
    EVERY_PROPERTY,
    Reader,
    ReadersError,
    grant,
    list_readers,
    revoke,
)
from ingest_app.settings import load_settings


def _names(
    _context: click.Context, _parameter: click.Parameter, names: tuple[str, ...]
) -> tuple[str, ...]:
    stripped = tuple(name.strip() for name in names)
    for name in stripped:
        if not 1 <= len(name) <= MAX_PROPERTY_ID_LENGTH or "\x00" in name:
            raise click.BadParameter(
                f"must have 1 to {MAX_PROPERTY_ID_LENGTH} characters; --all is every property"
            )
    return stripped


role_name = click.argument("role")
property_names = click.option(
    "--property", "names", multiple=True, callback=_names, help="A property; may be repeated."
)
every_property = click.option(
    "--all", "is_all", is_flag=True, help="Every property, and the rows of all of them together."
)


@click.group()
def bi() -> None:
    """Say which properties a role may read in the marts.

    As the owner of the marts. Row policies hold in every mart, view and function that BI reads,
    from the next statement on.
    """


@bi.command("grant")
@role_name
@property_names
@every_property
def grant_to(role: str, names: tuple[str, ...], is_all: bool) -> None:
    """Let a role read these properties too.

    The role must be there, and must be no member of footfall_bi, which reads all of them unless that is
    taken back from it.
    """
    properties = _properties(names, is_all)
    try:
        reader, unknown = grant(database_at_hand(load_settings()), role, properties)
    except ReadersError as error:
        raise click.ClickException(str(error)) from None
    click.echo(_told(reader))
    for name in unknown:
        click.echo(f"no build has counted anything of {name} yet: is that its name?", err=True)


@bi.command("revoke")
@role_name
@property_names
@every_property
def revoke_from(role: str, names: tuple[str, ...], is_all: bool) -> None:
    """Take properties back from a role. Without an option, all that was granted to it."""
    properties = _properties(names, is_all) if names or is_all else None
    try:
        reader = revoke(database_at_hand(load_settings()), role, properties)
    except ReadersError as error:
        raise click.ClickException(str(error)) from None
    click.echo(_told(reader))


@bi.command("list")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
def list_all(is_json: bool) -> None:
    """List every role for which something is granted."""
    try:
        readers = list_readers(database_at_hand(load_settings()))
    except ReadersError as error:
        raise click.ClickException(str(error)) from None
    if is_json:
        click.echo(json.dumps([reader.as_json() for reader in readers], indent=2))
    elif not readers:
        click.echo("no role may read anything of the marts but their owner and the app")
    else:
        table = Table(*("role", "reads", "and"), box=None, pad_edge=False)
        for reader in readers:
            table.add_row(reader.role, _what(reader), _remark(reader))
        Console().print(table, highlight=False)


def _properties(names: tuple[str, ...], is_all: bool) -> list[str]:
    if is_all == bool(names):
        raise click.UsageError("name properties by --property, or every one of them by --all")
    return [EVERY_PROPERTY] if is_all else list(names)


def _told(reader: Reader) -> str:
    return f"{reader.role} reads {_what(reader)}"


def _what(reader: Reader) -> str:
    if reader.reads_all:
        return "every property"
    return ", ".join(reader.properties) or "nothing"


def _remark(reader: Reader) -> str:
    if not reader.exists:
        return "there is no such role"
    return "" if reader.may_log_in else "may not log in itself"
