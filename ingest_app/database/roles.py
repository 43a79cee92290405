"""The roles of a warehouse, each with what its work takes and nothing else.

    footfall_app  writes raw, row by row, and changes no table; reads marts for reports
    footfall_dbt  reads the columns of raw that numbers are made of, owns what dbt builds
    footfall_bi   reads marts, of the properties that are granted to it: all, unless taken back

Who applies them, the owner of schema raw, keeps the rest: the DDL, and retention. The owner's
commands touch nothing that another role owns: its triggers, and functions in its views, would run
with the owner's rights (docs/decisions/0026).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from psycopg import Connection, sql
from psycopg.errors import DatabaseError
from psycopg.rows import scalar_row

from ingest_app.database.connection import WORK, connect
from ingest_app.database.ownership import DBT_SCHEMAS
from ingest_app.database.schema import LOCK_SCHEMA, SchemaError

APP = "footfall_app"
DBT = "footfall_dbt"
BI = "footfall_bi"
ROLES = (APP, DBT, BI)

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
    "form_submissions": "select, insert, update (session_id, payload, erased_lead_id, fingerprint)",
    "submission_properties": "select, insert, update (created_at)",
    # Append-only, also by a trigger. They go with their lead.
    "consent_events": "select, insert",
    "suppressions": "select, insert, delete",
    "lead_accesses": "insert",
    "lead_webhook_deliveries": "select, insert, update, delete",
    "schema_version": "select",
    # What is set for a property.
    "properties": "select",
    "property_zones": "select",
    "property_aliases": "select",
    # Who may look without a key. Links are made by the owner.
    "share_links": "select",
    # For the metric that shows a purge that has stopped.
    "retention_purges": "select",
}

# What dbt may read: the columns that models, their tests and analyses name, and no others. An email,
# the words of a form and hashes of addresses are no part of a number. xmin: is_newly_received().
DBT_COLUMNS = {
    "visitors": "id, first_seen_at, last_seen_at, created_at",
    "sessions": (
        "id, visitor_id, started_at, last_event_at, landing_path, referrer, "
        "utm_source, utm_medium, utm_campaign, updated_at, is_coarse"
    ),
    "events": (
        'id, visitor_id, session_id, property_id, dedupe_key, "timestamp", occurred_on, created_at, '
        "xmin, event_type, path, traffic_source, device_type, country_code, is_entrance, is_exit, "
        "is_conversion, props, view_id, page"
    ),
    # No email, no words of a person, no hash of either.
    "leads": "id, consent_status, email_domain_class, updated_at",
    # That a lead was erased, and not which.
    "lead_accesses": "purpose, created_at",
    "form_submissions": (
        "id, visitor_id, session_id, lead_id, erased_lead_id, form_name, path, validation_status, "
        "is_first_capture, captured_at, occurred_on, created_at, xmin"
    ),
    "submission_properties": "visitor_id, submission_id, property_id, created_at, merged_names",
    "ingest_rejections": (
        "id, property_id, endpoint, reason, status_code, occurrences, occurred_at, occurred_on, "
        "created_at, xmin"
    ),
    "property_zones": "property_id, from_day, time_zone",
    "ingest_duplicates": "id, property_id, occurrences, occurred_on, created_at, xmin",
    "erasures": "id, visitor_id, touched_days, created_at, xmin",
    "property_aliases": "alias, property_id, is_merge, created_at, moved_at, marts_moved_at",
    # For `footfall status`, which looks at marts and so runs as their owner.
    "retention_purges": "purged_before, events_deleted, created_at, finished_at",
    "schema_version": "version, oldest_app",
}

CAN_MAKE_ROLES = "select rolsuper or rolcreaterole from pg_roles where rolname = current_user"
MISSING_ROLES = """
    select name from unnest(%(roles)s::text[]) with ordinality as wanted (name, place)
    where name not in (select rolname from pg_roles)
    order by place
"""
ARE_IN_USE = """
    select count(*) = 2
    from pg_roles cross join pg_namespace
    where
        nspname = 'raw' and rolname in ('footfall_app', 'footfall_dbt')
        and has_schema_privilege(pg_roles.oid, pg_namespace.oid, 'usage')
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
# Functions of builds that ran as the owner of raw. Of nobody else: one that works with the rights of
# its owner would get those of dbt.
ROUTINES_OF_OWNER = """
    select pg_proc.oid::regprocedure::text
    from pg_proc
    inner join pg_namespace on pronamespace = pg_namespace.oid
    where
        nspname = any(%(schemas)s)
        and proowner in (
            current_user::regrole, (select nspowner from pg_namespace where nspname = 'raw')
        )
"""

