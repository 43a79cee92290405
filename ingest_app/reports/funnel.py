"""The funnel: from visitors to leads over a window, by form and for all forms together."""

from __future__ import annotations

from typing import Any

from ingest_app.reports.freshness import freshness, freshness_of
from ingest_app.reports.ratios import ratio
from ingest_app.reports.statements import Row
from ingest_app.reports.warehouse import Warehouse
from ingest_app.reports.windows import Window

MARTS = ("daily_funnel", "visitor_forms", "visitor_recency")
# The form of the rows that count all of them together.
ALL_FORMS = ""

# A visitor counts in the window on the first of their days in it. Who began or sent any form had an
# event of that type.
PEOPLE = """
    select
        coalesce(sum(visitors) filter (where dimension = ''), 0)::bigint as visitors,
        coalesce(sum(visitors) filter (where value = 'form_start'), 0)::bigint as form_starters,
        coalesce(sum(visitors) filter (where value = 'form_submit'), 0)::bigint
            as form_submitters
    from analytics.visitor_recency
    where
        property_id = %(property_or_all)s
        and day between %(from_day)s and %(to_day)s
        and previous_day < %(from_day)s
        and (
            dimension = ''
            or (dimension = 'event_type' and value in ('form_start', 'form_submit'))
        )
"""
# The row of all forms comes first, and is none of those that the limit is for. By form, no mart
# adds up: visitors are counted anew. Where all events are of one form, its visitors are those of
# all forms.
HAS_EVENTS = "form_name <> '' and form_starts + form_submits > 0"
FORMS = """
    with counts as (
        select
            form_name,
            sum(form_starts)::bigint as form_starts,
            sum(form_submits)::bigint as form_submits,
            sum(new_leads)::bigint as new_leads
        from analytics.daily_funnel
        where property_id = %(property_or_all)s and day between %(from_day)s and %(to_day)s
        group by form_name
    ),

    people as (
        select
            form_name,
            count(*) filter (where has_started) as form_starters,
            count(*) filter (where has_submitted) as form_submitters
        from (
            select
                form_name,
                bool_or(form_starts > 0) as has_started,
                bool_or(form_submits > 0) as has_submitted
            from analytics.visitor_forms
            where
                {scope}
                and day between %(from_day)s and %(to_day)s
                and (select count(*) from counts where {has_events}) > 1
            group by visitor_id, form_name
        ) as by_visitor
        group by form_name
    )

    select
        counts.*,
        coalesce(people.form_starters, 0) as form_starters,
        coalesce(people.form_submitters, 0) as form_submitters,
        count(*) filter (where form_name <> '') over () as forms,
        count(*) filter (where {has_events}) over () as forms_with_events
    from counts
    left join people using (form_name)
    order by form_name <> '', new_leads desc, form_submits desc, form_name collate "C"
    limit %(limit)s + 1
""".replace("{has_events}", HAS_EVENTS)
COUNTS = {
    "formStarters": "form_starters",
    "formSubmitters": "form_submitters",
    "newLeads": "new_leads",
    "formStarts": "form_starts",
    "formSubmits": "form_submits",
}
NEW_LEADS = """
    select coalesce(sum(new_leads), 0)::bigint as new_leads
    from analytics.daily_funnel
    where
        property_id = %(property_or_all)s
        and form_name = ''
        and day between %(from_day)s and %(to_day)s
"""


def new_leads(warehouse: Warehouse, window: Window) -> int:
    """How many there are of all forms, where nothing else of them is asked.

    Raises MartsNotBuiltError and MartsUnavailableError.
    """
    [[row]] = warehouse.ask((NEW_LEADS, window.values()))
    return int(row["new_leads"])


def funnel(warehouse: Warehouse, window: Window, *, limit: int) -> dict[str, Any]:
    """Visitors and what became of them, and the forms with most new leads.

    Raises MartsNotBuiltError and MartsUnavailableError.
    """
    fresh, [people], rows = warehouse.ask(
        freshness_of(*MARTS),
        (PEOPLE, window.values()),
        (window.scoped(FORMS), window.values(limit=limit)),
    )
    visitors = people["visitors"]
    of_all = next((row for row in rows if row["form_name"] == ALL_FORMS), None)
    starters = {name: people[name] for name in ("form_starters", "form_submitters")}
    if of_all:
        of_all |= starters
        if of_all["forms_with_events"] == 1:
            for row in rows:
                if row["form_starts"] + row["form_submits"]:
                    row |= starters
    return {
        "ok": True,
        "window": window.as_json(),
        "freshness": freshness(fresh[0]),
        "allForms": {"visitors": visitors} | _figures(of_all, visitors),
        "total": of_all["forms"] if of_all else 0,
        "forms": [
            {"formName": row["form_name"]} | _figures(row, visitors)
            for row in rows
            if row is not of_all
        ],
    }


def _figures(row: Row | None, visitors: int) -> dict[str, Any]:
    counts = {name: row[column] if row else 0 for name, column in COUNTS.items()}
    return counts | {
        "formCompletionRate": ratio(counts["formSubmits"], counts["formStarts"]),
        "leadCaptureRate": ratio(counts["newLeads"], visitors),
    }
