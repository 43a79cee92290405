"""`footfall up`, `url`, `down`, `init-db` and `upgrade`."""

from __future__ import annotations

import click

from ingest_app.database.address import database_at_hand, database_url, embedded_postgres
from ingest_app.database.connection import READ, connect
from ingest_app.database.distribution import distribute, has_citus, is_distributed
from ingest_app.database.embedded import BI_ROLE, DATABASE, ROLE
from ingest_app.database.marts import upgrade_marts
from ingest_app.database.ownership import owners_of_marts
from ingest_app.database.roles import apply_roles, are_in_use
from ingest_app.database.schema import VERSION, apply_schema, is_current, may_change
from ingest_app.settings import Settings, load_settings


def ensure_database(settings: Settings, *, may_be_newer: bool = False) -> str:
    """Bring the database up where it is ours and its schema up to date, and return its URL.

    `may_be_newer`: also one that a later version made, if this one can work with it.
    """
    if settings.database_url is None:
        embedded = embedded_postgres(settings)
        if embedded.up():
            click.echo(f"embedded PostgreSQL started on 127.0.0.1:{embedded.port}", err=True)
    address = database_url(settings)
    apply_schema(address, may_be_newer=may_be_newer)
    return address


def _embedded_only(settings: Settings, command: str) -> None:
    if settings.database_url is not None:
        raise click.ClickException(
            f"DATABASE_URL is set, and `footfall {command}` is for the embedded database"
        )


@click.command()
def up() -> None:
    """Start the embedded database, and bring it up to this version. Does nothing twice."""
    settings = load_settings()
    _embedded_only(settings, "up")
    upgrade_marts(ensure_database(settings))
    embedded = embedded_postgres(settings)
    click.echo(f"ready: host 127.0.0.1, port {embedded.port}, database {DATABASE}")
    click.echo(f"       BI tools as {BI_ROLE}, password by `footfall url --bi`")
    click.echo(f"       the owner as {ROLE}, password by `footfall url`")


@click.command()
@click.option("--bi", is_flag=True, help="That of the role for BI tools, which reads marts alone.")
def url(bi: bool) -> None:
    """Print the connection string of the database.

    And nothing else, for psql "$(footfall url)".
    """
    settings = load_settings()
    address = database_at_hand(settings)
    if bi:
        _embedded_only(settings, "url --bi")
        address = embedded_postgres(settings).bi_url
    click.echo(address)


@click.command()
def down() -> None:
    """Stop the embedded database. Its data stay."""
    settings = load_settings()
    _embedded_only(settings, "down")
    stopped = embedded_postgres(settings).down()
    click.echo("stopped" if stopped else "was not running")


@click.command("init-db")
@click.option(
    "--roles",
    is_flag=True,
    help="Make the roles of the app, of dbt and of BI too, each with least privilege.",
)
@click.option(
    "--distributed",
    is_flag=True,
    help="Spread raw over the nodes of Citus, by visitor; on the coordinator.",
)
def init_db(roles: bool, distributed: bool) -> None:
    """Apply the schema to the database of DATABASE_URL. Idempotent."""
    settings = load_settings()
    if settings.database_url is None:
        raise click.ClickException("set DATABASE_URL, or use `footfall up` for the embedded one")
    address = ensure_database(settings)
    click.echo("the schema is in place")
    if distributed:
        _distribute(address)
    if roles:
        _apply_roles(address)


@click.command()
@click.option(
    "--distributed",
    is_flag=True,
    help="Spread raw over the nodes of Citus too, by visitor, rows and all; on the coordinator.",
)
def upgrade(distributed: bool) -> None:
    """Bring a database up to this version, raw and marts.

    Raw as its owner, the marts as theirs; where one role owns both, both. Rows stay, those of days that
    raw no longer holds too. Does nothing twice.
    """
    settings = load_settings()
    if settings.database_url is None:
        ensure_database(settings)
    address = database_url(settings)
    with connect(address, READ, name="footfall-upgrade", autocommit=True) as connection:
        is_owner_of_raw = may_change(connection)
        is_ready = is_current(connection)
        owners = owners_of_marts(connection)
        has_roles = are_in_use(connection) if is_owner_of_raw else False
        has_nodes = has_citus(connection) and not is_distributed(connection)
    if distributed and not is_owner_of_raw:
        raise click.ClickException("--distributed is for the owner of the schema raw")
    if is_owner_of_raw:
        apply_schema(address)
        click.echo(f"raw has version {VERSION}")
        if distributed:
            _distribute(address)
        elif has_nodes:
            click.echo("raw is on this node alone: `footfall upgrade --distributed` spreads it")
        if has_roles:
            _apply_roles(address)
    elif not is_ready:
        raise click.ClickException("first run `footfall upgrade` as the owner of the schema raw")
    if not owners:
        for mart in upgrade_marts(address):
            click.echo(f"{mart.name} has shape {mart.shape}")
        click.echo("the marts are as this version builds them")
    elif is_owner_of_raw:
        click.echo(f"the marts belong to {owners[0]}: run `footfall upgrade` as {owners[0]} too")
    else:
        raise click.ClickException(f"the marts belong to {owners[0]}: run this as {owners[0]}")


def _distribute(address: str) -> None:
    if not distribute(address):
        click.echo("raw is distributed")
        return
    click.echo("raw is distributed by visitor, with leads on every node")
    click.echo(
        "one word differs from plain PostgreSQL: a session that events or forms are of cannot be deleted "
        "before they are (no action), where else they would lose its id (set null)"
    )


def _apply_roles(address: str) -> None:
    applied = apply_roles(address)
    click.echo("the roles are in place")
    for privilege in applied.taken_back:
        click.echo(f"took back: {privilege}")
    if applied.made:
        click.echo("made without a password, so nobody can log in as them yet; in psql:")
    for role in applied.made:
        click.echo(f"    \\password {role}")
