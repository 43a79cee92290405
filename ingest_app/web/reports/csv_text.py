"""Rows as CSV, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from ingest_app.reports.breakdown import columns_of

# A spreadsheet takes what begins like this for a formula, and anyone may send an event of that name.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def breakdown_as_csv(breakdown: Mapping[str, Any], *, is_filtered: bool = False) -> bytes:
    """A header and a line for each row (RFC 4180). An apostrophe disarms what looks like a formula."""
    columns = columns_of(breakdown["by"], is_filtered=is_filtered)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([disarmed(row[column]) for column in columns] for row in breakdown["rows"])
    return text.getvalue().encode()


def disarmed(value: Any) -> Any:
    """A cell that no spreadsheet runs."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value
