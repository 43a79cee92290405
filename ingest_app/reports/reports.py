"""The reports by their names, each made once for as long as it is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic_core import to_json

from ingest_app.reports.breakdown import breakdown
from ingest_app.reports.cache import kept
from ingest_app.reports.csv_text import csv_text
from ingest_app.reports.dimensions import DIMENSIONS
from ingest_app.reports.parameters import (
    BreakdownParameters,
    Parameters,
    PropertiesParameters,
    SummaryParameters,
    VitalsParameters,
)
from ingest_app.reports.properties import properties
from ingest_app.reports.summary import summary
from ingest_app.reports.vitals import vitals
from ingest_app.reports.warehouse import Warehouse

P = TypeVar("P", bound=Parameters)


@dataclass(frozen=True, slots=True)
class Report(Generic[P]):
    """A report: its parameters, and what makes its answer of them."""

    parameters: type[P]
    answer: Callable[[Warehouse, P], dict[str, Any]]


REPORTS: dict[str, Report[Any]] = {
    "summary": Report(SummaryParameters, summary),
    "breakdown": Report(BreakdownParameters, breakdown),
    "vitals": Report(VitalsParameters, vitals),
    "properties": Report(PropertiesParameters, properties),
}


@dataclass(frozen=True, slots=True)
class Question:
    """Which report, of what, and whether as CSV."""

    report: str
    parameters: Parameters
    is_csv: bool = False


class Reports:
    """Answers questions from the marts of one database."""

    def __init__(self, url: str, *, kept_seconds: float) -> None:
        self._warehouse = Warehouse(url)
        self._ask = kept(self._make, kept_seconds)

    def ask(self, question: Question) -> bytes:
        """The body of the answer. Raises MartsNotBuiltError and MartsUnavailableError."""
        return self._ask(question)

    def close(self) -> None:
        """Close the connections."""
        self._warehouse.close()

    def _make(self, question: Question) -> bytes:
        answer = REPORTS[question.report].answer(self._warehouse, question.parameters)
        if not question.is_csv:
            return to_json(answer)
        return csv_text(answer["rows"], DIMENSIONS[answer["by"]].columns).encode()
