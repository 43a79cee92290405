"""A role that may read one property finds nothing of another, whatever it selects from.

What it may select from is asked of the catalog, so that a mart that is added is looked at by itself.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from ingest_app.database.ownership import OwnedByOthersError
from ingest_app.database.roles import APP, BI, DBT
from ingest_app.enrichment.identity import visitor_id
from ingest_app.operations.readers import EVERY_PROPERTY, Reader, ReadersError, grant, revoke
from tests.support.arrivals import events, writing
from tests.support.captures import capture
from tests.support.citus import DISTRIBUTED
from tests.support.cli import footfall
from tests.support.dbt import Dbt, DbtProcess
from tests.support.roles import As

SHOP, OTHER = "shop.example", "other.example"
# A name that wants quotes, as those of directories do.
READER, MEMBER, STRANGER = "anna.smith", "ben", "carla"
DAY = datetime.combine(datetime.now(UTC).date() - timedelta(days=9), time(12), UTC)
# Every value of the other property that can be chosen has this in it.
MARK = "other"

# Views of Citus are read by everybody, and tell of tables alone.
READABLE = """
    select oid::regclass::text as name
    from pg_class
    where
        relkind in ('r', 'p', 'v', 'm', 'f')
        and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
        and has_schema_privilege(%(role)s, relnamespace, 'usage')
        and has_any_column_privilege(%(role)s, oid, 'select')
        and not exists (
            select from pg_depend
            where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'e'
        )
    order by 1
"""
COLUMNS = """
    select attname from pg_attribute
    where attrelid = %(name)s::regclass and attnum > 0 and not attisdropped
"""
STATISTICS = "select * from pg_stats where schemaname = 'analytics'"
LEAK = """
    create function pg_temp.leak(text) returns boolean language plpgsql cost 0.0000001 as $$
    begin
        raise notice 'leaked %', $1;
        return true;
    end
    $$
