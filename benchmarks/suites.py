"""Which scenarios make which report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from benchmarks.load import wrk
from benchmarks.machine import versions_of


@dataclass(frozen=True)
class Suite:
    """The scenarios of one report, in its order."""

    title: str
    scenarios: dict[str, ModuleType]
    # Parameters that every scenario of it has.
    parameters: tuple[str, ...]
    versions: Callable[[], dict[str, str]]
    needs_wrk: bool


def _scenarios(*names: str) -> dict[str, ModuleType]:
    return {name: import_module(f"benchmarks.scenarios.{name}") for name in names}


SUITES = {
    "ingest": Suite(
        "Ingest: how fast, against what limit",
        _scenarios("singles", "batches", "growth", "disk"),
        ("connections",),
        lambda: versions_of("granian", "flask", "psycopg", "pydantic") | {"wrk": wrk.version()},
        needs_wrk=True,
    ),
    "rollups": Suite(
        "Rollups: how dear, against what limit",
        _scenarios("build", "touched"),
        ("rollup_events", "rollup_days"),
        lambda: versions_of("dbt-core", "dbt-postgres", "psycopg"),
        needs_wrk=False,
    ),
    "reports": Suite(
        "Reports, and a purge, on ten million events",
        _scenarios("summary", "breakdowns", "page", "purge"),
        ("rollup_events", "rollup_days"),
        lambda: versions_of("granian", "flask", "psycopg", "dbt-postgres") | {"wrk": wrk.version()},
        needs_wrk=True,
    ),
    "soak": Suite(
        "Long and steady: everything at once, for an hour",
        _scenarios("soak"),
        ("rollup_events", "rollup_days"),
        lambda: versions_of("granian", "flask", "psycopg", "dbt-postgres"),
        needs_wrk=False,
    ),
}
