"""Differences as a table, for whoever reads a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from rich.markup import escape
from rich.table import Table

from ingest_app.operations.discrepancy.findings import Difference


def number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def differences_table(found: Iterable[Difference]) -> Table:
    """Both sides of each difference, for a person."""
    table = Table(box=None, pad_edge=False)
    table.add_column("day", no_wrap=True)
    table.add_column("property", overflow="fold")
    table.add_column("measure", overflow="fold")
    for heading in ("rollup", "raw", "difference"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in found:
        key = ", ".join(str(value) for value in row.key.values() if value is not None)
        cells = (
            str(row.day or "-"),
            row.property_id or "all",
            f"{row.mart}.{row.measure}" + (f" ({key})" if key else ""),
            _cell(row.rollup_value),
            _cell(row.raw_value),
            "" if row.difference is None else f"{number(row.difference):+,}",
        )
        table.add_row(*(escape(cell) for cell in cells))
    return table


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return f"{number(Decimal(str(value))):,}"
    return str(value)
