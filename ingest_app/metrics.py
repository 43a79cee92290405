"""Counts and times for Prometheus, right whichever worker process answers.

The counts are of this server since its start. The ledger in the database is what numbers are
reconciled with; these are for alerts.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from ingest_app.refusals import Reason

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

# The library's own switch: with it each process counts in a file of that folder.
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"

# Any other word than the declared reasons counts as this, so that no client can make a time series.
OTHER_REASON = "other"
REASONS = frozenset(reason.value for reason in Reason)

# Seconds. A commit on a local disk takes a few milliseconds; ingest gives a statement up after 5.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)


def share_between_workers(folder: Path) -> None:
    """Make this process and those it forks count together in an empty `folder`.

    For the server's main process, before the first `Metrics` of any of them.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[SHARED_FOLDER] = str(folder)


class Reading(NamedTuple):
    """A gauge as it is now. It says the same whichever worker is asked."""

    name: str
    documentation: str
    value: float


class Metrics:
    """What the app counts. One of it in a process; safe to share between threads.

    `sources` give what is not counted: they are asked whenever the metrics are.
    """

    def __init__(self, sources: Sequence[Callable[[], Iterable[Reading]]] = ()) -> None:
        # Imported here, after the fork: the library looks for the shared folder when imported.
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._sources = sources
        self._registry = registry = CollectorRegistry()
        self._received = Counter(
            "footfall_events_received",
            "Events that came in, whatever became of them; honeypots not.",
            registry=registry,
        )
        self._accepted = Counter("footfall_events_accepted", "Events committed.", registry=registry)
        self._duplicate = Counter(
            "footfall_events_duplicate", "Events that were stored before.", registry=registry
        )
        self._spooled = Counter(
            "footfall_events_spooled",
            "Events kept on the local disk, because the database did not take them in time.",
            registry=registry,
        )
        self._rejected = Counter(
            "footfall_events_rejected", "Events refused.", ["reason"], registry=registry
        )
        self._commit_seconds = Histogram(
            "footfall_commit_seconds",
            "How long the writing of a group of events took, failed ones too.",
            buckets=BUCKETS,
            registry=registry,
        )
        self._in_progress = Gauge(
            "footfall_requests_in_progress",
            "Requests that are being answered.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        Gauge(
            "footfall_workers",
            "Worker processes that are up.",
            multiprocess_mode="livesum",
            registry=registry,
        ).set(1)

    def received(self, events: int = 1) -> None:
        """Count events that came in."""
        self._received.inc(events)

    def accepted(self, events: int = 1) -> None:
        """Count events that were committed."""
        self._accepted.inc(events)

    def duplicate(self, events: int = 1) -> None:
        """Count events that were stored before."""
        self._duplicate.inc(events)

    def spooled(self, events: int = 1) -> None:
        """Count events that went to the spool; once drained, they are accepted or duplicate too."""
        self._spooled.inc(events)

    def rejected(self, reason: str, events: int = 1) -> None:
        """Count refused events; a reason outside `REASONS` counts as `other`."""
        self._rejected.labels(reason if reason in REASONS else OTHER_REASON).inc(events)

    @contextmanager
    def commit_seconds(self) -> Iterator[None]:
        """Time the writing of a batch."""
        began = perf_counter()
        try:
            yield
        finally:
            self._commit_seconds.observe(perf_counter() - began)

    @contextmanager
    def request_in_progress(self) -> Iterator[None]:
        """Hold a request for one that is being answered."""
        self._in_progress.inc()
        try:
            yield
        finally:
            self._in_progress.dec()

    def exposition(self) -> tuple[bytes, str]:
        """The metrics of all workers in Prometheus's text format, and its content type."""
        from prometheus_client import (
            CONTENT_TYPE_LATEST,
            CollectorRegistry,
            generate_latest,
        )
        from prometheus_client.multiprocess import MultiProcessCollector

        of_all = CollectorRegistry()
        of_all.register(_Readings(self._sources))
        if (folder := os.environ.get(SHARED_FOLDER)) is None:
            counts = self._registry
        else:
            _forget_dead_workers(Path(folder))
            counts = CollectorRegistry()
            MultiProcessCollector(counts, path=folder)  # type: ignore[no-untyped-call]
        return generate_latest(counts) + generate_latest(of_all), CONTENT_TYPE_LATEST


class _Readings:
    """A collector of the library: asks each source whenever the metrics are asked for."""

    def __init__(self, sources: Sequence[Callable[[], Iterable[Reading]]]) -> None:
        self._sources = sources

    def collect(self) -> Iterator[Metric]:
        """A gauge for each reading."""
        from prometheus_client.metrics_core import GaugeMetricFamily

        for source in self._sources:
            for name, documentation, value in source():
                yield GaugeMetricFamily(name, documentation, value=value)


def _forget_dead_workers(folder: Path) -> None:
    """Gauges are of living workers; what a dead one has counted stays."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            file.unlink(missing_ok=True)
