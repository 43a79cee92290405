"""Several runs in one figure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Spread:
    """The median of some runs, and the least and the most of them."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """The spread of at least one value."""
        numbers = list(values)
        return cls(median(numbers), min(numbers), max(numbers))

    def show(self, digits: int = 0) -> str:
        """As it stands in a table: `1,234 (1,200 to 1,260)`."""
        return f"{self.median:,.{digits}f} ({self.least:,.{digits}f} to {self.most:,.{digits}f})"


def pick(runs: Iterable[dict[str, Any]], *names: str) -> Spread:
    """The spread of one figure over runs; several names lead into nested figures."""
    values = []
    for run in runs:
        value: Any = run
        for name in names:
            value = value[name]
        values.append(float(value))
    return Spread.of(values)


def ratio(values: Iterable[float], limits: Iterable[float]) -> Spread:
    """Run by run: each value beside the limit that was measured next to it."""
    return Spread.of(value / limit for value, limit in zip(values, limits, strict=True))


def table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table; all columns but the first are figures."""
    names = list(header)
    lines = [names, ["---", *["---:"] * (len(names) - 1)], *([*map(str, row)] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@dataclass(frozen=True)
class Headline:
    """A figure with the goal that it is held against."""

    what: str
    value: Spread
    at_least: float | None = None
    at_most: float | None = None
    digits: int = 2

    @property
    def goal(self) -> str:
        """In words."""
        if self.at_least is not None:
            return f"at least {self.at_least:g}"
        return f"under {self.at_most:g}" if self.at_most is not None else ""

    @property
    def is_reached(self) -> bool:
        """Whether the median is where it should be."""
        if self.at_least is not None:
            return self.value.median >= self.at_least
        return self.at_most is None or self.value.median < self.at_most


def runs_table(groups: dict[str, list[dict[str, Any]]]) -> str:
    """Runs of the server, one column a group, a line a figure."""
    lines: dict[str, tuple[tuple[str, ...], int]] = {
        "accepted events/s": (("accepted_per_second",), 0),
        "p50 ms": (("p50_ms",), 1),
        "p95 ms": (("p95_ms",), 1),
        "p99 ms": (("p99_ms",), 1),
        "other answers than 202": (("answers_other",), 0),
        "answers that said spooled": (("answers_spooled",), 0),
        "socket errors": (("socket_errors",), 0),
        "timeouts": (("timeouts",), 0),
        "accepted events": (("accepted",), 0),
        "rows more than accepted (under way at the end)": (("unanswered_rows",), 0),
        "CPU s by 1,000 events, server": (("cpu_seconds_by_1000_events", "server"), 3),
        "CPU s by 1,000 events, PostgreSQL": (("cpu_seconds_by_1000_events", "postgres"), 3),
        "CPU s by 1,000 events, generator": (("cpu_seconds_by_1000_events", "generator"), 3),
        "cores used by the generator": (("cores_used", "generator"), 2),
        "cores used by others on the machine": (("cores_used", "others"), 2),
        "WAL bytes by event": (("wal_bytes_by_event",), 0),
        "whole pages in the WAL by 1,000 events": (("full_pages_by_1000_events",), 1),
        "blocks not found in shared buffers by 1,000 events": (("blocks_read_by_1000_events",), 1),
    }
    rows = [
        [name, *(pick(runs, *path).show(digits) for runs in groups.values())]
        for name, (path, digits) in lines.items()
    ]
    return table(["median (least to most)", *groups], rows)
