"""What the routes call, made once a process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from flask import Flask

from ingest_app.database import database_url, open_pool
from ingest_app.intake import Intake
from ingest_app.rejections import RejectionLedger
from ingest_app.settings import Settings
from ingest_app.writer import Writer

EXTENSION = "footfall"


@dataclass(frozen=True, slots=True)
class Services:
    """The settings and the services of one app."""

    settings: Settings
    intake: Intake
    rejections: RejectionLedger

    @classmethod
    def connect(cls, settings: Settings, *, pool_size: int) -> Services:
        """Open the pool and what writes through it."""
        pool = open_pool(database_url(settings), size=pool_size)
        gap = timedelta(minutes=settings.session_inactivity_minutes)
        rejections = RejectionLedger(pool)
        intake = Intake(settings, Writer(pool, session_gap=gap), rejections)
        return cls(settings=settings, intake=intake, rejections=rejections)

    @classmethod
    def of(cls, app: Flask) -> Services:
        """The services of an app made by `create_app`."""
        return cast("Services", app.extensions[EXTENSION])
