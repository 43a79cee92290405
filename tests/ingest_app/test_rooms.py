"""The rooms of the app: which may import which, and how far a reader has to go."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import ingest_app

PACKAGE = ingest_app.__name__
ROOT = Path(ingest_app.__file__).parent

# From the ground up. A room may import those that are named before it, and never one behind it.
ROOMS = (
    "at the root",
    "snippet",
    "enrichment",
    "database",
    "store",
    "intake",
    "leads",
    "reports",
    "dashboard",
    "operations",
    "clients",
    "web",
    "cli",
    "the entrance",
)
# What every room may import. Everything else has a room.
AT_THE_ROOT = {"settings", "conninfo", "origins", "refusals", "metrics"}
ENTRANCE = {"__init__", "__main__"}
MOST_FLOORS = 11


def modules() -> dict[str, Path]:
    """The file of each module, by its full name."""
    found = {}
    for file in sorted(ROOT.rglob("*.py")):
        parts = file.relative_to(ROOT.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


MODULES = modules()


@cache
def imported(module: str) -> frozenset[str]:
    """The modules of the app that a module imports, wherever in its text it does so."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports by a relative name"
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {name if name in MODULES else str(node.module) for name in whole}
    # Everything in a package loads its own `__init__`, which says nothing of who needs whom.
    return frozenset(names & MODULES.keys()) - {module, PACKAGE}


def room(module: str) -> str:
    """The room that a module stands in."""
    _, *inner = module.split(".")
    if not inner or inner[0] in ENTRANCE:
        return "the entrance"
    return "at the root" if inner[0] in AT_THE_ROOT else inner[0]


@cache
def longest_chain(module: str) -> tuple[str, ...]:
    """The module and what it imports, down to one that imports nothing."""
    return (module, *max((longest_chain(name) for name in imported(module)), key=len, default=()))


def test_no_room_imports_one_above_it() -> None:
    upwards = [
        f"{module} imports {name}"
        for module in MODULES
        for name in sorted(imported(module))
        if ROOMS.index(room(name)) > ROOMS.index(room(module))
    ]
    assert upwards == []


def test_only_rooms_and_the_named_few_stand_at_the_root() -> None:
    standing = {file.stem for file in ROOT.glob("*.py")}
    assert standing == AT_THE_ROOT | ENTRANCE
    assert {file.parent.name for file in ROOT.glob("*/__init__.py")} == set(ROOMS[1:-1])


def test_clients_know_what_a_browser_measures_and_how_the_server_reads_what_they_send() -> None:
    others = {
        name
        for module in MODULES
        if room(module) == "clients"
        for name in imported(module)
        if room(name) != "clients"
    }
    reading = {"client_address", "hosts", "instants", "property_id", "traffic_source"}
    assert others == {f"ingest_app.enrichment.{name}" for name in {"vitals", *reading}}


def test_no_chain_of_imports_grows_beyond_its_bound() -> None:
    longest = max((longest_chain(module) for module in MODULES), key=len)
    assert len(longest) <= MOST_FLOORS, " -> ".join(longest)


def test_each_room_says_what_it_is_for() -> None:
    silent = [
        name
        for name in ROOMS[1:-1]
        if not ast.get_docstring(ast.parse(init_text(name)), clean=True)
    ]
    assert silent == []


def init_text(name: str) -> str:
    return (ROOT / name / "__init__.py").read_text()


def test_settings_can_be_read_without_the_framework() -> None:
    script = f"import sys, {PACKAGE}.settings; sys.exit('flask' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
