"""Breakdowns: a window by source, page, device and so on."""

from __future__ import annotations

from typing import Any

from ingest_app.reports import hours, visits
from ingest_app.reports.dimensions import DIMENSIONS, Dimension, Kind
from ingest_app.reports.freshness import freshness, freshness_of
from ingest_app.reports.ratios import ratio
from ingest_app.reports.statements import SHOWN, MartsNotBuiltError, Row
from ingest_app.reports.visit_dimensions import HOUR, OF_VISITS
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import AGAIN, KINDS, Audience, Window

# The names come from dimensions.py, never from a request. A visitor counts in the window on the first
# of their days in it with the value.
OF_EVENTS = """
    with totals as (
        select value as {keys}, {measures}
        from analytics.daily_breakdowns
        where
            {{scope}}
            and dimension = '{by}'
            and {audience}
            and day between %(from_day)s and %(to_day)s
        group by value
    ),
    {shown}
    select shown.*, recency.visitors
    from shown
    left join (
        select value as {keys}, sum({{visitors}})::bigint as visitors
        from analytics.visitor_recency
        where
            property_id = %(property_or_all)s
            and dimension = '{by}'
            and day between %(from_day)s and %(to_day)s
            and previous_day < %(from_day)s
        group by value
    ) as recency using ({keys})
    order by {order}
"""
# By the key alone: it stands for the path, which is longer. Only of the paths that are shown are
# visitors counted. Who saw a path on a day of which raw was gone before anybody asked is not known:
# then there is no number. Whole weeks are read as their sums. One of which a day has just changed has none
# until the next build, and is read by day.
OF_PAGES = """
    with pages as (
        select
            path_key, path, {summed}, visitor_days, people_days, bot_days
        from analytics.weekly_pages as summed
        where {{scope}} and week between %(from_day)s and %(to_day)s::date - 6
        union all
        select
            path_key, path, {summed}, visitors, people, bots
        from analytics.daily_pages
        where
            {{scope}}
            -- As an array, by which few days are looked up.
            and day = any(array(
                select asked.day::date
                from generate_series(%(from_day)s::timestamp, %(to_day)s, interval '1 day')
                    as asked (day)
                where not exists (
                    select from analytics.weekly_pages as summed
                    where
                        summed.week = date_trunc('week', asked.day)::date
                        and summed.week between %(from_day)s and %(to_day)s::date - 6
                )
            ))
    ),
    totals as (
        select
            path_key, any_value(path) as path, {measures}, {visitors} as visitor_days,
            count(people_days) = count(*) as is_known
        from pages
        group by path_key
        having coalesce({visitors}, 1) > 0
    ),
    {shown}
    select
        shown.*,
        case when shown.is_known then shown.visitor_days - again.visitors end as visitors
    from shown
    cross join lateral (
        select {again} as visitors
        from analytics.page_recency
        where
            property_id = %(property_or_all)s
            and path_key = shown.path_key
            and day between %(from_day)s and %(to_day)s
    ) as again
    order by {order}
"""
# What stands for the weeks where no build has made them since an upgrade: none.
WEEKS = "analytics.weekly_pages as summed"
NO_WEEKS = """(
    select day as week, visitors as visitor_days, people as people_days, bots as bot_days, days.*
    from analytics.daily_pages as days
    where false
) as summed"""


def marts_of(by: str) -> tuple[str, ...]:
    """The marts that an answer without filters is read from."""
    if by == HOUR:
        return (hours.MART,)
    return visits.marts_of(by) if by in OF_VISITS else DIMENSIONS[by].marts


def columns_of(by: str, *, is_filtered: bool = False) -> tuple[str, ...]:
    """The names of a row's values in an answer, in their order."""
    if by == HOUR:
        return hours.COLUMNS
    if is_filtered or by in OF_VISITS:
        return visits.columns_of(by)
    return DIMENSIONS[by].columns


def breakdown(
    warehouse: Warehouse, window: Window, *, by: str, limit: int, by_conversions: bool = False
) -> dict[str, Any]:
    """The rows of one of BY, most first, and how many there are in all.

    What only visits have, and whatever is filtered, is of visits. Most is of conversions, or of the first
    measure of a row. Hours have an order of their own.

    Raises MartsNotBuiltError and MartsUnavailableError.
    """
    if by == HOUR:
        return hours.by_hour(warehouse, window, limit=limit)
    if window.filters or by in OF_VISITS:
        return visits.breakdown(
            warehouse, window, by=by, limit=limit, by_conversions=by_conversions
        )
    dimension = DIMENSIONS[by]
    statement = window.of_audience(window.scoped(STATEMENTS[by, window.audience, by_conversions]))

    def ask(text: str) -> list[list[Row]]:
        return warehouse.ask(
            freshness_of(*dimension.marts),
            (text, window.values(limit=limit)),
            is_planned_anew=dimension.kind is Kind.PAGES,
            has_workers=dimension.kind is Kind.PAGES and window.property_id is None,
        )

    try:
        fresh, rows = ask(statement)
    except MartsNotBuiltError:
        if dimension.kind is not Kind.PAGES:
            raise
        fresh, rows = ask(statement.replace(WEEKS, NO_WEEKS))
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
    return (
        {name: row[column] for name, column in dimension.keys.items()}
        | {"visitors": row["visitors"]}
        | measures
        | {"share": _ratio(main, row["whole"])}
        | {
            name: _ratio(measures[part], measures[whole])
            for name, (part, whole) in dimension.rates.items()
        }
    )


def _ratio(part: int | None, whole: int | None) -> float | None:
    return None if part is None or whole is None else ratio(part, whole)


def _statement(by: str, dimension: Dimension, audience: Audience, by_conversions: bool) -> str:
    columns = dimension.measures.values()
    main = next(iter(columns))
    most = ["conversions", main] if by_conversions else [main]
    order = ", ".join(
        [f"{measure} desc nulls last" for measure in most]
        + [f'{key} collate "C" asc' for key in dimension.keys.values()]
    )
    shown = SHOWN.format(main=main, order=order)
    keys = ", ".join(dimension.keys.values())
    if dimension.kind is Kind.PAGES:
        return OF_PAGES.format(
            summed=", ".join(f"{column}, people_{column}" for column in columns),
            measures=", ".join(f"{_of_pages(column, audience)} as {column}" for column in columns),
            visitors=_of_pages("visitor_days", audience),
            again=AGAIN,
            shown=shown,
            order=order,
        )
    return OF_EVENTS.format(
        by=by,
        keys=keys,
        measures=", ".join(f"sum({column})::bigint as {column}" for column in columns),
        audience=KINDS[audience],
        shown=shown,
        order=order,
    )


def _of_pages(column: str, audience: Audience) -> str:
    """A sum of days; null where it was not counted apart on one of them."""
    if audience is Audience.ALL:
        return f"sum({column})::bigint"
    is_of_visitors = column == "visitor_days"
    people = "people_days" if is_of_visitors else f"people_{column}"
    bots = "bot_days" if is_of_visitors else f"{column} - {people}"
    counted = people if audience is Audience.PEOPLE else bots
    return f"(case when count(people_days) = count(*) then sum({counted}) end)::bigint"


STATEMENTS = {
    (by, audience, each): _statement(by, dimension, audience, each)
    for by, dimension in DIMENSIONS.items()
    for audience in Audience
    for each in (False, True)
}
