"""The log of a real site that some tests read where it is at hand."""

from __future__ import annotations

from ingest_app.settings import PROJECT_FOLDER

REAL_LOG = PROJECT_FOLDER.parent / "shared" / "data" / "access.log"
