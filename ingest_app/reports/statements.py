"""What a report asks of the marts, and what comes back."""

from __future__ import annotations

from typing import Any

from psycopg.rows import DictRow

Row = DictRow
# Its text, and the values of its parameters.
Statement = tuple[str, dict[str, Any]]

# What stands for `any_value`, which PostgreSQL 15 does not have: there the values are compared.
KNOWS_ANY_VALUE = 160000


def for_server(text: str, version: int) -> str:
    """A statement as a server of this version knows it."""
    return text if version >= KNOWS_ANY_VALUE else text.replace("any_value(", "min(")


# The step of a breakdown that keeps the rows to show, each beside what all of them come to.
SHOWN = """
    shown as (
        select
            totals.*,
            (sum({main}) over ())::bigint as whole,
            count(*) over () as groups
        from totals
        order by {order}
        limit %(limit)s
    )
"""


class MartsNotBuiltError(Exception):
    """A mart is missing, or as an earlier version built it."""
