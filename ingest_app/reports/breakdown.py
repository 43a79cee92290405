"""Breakdowns: a window by source, page, device and so on."""

from __future__ import annotations

from typing import Any

from ingest_app.reports import hours, visits
from ingest_app.reports.dimensions import DIMENSIONS, Dimension
from ingest_app.reports.freshness import freshness, freshness_of
from ingest_app.reports.ratios import ratio
from ingest_app.reports.statements import Row
from ingest_app.reports.visit_dimensions import HOUR, OF_VISITS
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import Window

# The names come from dimensions.py, never from a request.
ROWS = """
    with totals as (
        select {keys}, {measures}
        from analytics.{mart}
        where {{scope}} and day between %(from_day)s and %(to_day)s
        group by {keys}
    ),

    shown as (
        select
            totals.*,
            (sum({main}) over ())::bigint as whole,
            count(*) over () as groups
        from totals
        order by {order}
        limit %(limit)s
    )

    select * from shown {visitors}
    order by {order}
"""
VISITORS = """
    left join (
        select {keys}, count(*) as visitors
        from (
            select distinct {keys}, visitor_id
            from analytics.{mart}
            where {{scope}} and day between %(from_day)s and %(to_day)s
        ) as visitors_of_keys
        group by {keys}
    ) as visitors using ({keys})
"""


def marts_of(by: str) -> tuple[str, ...]:
    """The marts that an answer without filters is read from."""
    if by == HOUR:
        return (hours.MART,)
    return (visits.MART,) if by in OF_VISITS else DIMENSIONS[by].marts


def columns_of(by: str, *, is_filtered: bool = False) -> tuple[str, ...]:
    """The names of a row's values in an answer, in their order."""
    if by == HOUR:
        return hours.COLUMNS
    if is_filtered or by in OF_VISITS:
        return visits.columns_of(by)
    return DIMENSIONS[by].columns


def breakdown(warehouse: Warehouse, window: Window, *, by: str, limit: int) -> dict[str, Any]:
    """The rows of one of BY, most first, and how many there are in all.

    What only visits have, and whatever is filtered, is answered from visits.

    Raises MartsNotBuiltError and MartsUnavailableError.
    """
    if by == HOUR:
        return hours.by_hour(warehouse, window, limit=limit)
    if window.filters or by in OF_VISITS:
        return visits.breakdown(warehouse, window, by=by, limit=limit)
    dimension = DIMENSIONS[by]
    fresh, rows = warehouse.ask(
        freshness_of(*dimension.marts),
        (window.scoped(STATEMENTS[by]), window.values(limit=limit)),
    )
    return {
        "ok": True,
        "window": window.as_json(),
        "freshness": freshness(fresh[0]),
        "by": by,
        "total": rows[0]["groups"] if rows else 0,
        "rows": [_entry(dimension, row) for row in rows],
    }


def _entry(dimension: Dimension, row: Row) -> dict[str, Any]:
    measures = {name: row[column] for name, column in dimension.measures.items()}
    main = next(iter(measures.values()))
    entry = {name: row[column] for name, column in dimension.keys.items()}
    if dimension.visitors_mart:
        entry["visitors"] = row["visitors"] or 0
    return (
        entry
        | measures
        | {"share": ratio(main, row["whole"])}
        | {
            name: ratio(measures[part], measures[whole])
            for name, (part, whole) in dimension.rates.items()
        }
    )


def _statement(dimension: Dimension) -> str:
    keys = ", ".join(dimension.keys.values())
    main = next(iter(dimension.measures.values()))
    return ROWS.format(
        keys=keys,
        measures=", ".join(
            f"sum({column})::bigint as {column}" for column in dimension.measures.values()
        ),
        mart=dimension.mart,
        main=main,
        order=", ".join(
            [f"{main} desc", *(f'{key} collate "C" asc' for key in dimension.keys.values())]
        ),
        visitors=_visitors(dimension, keys),
    )


def _visitors(dimension: Dimension, keys: str) -> str:
    if dimension.visitors_mart is None:
        return ""
    return VISITORS.format(keys=keys, mart=dimension.visitors_mart)


STATEMENTS = {by: _statement(dimension) for by, dimension in DIMENSIONS.items()}
