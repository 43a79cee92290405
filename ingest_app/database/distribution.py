"""Spreads raw over the nodes of Citus, by visitor (docs/decisions/0064)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from psycopg import Connection, sql
from psycopg.errors import ConnectionFailure, FeatureNotSupported, InsufficientPrivilege

from ingest_app.database.connection import IN_TURN, WORK, connect
from ingest_app.database.schema import SchemaError, patiently

# By the column that names the visitor, the first of them before all that stand with it.
BY_VISITOR = {
    "visitors": "id",
    "sessions": "visitor_id",
    "events": "visitor_id",
    "lead_identities": "visitor_id",
    "form_submissions": "visitor_id",
    "submission_properties": "visitor_id",
}
# The rows of those above refer to it. All other tables are of the coordinator alone.
ON_EVERY_NODE = "leads"

HAS_EXTENSION = "select exists (select from pg_extension where extname = 'citus')"
# The catalogue is there where the extension is.
IS_DISTRIBUTED = """
    select exists (
        select from pg_catalog.pg_dist_partition
        where logicalrelid = to_regclass('raw.events') and partmethod = 'h'
    )
"""
# The coordinator is a node as well where it is to hold rows.
TAKES_SHARDS = """
    select count(*)
    from pg_dist_node
    where isactive and shouldhaveshards and noderole = 'primary'
"""
# One to one the keys that the DDL makes, but for the one word that Citus does not know
# (docs/decisions/0005). None is of a partition: those follow their table.
FOREIGN_KEYS = """
    select
        conrelid::regclass::text, conname,
        replace(pg_get_constraintdef(oid), ' ON DELETE SET NULL (session_id)', '')
    from pg_constraint
    where contype = 'f' and connamespace = 'raw'::regnamespace and conparentid = 0
    order by array_position(%(first)s::regclass[], conrelid), conname
"""
# What they do is done by the app itself where the table is distributed.
TRIGGERS = """
    select tgname from pg_trigger
    where tgrelid = 'raw.form_submissions'::regclass and not tgisinternal
"""
DISTRIBUTE = "select create_distributed_table({table}, {column}, colocate_with := {beside})"
REPLICATE = "select create_reference_table({table})"
# The coordinator keeps the rows of before in tables that nobody sees.
DROP_LEFT_ROWS = "select truncate_local_data_after_distributing_table('raw.visitors')"

NODES = """
    select
        nodename, nodeport,
        coalesce(citus_check_connection_to_node(nodename, nodeport), false) as is_reachable
    from pg_dist_node
    where isactive and noderole = 'primary' and groupid <> 0
    order by nodename, nodeport
"""
BY_SHARD = """
    select placement.groupid as node, array_agg(found.id) as visitors
    from (
        select id, get_shard_id_for_distribution_column('raw.visitors', id) as shard
        from unnest(%(visitors)s::uuid[]) as id
    ) as found
    inner join pg_catalog.pg_dist_placement as placement on found.shard = placement.shardid
    group by found.shard, placement.groupid
    order by placement.groupid, found.shard
"""
# What it had prepared when it went keeps the locks of its visitors until Citus has finished it.
UNFINISHED = """
    select count(*) from pg_catalog.pg_prepared_xacts
    where
        database = current_database() and starts_with(gid, 'citus_')
        and prepared < statement_timestamp() - interval '1 second'
"""
IS_BACK = """
    select answer.success and answer.result = '0'
    from pg_dist_node
    cross join lateral master_run_on_worker(
        array[nodename], array[nodeport], array[%(unfinished)s], false
    ) as answer
    where groupid = %(node)s and isactive and noderole = 'primary'
"""
SHARDS = """
    select placement.groupid, count(*)
    from pg_dist_shard
    inner join pg_dist_placement as placement using (shardid)
    where logicalrelid = 'raw.visitors'::regclass
    group by placement.groupid
    order by placement.groupid
"""
VISITORS_BY_SHARD = """
    select result::bigint
    from run_command_on_shards('raw.visitors', 'select count(*) from %s')
"""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The nodes that hold rows, those of them that do not answer, shards by node, visitors by shard."""

    nodes: list[str]
    away: list[str]
    shards: list[int]
    visitors: list[int]


def has_citus(connection: Connection[Any]) -> bool:
    """Whether the database has the extension."""
    return bool(_value(connection, HAS_EXTENSION))


def is_distributed(connection: Connection[Any]) -> bool:
    """Whether raw is spread over nodes."""
    return has_citus(connection) and bool(_value(connection, IS_DISTRIBUTED))


