"""The roles of a warehouse, each with what its work takes and nothing else.

    footfall_app  writes raw, row by row, and changes no table; reads marts for reports
    footfall_dbt  reads raw, owns what dbt builds
    footfall_bi   reads marts

Who applies them, the owner of schema raw, keeps the rest: the DDL, and retention.
"""

from __future__ import annotations

from typing import Any, cast

import psycopg
from psycopg import Connection, sql
from psycopg.rows import scalar_row

from ingest_app.schema import SchemaError

APP = "footfall_app"
DBT = "footfall_dbt"
BI = "footfall_bi"
ROLES = (APP, DBT, BI)

MARTS = "analytics"
# Where profiles.yml and dbt_project.yml put what dbt builds.
DBT_SCHEMAS = (MARTS, "analytics_staging", "analytics_state", "analytics_failures")

# What the app may do with each table of raw. A table that is not named here it may not touch.
# Partitions need no line: they are reached by way of raw.events.
APP_PRIVILEGES = {
    "visitors": "select, insert, update",
    # Sessions merge when a late event closes the gap between them.
    "sessions": "select, insert, update, delete",
    "events": "select, insert, update (session_id)",
    "ingest_rejections": "insert",
    "ingest_duplicates": "insert",
    "leads": "select, insert, update, delete",
    "lead_identities": "select, insert, update",
    "form_submissions": "select, insert, update (payload)",
    "submission_properties": "select, insert, update (created_at)",
    "consent_events": "select, insert",
    "schema_version": "select",
    # For the metric that shows a purge that has stopped.
    "retention_purges": "select",
}

CAN_MAKE_ROLES = "select rolsuper or rolcreaterole from pg_roles where rolname = current_user"
MISSING_ROLES = """
    select name from unnest(%(roles)s::text[]) with ordinality as wanted (name, place)
    where name not in (select rolname from pg_roles)
    order by place
"""
IS_MEMBER = "select pg_has_role(current_user, %(role)s, 'USAGE')"
RELATIONS_OF_OTHERS = """
    select format('%%I.%%I', nspname, relname)
    from pg_class
    inner join pg_namespace on pg_namespace.oid = relnamespace
    where
        nspname = any(%(schemas)s)
        and relkind in ('r', 'p', 'v', 'm')
        and relowner <> %(owner)s::regrole
"""

APP_GRANTS = """
    grant usage on schema raw to footfall_app;
    revoke all on all tables in schema raw from footfall_app;
    -- It works as the owner of the tables: for those who write events, not for all who read raw.
    revoke all on function raw.ensure_event_partition(date) from public;
    grant execute on function raw.ensure_event_partition(date) to footfall_app;
"""
DBT_GRANTS = """
    grant usage on schema raw to footfall_dbt;
    grant select on all tables in schema raw to footfall_dbt;
    alter default privileges in schema raw grant select on tables to footfall_dbt;
"""
# A build grants its marts itself, once there is the role. These are for the marts of earlier builds,
# and for a table that somebody makes among them by hand. Default privileges are of the maker.
MART_GRANTS = """
    grant usage on schema analytics to footfall_bi, footfall_app;
    grant select on all tables in schema analytics to footfall_bi, footfall_app;
    alter default privileges for role footfall_dbt in schema analytics
    grant select on tables to footfall_bi, footfall_app;
"""


def apply_roles(url: str) -> list[str]:
    """Make the roles that are missing, and give each of them its rights; idempotent.

    Returns the names of the roles that it made. They have no password. Raises SchemaError where
    the connected role may not make roles.
    """
    with psycopg.connect(url) as connection:
        connection.execute("set local client_min_messages = warning")
        connection.execute("select pg_advisory_xact_lock(hashtext('footfall.apply_roles'))")
        missing = _column(connection, MISSING_ROLES, {"roles": list(ROLES)})
        if missing and not all(_column(connection, CAN_MAKE_ROLES)):
            raise SchemaError(
                f"the role {connection.info.user} may not make roles: connect as one that has "
                f"CREATEROLE, or let an administrator make {', '.join(missing)} first. "
                "(The embedded database is for one person, whose one role owns everything.)"
            )
        for role in missing:
            connection.execute(sql.SQL("create role {} login").format(sql.Identifier(role)))
        _hand_over_to_dbt(connection)
        connection.execute(APP_GRANTS)
        for table, privileges in APP_PRIVILEGES.items():
            connection.execute(
                sql.SQL("grant {} on table raw.{} to {}").format(
                    sql.SQL(cast("Any", privileges)), sql.Identifier(table), sql.Identifier(APP)
                )
            )
        connection.execute(DBT_GRANTS)
        connection.execute(MART_GRANTS)
        return missing


def _hand_over_to_dbt(connection: Connection[Any]) -> None:
    """Give dbt its schemas, with what an earlier build under another role left in them."""
    owner = sql.Identifier(DBT)
    # Who applies roles stays a member, so that `footfall discrepancy` can read what dbt owns.
    if not all(_column(connection, IS_MEMBER, {"role": DBT})):
        connection.execute(sql.SQL("grant {} to current_user").format(owner))
    for schema in DBT_SCHEMAS:
        name = sql.Identifier(schema)
        connection.execute(
            sql.SQL("create schema if not exists {} authorization {}").format(name, owner)
        )
        connection.execute(sql.SQL("alter schema {} owner to {}").format(name, owner))
    left = {"schemas": list(DBT_SCHEMAS), "owner": DBT}
    for relation in _column(connection, RELATIONS_OF_OTHERS, left):
        connection.execute(
            sql.SQL("alter table {} owner to {}").format(sql.SQL(cast("Any", relation)), owner)
        )


def _column(
    connection: Connection[Any], query: str, values: dict[str, Any] | None = None
) -> list[Any]:
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(cast("Any", query), values).fetchall()
