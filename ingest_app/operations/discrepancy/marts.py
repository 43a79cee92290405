"""Marts against raw rows, each by the analysis of its name."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from psycopg.rows import DictRow

from ingest_app.database.ownership import MARTS as MARTS_SCHEMA
from ingest_app.operations.discrepancy.analyses import (
    ANALYSES,
    COUNTED_THROUGH,
    Counted,
    days,
    is_there,
    watermarks,
)
from ingest_app.operations.discrepancy.findings import (
    Difference,
    Findings,
    NothingBuiltError,
    unequal,
)

SUFFIX = "_discrepancy.sql"
# The two that the contract names; a mart is here when it has an analysis.
CONTRACT_MARTS = ("daily_metric_rollups", "daily_ingest_rollups")
MARTS = (
    *CONTRACT_MARTS,
    *sorted(
        {path.name.removesuffix(SUFFIX) for path in ANALYSES.glob(f"*{SUFFIX}")} - {*CONTRACT_MARTS}
    ),
)


def compare_marts(
    counted: Counted,
    marts: Collection[str],
    first: date,
    last: date,
    property_id: str | None,
) -> Findings:
    """Compare these marts from `first` to `last`, both included.

    Raises NothingBuiltError where none of them is there.
    """
    connection, findings = counted.connection, Findings()
    variables = watermarks(connection) | days(first, last)
    variables["discrepancy_property_id"] = property_id or ""
    for mart in marts:
        if not is_there(connection, f"{MARTS_SCHEMA}.{mart}"):
            if COUNTED_THROUGH + mart in variables:
                findings.differences.append(Difference(mart, None, None, {}, "table", False, True))
            else:
                findings.left_out[mart] = "it is not built"
            continue
        rows = counted.rows(f"{mart}{SUFFIX}", variables)
        findings.compared.append(mart)
        findings.differences += [one for row in rows for one in _differences(row)]
    if not findings.compared and not findings.differences:
        raise NothingBuiltError
    findings.differences.sort(key=_place)
    return findings


def _differences(row: DictRow) -> Iterator[Difference]:
    """One for each measure of a mart's row in which it is not what raw rows say."""
    keys = row["key_columns"]
    known = row["mart_row"] or row["raw_row"]
    key = {name: known[name] for name in keys if name not in ("property_id", "day")}
    for measure, rollup_value, raw_value in unequal(
        _without(row["mart_row"], keys), _without(row["raw_row"], keys)
    ):
        yield Difference(
            row["mart"], row["property_id"], row["day"], key, measure, rollup_value, raw_value
        )


def _without(row: Mapping[str, Any] | None, keys: Sequence[str]) -> dict[str, Any] | None:
    return None if row is None else {name: row[name] for name in row if name not in keys}


def _place(one: Difference) -> tuple[str, ...]:
    return (
        one.mart,
        one.property_id or "",
        str(one.day or ""),
        json.dumps(one.key, default=str),
        one.measure,
    )