OURS = "any(%(roles)s::text[])"
# What is found here is taken back by the statement that comes with it, or said where it is still
# there afterwards. A role of ours is a member of nothing and has no attribute; by a trigger it has
# its code run by whoever writes raw, by a foreign key it keeps rows from being deleted. A function
# or view is dropped and not given to the owner, whose rights it would have.
STRAYS = f"""
    select format('%%s of %%I', attribute, rolname), format('alter role %%I no%%s', rolname, attribute)
    from pg_roles
    cross join lateral (
        values
        ('superuser', rolsuper), ('createrole', rolcreaterole), ('createdb', rolcreatedb),
        ('replication', rolreplication), ('bypassrls', rolbypassrls)
    ) as attributes (attribute, is_set)
    where rolname = {OURS} and is_set
    union all
    select
        format('%%s as a member of %%s', member::regrole, roleid::regrole),
        format('revoke %%s from %%s', roleid::regrole, member::regrole)
    from pg_auth_members
    where member::regrole::text = {OURS}
    union all
    select
        format('trigger %%s on %%s', tgname, tgrelid::regclass),
        format('drop trigger if exists %%I on %%s', tgname, tgrelid::regclass)
    from pg_trigger
    inner join pg_class on tgrelid = pg_class.oid
    inner join pg_proc on tgfoid = pg_proc.oid
    where
        relnamespace = 'raw'::regnamespace and not tgisinternal and tgparentid = 0
        and proowner::regrole::text = {OURS}
    union all
    select
        format('foreign key %%s of %%s', conname, conrelid::regclass),
        format('alter table %%s drop constraint %%I', conrelid::regclass, conname)
    from pg_constraint
    inner join pg_class on conrelid = pg_class.oid
    inner join pg_class as referenced on confrelid = referenced.oid
    where
        contype = 'f' and conparentid = 0
        and referenced.relnamespace = 'raw'::regnamespace
        and pg_class.relnamespace <> 'raw'::regnamespace
        and pg_class.relowner::regrole::text = {OURS}
    union all
    select
        format('function %%s', oid::regprocedure),
        format('drop routine if exists %%s', oid::regprocedure)
    from pg_proc
    where pronamespace = 'raw'::regnamespace and proowner::regrole::text = {OURS}
    union all
    select
        format('%%s, which belongs to %%s', oid::regclass, relowner::regrole),
        case relkind when 'v' then format('drop view if exists %%s', oid::regclass) end
    from pg_class
    where
        relnamespace = 'raw'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
        and relowner::regrole::text = {OURS}
"""  # noqa: S608
# What our roles, and everybody, may do with raw; what our roles may do with what dbt builds, where
# it is not dbt itself; and whether they may make schemas or tables elsewhere.
PRIVILEGES = f"""
    with objects (name, schema, acl) as (
        select format('schema %%s', nspname), nspname, nspacl from pg_namespace
        union all
        select pg_class.oid::regclass::text, nspname, relacl
        from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid
        union all
        select format('%%s (%%s)', attrelid::regclass, attname), nspname, attacl
        from pg_attribute
        inner join pg_class on attrelid = pg_class.oid
        inner join pg_namespace on relnamespace = pg_namespace.oid
        union all
        select
            format('function %%s', pg_proc.oid::regprocedure), nspname,
            coalesce(proacl, acldefault('f', proowner))
        from pg_proc inner join pg_namespace on pronamespace = pg_namespace.oid
        where nspname = 'raw'
        union all
        select 'tables that are yet to be made', 'raw', defaclacl
        from pg_default_acl
        where
            defaclrole = current_user::regrole and defaclobjtype = 'r'
            and (defaclnamespace = 0 or defaclnamespace = 'raw'::regnamespace)
        union all
        select format('database %%s', datname), '', datacl
        from pg_database where datname = current_database()
    )

    select
        format(
            '%%s on %%s by %%s', lower(privilege_type), name,
            case grantee when 0 then 'public' else grantee::regrole::text end
        )
    from objects cross join lateral aclexplode(acl)
    where
        case
            when schema = 'raw' then grantee = 0 or grantee::regrole::text = {OURS}
            when schema = any(%(schemas)s::text[]) then
                grantee = 0
                or grantee::regrole::text = {OURS} and grantee::regrole::text <> '{DBT}'
            when schema in ('', 'public') then
                privilege_type = 'CREATE' and grantee::regrole::text = {OURS}
        end
    order by 1
"""  # noqa: S608
REVOKES = """
    revoke create on schema public from footfall_app, footfall_dbt, footfall_bi;
    revoke all on schema raw from public, footfall_app, footfall_dbt, footfall_bi cascade;
    revoke all on all tables in schema raw
    from public, footfall_app, footfall_dbt, footfall_bi cascade;
    revoke all on all routines in schema raw
    from public, footfall_app, footfall_dbt, footfall_bi cascade;
    alter default privileges
    revoke all on tables from public, footfall_app, footfall_dbt, footfall_bi;
    alter default privileges in schema raw
    revoke all on tables from public, footfall_app, footfall_dbt, footfall_bi;
"""
REVOKES_OF_SCHEMA = """
    revoke all on schema {0} from public, footfall_app, footfall_bi cascade;
    revoke all on all tables in schema {0} from public, footfall_app, footfall_bi cascade;
"""
RAW_GRANTS = """
    grant usage on schema raw to footfall_app, footfall_dbt;
    -- It works as the owner of the tables: for those who write events, not for all who read raw.
    grant execute on function raw.ensure_event_partition(date) to footfall_app;
    grant execute on function raw.day_of(text, timestamptz) to footfall_app, footfall_dbt;
    -- Who was erased is in no mart any more: dbt says so.
    grant update (visitor_id) on raw.erasures to footfall_dbt;
    -- And no mart has a name that a property had before.
    grant update (marts_moved_at) on raw.property_aliases to footfall_dbt;
"""
# A build grants its marts itself, once there is the role. These are for the marts of earlier builds,
# and for a table that somebody makes among them by hand. Default privileges are of the maker.
MART_GRANTS = """
    grant usage on schema analytics to footfall_bi, footfall_app;
    grant select on all tables in schema analytics to footfall_bi, footfall_app;
    grant usage on schema analytics_bi to footfall_bi;
    grant select on all tables in schema analytics_bi to footfall_bi;
    alter default privileges for role footfall_dbt in schema analytics
    grant select on tables to footfall_bi, footfall_app;
"""


