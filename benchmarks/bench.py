"""What every scenario is given."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cluster import Cluster
from benchmarks.plan import Plan


@dataclass(frozen=True)
class Bench:
    """A running cluster, a scratch folder, and how much to do."""

    plan: Plan
    cluster: Cluster
    scratch: Path
    started: float
    # Tells the visitors of this invocation from those that a kept database has.
    token: str

    def say(self, message: str) -> None:
        """Tell whoever waits."""
        elapsed = time.monotonic() - self.started
        print(f"[{elapsed:6.0f} s] {message}", file=sys.stderr, flush=True)
