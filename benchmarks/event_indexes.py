"""The indexes of raw.events: taken away, and put back as the DDL had them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql

EVENT_INDEXES = """
    select
        index.relname as name,
        pg_get_indexdef(index.oid) as definition,
        pg_get_constraintdef(constraints.oid) as primary_key
    from pg_index
    join pg_class as index on index.oid = pg_index.indexrelid
    left join pg_constraint as constraints
        on constraints.conindid = index.oid and constraints.contype = 'p'
    where pg_index.indrelid = 'raw.events'::regclass
    order by constraints.conname is null, index.relname
"""


@dataclass(frozen=True)
class EventIndex:
    """An index of the whole partitioned table; a constraint's index has its name."""

    name: str
    definition: str
    primary_key: str | None

    def drop(self) -> sql.Composed:
        """The statement that takes it away."""
        name = sql.Identifier(self.name)
        if self.primary_key is not None:
            return sql.SQL("alter table raw.events drop constraint {}").format(name)
        return sql.SQL("drop index raw.{}").format(name)

    def restore(self) -> sql.Composed:
        """The statement that makes it again, in every partition."""
        if self.primary_key is not None:
            return sql.SQL("alter table raw.events add constraint {} {}").format(
                sql.Identifier(self.name), _from_catalogue(self.primary_key)
            )
        # The catalogue shows the index of a partitioned table as one of the parent alone.
        return sql.Composed([_from_catalogue(self.definition.replace(" ON ONLY ", " ON "))])


def event_indexes(connection: Connection[Any]) -> list[EventIndex]:
    """The primary key first, then the others by name."""
    return [EventIndex(*row) for row in connection.execute(EVENT_INDEXES)]


@contextmanager
def without(connection: Connection[Any], indexes: list[EventIndex]) -> Iterator[None]:
    """The table without these indexes for a while."""
    for index in indexes:
        connection.execute(index.drop())
    yield
    for index in indexes:
        connection.execute(index.restore())


def _from_catalogue(text: str) -> sql.SQL:
    # A type checker cannot know that the catalogue quotes what it shows.
    return sql.SQL(text)  # type: ignore[arg-type,unused-ignore]
