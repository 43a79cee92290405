"""Real questions, with the index that serves each and without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from psycopg import Connection, sql

from benchmarks.bench import Bench
from benchmarks.cluster import one
from benchmarks.event_indexes import event_indexes

# A visit of some visitor who came more than once, ten days ago; and a page that is seen now and then.
SAMPLE = """
    select sessions.visitor_id, sessions.id as session_id, events.path, events.dedupe_key,
        events.occurred_on
    from raw.sessions
    inner join raw.events
        on events.visitor_id = sessions.visitor_id and events.session_id = sessions.id
    where sessions.started_at between now() - interval '20 days' and now() - interval '1 day'
        and events.occurred_on >= current_date - 21
        and events.path like '/products/category-%/item-3___'
    limit 1
"""


@dataclass(frozen=True)
class Question:
    """What somebody asks of the raw events."""

    index: str
    text: str
    query: str


QUESTIONS = (
    Question(
        "events_pkey",
        "is this event stored already? (every post asks)",
        "select id from raw.events where visitor_id = {visitor_id}"
        " and occurred_on = {occurred_on} and dedupe_key = {dedupe_key}",
    ),
    Question(
        "events_visitor_id_timestamp_idx",
        "what did this visitor do, in order? (a person's own data; first event before a capture)",
        'select * from raw.events where visitor_id = {visitor_id} order by "timestamp" limit 100',
    ),
    Question(
        "events_session_id_timestamp_idx",
        "the pages of one visit, in order",
        'select path, "timestamp" from raw.events where session_id = {session_id}'
        ' order by "timestamp"',
    ),
    Question(
        "events_event_type_timestamp_idx",
        "form submissions of the last 30 days, by path",
        "select path, count(*) from raw.events where event_type = 'form_submit'"
        " and \"timestamp\" >= now() - interval '30 days'"
        " and occurred_on >= current_date - 31 group by path",
    ),
    Question(
        "events_path_timestamp_idx",
        "views of one page over 30 days",
        "select count(*), count(distinct visitor_id) from raw.events where path = {path}"
        " and \"timestamp\" >= now() - interval '30 days' and occurred_on >= current_date - 31",
    ),
    Question(
        "events_property_id_timestamp_idx",
        "the last 100 events of one property (is it collecting?)",
        "select * from raw.events where property_id = 'jobs.example'"
        ' order by "timestamp" desc limit 100',
    ),
    Question(
        "events_traffic_source_timestamp_idx",
        "visitors by paid search on one day",
        "select count(distinct visitor_id) from raw.events where traffic_source = 'paid_search'"
        " and \"timestamp\" >= date_trunc('day', now()) - interval '5 days'"
        " and \"timestamp\" < date_trunc('day', now()) - interval '4 days'"
        " and occurred_on between current_date - 6 and current_date - 3",
    ),
    Question(
        "events_created_at_brin",
        "which days were touched in the last hour? (every build asks)",
        "select distinct occurred_on from raw.events where created_at >= now() - interval '1 hour'",
    ),
)


def uses(bench: Bench, database: str) -> list[dict[str, Any]]:
    """Every question both ways. Nothing is changed: what is dropped comes back by a rollback."""
    found = []
    with bench.cluster.connect(database) as connection:
        connection.execute("vacuum (analyze) raw.events")
        values = _sample(connection)
        indexes = {index.name: index for index in event_indexes(connection)}
        for question in QUESTIONS:
            query = sql.SQL(question.query).format(**values)
            with_ms, used = _explain(connection, query, runs=bench.plan.query_runs)
            connection.execute("begin")
            connection.execute(indexes[question.index].drop())
            without_ms, used_without = _explain(connection, query, runs=bench.plan.query_runs)
            connection.execute("rollback")
            found.append(
                {
                    "index": question.index,
                    "question": question.text,
                    "with_ms": with_ms,
                    "without_ms": without_ms,
                    "used": used,
                    "used_without": used_without,
                }
            )
    return found


def _sample(connection: Connection[Any]) -> dict[str, sql.Literal]:
    with connection.cursor() as cursor:
        row = cursor.execute(SAMPLE).fetchone()
        if row is None or cursor.description is None:
            raise LookupError("the history has no such visit")
        names = [column.name for column in cursor.description]
    return {name: sql.Literal(value) for name, value in zip(names, row, strict=True)}


def _explain(
    connection: Connection[Any], query: sql.Composed, *, runs: int
) -> tuple[float, list[str]]:
    """The median time, after one run that is not counted; and the indexes of the plan."""
    times = []
    plan: dict[str, Any] = {}
    for _ in range(runs + 1):
        [[explained]] = one(
            connection,
            sql.SQL("explain (analyze, timing off, format json) {}").format(query),
        )
        times.append(float(explained["Execution Time"]))
        plan = explained["Plan"]
    used = {_whole(connection, name) for name in _index_names(plan)}
    return round(median(times[1:]), 3), sorted(used)


def _index_names(node: dict[str, Any]) -> Iterator[str]:
    if "Index Name" in node:
        yield node["Index Name"]
    for child in node.get("Plans", ()):
        yield from _index_names(child)


def _whole(connection: Connection[Any], partition_index: str) -> str:
    """The index of the partitioned table that a partition's index is a part of."""
    found = connection.execute(
        "select inhparent::regclass::text from pg_inherits"
        " where inhrelid = to_regclass('raw.' || quote_ident(%s))",
        (partition_index,),
    ).fetchone()
    return str(found[0] if found else partition_index).removeprefix("raw.")