"""


def ask(url: str, query: str, **values: Any) -> list[dict[str, Any]]:
    with psycopg.connect(url, row_factory=dict_row) as connection:
        cursor = connection.execute(query.encode(), values or None)
        return cursor.fetchall() if cursor.description else []


def visits(property_id: str, mark: str) -> Iterator[dict[str, Any]]:
    """Two visitors who come on three days of two weeks, each with everything that a mart counts."""
    for number in range(6):
        at = DAY + timedelta(days=(-7, 1, 2)[number // 2], minutes=number)
        anon_id = f"visitor-{mark}-{number % 2}"
        for step, event_type in enumerate(
            ("page_view", f"{mark}_click", "form_start", "form_submit")
        ):
            yield {
                "anonId": anon_id,
                "eventType": event_type,
                "path": f"/{mark}/{step}",
                "timestamp": (at + timedelta(seconds=step)).isoformat(),
                "utm": {"source": f"{mark}-source", "medium": mark, "campaign": f"{mark}-spring"},
                "referrer": f"https://{mark}-news.net/page",
                "props": {"formName": f"{mark}-form"},
                "traffic": {
                    "propertyId": property_id,
                    "deviceType": "mobile",
                    "countryCode": "DE",
                    "isExit": step == 3,
                    "engagedTimeMs": 1000,
                    "webVitals": {"ttfbMs": 100 + step, "lcpMs": 900, "clsScore": 0.1},
                },
            }


@pytest.fixture(scope="module")
def dbt(as_role: As, process: DbtProcess, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    return Dbt(as_role(DBT), tmp_path_factory.mktemp("dbt"), process)


@pytest.fixture(scope="module")
def roles(as_role: As, dbt: Dbt) -> As:
    """Two properties, of which the reader may read one; a visitor and a lead have been on both."""
    owner = as_role("footfall")
    assert footfall("init-db", *DISTRIBUTED, database=owner).returncode == 0
    ask(as_role("postgres"), "alter role footfall createrole")
    assert footfall("init-db", "--roles", database=owner).returncode == 0
    both = "visitor-of-both"
    on_both = [
        body | {"anonId": both, "timestamp": (DAY + timedelta(minutes=minutes)).isoformat()}
        for minutes, body in enumerate((next(visits(OTHER, MARK)), next(visits(SHOP, "shop"))))
    ]
    with writing(owner) as writer:
        writer.write(events([*visits(SHOP, "shop"), *visits(OTHER, MARK), *on_both]))
    with psycopg.connect(owner) as connection:
        for number, anon_id in enumerate((both, "visitor-shop-0", "visitor-other-0")):
            at = DAY + timedelta(days=3)
            capture(connection, UUID(int=number + 1), visitor_id(anon_id), at, form_name="a-form")
    with pytest.raises(ReadersError, match="run `footfall dbt build` first"):
        grant(as_role(DBT), BI, [SHOP])
    dbt.run_models()
    ask(
        as_role(DBT),
        "insert into analytics_state.rollup_restatements select 'daily_metric_rollups', property_id,"
        " current_date, 'total_page_views', now(), now(), 1, 1, 2"
        f" from unnest('{{{SHOP},{OTHER}}}'::text[]) as property_id",
    )
    for role in (READER, MEMBER, STRANGER):
        ask(as_role("postgres"), f'create role "{role}" login')
    ask(as_role("postgres"), f'grant "{READER}" to {MEMBER}')
    done = footfall("bi", "grant", READER, "--property", SHOP, database=as_role(DBT))
    assert (done.stdout, done.stderr) == (f"{READER} reads {SHOP}\n", "")
    ask(owner, "analyze")
    return as_role


def readable(url: str, role: str) -> list[str]:
    return [row["name"] for row in ask(url, READABLE, role=role)]


def rows(url: str, relation: str, where: str = "true") -> Counter[str]:
    """Whole rows of it as text."""
    query = f"select to_jsonb(told)::text as whole from {relation} as told where {where}"
    return Counter(row["whole"] for row in ask(url, query))


def test_the_reader_reads_what_bi_reads_and_the_rows_of_the_one_property(roles: As) -> None:
    reader, owner = roles(READER), roles(DBT)
    relations = readable(owner, READER)
    assert set(relations) == set(readable(owner, BI))
    assert len(relations) > 20
    of_a_property = 0
    for relation in relations:
        columns = {row["attname"] for row in ask(owner, COLUMNS, name=relation)}
        found = rows(reader, relation)
        if "property_ids" in columns:
            assert rows(owner, relation).total() == 3
            assert not found, f"{relation}: a row of several properties is for who reads all"
        elif names := columns & {"property_id", "property"}:
            [name] = names
            of_a_property += 1
            assert rows(owner, relation, f"{name} = '{OTHER}'"), f"nothing to find in {relation}"
            assert found == rows(owner, relation, f"{name} = '{SHOP}'"), relation
        else:
            assert found == rows(owner, relation), relation
        assert MARK not in "\n".join(found), relation
        assert rows(roles(BI), relation) == rows(owner, relation), relation
        # A member reads what the role reads.
        assert rows(roles(MEMBER), relation) == found, relation
    assert of_a_property > 20


def test_nothing_tells_of_another_property(roles: As) -> None:
    """Counts, functions that tell what they are given, errors, plans and statistics."""
    told: list[str] = []
    with psycopg.connect(roles(READER), autocommit=True) as connection:
        connection.add_notice_handler(lambda notice: told.append(str(notice.message_primary)))
        connection.execute(LEAK)
        for relation in readable(roles(DBT), READER):
            columns = {row["attname"] for row in ask(roles(DBT), COLUMNS, name=relation)}
            for query in (
                "select count(*) from {} as told where pg_temp.leak(told::text)",
                # It divides by zero on a row of the other.
                "select 1 / (case when told::text like '%{mark}%' then 0 else 1 end) from {} as told"
                " where 1 / (case when told::text like '%{mark}%' then 0 else 1 end) = 1",
                "explain (verbose) select * from {}",
                "explain (analyze, verbose) select * from {} as told where pg_temp.leak(told::text)",
            ):
                text = query.replace("{mark}", MARK).replace("{}", relation)
                told += [str(row) for row in connection.execute(text.encode()).fetchall()]
            for name in columns & {"property_id", "property"}:
                counted = f"select count(*) from {relation} where {name} in ('{OTHER}', '')"
                assert connection.execute(counted.encode()).fetchone() == (0,), relation
        statistics = connection.execute(STATISTICS).fetchall()
    assert any(line.startswith("leaked") and SHOP in line for line in told)
    assert [line for line in told if MARK in line] == []
    assert MARK not in str(statistics)
    with psycopg.connect(roles(DBT)) as connection:
        assert MARK in str(connection.execute(STATISTICS).fetchall())


def test_nobody_learns_what_another_role_reads(roles: As) -> None:
    readable_by = "select analytics.readable_properties(%(role)s) as properties"
    assert ask(roles(READER), readable_by, role=READER) == [{"properties": [SHOP]}]
    # Nobody may become a role that they are no member of.
    for asked in (BI, DBT, MEMBER, APP):
        assert ask(roles(READER), readable_by, role=asked) == [{"properties": []}]
    with pytest.raises(errors.InsufficientPrivilege):
        ask(roles(READER), "table analytics_state.readers")
    with pytest.raises(errors.InsufficientPrivilege):
        ask(roles(STRANGER), "select count(*) from analytics.daily_pages")
    assert ask(roles(APP), readable_by, role=APP) == [{"properties": [""]}]


def test_functions_answer_of_what_may_be_read(roles: As) -> None:
    window = f"'{DAY:%F}', current_date"

    def visitors(role: str, property_id: str) -> int:
        query = f"select analytics_bi.unique_visitors({window}, {property_id}) as n"
        [row] = ask(roles(role), query)
        return int(row["n"])

    assert visitors(BI, "null") == visitors(DBT, "null") == 5
    assert visitors(BI, f"'{OTHER}'") == 3
    # Whoever may read one property need not name it.
    assert visitors(READER, "null") == visitors(READER, f"'{SHOP}'") == 3
    assert visitors(READER, f"'{OTHER}'") == visitors(READER, "''") == 0
    [row] = ask(
        roles(READER),
        f"select analytics_bi.percentile('lcp', 0.5, {window}, '{SHOP}') as own,"
        f" analytics_bi.percentile('lcp', 0.5, {window}, '{OTHER}') as of_another,"
        f" (select count(*) from analytics_bi.visitors_by('source', {window}, '{OTHER}')) as sources",
    )
    assert row == {"own": 900, "of_another": None, "sources": 0}
    grant(roles(DBT), READER, [OTHER])
    try:
        with pytest.raises(errors.RaiseException, match="property: name one"):
            visitors(READER, "null")
        assert visitors(READER, f"'{OTHER}'") == 3
    finally:
        revoke(roles(DBT), READER, [OTHER])


def test_a_grant_and_its_end_hold_at_once(roles: As) -> None:
    marts = roles(DBT)

    def read(role: str) -> set[str]:
        query = "select distinct property_id from analytics.daily_funnel"
        return {row["property_id"] for row in ask(roles(role), query)}

    assert grant(marts, STRANGER, [SHOP, OTHER]) == (Reader(STRANGER, [OTHER, SHOP]), [])
    # Both, and still not the rows of all properties together.
    assert read(STRANGER) == {SHOP, OTHER}
    revoke(marts, STRANGER, [OTHER])
    assert read(STRANGER) == {SHOP}
    done = footfall("bi", "grant", STRANGER, "--all", database=marts)
    assert (done.stdout, done.stderr) == (f"{STRANGER} reads every property\n", "")
    assert read(STRANGER) == {SHOP, OTHER, ""}
    assert len(ask(roles(STRANGER), "table analytics.leads")) == 3
    done = footfall("bi", "list", "--json", database=marts)
    assert json.loads(done.stdout) == [
        {"role": READER, "all": False, "properties": [SHOP], "exists": True},
        {"role": STRANGER, "all": True, "properties": [], "exists": True},
        {"role": BI, "all": True, "properties": [], "exists": True},
    ]
    done = footfall("bi", "revoke", STRANGER, database=marts)
    assert (done.stdout, done.stderr) == (f"{STRANGER} reads nothing\n", "")
    with pytest.raises(errors.InsufficientPrivilege):
        read(STRANGER)
    assert readable(marts, STRANGER) == []
    assert grant(marts, STRANGER, ["typo.example"])[1] == ["typo.example"]
    assert read(STRANGER) == set()
    revoke(marts, STRANGER, None)

    # That of BI reads everything until it is taken back.
    assert read(BI) == {SHOP, OTHER, ""}
    revoke(marts, BI, [EVERY_PROPERTY])
    assert read(BI) == set()
    grant(marts, BI, [OTHER])
    assert read(BI) == {OTHER}
    revoke(marts, BI, None)
    grant(marts, BI, [EVERY_PROPERTY])
    assert read(BI) == {SHOP, OTHER, ""}


@pytest.mark.parametrize(
    ("role", "properties", "message"),
    [
        ("nobody.here", [SHOP], 'create role "nobody.here" login'),
        (DBT, [SHOP], "reads every row whatever is granted"),
        (APP, [EVERY_PROPERTY], "reads every row whatever is granted"),
        ("postgres", [EVERY_PROPERTY], "reads every row whatever is granted"),
        (BI, [SHOP], f"first `footfall bi revoke {BI} --all`"),
    ],
)
def test_what_cannot_be_granted_is_said(
    roles: As, role: str, properties: list[str], message: str
) -> None:
    with pytest.raises(ReadersError, match=re.escape(message)):
        grant(roles(DBT), role, properties)


def test_what_was_not_granted_cannot_be_taken_back(roles: As) -> None:
    with pytest.raises(ReadersError, match=f"was not granted {OTHER}"):
        revoke(roles(DBT), READER, [OTHER])
    with pytest.raises(ReadersError, match="was not granted anything"):
        revoke(roles(DBT), STRANGER, None)


def test_the_command_wants_properties_or_all_of_them(roles: As) -> None:
    for options in ((), ("--all", "--property", SHOP)):
        done = footfall("bi", "grant", READER, *options, database=roles(DBT))
        assert done.returncode == 1
        assert "name properties by --property, or every one of them by --all" in done.stderr


def test_a_member_of_bi_reads_all_and_is_not_said_to_read_less(roles: As) -> None:
    ask(roles("postgres"), f"grant {BI} to {STRANGER}")
    try:
        with pytest.raises(ReadersError, match=f"{STRANGER} is a member of {BI}"):
            grant(roles(DBT), STRANGER, [SHOP])
        assert len(ask(roles(STRANGER), "table analytics.leads")) == 3
    finally:
        ask(roles("postgres"), f"revoke {BI} from {STRANGER}")


def test_grants_are_made_by_the_owner_of_the_marts(roles: As) -> None:
    done = footfall("bi", "list", database=roles("footfall"))
    assert done.returncode == 1
    assert "run this as footfall_dbt" in done.stderr
    for change in (grant, revoke):
        with pytest.raises(OwnedByOthersError):
            change(roles("footfall"), READER, [SHOP])


def test_what_a_build_makes_anew_has_its_policy_and_what_lost_it_gets_it_back(
    roles: As, dbt: Dbt
) -> None:
    owner = roles(DBT)
    expected = {name: rows(roles(READER), name) for name in readable(owner, READER)}
    ask(owner, "drop table analytics.daily_pages cascade")
    ask(owner, "alter table analytics.sessions disable row level security")
    ask(owner, "drop policy readers_1 on analytics.daily_hours")
    ask(owner, "alter view analytics.daily_devices reset (security_invoker)")
    ask(owner, f'revoke usage on schema analytics, analytics_bi from "{READER}"')
    # The build below makes neither of these.
    ask(owner, f'revoke select on analytics.leads, analytics_bi.visits from "{READER}", {BI}')
    ask(owner, "create table analytics.by_hand as select property_id from analytics.sessions")
    # Who makes days anew empties their weeks.
    dbt.run_models("--select", "daily_pages", "weekly_pages", "pages", "daily_devices")
    for relation, found in expected.items():
        now = rows(roles(READER), relation)
        if relation == "analytics.rollup_freshness":
            continue
        if relation in ("analytics.daily_pages", "analytics.weekly_pages", "analytics_bi.pages"):
            # Built at another time.
            assert now.total() == found.total() > 0
        else:
            assert now == found, relation
    # The policy is of the transaction that made the table, before which nobody saw it.
    [made] = ask(
        owner,
        "select pg_type.xmin = pg_policy.xmin as at_once from pg_class"
        " inner join pg_type on reltype = pg_type.oid inner join pg_policy on polrelid = pg_class.oid"
        " where pg_class.oid = 'analytics.daily_pages'::regclass",
    )
    assert made == {"at_once": True}
    with psycopg.connect(roles(BI)) as connection:
        by_hand = sql.SQL("select count(*) > 0 from analytics.by_hand")
        assert connection.execute(by_hand).fetchone() == (True,)
    # It has its policy from the build, and so may be read.
    assert set(rows(roles(READER), "analytics.by_hand")) == {f'{{"property_id": "{SHOP}"}}'}
    ask(owner, "drop table analytics.by_hand")


def test_a_target_of_ones_own_writes_nothing_in_raw_or_production(
    roles: As, tmp_path: Path
) -> None:
    """Raw goes on to say that the marts wait for an erasure, and nobody else reads what was built."""
    waiting = "select visitor_id from raw.erasures"
    production = {
        name: rows(roles(DBT), name)
        for name in (
            *readable(roles(DBT), READER),
            *(
                f"analytics_state.{table}"
                for table in ("readers", "rollup_watermarks", "rollup_builds")
            ),
        )
    }
    ask(
        roles("footfall"),
        "insert into raw.erasures (id, touched_days, visitor_id)"
        f" values (gen_random_uuid(), '{{}}', '{UUID(int=99)}')",
    )
    name = conninfo_to_dict(roles(DBT))["dbname"]
    ask(roles("postgres"), f"grant create on database {name} to {DBT}")
    try:
        # In a process of its own: that of the other tests goes on with what it parsed for production.
        dbt = Dbt(roles(DBT), tmp_path)
        dbt.run_models("--target", "dev", "--select", "stg_web__events", "daily_pages", "pages")
    finally:
        ask(roles("postgres"), f"revoke create on database {name} from {DBT}")
    assert ask(roles("footfall"), waiting) == [{"visitor_id": UUID(int=99)}]
    assert {name: rows(roles(DBT), name) for name in production} == production
    made = ask(
        roles(DBT),
        "select nspname from pg_namespace where nspname ^@ 'dev_' order by 1",
    )
    [marts] = [row["nspname"] for row in made if row["nspname"].count("_") == 1]
    assert {row["nspname"] for row in made} == {
        marts,
        f"{marts}_bi",
        f"{marts}_staging",
        f"{marts}_state",
    }
    pages = "select property_id, day, path, views from {}.daily_pages order by 1, 2, 3"
    assert ask(roles(DBT), pages.format(marts)) == ask(roles(DBT), pages.format("analytics"))
    for role in (BI, APP, READER):
        with pytest.raises(errors.InsufficientPrivilege):
            ask(roles(role), f"select from {marts}.daily_pages")


def test_a_property_that_is_renamed_is_read_by_who_read_it(
    roles: As, dbt: Dbt, tmp_path: Path
) -> None:
    owner = roles("footfall")
    done = footfall(
        "property",
        "rename",
        "--yes",
        SHOP,
        "renamed.example",
        database=owner,
        DATA_DIR=f"{tmp_path}",
    )
    assert done.returncode == 0, done.stderr
    before = len(ask(roles(READER), "table analytics.daily_pages"))
    dbt.run_models("--select", "daily_new_leads")
    found = ask(roles(READER), "select property_id from analytics.daily_pages")
    assert {row["property_id"] for row in found} == {"renamed.example"}
    assert len(found) == before > 0
    with pytest.raises(ReadersError, match=f"{SHOP} is called renamed.example now"):
        grant(roles(DBT), STRANGER, [SHOP])
