"""Leads as they leave the database, for the list, the export and the webhook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from ingest_app.leads.access import Purpose, record_access
from ingest_app.leads.links import Links

FIRST = UUID(int=0)
PAGE = 500

# The properties of a lead are those of its submissions (section 3 of the contract). Leads first and then
# theirs, nowhere by a look-up for each: on Citus leads and submissions are not side by side.
LEADS = """
    with page as materialized (
        select * from raw.leads where {condition}
    ),

    found as (
        select
            form_submissions.lead_id,
            array_agg(distinct form_submissions.form_name::text collate "C") as forms,
            array_agg(distinct submission_properties.property_id::text collate "C") filter (
                where submission_properties.property_id is not null
            ) as properties,
            (
                array_agg(
                    form_submissions.payload
                    order by form_submissions.captured_at desc, form_submissions.id desc
                ) filter (
                    where %(submission_id)s::uuid is null
                        or form_submissions.id = %(submission_id)s
                )
            )[1] as payload
        from raw.form_submissions
        left join raw.submission_properties
            on
                form_submissions.visitor_id = submission_properties.visitor_id
                and form_submissions.id = submission_properties.submission_id
        where form_submissions.lead_id in (select id from page)
        group by form_submissions.lead_id
    )

    select
        page.id as "leadId",
        page.email,
        page.consent_status as "consentStatus",
        page.source_channel as "sourceChannel",
        page.email_domain_class as "emailDomainClass",
        page.first_captured_at as "firstCapturedAt",
        page.last_captured_at as "lastCapturedAt",
        coalesce(found.forms, '{{}}') as forms,
        coalesce(found.properties, '{{}}') as properties,
        found.payload
    from page
    left join found on page.id = found.lead_id
    order by page.id
"""
HAS_A_SUBMISSION = """
    and id in (
        select form_submissions.lead_id
        from raw.form_submissions
        left join raw.submission_properties
            on
                form_submissions.visitor_id = submission_properties.visitor_id
                and form_submissions.id = submission_properties.submission_id
        where
            (%(form)s::text is null or form_submissions.form_name = %(form)s)
            and (%(day)s::date is null or form_submissions.occurred_on = %(day)s)
            and (
                %(property_id)s::text is null
                or submission_properties.property_id in (
                    %(property_id)s,
                    -- A name of before asks for the property that has another now.
                    (
                        select aliases.property_id
                        from raw.property_aliases as aliases
                        where aliases.alias = %(property_id)s
                    )
                )
            )
    )
"""
PAGE_OF_LEADS = """
    id > %(after)s
    and (%(consent)s::text is null or consent_status::text = %(consent)s)
    {filter}
    order by id
    limit %(limit)s
"""
ONE_LEAD = LEADS.format(condition="id = %(lead_id)s")


@dataclass(frozen=True, slots=True)
class Filters:
    """Which leads: those with one submission that fits all of these, and with this consent now."""

    property_id: str | None = None
    form: str | None = None
    day: date | None = None
    consent: str | None = None

    def said(self) -> dict[str, str]:
        """Those that are set, for the audit."""
        values = {
            "property": self.property_id,
            "form": self.form,
            "day": None if self.day is None else self.day.isoformat(),
            "consent": self.consent,
        }
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Page:
    """Some leads in order of their id, and behind which one the next page begins."""

    leads: list[dict[str, Any]]
    next_after: UUID | None


def page_of_leads(
    connection: Connection[Any],
    filters: Filters,
    links: Links,
    *,
    purpose: Purpose,
    actor: str,
    after: UUID = FIRST,
    limit: int = PAGE,
) -> Page:
    """A page, and the audit of it in the same transaction: commit before it is shown."""
    values = {
        "after": after,
        "limit": limit + 1,
        "consent": filters.consent,
        "form": filters.form,
        "day": filters.day,
        "property_id": filters.property_id,
        "submission_id": None,
    }
    is_filtered = any((filters.form, filters.day, filters.property_id))
    condition = PAGE_OF_LEADS.format(filter=HAS_A_SUBMISSION if is_filtered else "")
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(LEADS.format(condition=condition).encode(), values).fetchall()
    leads = [_with_link(row, links) for row in rows[:limit]]
    record_access(connection, purpose, actor=actor, leads=len(leads), filters=filters.said())
    return Page(leads, leads[-1]["leadId"] if len(rows) > limit else None)


def pages(
    connection: Connection[Any], filters: Filters, links: Links, *, purpose: Purpose, actor: str
) -> Iterator[list[dict[str, Any]]]:
    """All leads, a page at a time, each committed to the audit before it comes out."""
    after: UUID | None = FIRST
    while after is not None:
        page = page_of_leads(connection, filters, links, purpose=purpose, actor=actor, after=after)
        connection.commit()
        yield page.leads
        after = page.next_after


def one_lead(
    connection: Connection[Any], lead_id: UUID, links: Links, *, submission_id: UUID | None
) -> dict[str, Any] | None:
    """A lead, with the words of one of its submissions; None where there is none of this id."""
    values = {"lead_id": lead_id, "submission_id": submission_id}
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(ONE_LEAD.encode(), values).fetchone()
    return None if row is None else _with_link(row, links)


def _with_link(row: dict[str, Any], links: Links) -> dict[str, Any]:
    return {**row, "unsubscribePath": links.path(row["leadId"])}
