"""Processes and their descendants: who they are, and their sudden death."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

PATIENCE_SECONDS = 60


def family(pid: int) -> list[int]:
    """A process and all of its descendants, parents first."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (stat := _stat(int(entry.name))) is not None:
            children.setdefault(int(stat[1]), []).append(int(entry.name))
    members = [pid]
    for member in members:
        members += children.get(member, [])
    return members


def kill_family(pid: int) -> None:
    """`kill -9` of a process and then of its descendants; returns once all of them are gone."""
    # The parent first: it would replace the children.
    members = family(pid)
    for member in members:
        with suppress(ProcessLookupError):
            os.kill(member, signal.SIGKILL)
    wait_until_gone(members)


def wait_until_gone(pids: Iterable[int]) -> None:
    """Fails when one of the processes still lives after `PATIENCE_SECONDS`."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    for pid in pids:
        # Whether a zombie is reaped is its parent's affair; it holds nothing any more.
        while (stat := _stat(pid)) is not None and stat[0] != "Z":
            assert time.monotonic() < deadline, f"process {pid} does not end"
            time.sleep(0.01)


def _stat(pid: int) -> list[str] | None:
    """State, parent and the rest of what the kernel tells of a process; None when it is gone."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name before it is in parentheses and may hold anything.
    return told.rpartition(")")[2].split()
