"""The report: one JSON file that scenarios are merged into, and its readable twin."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.figures import table

INTRODUCTION = """\
# {title}

Written by `make bench-{name}`; the figures with everything behind them are in `{name}.json`. What each
scenario does, and how to read its ratios, is in [the README of the benchmarks](../README.md).

A figure is the median of the runs, with the least and the most in parentheses. A ratio compares what was
measured next to each other in one run.
"""


def read(file: Path) -> dict[str, Any]:
    """The entries of all scenarios that were ever run."""
    return dict(json.loads(file.read_text())) if file.exists() else {}


def merge(file: Path, name: str, entry: dict[str, Any]) -> None:
    """Put a scenario's entry beside those of earlier invocations."""
    entries = read(file)
    entries[name] = entry
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(entries, indent=1, ensure_ascii=False) + "\n")


def render(name: str, title: str, entries: dict[str, Any], scenarios: dict[str, ModuleType]) -> str:
    """The whole report, scenarios in their own order."""
    introduction = INTRODUCTION.format(name=name, title=title)
    there = [(module, entries[key]) for key, module in scenarios.items() if key in entries]
    goals = [
        [
            headline.what,
            headline.value.show(headline.digits),
            headline.goal,
            "yes" if headline.is_reached else "**no**",
        ]
        for module, entry in there
        for headline in module.headlines(entry["result"])
    ]
    goal_table = table(["figure", "median (least to most)", "goal", "reached"], goals)
    parts = [introduction.strip(), f"## Goals\n\n{goal_table}", _places(there)]
    for module, entry in there:
        parts += [f"## {module.TITLE}", _circumstances(entry), module.render(entry["result"])]
    return "\n\n".join(parts) + "\n"


def _places(there: list[tuple[ModuleType, dict[str, Any]]]) -> str:
    """Where it was measured: once, if it was the same for all."""
    titles: dict[str, list[str]] = {}
    for module, entry in there:
        titles.setdefault(_place(entry), []).append(module.TITLE)
    if len(titles) == 1:
        return f"## Machine and versions\n\n{next(iter(titles))}"
    texts = [f"{', '.join(those)}:\n\n{place}" for place, those in titles.items()]
    return "## Machines and versions\n\n" + "\n\n".join(texts)


def _place(entry: dict[str, Any]) -> str:
    machine = entry["machine"]
    return "\n".join(
        [
            f"- {machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
            f"{machine['kernel']}, {machine['file_system']}",
            f"- {_listed(entry['versions'])}",
            f"- PostgreSQL: {_listed(entry['postgres'])}",
        ]
    )


def _circumstances(entry: dict[str, Any]) -> str:
    quick = " **A quick try, not a measurement.**" if entry["is_quick"] else ""
    parameters = {name.replace("_", " "): value for name, value in entry["parameters"].items()}
    return (
        f"{entry['date']}, commit {entry['commit']}, {entry['seconds']} s in all.{quick} "
        f"Parameters: {_listed(parameters)}."
    )


def _listed(values: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {' and '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in values.items()
    )
