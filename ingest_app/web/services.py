"""What the routes call, made once a process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import cast

from flask import Flask

from ingest_app.database.address import database_url
from ingest_app.database.connection import ReconnectingConnection
from ingest_app.intake.intake import Intake
from ingest_app.leads.capture import Captures
from ingest_app.leads.database import LeadDatabase
from ingest_app.leads.links import Links
from ingest_app.leads.webhook import Webhook
from ingest_app.metrics import Metrics
from ingest_app.operations.retention_ages import RetentionAges
from ingest_app.reports.warehouse import Warehouse
from ingest_app.settings import Settings
from ingest_app.store.committer import WRITERS, Committer
from ingest_app.store.drain import Drain
from ingest_app.store.ledger import RejectionLedger
from ingest_app.store.outage import Outage
from ingest_app.store.property_settings import PropertySettings
from ingest_app.store.spool import FILE_NAME, FOLDER_NAME, LEASE_NAME, Spool
from ingest_app.store.writer import Writer
from ingest_app.web.admin_keys import AdminKeys
from ingest_app.web.gauges import retention_readings, spool_readings
from ingest_app.web.readiness import Readiness
from ingest_app.web.reports.kept import KeptBodies
from ingest_app.web.sign_in import SignIn

EXTENSION = "footfall"


@dataclass(frozen=True, slots=True)
class Services:
    """The settings and the services of one app."""

    settings: Settings
    intake: Intake
    captures: Captures
    leads: LeadDatabase
    lead_reader: LeadDatabase
    links: Links
    webhook: Webhook | None
    ledger: RejectionLedger
    metrics: Metrics
    readiness: Readiness
    committer: Committer
    drain: Drain
    spool: Spool
    properties: PropertySettings
    admin_keys: AdminKeys
    sign_in: SignIn
    warehouse: Warehouse
    kept_reports: KeptBodies

    @classmethod
    def connect(cls, settings: Settings) -> Services:
        """Start what writes.

        No other connection than that of `PropertySettings` is made before it is needed.
        """
        url = database_url(settings)
        gap = timedelta(minutes=settings.session_inactivity_minutes)
        folder = settings.data_dir / FOLDER_NAME
        spool = Spool(folder / FILE_NAME, max_bytes=settings.spool_max_bytes)

        def connection(name: str) -> ReconnectingConnection:
            return ReconnectingConnection(url, name=name)

        metrics = Metrics(
            [partial(spool_readings, spool), partial(retention_readings, RetentionAges(url))]
        )
        ledger = RejectionLedger(connection("footfall-rejections"), metrics=metrics)
        outage = Outage()
        committer = Committer(
            [Writer(connection("footfall-ingest"), session_gap=gap) for _ in range(WRITERS)],
            spool=spool,
            outage=outage,
            metrics=metrics,
        )
        properties = PropertySettings(connection("footfall-properties"))

        def lead_database(name: str) -> LeadDatabase:
            return LeadDatabase(Writer(connection(name), session_gap=gap), outage)

        leads = lead_database("footfall-leads")
        admin_keys = AdminKeys(settings.admin_api_keys, settings.report_api_keys)
        links = Links(settings.pepper)
        return cls(
            settings=settings,
            intake=Intake(settings, committer, ledger, properties),
            captures=Captures(settings, leads, metrics, properties),
            leads=leads,
            # A long list does not hold up a form.
            lead_reader=lead_database("footfall-leads-list"),
            links=links,
            webhook=_webhook(settings, connection("footfall-webhook"), links),
            ledger=ledger,
            metrics=metrics,
            readiness=Readiness(url, spool),
            committer=committer,
            drain=Drain(
                Writer(connection("footfall-drain"), session_gap=gap),
                spool=spool,
                outage=outage,
                lease=folder / LEASE_NAME,
                metrics=metrics,
            ),
            spool=spool,
            properties=properties,
            admin_keys=admin_keys,
            sign_in=SignIn(settings, admin_keys),
            warehouse=Warehouse(url),
            kept_reports=KeptBodies(settings.summary_cache_seconds),
        )

    def close(self) -> None:
        """Commit or spool what waits, write what was counted, and stop."""
        self.committer.close()
        self.drain.close()
        self.ledger.close()
        self.properties.close()
        self.spool.close()
        self.warehouse.close()
        self.leads.close()
        self.lead_reader.close()
        # Last, for its receiver may take its time.
        if self.webhook is not None:
            self.webhook.close()

    @property
    def has_webhook(self) -> bool:
        """Whether somebody is told of leads."""
        return self.webhook is not None

    @classmethod
    def of(cls, app: Flask) -> Services:
        """The services of an app made by `create_app`."""
        return cast("Services", app.extensions[EXTENSION])


def _webhook(
    settings: Settings, connection: ReconnectingConnection, links: Links
) -> Webhook | None:
    if settings.lead_webhook_url is None or settings.lead_webhook_secret is None:
        return None
    return Webhook(
        connection,
        url=settings.lead_webhook_url.get_secret_value(),
        secret=settings.lead_webhook_secret.get_secret_value().encode(),
        links=links,
    )
