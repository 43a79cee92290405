"""Where and with what a run was made."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ingest_app.settings import PROJECT_FOLDER


def machine(scratch: Path) -> dict[str, Any]:
    """CPU, memory, kernel, and the file system of the tables."""
    return {
        "cpu": _field("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "file_system": _file_system(scratch),
    }


def versions_of(*packages: str) -> dict[str, str]:
    """Of Python and of some packages that the figures depend on."""
    return {
        "python": platform.python_version(),
        **{package: version(package) for package in packages},
    }


def commit() -> str:
    """The commit of the project; says so where files differ from it."""
    head = _git("rev-parse", "--short=12", "HEAD")
    # The report of an earlier run is no other program.
    changed = _git("status", "--porcelain", "--", ".", ":!benchmarks/results")
    return f"{head} with uncommitted changes" if head and changed else head or "unknown"


def _git(*arguments: str) -> str:
    done = subprocess.run(  # noqa: S603
        ["git", "-C", str(PROJECT_FOLDER), *arguments],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


def _field(file: str, name: str) -> str:
    for line in Path(file).read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return "unknown"


def _file_system(place: Path) -> str:
    best, kind = "", "unknown"
    for line in Path("/proc/mounts").read_text().splitlines():
        _device, mount, this_kind, *_ = line.split()
        is_above = str(place.absolute()).startswith(mount.rstrip("/") + "/")
        if is_above and len(mount) > len(best):
            best, kind = mount, this_kind
    return kind
