"""Counts and times for Prometheus, right whichever worker process answers.

The counts are of this server since its start. The ledger in the database is what numbers are
reconciled with; these are for alerts.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from ingest_app.database.connection import Connections
from ingest_app.operations.retention_ages import RetentionAges
from ingest_app.store.ledger import RejectionLedger
from ingest_app.store.spool import Depth, Spool

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

# The library's own switch: with it each process counts in a file of that folder.
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"

# What `reason` may say; a client must not be able to make a time series.
REASONS = frozenset(
    {
        "bad_timestamp",
        "invalid_request",
        "method_not_allowed",
        "not_found",
        "origin_not_allowed",
        "rate_limited",
        "purged_before_stored",
        "refused_by_database",
        "too_large",
        "unauthorized",
        "unsupported_media_type",
    }
)
OTHER_REASON = "other"

# Seconds. A commit on a local disk takes a few milliseconds; the statement timeout is 15 s.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)


def share_between_workers(folder: Path) -> None:
    """Make this process and those it forks count together in an empty `folder`.

    For the server's main process, before the first `Metrics` of any of them.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[SHARED_FOLDER] = str(folder)


class Metrics:
    """What the app counts. One of it in a process; safe to share between threads."""

    def __init__(self, spool: Spool, retention: RetentionAges | None = None) -> None:
        # Imported here, after the fork: the library looks for the shared folder when imported.
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._spool = spool
        self._retention = retention
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
        of_all.register(_SpoolCollector(self._spool))
        if self._retention is not None:
            of_all.register(_RetentionCollector(self._retention))
        if (folder := os.environ.get(SHARED_FOLDER)) is None:
            counts = self._registry
        else:
            _forget_dead_workers(Path(folder))
            counts = CollectorRegistry()
            MultiProcessCollector(counts, path=folder)  # type: ignore[no-untyped-call]
        return generate_latest(counts) + generate_latest(of_all), CONTENT_TYPE_LATEST


class _SpoolCollector:
    """What all workers share is read when it is asked for."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    def collect(self) -> Iterator[Metric]:
        """The gauges of the spool; without values where its disk does not answer."""
        from prometheus_client.metrics_core import GaugeMetricFamily

        try:
            depth = self._spool.depth()
        except (sqlite3.Error, OSError):
            return
        for name, documentation, value in _spool_gauges(depth):
            yield GaugeMetricFamily(name, documentation, value=value)


class _RetentionCollector:
    """How old raw is, and how long ago it was purged, by what the database says."""

    def __init__(self, ages: RetentionAges) -> None:
        self._ages = ages

    def collect(self) -> Iterator[Metric]:
        """The gauges that have a value: none where the database does not answer."""
        from prometheus_client.metrics_core import GaugeMetricFamily

        for name, documentation, value in (
            (
                "footfall_oldest_event_age_seconds",
                "Since the UTC day of the oldest raw event began.",
                self._ages.oldest_event_seconds(),
            ),
            (
                "footfall_last_purge_age_seconds",
                "Since the last purge that came to its end.",
                self._ages.last_purge_seconds(),
            ),
        ):
            if value is not None:
                yield GaugeMetricFamily(name, documentation, value=value)


def _spool_gauges(depth: Depth) -> list[tuple[str, str, float]]:
    return [
        ("footfall_spool_events", "Events on the local disk.", depth.events),
        ("footfall_spool_oldest_seconds", "Age of the oldest of them.", depth.oldest_seconds),
        ("footfall_spool_bytes", "Bytes of the spool that are in use.", depth.bytes),
        (
            "footfall_spool_refused_events",
            "Spooled events that the database refused; they are kept beside the others.",
            depth.refused,
        ),
    ]


def _forget_dead_workers(folder: Path) -> None:
    """Gauges are of living workers; what a dead one has counted stays."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            file.unlink(missing_ok=True)


class CountingLedger(RejectionLedger):
    """The ledger of refusals, counting those of events."""

    def __init__(self, connections: Connections, *, metrics: Metrics) -> None:
        super().__init__(connections)
        self._metrics = metrics

    def record(
        self,
        *,
        property_id: str,
        endpoint: str,
        reason: str,
        status_code: int,
        occurrences: int = 1,
    ) -> None:
        """As the ledger's own."""
        if endpoint.startswith("/v1/events"):
            self._metrics.received(occurrences)
            # The ledger's reason goes on to name the field.
            self._metrics.rejected(reason.partition(":")[0], occurrences)
        super().record(
            property_id=property_id,
            endpoint=endpoint,
            reason=reason,
            status_code=status_code,
            occurrences=occurrences,
        )
