"""Counts and times for Prometheus, right whichever worker process answers.

The counts are of this server since its start. The ledger in the database is what numbers are
reconciled with; these are for alerts.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from psycopg import Connection
from psycopg_pool import ConnectionPool

from ingest_app.events import Event
from ingest_app.rejections import RejectionLedger
from ingest_app.writer import Stored, Writer

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
        "queue_full",
        "rate_limited",
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

    def __init__(self) -> None:
        # Imported here, after the fork: the library looks for the shared folder when imported.
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

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
        self._rejected = Counter(
            "footfall_events_rejected", "Events refused.", ["reason"], registry=registry
        )
        self._commit_seconds = Histogram(
            "footfall_commit_seconds",
            "How long the writing of a batch of events took, failed ones too.",
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

        if (folder := os.environ.get(SHARED_FOLDER)) is None:
            return generate_latest(self._registry), CONTENT_TYPE_LATEST
        _forget_dead_workers(Path(folder))
        together = CollectorRegistry()
        MultiProcessCollector(together, path=folder)  # type: ignore[no-untyped-call]
        return generate_latest(together), CONTENT_TYPE_LATEST


def _forget_dead_workers(folder: Path) -> None:
    """Gauges are of living workers; what a dead one has counted stays."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            file.unlink(missing_ok=True)


class CountingWriter(Writer):
    """The writer, counting what it is given and what becomes of it."""

    def __init__(
        self, pool: ConnectionPool[Connection[Any]], *, session_gap: timedelta, metrics: Metrics
    ) -> None:
        super().__init__(pool, session_gap=session_gap)
        self._metrics = metrics

    def write(self, events: Sequence[Event]) -> list[Stored]:
        """As the writer's own. Events that could not be committed count as received only."""
        self._metrics.received(len(events))
        with self._metrics.commit_seconds():
            stored = super().write(events)
        duplicates = sum(answer.is_duplicate for answer in stored)
        self._metrics.accepted(len(stored) - duplicates)
        self._metrics.duplicate(duplicates)
        return stored


class CountingLedger(RejectionLedger):
    """The ledger of refusals, counting those of events."""

    def __init__(self, pool: ConnectionPool[Connection[Any]], *, metrics: Metrics) -> None:
        super().__init__(pool)
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
