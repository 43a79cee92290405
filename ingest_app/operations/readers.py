"""Which properties a role may read, kept by the owner of the marts.

What a build has made says it by row policies, which ask the table that is written here: a grant holds
from the next statement on (docs/decisions/0055).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, errors, sql
from psycopg.rows import scalar_row

from ingest_app.database.connection import READ, WORK, connect
from ingest_app.database.ownership import BI_SCHEMA, MARTS, refuse_what_others_own
from ingest_app.database.roles import APP, BI, DBT

# It stands for every property, and for the rows of all of them together.
EVERY_PROPERTY = ""
SCHEMAS = (MARTS, BI_SCHEMA)

SELECT_ROLE = """
    select
        rolsuper or rolbypassrls as sees_everything,
        pg_has_role(pg_roles.oid, current_user::regrole, 'usage') as is_owner,
        array(
            select distinct readers.role_name
            from analytics_state.readers as readers
            inner join pg_roles as granted on readers.role_name = granted.rolname
            where
                readers.property_id = ''
                and granted.oid <> pg_roles.oid
                and pg_has_role(pg_roles.oid, granted.oid, 'usage')
            order by 1
        ) as sees_all_by
    from pg_roles
    where rolname = %(role)s
"""
SELECT_GRANTS = """
    select
        readers.role_name,
        array_agg(readers.property_id order by readers.property_id collate "C") as properties,
        bool_or(pg_roles.oid is not null) as exists,
        coalesce(bool_or(pg_roles.rolcanlogin), false) as may_log_in
    from analytics_state.readers as readers
    left join pg_roles on readers.role_name = pg_roles.rolname
    group by readers.role_name
    order by readers.role_name collate "C"
"""
HELD = "select property_id from analytics_state.readers where role_name = %(role)s"
INSERT = """
    insert into analytics_state.readers (role_name, property_id)
    select %(role)s, unnest(%(properties)s::text[])
    on conflict do nothing
"""
DELETE = """
    delete from analytics_state.readers
    where role_name = %(role)s and (%(properties)s::text[] is null or property_id = any(%(properties)s))
"""
# What shows each reader their rows: tables with a policy, and views that builds have made to be read
# with the reader's rights or to look for themselves. What somebody made by hand is not among them.
READABLE = """
    select format('%%I.%%I', nspname, relname)
    from pg_class
    inner join pg_namespace on relnamespace = pg_namespace.oid
    where
        nspname = any(%(schemas)s::text[])
        and relkind in ('r', 'p', 'v', 'm')
        and (
            relrowsecurity
            or reloptions && '{security_invoker=true,security_barrier=true}'::text[]
        )
    order by 1
"""
EXISTING_SCHEMAS = "select nspname from pg_namespace where nspname = any(%(schemas)s::text[])"
# The names by which the owner of raw knows a property now, where it had another one.
RENAMED = """
    select alias, property_id from raw.property_aliases where alias = any(%(properties)s::text[])
"""
KNOWN = """
    select exists (
        select from analytics.daily_ingest_rollups where property_id = %(property_id)s
    )
"""


class ReadersError(Exception):
    """What was asked cannot be granted or taken back; the message says why."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A role and the properties whose rows it may read."""

    role: str
    properties: list[str]
    exists: bool = True
    may_log_in: bool = True

    @property
    def reads_all(self) -> bool:
        """Whether it reads every row, those of all properties together too."""
        return EVERY_PROPERTY in self.properties

    def as_json(self) -> dict[str, Any]:
        """As `footfall bi list --json` prints it."""
        return {
            "role": self.role,
            "all": self.reads_all,
            "properties": [name for name in self.properties if name != EVERY_PROPERTY],
            "exists": self.exists,
        }


def list_readers(url: str) -> list[Reader]:
    """Every role for which something is granted. Raises ReadersError where no build made the table."""
    with connect(url, READ, name="footfall-bi") as connection:
        refuse_what_others_own(connection)
        try:
            rows = connection.execute(SELECT_GRANTS).fetchall()
        except (errors.UndefinedTable, errors.InvalidSchemaName):
            raise _not_built() from None
    return [Reader(*row) for row in rows]


