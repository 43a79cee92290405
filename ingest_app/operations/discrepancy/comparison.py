"""A report beside raw rows: the window that is asked, and both sides of what is answered.

The reports are asked as a dashboard asks them, in the transaction that counts raw rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, cast

from psycopg import Connection
from psycopg.rows import DictRow

from ingest_app.operations.discrepancy.analyses import Counted, days, watermarks
from ingest_app.operations.discrepancy.findings import Difference, Findings, unequal
from ingest_app.reports.statements import Row, Statement, for_server
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import Audience, Filter, Window

# The property of rows that count all of them together.
ALL = ""
# What an answer says of itself.
NOT_FIGURES = {"ok", "window", "compareTo", "freshness", "by"}

Figures = dict[str, Any]


class Snapshot(Warehouse):
    """The marts as one connection sees them, in the transaction that counts raw rows."""

    def __init__(self, connection: Connection[DictRow]) -> None:
        self._connection = connection

    def ask(
        self,
        *statements: Statement,
        seconds: int | None = None,
        is_planned_anew: bool = False,
        has_workers: bool = False,
    ) -> list[list[Row]]:
        """The rows of each statement, however long they take."""
        del seconds, is_planned_anew, has_workers
        version = self._connection.info.server_version
        return [
            self._connection.execute(cast("Any", for_server(text, version)), values).fetchall()
            for text, values in statements
        ]


# Vitals by property, audience and device.
Recounted = dict[tuple[str, str, str], Figures]


@dataclass(frozen=True, slots=True)
class Asked:
    """A window of days, for each of some properties; the empty one is all together."""

    first: date
    last: date
    properties: tuple[str, ...]

    @property
    def length(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    def later_half(self) -> Asked:
        """The later half of the days: the days before it can be compared with it."""
        return Asked(self.last - timedelta(days=self.length // 2 - 1), self.last, self.properties)

    def before(self) -> Asked:
        """As many days just before."""
        last = self.first - timedelta(days=1)
        return Asked(last - timedelta(days=self.length - 1), last, self.properties)

    def variables(self) -> dict[str, str]:
        """The variables of an analysis."""
        return days(self.first, self.last) | {
            "discrepancy_properties": json.dumps(self.properties, ensure_ascii=False)
        }

    def window(
        self,
        property_id: str,
        audience: Audience = Audience.ALL,
        filters: tuple[Filter, ...] = (),
    ) -> Window:
        """The window of a report."""
        return Window(self.first, self.last, property_id or None, audience, filters)


@dataclass(slots=True)
class Comparison:
    """Compares what reports answer with what raw rows say."""

    counted: Counted
    findings: Findings = field(default_factory=Findings)
    recounted: dict[tuple[str, str], list[Row]] = field(default_factory=dict)

    def answer(self, report: Callable[[Warehouse], Figures]) -> Figures:
        """The figures that a report answers."""
        answer = report(Snapshot(self.counted.connection))
        return {name: answer[name] for name in answer if name not in NOT_FIGURES}

    def recount(self, analysis: str, variables: Mapping[str, Any]) -> list[Row]:
        """The rows of an analysis. Two reports may need the same ones, and they are counted once."""
        question = analysis, json.dumps(variables, sort_keys=True)
        if question not in self.recounted:
            known = watermarks(self.counted.connection) | dict(variables)
            self.recounted[question] = self.counted.rows(f"reports/{analysis}_recount.sql", known)
        return self.recounted[question]

    def note(
        self,
        report: str,
        asked: Asked | None,
        property_id: str,
        key: Mapping[str, Any],
        answer: Figures,
        expected: Figures,
    ) -> None:
        """Keep every figure in which the two differ."""
        window = {} if asked is None else {"from": f"{asked.first}", "to": f"{asked.last}"}
        self.findings.differences += [
            Difference(report, property_id or None, None, {**window, **key}, measure, rollup, raw)
            for measure, rollup, raw in unequal(answer, expected)
        ]


def placed(rows: Sequence[Row], keys: Sequence[str]) -> dict[str, Figures]:
    """Rows by their names, each with its place."""
    return {
        " / ".join(str(row[key]) for key in keys): {"place": place}
        | {name: value for name, value in row.items() if name not in keys}
        for place, row in enumerate(rows, 1)
    }


def share(part: float, whole: float) -> float:
    """A share of a whole; 0 of nothing."""
    return part / whole if whole else 0.0