def distribute(url: str) -> bool:
    """Spread raw over the nodes, rows and all, in one transaction; false where it was done before.

    Writers wait meanwhile, which means that events go to the spool. Raises SchemaError.
    """
    with connect(url, WORK, name="footfall-distribute", autocommit=True) as connection:
        if not has_citus(connection):
            raise SchemaError(
                "this database has no extension citus: an administrator makes it on each node by "
                "`create extension citus`, in a database of this name. Nothing was distributed"
            )
        if is_distributed(connection):
            return False
        if not _value(connection, TAKES_SHARDS):
            raise SchemaError(
                "the cluster has no node that takes rows: an administrator adds each on the "
                "coordinator, by `select citus_add_node('worker-1', 5432)`. Nothing was distributed"
            )
        connection.execute("set client_min_messages = error")
        try:
            patiently(connection, partial(_distribute, connection))
            connection.execute(DROP_LEFT_ROWS)
        except InsufficientPrivilege as error:
            raise SchemaError(
                f"this role may not distribute raw ({error.diag.message_primary}): run this as the "
                "owner of schema raw, on every node the same role. Nothing was distributed"
            ) from None
        except ConnectionFailure as error:
            raise SchemaError(
                f"a node does not answer, and nothing was distributed: {error.diag.message_primary}"
            ) from None
        except FeatureNotSupported as error:
            raise SchemaError(
                "Citus does not take something that was added to raw, and nothing was distributed: "
                f"{error.diag.message_primary}"
            ) from None
    return True


def _distribute(connection: Connection[Any]) -> None:
    connection.execute(IN_TURN)
    first = [f"raw.{table}" for table in BY_VISITOR]
    keys = connection.execute(FOREIGN_KEYS, {"first": first}).fetchall()
    for table, name, _ in keys:
        connection.execute(
            sql.SQL("alter table {} drop constraint {}").format(
                sql.SQL(table), sql.Identifier(name)
            )
        )
    for (name,) in connection.execute(TRIGGERS).fetchall():
        connection.execute(
            sql.SQL("drop trigger {} on raw.form_submissions").format(sql.Identifier(name))
        )
    connection.execute(sql.SQL(REPLICATE).format(table=sql.Literal(f"raw.{ON_EVERY_NODE}")))
    for table, column in BY_VISITOR.items():
        connection.execute(
            sql.SQL(DISTRIBUTE).format(
                table=sql.Literal(f"raw.{table}"),
                column=sql.Literal(column),
                beside=sql.Literal("none" if table == "visitors" else "raw.visitors"),
            )
        )
    for table, name, definition in keys:
        connection.execute(
            sql.SQL("alter table {} add constraint {} {}").format(
                sql.SQL(table), sql.Identifier(name), sql.SQL(definition)
            )
        )


def by_shard(
    connection: Connection[Any], visitors: Collection[UUID]
) -> list[tuple[int | None, list[UUID]]]:
    """The visitors of each shard that has any, with the number of its node.

    All of them, and None, where raw is not distributed. What is done for those of one shard alone, Citus
    passes on as it is, whatever it is.
    """
    if not visitors:
        return []
    if not is_distributed(connection):
        return [(None, list(visitors))]
    return visitors_of_shards(connection, visitors)


def visitors_of_shards(
    connection: Connection[Any], visitors: Collection[UUID]
) -> list[tuple[int | None, list[UUID]]]:
    """The same, of a database that is known to be distributed."""
    return connection.execute(BY_SHARD, {"visitors": list(visitors)}).fetchall()


def is_back(connection: Connection[Any], node: int) -> bool:
    """Whether the node of a group answers, and has finished what it left when it went."""
    values = {"node": node, "unfinished": UNFINISHED}
    return all(row[0] for row in connection.execute(IS_BACK, values).fetchall())


def look_at(connection: Connection[Any]) -> Cluster:
    """The cluster as it is now, for whoever may ask it."""
    nodes = connection.execute(NODES).fetchall()
    away = [f"{name}:{port}" for name, port, is_reachable in nodes if not is_reachable]
    # Of all shards or of none: those that answer would say nothing of how even they are.
    visitors = [] if away else connection.execute(VISITORS_BY_SHARD).fetchall()
    return Cluster(
        nodes=[f"{name}:{port}" for name, port, _ in nodes],
        away=away,
        shards=[count for _, count in connection.execute(SHARDS).fetchall()],
        visitors=[count for (count,) in visitors],
    )


def _value(connection: Connection[Any], query: str) -> Any:
    [(value,)] = connection.execute(query.encode()).fetchall()
    return value
