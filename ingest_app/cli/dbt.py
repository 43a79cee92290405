"""`footfall dbt` and `footfall env`: dbt on the database at hand."""

from __future__ import annotations

import os
import shlex
import sys

import click

from ingest_app.conninfo import pg_environment
from ingest_app.database.address import database_at_hand
from ingest_app.operations.rollups import COLLECTIONS, dbt_environment
from ingest_app.settings import load_settings

# The program `dbt`, which collects garbage seldom.
PROGRAM = f"""
import gc, sys
gc.set_threshold{COLLECTIONS}
sys.argv[0] = "dbt"
from dbt.cli.main import cli
cli()
"""


# What follows the name is dbt's, --help of its commands too.
@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def dbt(arguments: tuple[str, ...]) -> None:
    """Run dbt in the database at hand, as in `footfall dbt build`.

    That is the one of DATABASE_URL, or the embedded one. It takes the arguments of dbt and ends with
    its exit code. It runs from any folder.
    """
    environment = os.environ | dbt_environment(database_at_hand(load_settings()))
    os.execve(  # noqa: S606
        sys.executable, [sys.executable, "-c", PROGRAM, *arguments], environment
    )


@click.command()
def env() -> None:
    """Print the PG* variables of the database, password too.

    For a bare dbt, psql or pg_dump, in a shell: eval "$(footfall env)"
    """
    for name, value in pg_environment(database_at_hand(load_settings())).items():
        click.echo(f"export {name}={shlex.quote(value)}")
