"""The schema as PostgreSQL has it after the DDL: types, names, partitions and what it refuses."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any, TypeVar

import psycopg
import pytest
from psycopg import errors

from ingest_app.database.schema import apply_schema, ddl_scripts

Connection = psycopg.Connection[dict[str, Any]]
Result = TypeVar("Result")

MANY = 8

ENUMS = {
    "traffic_source": [
        *("direct", "organic_search", "paid_search", "social", "email"),
        *("referral", "campaign", "internal", "unknown"),
    ],
    "device_type": ["desktop", "mobile", "tablet", "bot", "unknown"],
    "consent_status": ["pending", "express", "implied", "withdrawn"],
    "link_source": ["form_submit", "same_ip_ua_window", "manual_merge"],
    "validation_status": ["accepted", "rejected", "invalid"],
    "email_domain_class": ["free", "business", "disposable"],
}

ID = ("uuid", "not null", None)
INSTANT = ("timestamp with time zone", "not null", None)
MADE_AT = ("timestamp with time zone", "not null", "now()")
FALSE = ("boolean", "not null", "false")
HASH = ("character varying(64)", "null", None)
PATH = ("character varying(2048)", "null", None)
UTM = ("character varying(255)", "null", None)

# Table, column: type, whether it may be null, default.
COLUMNS = {
    "visitors": {
        "id": ID,
        "anon_id": ("character varying(128)", "not null", None),
        "first_seen_at": INSTANT,
        "last_seen_at": INSTANT,
        "first_ip_hash": HASH,
        "last_ip_hash": HASH,
        "first_ua_hash": HASH,
        "last_ua_hash": HASH,
        "created_at": MADE_AT,
        "updated_at": MADE_AT,
    },
    "sessions": {
        "id": ID,
        "visitor_id": ID,
        "started_at": INSTANT,
        "last_event_at": INSTANT,
        "ended_at": ("timestamp with time zone", "null", None),
        "landing_path": PATH,
        "referrer": PATH,
        "utm_source": UTM,
        "utm_medium": UTM,
        "utm_campaign": UTM,
        "utm_term": UTM,
        "utm_content": UTM,
        "is_coarse": FALSE,
        "created_at": MADE_AT,
        "updated_at": MADE_AT,
    },
    "events": {
        "id": ID,
        "visitor_id": ID,
        "session_id": ("uuid", "null", None),
        "dedupe_key": ("character varying(64)", "not null", None),
        "event_type": ("character varying(64)", "not null", None),
        "path": PATH,
        "timestamp": INSTANT,
        "ip_hash": HASH,
        "ua_hash": HASH,
        "props": ("jsonb", "null", None),
        "property_id": ("character varying(128)", "not null", "'default'::character varying"),
        "traffic_source": ("raw.traffic_source", "not null", "'unknown'::raw.traffic_source"),
        "device_type": ("raw.device_type", "not null", "'unknown'::raw.device_type"),
        "country_code": ("character varying(2)", "null", None),
        "is_entrance": FALSE,
        "is_exit": FALSE,
        "is_conversion": FALSE,
        "view_id": ("uuid", "null", None),
        "page": PATH,
        "created_at": MADE_AT,
    },
    "properties": {
        "property_id": ("character varying(128)", "not null", None),
        "hosts": ("text[]", "not null", "'{}'::text[]"),
        "created_at": MADE_AT,
        "updated_at": MADE_AT,
        "ignored_referrers": ("text[]", "not null", "'{}'::text[]"),
        "kept_query": ("text[]", "not null", "'{}'::text[]"),
        "keeps_slash": ("boolean", "not null", "true"),
        "keeps_case": ("boolean", "not null", "true"),
        "keeps_route": ("boolean", "not null", "false"),
    },
    "ingest_rejections": {
        "id": ID,
        "property_id": ("character varying(128)", "not null", None),
        "endpoint": ("character varying(64)", "not null", None),
        "reason": ("character varying(64)", "not null", None),
        "status_code": ("smallint", "not null", None),
        "occurred_at": MADE_AT,
    },
    "leads": {
        "consent_status": ("raw.consent_status", "not null", "'pending'::raw.consent_status"),
        "email_domain_class": ("raw.email_domain_class", "null", None),
    },
    "lead_identities": {"link_source": ("raw.link_source", "not null", None)},
    "form_submissions": {
        "validation_status": ("raw.validation_status", "not null", None),
        "erased_lead_id": ("uuid", "null", None),
        "fingerprint": HASH,
    },
    "consent_events": {
        "consent_status": ("raw.consent_status", "not null", None),
        "consent_text": ("text", "null", None),
        "form_name": ("character varying(128)", "null", None),
        "path": PATH,
    },
    "suppressions": {"email_hash": ("character varying(64)", "not null", None)},
    "lead_accesses": {
        "purpose": ("character varying(32)", "not null", None),
        "actor": ("character varying(128)", "not null", None),
        "leads": ("integer", "not null", None),
        "filters": ("jsonb", "null", None),
        "created_at": MADE_AT,
    },
    "lead_webhook_deliveries": {
        "id": ("bigint", "not null", None),
        "kind": ("character varying(32)", "not null", None),
        "lead_id": ("uuid", "null", None),
        "erased_lead_id": ("uuid", "null", None),
        "attempts": ("integer", "not null", "0"),
        "next_attempt_at": MADE_AT,
        "delivered_at": ("timestamp with time zone", "null", None),
    },
}

EVENT_INDEXES = {
    '(visitor_id, "timestamp")',
    '(event_type, "timestamp")',
    '(path, "timestamp")',
    '(session_id, "timestamp")',
    '(property_id, "timestamp")',
    '(traffic_source, "timestamp")',
    "(visitor_id, view_id) WHERE (view_id IS NOT NULL)",
}

PARTITIONS = """
    select
        pg_class.relname as name,
        pg_get_expr(pg_class.relpartbound, pg_class.oid) as bounds
    from pg_inherits
    inner join pg_class on pg_class.oid = pg_inherits.inhrelid
    where pg_inherits.inhparent = 'raw.events'::regclass
    order by name