def grant(url: str, role: str, properties: Sequence[str]) -> tuple[Reader, list[str]]:
    """Let a role read these properties too; the empty one is all of them. Idempotent.

    Returns what it may read now, and which of the properties no build has counted yet. Raises
    ReadersError, OwnedByOthersError.
    """
    with connect(url, WORK, name="footfall-bi") as connection:
        refuse_what_others_own(connection)
        _refuse_roles(connection, role, is_all=EVERY_PROPERTY in properties)
        held = _column(connection, HELD, role=role)
        if EVERY_PROPERTY in properties:
            connection.execute(DELETE, {"role": role, "properties": None})
        elif EVERY_PROPERTY in held:
            raise ReadersError(
                f"{role} reads every property already: first `footfall bi revoke {role} --all`"
            )
        if renamed := connection.execute(RENAMED, {"properties": list(properties)}).fetchall():
            raise ReadersError(
                "; ".join(f"{old} is called {new} now: grant that" for old, new in renamed)
            )
        connection.execute(INSERT, {"role": role, "properties": list(properties)})
        _let_in(connection, role)
        unknown = [
            name
            for name in properties
            if name != EVERY_PROPERTY and _column(connection, KNOWN, property_id=name) == [False]
        ]
        return Reader(role, sorted(_column(connection, HELD, role=role))), unknown


def revoke(url: str, role: str, properties: Sequence[str] | None) -> Reader:
    """Take properties back from a role; None takes back everything. Returns what it may still read.

    Raises ReadersError where it was not granted, OwnedByOthersError.
    """
    with connect(url, WORK, name="footfall-bi") as connection:
        refuse_what_others_own(connection)
        try:
            held = _column(connection, HELD, role=role)
        except (errors.UndefinedTable, errors.InvalidSchemaName):
            raise _not_built() from None
        missing = set(properties if properties is not None else held or [""]) - set(held)
        if missing:
            what = ", ".join(name or "every property" for name in sorted(missing))
            raise ReadersError(f"{role} was not granted {what if held else 'anything'}")
        named = None if properties is None else list(properties)
        connection.execute(DELETE, {"role": role, "properties": named})
        left = sorted(_column(connection, HELD, role=role))
        # That of BI is named by the project, and builds would grant to it again.
        if not left and role != BI and connection.execute(SELECT_ROLE, {"role": role}).fetchone():
            _shut_out(connection, role)
        return Reader(role, left)


def _refuse_roles(connection: Connection[Any], role: str, *, is_all: bool) -> None:
    try:
        found = connection.execute(SELECT_ROLE, {"role": role}).fetchone()
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        raise _not_built() from None
    if found is None:
        raise ReadersError(
            f"there is no role {role}: let an administrator make it, "
            f'such as by `create role "{role}" login`, and set its password by `\\password` in psql'
        )
    sees_everything, is_owner, sees_all_by = found
    if sees_everything or is_owner or role in (APP, DBT):
        raise ReadersError(
            f"{role} reads every row whatever is granted, as its work needs: name a role that only reads"
        )
    if sees_all_by and not is_all:
        raise ReadersError(
            f"{role} is a member of {', '.join(sees_all_by)} and reads every property by that: "
            "take it out first, and grant again"
        )


def _let_in(connection: Connection[Any], role: str) -> None:
    for schema in _column(connection, EXISTING_SCHEMAS, schemas=list(SCHEMAS)):
        connection.execute(
            sql.SQL("grant usage on schema {} to {}").format(
                sql.Identifier(schema), sql.Identifier(role)
            )
        )
    for relation in _column(connection, READABLE, schemas=list(SCHEMAS)):
        connection.execute(
            sql.SQL("grant select on {} to {}").format(sql.SQL(relation), sql.Identifier(role))
        )


def _shut_out(connection: Connection[Any], role: str) -> None:
    for schema in _column(connection, EXISTING_SCHEMAS, schemas=list(SCHEMAS)):
        place, who = sql.Identifier(schema), sql.Identifier(role)
        connection.execute(
            sql.SQL("revoke select on all tables in schema {} from {}").format(place, who)
        )
        connection.execute(sql.SQL("revoke usage on schema {} from {}").format(place, who))


def _not_built() -> ReadersError:
    return ReadersError("no build has made row policies yet: run `footfall dbt build` first")


def _column(connection: Connection[Any], query: str, **values: Any) -> list[Any]:
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(query.encode(), values).fetchall()
