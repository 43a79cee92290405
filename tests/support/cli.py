"""The `footfall` command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys


def footfall(
    *arguments: str, database: str | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run `footfall`; keyword arguments are FOOTFALL_ settings."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("FOOTFALL_") and name != "DATABASE_URL"
    }
    environment |= {f"FOOTFALL_{name}": value for name, value in settings.items()}
    if database is not None:
        environment["DATABASE_URL"] = database
    return subprocess.run(
        [sys.executable, "-m", "ingest_app", *arguments],
        env=environment | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