"""


def values(connection: Connection, query: str) -> list[Any]:
    """The first column of a query."""
    return [next(iter(row.values())) for row in connection.execute(query.encode()).fetchall()]


def partitions(connection: Connection) -> dict[str, str]:
    rows = connection.execute(PARTITIONS).fetchall()
    return {row["name"]: row["bounds"] for row in rows}


def at_once(act: Callable[[], Result]) -> list[Result]:
    """What many threads get that begin at the same moment."""
    barrier = Barrier(MANY)

    def begin(_: int) -> Result:
        barrier.wait(timeout=30)
        return act()

    with ThreadPoolExecutor(MANY) as threads:
        return list(threads.map(begin, range(MANY)))


def without_bodies(script: str) -> str:
    """DDL without comments, function bodies and texts."""
    script = re.sub(r"--[^\n]*", "", script)
    script = re.sub(r"(create or replace function.*?)\$\$.*?\$\$", r"\1", script, flags=re.DOTALL)
    return re.sub(r"'(?:[^']|'')*'", "''", script)


def visitor(connection: Connection, anon_id: str = "visitor-0001") -> uuid.UUID:
    visitor_id = uuid.uuid4()
    connection.execute(
        "insert into raw.visitors (id, anon_id, first_seen_at, last_seen_at) "
        "values (%s, %s, now(), now())",
        (visitor_id, anon_id),
    )
    return visitor_id


def session(connection: Connection, visitor_id: uuid.UUID) -> uuid.UUID:
    session_id = uuid.uuid4()
    connection.execute(
        "insert into raw.sessions (id, visitor_id, started_at, last_event_at) "
        "values (%s, %s, now(), now())",
        (session_id, visitor_id),
    )
    return session_id


def event(
    connection: Connection,
    visitor_id: uuid.UUID,
    *,
    at: str = "2026-03-01 12:00+00",
    day: str = "2026-03-01",
    key: str = "key",
    session_id: uuid.UUID | None = None,
) -> None:
    connection.execute(
        'insert into raw.events (id, visitor_id, session_id, "timestamp", occurred_on, '
        "dedupe_key, event_type) values (%s, %s, %s, %s, %s, %s, 'page_view')",
        (uuid.uuid4(), visitor_id, session_id, at, day, key),
    )


@pytest.fixture
def march(connection: Connection, clean_tables: None) -> None:
    """Empty tables and a partition for the events of these tests."""
    connection.execute("select raw.ensure_event_partition('2026-03-01')")


class TestApplying:
    def test_again_changes_nothing_and_leaves_the_data(
        self, database: str, connection: Connection, march: None
    ) -> None:
        home = visitor(connection)
        event(connection, home, session_id=session(connection, home))
        everything = (
            "select format('%s %s', oid, relname) from pg_class "
            "where relnamespace = 'raw'::regnamespace union all "
            "select format('%s %s', oid, conname) from pg_constraint "
            "where connamespace = 'raw'::regnamespace union all "
            "select format('%s %s', oid, typname) from pg_type "
            "where typnamespace = 'raw'::regnamespace order by 1"
        )
        before = values(connection, everything)
        apply_schema(database)
        apply_schema(database)
        assert values(connection, everything) == before
        for table in ("visitors", "sessions", "events"):
            assert values(connection, f"select count(*) from raw.{table}") == [1]

    def test_by_many_at_once_makes_one_schema(self, database: str, connection: Connection) -> None:
        connection.execute("drop schema raw cascade")
        at_once(lambda: apply_schema(database))
        tables = values(connection, "select relname from pg_class where relkind in ('r', 'p')")
        assert COLUMNS.keys() <= set(tables)

    @pytest.mark.parametrize(
        ("today", "months"),
        [
            (date(2040, 12, 31), ["2040_12", "2041_01", "2041_02", "2041_03"]),
            (date(2043, 1, 1), ["2043_01", "2043_02", "2043_03"]),
        ],
    )
    def test_makes_the_partitions_of_the_next_two_months_and_leaves_none_out(
        self, database: str, connection: Connection, today: date, months: list[str]
    ) -> None:
        before = partitions(connection)
        apply_schema(database, today=today)
        made = partitions(connection).keys() - before.keys()
        assert sorted(made) == [f"events_{month}" for month in months]


class TestWhatIsThere:
    def test_the_enums_have_their_labels_in_order(self, connection: Connection) -> None:
        rows = connection.execute(
            "select typname, array_agg(enumlabel::text order by enumsortorder) as labels "
            "from pg_enum inner join pg_type on pg_type.oid = enumtypid "
            "where typnamespace = 'raw'::regnamespace group by typname"
        ).fetchall()
        assert {row["typname"]: row["labels"] for row in rows} == ENUMS

    @pytest.mark.parametrize("table", COLUMNS)
    def test_the_columns_have_their_types_and_defaults(
        self, connection: Connection, table: str
    ) -> None:
        rows = connection.execute(
            "select attname, format_type(atttypid, atttypmod) as type, attnotnull, "
            "   pg_get_expr(adbin, adrelid) as default_value "
            "from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum "
            "where attrelid = %(table)s::regclass and attnum > 0 and not attisdropped",
            {"table": f"raw.{table}"},
        ).fetchall()
        there = {
            row["attname"]: (
                row["type"],
                "not null" if row["attnotnull"] else "null",
                row["default_value"],
            )
            for row in rows
        }
        assert {name: there.get(name) for name in COLUMNS[table]} == COLUMNS[table]

    def test_nothing_is_called_by_the_names_that_are_not_used(self, connection: Connection) -> None:
        names = values(
            connection,
            "select attname from pg_attribute inner join pg_class on pg_class.oid = attrelid "
            "where relnamespace = 'raw'::regnamespace",
        )
        assert not {"source", "device", "country"} & set(names)

    def test_every_partition_has_the_six_indexes_of_events(self, connection: Connection) -> None:
        connection.execute("select raw.ensure_event_partition('1997-06-15')")
        rows = connection.execute(
            "select relname as partition, pg_get_indexdef(indexrelid) as index, indisvalid "
            "from pg_index inner join pg_class on pg_class.oid = indrelid "
            "inner join pg_inherits on inhrelid = indrelid "
            "where inhparent = 'raw.events'::regclass"
        ).fetchall()
        found: dict[str, set[str]] = {}
        for row in rows:
            assert row["indisvalid"]
            _, is_btree, columns = row["index"].partition(" USING btree ")
            found.setdefault(row["partition"], set()).update([columns] if is_btree else [])
        assert found.keys() == partitions(connection).keys()
        assert "events_1997_06" in found
        for partition, indexes in found.items():
            assert indexes >= EVENT_INDEXES, partition

    def test_every_partition_hears_soon_of_new_days(
        self, database: str, connection: Connection
    ) -> None:
        connection.execute("select raw.ensure_event_partition('1997-07-15')")
        # As an earlier version made them.
        connection.execute("alter table raw.events_1997_07 reset (autovacuum_analyze_scale_factor)")
        connection.execute("delete from raw.schema_version")
        apply_schema(database)
        connection.execute("select raw.ensure_event_partition('1997-08-15')")
        options = connection.execute(
            "select relname, reloptions from pg_class "
            "inner join pg_inherits on inhrelid = pg_class.oid "
            "where inhparent = 'raw.events'::regclass"
        ).fetchall()
        assert {row["relname"] for row in options} >= {"events_1997_07", "events_1997_08"}
        for row in options:
            assert row["reloptions"] == ["autovacuum_analyze_scale_factor=0.01"]


class TestTheDdl:
    def test_every_constraint_and_index_has_a_name_that_we_chose(
        self, connection: Connection
    ) -> None:
        ddl = "\n".join(ddl_scripts())
        chosen = set(re.findall(r"constraint (\w+)", ddl))
        # What a partition has of its parent is named by PostgreSQL.
        constraints = values(
            connection,
            "select conname from pg_constraint inner join pg_class on pg_class.oid = conrelid "
            "where connamespace = 'raw'::regnamespace and not relispartition "
            "and conparentid = 0 and contype in ('p', 'f', 'c', 'u', 'x')",
        )
        assert len(constraints) > 20
        assert set(constraints) <= chosen
        indexes = values(
            connection,
            "select indexes.relname from pg_index "
            "inner join pg_class as indexes on indexes.oid = indexrelid "
            "inner join pg_class as tables on tables.oid = indrelid "
            "where tables.relnamespace = 'raw'::regnamespace and not tables.relispartition",
        )
        assert set(indexes) - chosen <= set(re.findall(r"index if not exists (\w+)", ddl))

    def test_holds_definitions_and_no_data(self) -> None:
        for script in ddl_scripts():
            bare = without_bodies(script)
            changes = r"\b(insert\s+into|update\s+[\w.]+\s+set|delete\s+from|truncate|merge|copy)\b"
            assert not re.search(changes, bare, flags=re.IGNORECASE)
            # The block that makes types is no function, so it was searched above.
            statements = re.sub(r"\$\$.*?\$\$", "", bare, flags=re.DOTALL).split(";")
            heads = {statement.split()[0] for statement in statements if statement.strip()}
            assert heads <= {"create", "comment", "do"}


class TestPartitions:
    @pytest.mark.parametrize(
        ("day", "others", "name", "bounds"),
        [
            (
                "2031-12-31",
                ["2031-12-01", "2031-12-15"],
                "events_2031_12",
                "FOR VALUES FROM ('2031-12-01') TO ('2032-01-01')",
            ),
            (
                "2033-01-01",
                ["2033-01-31"],
                "events_2033_01",
                "FOR VALUES FROM ('2033-01-01') TO ('2033-02-01')",
            ),
            (
                "2032-02-29",
                ["2032-02-01"],
                "events_2032_02",
                "FOR VALUES FROM ('2032-02-01') TO ('2032-03-01')",
            ),
        ],
    )
    def test_a_month_is_made_once(
        self, connection: Connection, day: str, others: list[str], name: str, bounds: str
    ) -> None:
        assert values(connection, f"select raw.ensure_event_partition('{day}')") == [True]
        for other in [day, *others]:
            assert values(connection, f"select raw.ensure_event_partition('{other}')") == [False]
        assert partitions(connection)[name] == bounds

    def test_a_month_wanted_by_many_at_once_is_made_once(
        self, database: str, connection: Connection
    ) -> None:
        for month in ("2035-01", "2035-02", "2035-03", "2035-04", "2035-05"):

            def ensure(day: str = f"{month}-10") -> bool:
                with psycopg.connect(database) as own:
                    row = own.execute("select raw.ensure_event_partition(%s)", (day,)).fetchone()
                assert row is not None
                return bool(row[0])

            assert sorted(at_once(ensure)) == [False] * (MANY - 1) + [True]
            assert f"events_{month.replace('-', '_')}" in partitions(connection)

    def test_an_event_of_a_month_without_a_partition_is_refused(
        self, connection: Connection, march: None
    ) -> None:
        with pytest.raises(errors.CheckViolation, match="no partition"):
            event(connection, visitor(connection), at="1990-01-01 00:00+00", day="1990-01-01")


@pytest.mark.usefixtures("march")
class TestWhatIsRefused:
    @pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
    def test_an_event_on_a_day_that_is_not_beside_its_utc_day(
        self, connection: Connection, zone: str
    ) -> None:
        connection.execute(f"set time zone '{zone}'")
        home = visitor(connection)
        # 23:30 on the first of March in the Atlantic is 01:30 on the second in UTC.
        at = "2026-03-01 23:30-02"
        for day in ("2026-03-04", "2026-03-31"):
            with pytest.raises(errors.CheckViolation, match="events_occurred_on_is_near_utc_day"):
                event(connection, home, at=at, day=day)
        with pytest.raises(errors.CheckViolation, match="events_occurred_on_is_near_utc_day"):
            event(connection, home, at="2026-03-03 00:00+00", day="2026-03-01")
        for day in ("2026-03-01", "2026-03-02", "2026-03-03"):
            event(connection, home, at=at, day=day, key=day)

    def test_a_second_event_with_the_key_of_a_visitor_and_day(self, connection: Connection) -> None:
        home = visitor(connection)
        event(connection, home)
        with pytest.raises(errors.UniqueViolation):
            event(connection, home, at="2026-03-01 13:00+00")
        event(connection, home, key="other")
        event(connection, visitor(connection, "visitor-0002"))

    def test_an_event_of_nobody_or_in_the_session_of_someone_else(
        self, connection: Connection
    ) -> None:
        with pytest.raises(errors.ForeignKeyViolation, match="events_visitor_id_fkey"):
            event(connection, uuid.uuid4())
        theirs = session(connection, visitor(connection))
        with pytest.raises(errors.ForeignKeyViolation, match="events_session_id_fkey"):
            event(connection, visitor(connection, "visitor-0002"), session_id=theirs)

    def test_a_label_that_is_not_of_the_enum(self, connection: Connection) -> None:
        event(connection, visitor(connection))
        with pytest.raises(errors.InvalidTextRepresentation):
            connection.execute("update raw.events set traffic_source = 'carrier_pigeon'")

    def test_a_visitor_seen_last_before_first_and_a_session_that_runs_backwards(
        self, connection: Connection
    ) -> None:
        home = visitor(connection)
        session(connection, home)
        with pytest.raises(errors.CheckViolation, match="visitors_seen_in_order"):
            connection.execute("update raw.visitors set last_seen_at = '2000-01-01'")
        with pytest.raises(errors.CheckViolation, match="sessions_in_order"):
            connection.execute("update raw.sessions set last_event_at = '2000-01-01'")

    @pytest.mark.parametrize("email", ["Ada@example.org", " ada@example.org", "ada@example.org "])
    def test_an_email_that_is_not_normalised(self, connection: Connection, email: str) -> None:
        with pytest.raises(errors.CheckViolation, match="leads_email_is_normalised"):
            connection.execute(
                "insert into raw.leads (id, email, first_captured_at, last_captured_at) "
                "values (gen_random_uuid(), %s, now(), now())",
                (email,),
            )


@pytest.mark.usefixtures("march")
class TestDeleting:
    def test_a_session_leaves_its_events_without_one(self, connection: Connection) -> None:
        home = visitor(connection)
        gone, stays = session(connection, home), session(connection, home)
        event(connection, home, session_id=gone, key="gone")
        event(connection, home, session_id=stays, key="stays")
        connection.execute("delete from raw.sessions where id = %s", (gone,))
        rows = connection.execute(
            "select dedupe_key, visitor_id, session_id from raw.events order by dedupe_key"
        ).fetchall()
        assert [tuple(row.values()) for row in rows] == [
            ("gone", home, None),
            ("stays", home, stays),
        ]

    def test_a_visitor_takes_sessions_and_events_along(self, connection: Connection) -> None:
        gone, stays = visitor(connection), visitor(connection, "visitor-0002")
        for home in (gone, stays):
            event(connection, home, session_id=session(connection, home))
        connection.execute("delete from raw.visitors where id = %s", (gone,))
        for table in ("sessions", "events"):
            assert values(connection, f"select visitor_id from raw.{table}") == [stays]


def test_a_table_of_purges_from_before_is_brought_up_to_date(
    database: str, connection: psycopg.Connection[dict[str, Any]]
) -> None:
    columns = (
        "select attname from pg_attribute where attrelid = 'raw.retention_purges'::regclass"
        " and attnum > 0 and not attisdropped order by attname"
    )
    whole = connection.execute(columns).fetchall()
    connection.execute(
        "alter table raw.retention_purges drop column partitions_dropped, "
        "drop column rejections_deleted, drop column duplicates_deleted, drop column finished_at"
    )
    connection.execute("delete from raw.schema_version")
    apply_schema(database)
    assert connection.execute(columns).fetchall() == whole
