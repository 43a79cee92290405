"""The report of a suite: one Markdown file, a section a scenario, each with the date of its own run."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.figures import table

INTRODUCTION = """\
# {title}

Written by `make bench-{name}`. What each scenario does, and how to read its ratios, is in
[the README of the benchmarks](../README.md).

A figure is the median of the runs, with the least and the most in parentheses. A ratio compares what was
measured next to each other in one run.
"""
HEADING = "\n## "


def update(
    file: Path, name: str, title: str, scenarios: dict[str, ModuleType], new: dict[str, str]
) -> None:
    """Put new sections, by their titles, in the place of the old ones; the others stay as they are."""
    old = file.read_text().split(HEADING)[1:] if file.exists() else []
    sections = {section.partition("\n")[0]: section.strip() for section in old} | new
    kept = [sections[each.TITLE] for each in scenarios.values() if each.TITLE in sections]
    introduction = INTRODUCTION.format(name=name, title=title)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(HEADING.join([introduction, *(f"{section}\n" for section in kept)]))


def section(scenario: ModuleType, entry: dict[str, Any]) -> str:
    """What a scenario measured, under which circumstances, and whether its goals were reached."""
    goals = [
        [
            headline.what,
            headline.value.show(headline.digits),
            headline.goal,
            "yes" if headline.is_reached else "**no**",
        ]
        for headline in scenario.headlines(entry["result"])
    ]
    parts = [scenario.TITLE, _circumstances(entry), scenario.render(entry["result"])]
    if goals:
        parts.insert(2, table(["figure", "median (least to most)", "goal", "reached"], goals))
    return "\n\n".join(parts)


def _circumstances(entry: dict[str, Any]) -> str:
    machine = entry["machine"]
    parameters = {name.replace("_", " "): value for name, value in entry["parameters"].items()}
    lines = [
        f"{entry['date']}, commit {entry['commit']}, {entry['seconds']} s in all.",
        f"Parameters: {_listed(parameters)}.",
        f"Machine: {machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
        f"{machine['kernel']}, {machine['file_system']}.",
        f"Versions: {_listed(entry['versions'])}.",
        f"PostgreSQL: {_listed(entry['postgres'])}.",
    ]
    if entry["is_quick"]:
        lines.insert(0, "**A quick try, not a measurement.**")
    return "\n".join(f"- {line}" for line in lines)


def _listed(values: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {' and '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in values.items()
    )
