"""What a report asks of the marts, and what comes back."""

from __future__ import annotations

from typing import Any

from psycopg.rows import DictRow

Row = DictRow
# Its text, and the values of its parameters.
Statement = tuple[str, dict[str, Any]]


class MartsNotBuiltError(Exception):
    """A mart is missing, or as an earlier version built it."""
