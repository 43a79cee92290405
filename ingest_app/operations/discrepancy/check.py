"""The whole check: marts, reports and the days of raw rows, all as of one moment."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from ingest_app.operations.discrepancy.analyses import Counted, snapshot
from ingest_app.operations.discrepancy.findings import Findings
from ingest_app.operations.discrepancy.marts import MARTS, compare_marts
from ingest_app.operations.discrepancy.reports import REPORTS, compare_reports
from ingest_app.operations.discrepancy.stored_days import STORED_DAYS, compare_stored_days

EVERYTHING = (*MARTS, *REPORTS, STORED_DAYS)


def compare_with_raw(
    url: str,
    *,
    first: date,
    last: date,
    property_id: str | None = None,
    names: Collection[str] = EVERYTHING,
) -> Findings:
    """Compare the named marts and reports with raw rows, all as of one moment.

    Raises NothingBuiltError and psycopg.Error.
    """
    marts = [name for name in MARTS if name in names]
    reports = [name for name in REPORTS if name in names]
    with snapshot(url) as connection:
        counted = Counted(connection)
        of_marts = compare_marts(counted, marts, first, last, property_id) if marts else Findings()
        of_reports = (
            compare_reports(counted, reports, first, last, property_id) if reports else Findings()
        )
        of_days = (
            compare_stored_days(connection, first, last, property_id)
            if STORED_DAYS in names
            else Findings()
        )
    return Findings(
        of_marts.compared + of_reports.compared + of_days.compared,
        of_marts.left_out | of_reports.left_out,
        of_marts.differences + of_reports.differences + of_days.differences,
    )
