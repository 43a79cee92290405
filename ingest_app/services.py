"""What the routes call, made once a process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from flask import Flask

from ingest_app.database import database_url, open_pool
from ingest_app.intake import Intake
from ingest_app.metrics import CountingLedger, CountingWriter, Metrics
from ingest_app.readiness import Readiness
from ingest_app.rejections import RejectionLedger
from ingest_app.settings import Settings

EXTENSION = "footfall"


@dataclass(frozen=True, slots=True)
class Services:
    """The settings and the services of one app."""

    settings: Settings
    intake: Intake
    rejections: RejectionLedger
    metrics: Metrics
    readiness: Readiness

    @classmethod
    def connect(cls, settings: Settings, *, pool_size: int) -> Services:
        """Open the pool and what writes through it."""
        url = database_url(settings)
        pool = open_pool(url, size=pool_size)
        metrics = Metrics()
        gap = timedelta(minutes=settings.session_inactivity_minutes)
        rejections = CountingLedger(pool, metrics=metrics)
        writer = CountingWriter(pool, session_gap=gap, metrics=metrics)
        return cls(
            settings=settings,
            intake=Intake(settings, writer, rejections),
            rejections=rejections,
            metrics=metrics,
            readiness=Readiness(url),
        )

    @classmethod
    def of(cls, app: Flask) -> Services:
        """The services of an app made by `create_app`."""
        return cast("Services", app.extensions[EXTENSION])
