"""What is known of days whose raw rows a purge took."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.support.recount.facts import Hit
from tests.support.recount.grouping import RowKey, Rows


@dataclass(frozen=True)
class Closed:
    """Days before the horizon: what raw held of them, and what the marts keep of them.

    `hits` are of visitors that raw still knows; those of a session that it has forgotten have none.
    `visitor_days` and `visits` (session and property) are the marts' own: what comes later goes by them.
    """

    horizon: date = date.min
    hits: Collection[Hit] = ()
    visitor_days: Mapping[RowKey, Mapping[str, Any]] = field(default_factory=dict)
    visits: Rows = field(default_factory=dict)

    def rows_since(self, keys: tuple[str, ...], rows: Rows) -> Rows:
        """The rows of a mart that are not of these days."""
        return {
            key: row
            for key, row in rows.items()
            if {**row, **dict(zip(keys, key, strict=True))}["day"] >= self.horizon
        }
