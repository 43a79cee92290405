"""CPU and memory of processes, as the kernel counts them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
# Fields of /proc/PID/stat, counted behind the name of the program.
PARENT = 1
USER, SYSTEM, CHILDREN_USER, CHILDREN_SYSTEM = 11, 12, 13, 14


@dataclass(frozen=True)
class Process:
    """One process at one moment."""

    pid: int
    parent: int
    cpu_seconds: float
    cpu_seconds_with_ended_children: float


@dataclass(frozen=True)
class Memory:
    """Of one process: all its pages in memory, and those that no other process shares."""

    resident_mb: float
    own_mb: float


def memory(pid: int) -> Memory:
    """What the process holds now."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kilobytes = {
        name: int(value.split()[0]) for name, _, value in (x.partition(":") for x in lines)
    }
    own = kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]
    return Memory(kilobytes["Rss"] / 1024, own / 1024)


def tree(root: int) -> list[Process]:
    """The process and all that descend from it."""
    everything = {process.pid: process for process in _all_processes()}
    found = [everything[root]] if root in everything else []
    for process in found:
        found += [child for child in everything.values() if child.parent == process.pid]
    return found


def cpu_seconds(root: int) -> float:
    """What the process and its descendants, ended ones too, have used so far."""
    return sum(process.cpu_seconds_with_ended_children for process in tree(root))


def parent_of(pid: int) -> int:
    """The process that started this one."""
    return _read(pid).parent


def machine_cpu_seconds() -> float:
    """What the machine has used so far, everybody together."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    user, nice, system, _idle, _waiting, interrupts, soft_interrupts, _stolen = fields
    return (user + nice + system + interrupts + soft_interrupts) / TICKS


def _all_processes() -> list[Process]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                found.append(_read(int(folder.name)))
            except (OSError, IndexError):
                continue  # It ended while we were looking.
    return found


def _read(pid: int) -> Process:
    # The name of the program may hold spaces and parentheses.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = int(fields[USER]) + int(fields[SYSTEM])
    ended = int(fields[CHILDREN_USER]) + int(fields[CHILDREN_SYSTEM])
    return Process(pid, int(fields[PARENT]), own / TICKS, (own + ended) / TICKS)