@dataclass(frozen=True, slots=True)
class Applied:
    """The roles that were made, without a password, and what was taken back from them."""

    made: list[str]
    taken_back: list[str]


def apply_roles(url: str) -> Applied:
    """Make the roles that are missing, and give each of them its rights and no other; idempotent.

    Raises SchemaError where the connected role may not make roles, or may not take back what a role
    should not have; the message names it, and all else is done.
    """
    with connect(url, WORK, name="footfall-roles") as connection:
        user = connection.info.user
        connection.execute("set local client_min_messages = error")
        connection.execute(LOCK_SCHEMA)
        missing = _column(connection, MISSING_ROLES, {"roles": list(ROLES)})
        if missing and not all(_column(connection, CAN_MAKE_ROLES)):
            raise SchemaError(
                f"the role {user} may not make roles: connect as one that has "
                f"CREATEROLE, or let an administrator make {', '.join(missing)} first. "
                "(The embedded database is for one person, whose one role owns everything.)"
            )
        for role in missing:
            connection.execute(sql.SQL("create role {} login").format(sql.Identifier(role)))
        _hand_over_to_dbt(connection)
        asked = {"roles": list(ROLES), "schemas": list(DBT_SCHEMAS)}
        strays, left = _take_back_strays(connection, asked)
        held = _column(connection, PRIVILEGES, asked)
        left += _revoke_all(connection, asked)
        _grant(connection)
        keep = {*_column(connection, PRIVILEGES, asked)}
        taken_back = strays + [one for one in held if one not in keep]
    if left:
        raise SchemaError(
            f"{user} may not take back: {'; '.join(left)}. Let an administrator do it, or run "
            "`footfall init-db --roles` as one; a table is for a person to look at"
        )
    return Applied(missing, taken_back)


def are_in_use(connection: Connection[Any]) -> bool:
    """Whether the roles were applied to this database."""
    return all(_column(connection, ARE_IN_USE))


def _take_back_strays(
    connection: Connection[Any], asked: dict[str, Any]
) -> tuple[list[str], list[str]]:
    """What was found and is gone, and what is still there."""
    found = connection.execute(STRAYS.encode(), asked).fetchall()
    for _what, remedy in found:
        if remedy is not None:
            with suppress(DatabaseError), connection.transaction():
                connection.execute(remedy)
    left = [what for what, _remedy in connection.execute(STRAYS.encode(), asked).fetchall()]
    return [what for what, _remedy in found if what not in left], left


def _revoke_all(connection: Connection[Any], asked: dict[str, Any]) -> list[str]:
    """Revoke what was granted to our roles and to everybody; what another granted is left."""
    connection.execute(REVOKES)
    database = sql.Identifier(connection.info.dbname)
    roles = sql.SQL(", ").join(map(sql.Identifier, ROLES))
    connection.execute(sql.SQL("revoke create on database {} from {}").format(database, roles))
    for schema in DBT_SCHEMAS:
        connection.execute(sql.SQL(REVOKES_OF_SCHEMA).format(sql.Identifier(schema)))
    return _column(connection, PRIVILEGES, asked)


def _grant(connection: Connection[Any]) -> None:
    connection.execute(RAW_GRANTS)
    for table, privileges in APP_PRIVILEGES.items():
        connection.execute(
            sql.SQL("grant {} on table raw.{} to {}").format(
                sql.SQL(cast("Any", privileges)), sql.Identifier(table), sql.Identifier(APP)
            )
        )
    for table, columns in DBT_COLUMNS.items():
        connection.execute(
            sql.SQL("grant select ({}) on table raw.{} to {}").format(
                sql.SQL(cast("Any", columns)), sql.Identifier(table), sql.Identifier(DBT)
            )
        )
    connection.execute(MART_GRANTS)


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
    for routine in _column(connection, ROUTINES_OF_OWNER, {"schemas": list(DBT_SCHEMAS)}):
        connection.execute(
            sql.SQL("alter routine {} owner to {}").format(sql.SQL(cast("Any", routine)), owner)
        )


def _column(
    connection: Connection[Any], query: str, values: dict[str, Any] | None = None
) -> list[Any]:
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(cast("Any", query), values).fetchall()
