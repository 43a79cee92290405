"""Whose what dbt has built is: a command runs no code of another role with its own rights."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.rows import scalar_row

MARTS = "analytics"
# Where profiles.yml and dbt_project.yml put what dbt builds.
BI_SCHEMA = "analytics_bi"
DBT_SCHEMAS = (MARTS, BI_SCHEMA, "analytics_staging", "analytics_state", "analytics_failures")

OTHER_OWNERS = """
    select distinct owner::regrole::text
    from (
        select nspowner as owner from pg_namespace where nspname = any(%(schemas)s::text[])
        union all
        select relowner from pg_class
        inner join pg_namespace on relnamespace = pg_namespace.oid
        where nspname = any(%(schemas)s::text[]) and relkind in ('r', 'p', 'v', 'm', 'f')
        union all
        select proowner from pg_trigger
        inner join pg_proc on tgfoid = pg_proc.oid
        inner join pg_class on tgrelid = pg_class.oid
        inner join pg_namespace on relnamespace = pg_namespace.oid
        where nspname = any(%(schemas)s::text[]) and not tgisinternal
    ) as owners
    where owner <> current_user::regrole
    order by 1
"""


class OwnedByOthersError(Exception):
    """What dbt has built belongs to another role; the message says to which."""


def refuse_what_others_own(connection: Connection[Any]) -> None:
    """Stop a command before it reads a mart of another role, whose code that may run.

    A view runs functions with the rights of whoever reads it. Raises OwnedByOthersError.
    """
    if owners := owners_of_marts(connection):
        raise OwnedByOthersError(
            f"the marts belong to {', '.join(owners)}, and their code would run with the rights of "
            f"{connection.info.user}: run this as {owners[0]}"
        )


def owners_of_marts(connection: Connection[Any]) -> list[str]:
    """Who owns anything of what dbt builds, or a trigger on it, besides the connected role."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(OTHER_OWNERS, {"schemas": list(DBT_SCHEMAS)}).fetchall()
