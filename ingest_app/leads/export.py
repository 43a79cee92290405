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

# The properties of a lead are those of its submissions (section 3 of the contract).
LEADS = """
    select
        leads.id as "leadId",
        leads.email,
        leads.consent_status as "consentStatus",
        leads.source_channel as "sourceChannel",
        leads.email_domain_class as "emailDomainClass",
        leads.first_captured_at as "firstCapturedAt",
        leads.last_captured_at as "lastCapturedAt",
        array(
            select distinct form_submissions.form_name::text collate "C"
            from raw.form_submissions
            where form_submissions.lead_id = leads.id
            order by 1
        ) as forms,
        array(
            select distinct submission_properties.property_id::text collate "C"
            from raw.form_submissions
            inner join raw.submission_properties
                on
                    form_submissions.visitor_id = submission_properties.visitor_id
                    and form_submissions.id = submission_properties.submission_id
            where form_submissions.lead_id = leads.id
            order by 1
        ) as properties,
        (
            select form_submissions.payload
            from raw.form_submissions
            where
                form_submissions.lead_id = leads.id
                and (%(submission_id)s::uuid is null or form_submissions.id = %(submission_id)s)
            order by form_submissions.captured_at desc, form_submissions.id desc
            limit 1
        ) as payload
    from raw.leads
"""
PAGE_OF_LEADS = f"""
    {LEADS}
    where
        leads.id > %(after)s
        and (%(consent)s::text is null or leads.consent_status::text = %(consent)s)
        and (
            not %(is_filtered)s
            or exists (
                select from raw.form_submissions
                where
                    form_submissions.lead_id = leads.id
                    and (%(form)s::text is null or form_submissions.form_name = %(form)s)
                    and (
                        %(day)s::date is null
                        or form_submissions.occurred_on = %(day)s
                    )
                    and (
                        %(property_id)s::text is null
                        or exists (
                            select from raw.submission_properties
                            where
                                submission_properties.visitor_id = form_submissions.visitor_id
                                and submission_properties.submission_id = form_submissions.id
                                and submission_properties.property_id in (
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
            )
        )
    order by leads.id
    limit %(limit)s
"""  # noqa: S608
ONE_LEAD = LEADS + "where leads.id = %(lead_id)s"


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
        "is_filtered": any((filters.form, filters.day, filters.property_id)),
        "submission_id": None,
    }
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(PAGE_OF_LEADS.encode(), values).fetchall()
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
