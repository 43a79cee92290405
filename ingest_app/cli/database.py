"""`footfall up`, `url`, `down` and `init-db`."""

from __future__ import annotations

import click

from ingest_app.database.address import database_at_hand, database_url, embedded_postgres
from ingest_app.database.embedded import DATABASE, ROLE
from ingest_app.database.roles import apply_roles
from ingest_app.database.schema import bring_up_to_date
from ingest_app.settings import Settings, load_settings


def ensure_database(settings: Settings) -> str:
    """Bring the database up where it is ours and its schema up to date, and return its URL."""
    if settings.database_url is None:
        embedded = embedded_postgres(settings)
        if embedded.up():
            click.echo(f"embedded PostgreSQL started on 127.0.0.1:{embedded.port}", err=True)
    address = database_url(settings)
    bring_up_to_date(address)
    return address


def _embedded_only(settings: Settings, command: str) -> None:
    if settings.database_url is not None:
        raise click.ClickException(
            f"DATABASE_URL is set, and `footfall {command}` is for the embedded database"
        )


@click.command()
def up() -> None:
    """Start the embedded database and apply the schema. Does nothing twice."""
    settings = load_settings()
    _embedded_only(settings, "up")
    ensure_database(settings)
    embedded = embedded_postgres(settings)
    click.echo(f"ready: host 127.0.0.1, port {embedded.port}, database {DATABASE}")
    click.echo(f"       user {ROLE}, password by `footfall url`")


@click.command()
def url() -> None:
    """Print the connection string of the database, alone, for psql "$(footfall url)"."""
    click.echo(database_at_hand(load_settings()))


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
        applied = apply_roles(address)
        click.echo("the roles are in place")
        for privilege in applied.taken_back:
            click.echo(f"took back: {privilege}")
        if applied.made:
            click.echo("made without a password, so nobody can log in as them yet; in psql:")
        for role in applied.made:
            click.echo(f"    \\password {role}")
