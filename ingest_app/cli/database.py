"""`footfall up`, `url`, `down`, `init-db` and `upgrade`."""

from __future__ import annotations

import click

from ingest_app.database.address import database_at_hand, database_url, embedded_postgres
from ingest_app.database.connection import READ, connect
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
    """Print the connection string of the database, alone, for psql "$(footfall url)"."""
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
def init_db(roles: bool) -> None:
    """Apply the schema to the database of DATABASE_URL. Idempotent."""
    settings = load_settings()
    if settings.database_url is None:
        raise click.ClickException("set DATABASE_URL, or use `footfall up` for the embedded one")
    address = ensure_database(settings)
    click.echo("the schema is in place")
    if roles:
        _apply_roles(address)


@click.command()
def upgrade() -> None:
    """Bring a database up to this version: raw as its owner, marts as theirs. Does nothing twice.

    Where one role owns both, both. Rows stay, those of days that raw no longer holds too.
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
    if is_owner_of_raw:
        apply_schema(address)
        click.echo(f"raw has version {VERSION}")
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


def _apply_roles(address: str) -> None:
    applied = apply_roles(address)
    click.echo("the roles are in place")
    for privilege in applied.taken_back:
        click.echo(f"took back: {privilege}")
    if applied.made:
        click.echo("made without a password, so nobody can log in as them yet; in psql:")
    for role in applied.made:
        click.echo(f"    \\password {role}")
