"""`footfall status`: one screen."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ingest_app.operations.status import check
from ingest_app.settings import load_settings


@click.command()
def status() -> int:
    """Show whether all is well.

    That is database, ingest, spool, builds, retention, discrepancies.

    Exit code 0: every line is well. 1: one is not.
    """
    lines = check(load_settings())
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for line in lines:
        mark = Text("ok", style="green") if line.is_ok else Text("NOT OK", style="bold red")
        table.add_row(mark, line.name, Text(line.text))
    Console().print(table)
    return 0 if all(line.is_ok for line in lines) else 1
