"""What a comparison found: the values that are not what raw rows say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

NUMBERS = (int, float, Decimal)


class NothingBuiltError(Exception):
    """There is no mart to compare."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that a mart or a report has, and what raw rows say it is; None where there is none."""

    mart: str
    property_id: str | None
    day: date | None
    key: Mapping[str, Any]
    measure: str
    rollup_value: Any
    raw_value: Any

    @property
    def difference(self) -> Decimal | None:
        """By how much the rollup is more; None of what is no number."""
        values = [0 if one is None else one for one in (self.rollup_value, self.raw_value)]
        if any(isinstance(one, bool) or not isinstance(one, NUMBERS) for one in values):
            return None
        rollup, raw = (Decimal(str(one)) for one in values)
        return rollup - raw


@dataclass(slots=True)
class Findings:
    """What was compared, what was left out and why, and every difference."""

    compared: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)


def unequal(
    rollup: Mapping[str, Any] | None, raw: Mapping[str, Any] | None
) -> Iterator[tuple[str, Any, Any]]:
    """The measures that differ, with both sides. A row that is not there has nothing of anything."""
    if not rollup and not raw:
        if rollup != raw:
            yield "row", rollup is not None, raw is not None
        return
    left, right = dict(leaves("", rollup or {})), dict(leaves("", raw or {}))
    measures = list(left | right)
    if rollup is None or raw is None:
        measures = [name for name in measures if left.get(name) or right.get(name)]
    elif left == right and rollup != raw:
        # The same entries in another order.
        left, right = dict(rollup), dict(raw)
        measures = list(left)
    for name in measures:
        if left.get(name) != right.get(name):
            yield name, left.get(name), right.get(name)


def leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The values inside of a value by their names: an entry behind a dot, of a list by its path."""
    if isinstance(value, Mapping):
        for part, inner in value.items():
            yield from leaves(f"{name}.{part}" if name else str(part), inner)
    elif isinstance(value, list) and all(isinstance(one, Mapping) for one in value):
        for one in value:
            for part in one.keys() - {"path"}:
                yield f"{name}.{part}.{one['path']}", one[part]
    else:
        yield name, value
