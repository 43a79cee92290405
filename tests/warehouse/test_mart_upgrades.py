"""A warehouse that the last release made, upgraded: the marts of a fresh one, and its own history."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import RaiseException
from psycopg.rows import dict_row

import ingest_app.database.marts
from ingest_app.database.embedded import binaries
from ingest_app.database.marts import shape_upgrades, upgrade_marts
from ingest_app.database.roles import APP, DBT
from ingest_app.database.schema import apply_schema
from tests.support.cli import footfall
from tests.support.dbt import Dbt, DbtProcess
from tests.support.recount import KEYS, percentile
from tests.support.recount.sessions import referrer_parts, visit_recency
from tests.support.releases import empty, load_release, run_script
from tests.support.roles import As

HORIZON = date(2026, 6, 4)
# Keys of the second shape: of which columns they are hashes.
NEW_KEYS = {"daily_pages": ("path_key", ["path"])}
# What a visit says since, worked out in visits_upgraded().
NEW_OF_SESSIONS = {"started_hour", "is_bot", "is_returning", "is_coarse"} | {
    "referrer_host",
    "referrer_page",
}
# Marts of visits, with the column of their key, and what of a visit it stands for.
OF_VISITS: dict[str, tuple[str, Callable[[dict[str, Any]], dict[str, str] | None]]] = {
    "daily_campaigns": ("campaign_key", lambda visit: campaign_of(visit)),
    "daily_entry_sources": (
        "source_key",
        lambda visit: {"traffic_source": visit["traffic_source"]},
    ),
    "daily_exit_paths": ("path_key", lambda visit: path_of(visit["exit_path"])),
    "daily_landing_paths": ("path_key", lambda visit: path_of(visit["entry_path"])),
    "daily_referrers": ("referrer_key", lambda visit: referrer_of(visit)),
}
# The marts that tell people apart since the release.
TELLING_PEOPLE_APART = ("daily_metric_rollups", "daily_ingest_rollups")
PRIMARY_KEY = """
    select string_agg(attname, ' ' order by place)
    from pg_constraint
    cross join unnest(conkey) with ordinality as keys (attnum, place)
    inner join pg_attribute on attrelid = conrelid and pg_attribute.attnum = keys.attnum
    where conrelid = %s::regclass and contype = 'p'
"""
# Among the visits of closed days, of a campaign that others have too.
A_BOT = f"""
    update analytics.sessions set device_type = 'bot', referrer = 'https://www.Example.org:443/a?b'
    where session_id = (
        select session_id from analytics.sessions
        where day < '{HORIZON}' and traffic_source <> 'internal'
        order by utm_source is null, session_id limit 1
    )
"""
# Marts of another shape, whose rows a test of their own looks at.
RESHAPED = {"daily_breakdowns", "visitor_days", "visitor_recency", "web_vital_distributions"}
GONE = {
    *("visitor_segments", "daily_traffic_sources", "daily_devices", "daily_countries"),
    *("daily_event_types", "web_vital_buckets"),
}
# What is not known of days that raw no longer holds.
OF_PEOPLE = {
    *("people", "bots", "entering_people", "people_views", "people_entrances", "people_exits"),
    *("people_conversions", "people_engaged_samples", "people_median_engaged_ms"),
    *("people_scroll_samples", "people_scroll_percent_sum"),
}
# Tables of raw that a fresh warehouse fills by itself.
MADE_ANEW = ("schema_version", "submission_properties")
# What says when a row was made, and not what it counts.
TIMES = {"generated_at", "checked_at"}

Marts = dict[str, list[dict[str, Any]]]


def rows(url: str, query: str) -> list[dict[str, Any]]:
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def marts(url: str) -> Marts:
    """Every row of the marts that are tables."""
    tables = rows(
        url,
        "select relname from pg_class where relnamespace = 'analytics'::regnamespace "
        "and relkind = 'r' order by 1",
    )
    return {
        table["relname"]: rows(url, f"select * from analytics.{table['relname']}")
        for table in tables
    }


def without(taken: Iterable[str], found: Iterable[dict[str, Any]]) -> list[str]:
    """Rows in an order of their own, without some of the columns."""
    return sorted(
        json.dumps({k: v for k, v in row.items() if k not in taken}, default=str, sort_keys=True)
        for row in found
    )


def new_columns(mart: str, found: list[dict[str, Any]]) -> set[str]:
    """What the release did not know of a mart."""
    if mart in TELLING_PEOPLE_APART:
        return {column for row in found for column in row if column.startswith("people_")}
    if mart == "sessions":
        return NEW_OF_SESSIONS
    return {NEW_KEYS.get(mart, ("", []))[0], *(OF_PEOPLE if mart == "daily_pages" else ())}


def key_of(texts: list[str]) -> UUID:
    """128 bits of the SHA-256 of a JSON array."""
    written = json.dumps(texts, ensure_ascii=False).encode()
    return UUID(bytes=hashlib.sha256(written).digest()[:16])


def campaign_of(visit: dict[str, Any]) -> dict[str, str] | None:
    names = ("utm_source", "utm_medium", "utm_campaign")
    if not any(visit[name] for name in names):
        return None
    return {name: visit[name] or "(not set)" for name in names}


def path_of(path: str | None) -> dict[str, str] | None:
    return None if path is None else {"path": path}


def referrer_of(visit: dict[str, Any]) -> dict[str, str] | None:
    host, page = referrer_parts(visit["referrer"])
    if host is None or visit["traffic_source"] == "internal":
        return None
    return {"referrer_host": host, "referrer_page": page}


def visits_upgraded(before: Marts) -> list[dict[str, Any]]:
    """The visits of the last release, with what they say since."""
    returning = {
        (row["visitor_id"], row["day"]) for row in before["visitor_days"] if row["is_returning"]
    }
    return [
        visit
        | {
            "started_hour": visit["started_at"].astimezone(UTC).hour,
            "is_bot": visit["device_type"] == "bot",
            "is_returning": (visit["visitor_id"], visit["day"]) in returning,
            "is_coarse": False,
            "referrer_host": (referrer_of(visit) or {}).get("referrer_host"),
            "referrer_page": (referrer_of(visit) or {}).get("referrer_page"),
        }
        for visit in before["sessions"]
    ]


def by_visits(mart: str, before: Marts) -> list[dict[str, Any]]:
    """A mart of visits, counted from those of the last release."""
    new_key, texts_of = OF_VISITS[mart]
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for visit in visits_upgraded(before):
        texts = texts_of(visit)
        if texts is not None:
            key = (visit["property_id"], visit["day"], visit["is_bot"], *texts.items())
            groups.setdefault(key, []).append(visit)
    return [
        {
            "property_id": property_id,
            "day": day,
            "is_bot": is_bot,
            new_key: key_of([text for _, text in texts]),
            **dict(texts),
            "sessions": len(visits),
            "visitors": len({visit["visitor_id"] for visit in visits}),
            "page_views": sum(visit["page_views"] for visit in visits),
            "conversions": sum(visit["conversions"] for visit in visits),
            "converted_sessions": sum(visit["is_converted"] for visit in visits),
            "conversion_rate": sum(visit["is_converted"] for visit in visits) / len(visits),
            "bounces": sum(visit["is_bounce"] for visit in visits),
            "bounce_rate": sum(visit["is_bounce"] for visit in visits) / len(visits),
            "engaged_ms": sum(visit["engaged_ms"] for visit in visits),
        }
        for (property_id, day, is_bot, *texts), visits in groups.items()
    ]


def recency_of_visits(before: Marts) -> list[dict[str, Any]]:
    """visit_recency, counted from the visits of the last release."""
    visits = {
        (str(visit["session_id"]), visit["property_id"]): visit for visit in visits_upgraded(before)
    }
    names = KEYS["visit_recency"]
    return [dict(zip(names, key, strict=True)) | row for key, row in visit_recency(visits).items()]


@pytest.fixture(scope="module")
def dbt(empty_database: str, process: DbtProcess, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    folder: Path = tmp_path_factory.mktemp("dbt")
    return Dbt(empty_database, folder, process)


@pytest.fixture(scope="module")
def before(empty_database: str, dbt: Dbt) -> Marts:
    """The marts as the last release left them, which a build does not touch."""
    load_release(empty_database)
    # The release has met no bot, so some of the closed days get one.
    for mart in ("daily_devices", "visitor_segments", "web_vital_distributions"):
        rows(
            empty_database,
            f"update analytics.{mart} set device_type = 'bot'"
            f" where device_type = 'mobile' and day < '{HORIZON}'",
        )
    rows(empty_database, A_BOT)
    found = marts(empty_database)
    run = dbt.run("run")
    assert not run.is_success
    assert "An earlier version has made build_state, daily_campaigns" in run.output
    upgrade = f"run `footfall upgrade` as {conninfo_to_dict(empty_database)['user']}"
    assert upgrade in run.output
    told = footfall("rollups", "status", database=empty_database)
    assert told.returncode == 1
    assert upgrade in told.stdout
    assert "Traceback" not in told.stderr
    assert marts(empty_database) == found
    return found


@pytest.fixture(scope="module")
def upgraded(empty_database: str, before: Marts) -> Marts:
    """What the command makes of them, before any build."""
    done = footfall("upgrade", database=empty_database)
    assert done.returncode == 0, done.stderr
    assert "daily_pages has shape 2" in done.stdout
    return marts(empty_database)


def test_every_row_is_brought_over_and_none_is_counted_anew(
    before: Marts, upgraded: Marts, empty_database: str
) -> None:
    assert upgraded.keys() == before.keys() - GONE | {"daily_breakdowns"}
    assert {row[name] for row in upgraded["daily_pages"] for name in OF_PEOPLE} == {None}
    assert without((), upgraded["sessions"]) == without((), visits_upgraded(before))
    assert {row["is_bot"] for row in upgraded["sessions"]} == {True, False}
    assert any(row["referrer_host"] for row in upgraded["sessions"])
    assert any(row["is_returning"] for row in upgraded["sessions"])
    for mart in ("daily_campaigns", "daily_landing_paths"):
        assert without(TIMES, upgraded[mart]) == without((), by_visits(mart, before)), mart
    for mart, found in upgraded.items():
        if mart in RESHAPED or mart in ("sessions", *OF_VISITS):
            continue
        new_key, texts = NEW_KEYS.get(mart, ("", []))
        # The times at which the rows were made are the same too.
        assert without(new_columns(mart, found), found) == without((), before[mart]), mart
        for row in found if new_key else []:
            assert row[new_key] == key_of([row[text] for text in texts])
    keys = {
        "daily_campaigns": "property_id day is_bot campaign_key",
        "daily_landing_paths": "property_id day is_bot path_key",
        "daily_pages": "property_id day path_key",
        "sessions": "session_id property_id",
        "web_vital_distributions": "property_id vital day device_type",
    }
    for mart, key in keys.items():
        assert any(row["day"] < HORIZON for row in upgraded[mart])
        with psycopg.connect(empty_database) as connection:
            found_key = connection.execute(PRIMARY_KEY, (f"analytics.{mart}",)).fetchall()
        assert found_key == [(key,)]


def test_a_second_time_changes_nothing(upgraded: Marts, empty_database: str) -> None:
    everything = (
        "select oid::text, xmin::text from pg_class where relnamespace::regnamespace::text "
        "in ('analytics', 'analytics_state') union all "
        "select ctid::text, xmin::text from analytics.daily_pages union all "
        "select mart || day, xmin::text from analytics_state.rollup_owed_days order by 1, 2"
    )
    found = rows(empty_database, everything)
    done = footfall("upgrade", database=empty_database)
    assert done.returncode == 0, done.stderr
    assert "has shape" not in done.stdout
    assert rows(empty_database, everything) == found


@pytest.fixture(scope="module")
def built(upgraded: Marts, empty_database: str, dbt: Dbt) -> Marts:
    """After the next build, which counts what was waiting."""
    dbt.run_models()
    return marts(empty_database)


def test_days_that_raw_no_longer_holds_are_kept(
    before: Marts, upgraded: Marts, built: Marts
) -> None:
    for mart, found in built.items():
        kept = [row for row in found if row["day"] < HORIZON]
        # A mart that is new begins with what raw holds, or with the visits that are kept.
        known = upgraded if mart in RESHAPED else before
        of_mart = by_visits(mart, before) if mart in OF_VISITS else known.get(mart, [])
        if mart == "visit_recency":
            of_mart = recency_of_visits(before)
        expected = [row for row in of_mart if row["day"] < HORIZON]
        times = TIMES if mart in (*OF_VISITS, "visit_recency") else set()
        new = new_columns(mart, found) | times
        assert without(new, kept) == without((), expected), mart
    assert sum(row["views"] for row in built["daily_pages"] if row["day"] < HORIZON) == 12


def of_people(segments: list[dict[str, Any]]) -> dict[str, Any]:
    """What a rollup says of people, by the segments of its day."""
    people = [row for row in segments if row["device_type"] != "bot"]
    by_source: Counter[str] = Counter()
    for row in people:
        by_source[row["traffic_source"]] += row["events"]

    def events(event_type: str) -> int:
        return sum(row["events"] for row in people if row["event_type"] == event_type)

    return {
        "people_unique_visitors": len({row["visitor_id"] for row in people}),
        "people_returning_visitors": len(
            {row["visitor_id"] for row in people if row["is_returning"]}
        ),
        "people_total_page_views": events("page_view"),
        "people_total_entrances": sum(row["entrances"] for row in people),
        "people_total_exits": sum(row["exits"] for row in people),
        "people_total_conversions": sum(row["conversions"] for row in people),
        "people_form_starts": events("form_start"),
        "people_form_submits": events("form_submit"),
        "people_traffic_source_breakdown": dict(by_source),
        "people_top_landing_paths": None,
    }


def samples(rows: list[dict[str, Any]], vital: str) -> list[int]:
    """The values of a histogram of the release, one by one."""
    return sorted(
        row["value"] for row in rows if row["vital"] == vital for _ in range(row["samples"])
    )


def test_people_of_closed_days_are_those_that_the_marts_of_before_know(
    before: Marts, built: Marts
) -> None:
    told = 0
    for mart in TELLING_PEOPLE_APART:
        for row in built[mart]:
            if row["day"] >= HORIZON:
                continue
            of_day = {
                known: [
                    one
                    for one in before[known]
                    if (one["property_id"], one["day"]) == (row["property_id"], row["day"])
                ]
                for known in ("visitor_segments", "web_vital_distributions")
            }
            of_segments = of_people(of_day["visitor_segments"])
            measured = [
                one for one in of_day["web_vital_distributions"] if one["device_type"] != "bot"
            ]
            ttfbs = [float(value) for value in samples(measured, "ttfb")]
            of_events = {
                "people_events_accepted": sum(
                    of_segments["people_traffic_source_breakdown"].values()
                ),
                "people_p95_ttfb_ms": round(percentile(ttfbs, 0.95)) if ttfbs else None,
                "people_ttfb_samples": len(ttfbs),
            }
            expected = of_segments if mart == "daily_metric_rollups" else of_events
            assert {name: row[name] for name in expected} == expected
            told += bool(of_segments["people_unique_visitors"])
    assert told


def test_histograms_of_closed_days_are_put_together(before: Marts, built: Marts) -> None:
    closed = [row for row in before["web_vital_distributions"] if row["day"] < HORIZON]
    found = [row for row in built["web_vital_distributions"] if row["day"] < HORIZON]
    assert closed
    assert {
        (row["property_id"], row["day"], row["device_type"], row["vital"]) for row in found
    } == {
        (property_id, row["day"], device_type, row["vital"])
        for row in closed
        for property_id in (row["property_id"], "")
        for device_type in (row["device_type"], "")
        if device_type or row["device_type"] != "bot"
    }
    for row in found:
        values = samples(
            [
                one
                for one in closed
                if one["day"] == row["day"]
                and row["property_id"] in ("", one["property_id"])
                and (row["device_type"] or one["device_type"]) == one["device_type"]
                and (row["device_type"] or one["device_type"] != "bot")
            ],
            row["vital"],
        )
        by_value = Counter(values)
        by_step = Counter(value // 64 for value in values)
        assert row["samples"] == len(values)
        assert row["measured_values"] == [*by_value]
        assert row["value_samples"] == [*by_value.values()]
        assert row["steps"] == [*by_step]
        assert row["step_samples"] == [*by_step.values()]


OLD_NAMES = {
    "traffic_source": ("daily_traffic_sources", "traffic_source"),
    "device_type": ("daily_devices", "device_type"),
    "country": ("daily_countries", "country_code"),
    "event_type": ("daily_event_types", "event_type"),
}


def test_visitors_of_closed_days_are_those_of_segments(
    before: Marts, upgraded: Marts, built: Marts
) -> None:
    """Whatever the last release knew of them, people and bots apart."""
    segments = [row for row in before["visitor_segments"] if row["day"] < HORIZON]
    assert segments
    people: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in segments:
        key = (row["property_id"], row["day"], row["visitor_id"], row["device_type"] == "bot")
        people.setdefault(key, []).append(row)
    sets = ("traffic_source", "device_type", "country_code", "event_type")
    names = ("traffic_sources", "device_types", "country_codes", "event_types")
    for found in (upgraded, built):
        kept = {
            tuple(row[name] for name in ("property_id", "day", "visitor_id", "is_bot")): row
            for row in found["visitor_days"]
            if row["day"] < HORIZON
        }
        assert kept.keys() == people.keys()
        for key, rows_of in people.items():
            row = kept[key]
            assert row["events"] == sum(one["events"] for one in rows_of)
            assert row["page_views"] == sum(
                one["events"] for one in rows_of if one["event_type"] == "page_view"
            )
            assert row["is_returning"] == any(one["is_returning"] for one in rows_of)
            assert row["path_keys"] is None
            for one, many in zip(sets, names, strict=True):
                assert row[many] == f"{{{','.join(sorted({part[one] for part in rows_of}))}}}"
        for dimension, (mart, column) in OLD_NAMES.items():
            # Measures add up over people and bots to what the mart of before had.
            for measure in ("events", "conversions"):
                assert {
                    (row["property_id"], row["day"], row[column]): row[measure]
                    for row in before[mart]
                    if row["day"] < HORIZON
                } == _added_up(found["daily_breakdowns"], dimension, measure)
        window: dict[str, set[Any]] = {}
        for row in segments:
            window.setdefault(row["property_id"], set()).add(row["visitor_id"])
            window.setdefault("", set()).add(row["visitor_id"])
        # Of all closed days, whose first days have none before.
        counted: dict[str, int] = {}
        for row in found["visitor_recency"]:
            is_of_all = row["day"] < HORIZON and row["dimension"] == ""
            if is_of_all and row["previous_day"] == date.min:
                counted[row["property_id"]] = counted.get(row["property_id"], 0) + row["visitors"]
        assert counted == {name: len(visitors) for name, visitors in window.items()}


def _added_up(
    found: list[dict[str, Any]], dimension: str, measure: str
) -> dict[tuple[Any, ...], int]:
    sums: dict[tuple[Any, ...], int] = {}
    for row in found:
        if row["dimension"] == dimension and row["day"] < HORIZON:
            key = (row["property_id"], row["day"], row["value"])
            sums[key] = sums.get(key, 0) + row[measure]
    return sums


def dump_rows(url: str, *what: str) -> str:
    dump = subprocess.run(
        [binaries() / "pg_dump", "--data-only", *what, url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    # Of pg_dump since 17, whatever the server is.
    return dump.replace("SET transaction_timeout = 0;\n", "")


@pytest.fixture(scope="module")
def fresh(built: Marts, empty_database: str, dbt: Dbt) -> Marts:
    """The marts of a warehouse that was made anew with the same raw rows."""
    # Each table after those that it refers to; the properties of submissions come by themselves.
    first = ["visitors", "sessions"]
    others = [f"--exclude-table=raw.{name}" for name in (*first, *MADE_ANEW)]
    dumps = [dump_rows(empty_database, f"--table=raw.{name}") for name in first]
    dumps.append(dump_rows(empty_database, "--schema=raw", *others))
    empty(empty_database)
    apply_schema(empty_database)
    rows(empty_database, "select raw.ensure_event_partition('2026-06-01')")
    for dump in dumps:
        run_script(empty_database, dump)
    dbt.run_models()
    return marts(empty_database)


def test_the_days_that_raw_holds_are_those_of_a_fresh_warehouse(built: Marts, fresh: Marts) -> None:
    assert built.keys() == fresh.keys()
    for mart, found in built.items():
        held = [row for row in found if row["day"] >= HORIZON]
        assert without(TIMES, held) == without(TIMES, fresh[mart]), mart
    assert sum(row["views"] for row in fresh["daily_pages"]) == 20


def test_the_shapes_of_a_fresh_warehouse_are_those_to_which_upgrades_lead(
    fresh: Marts, empty_database: str
) -> None:
    reached: dict[str, int] = {}
    for upgrade in shape_upgrades():
        assert upgrade.shape == reached.get(upgrade.name, 1) + 1
        reached[upgrade.name] = upgrade.shape
    made = rows(empty_database, "select name, shape from analytics_state.rollup_shapes")
    assert {row["name"]: row["shape"] for row in made} == {
        name: reached.get(name, 1) for name in {"build_state", *fresh, *reached}
    }


def test_a_build_does_not_touch_what_a_newer_version_has_made(
    fresh: Marts, empty_database: str, dbt: Dbt
) -> None:
    rows(
        empty_database,
        "update analytics_state.rollup_shapes set shape = shape + 1 where name = 'daily_pages'",
    )
    run = dbt.run("run")
    assert not run.is_success
    assert "A newer version has made daily_pages: build with that." in run.output
    assert marts(empty_database) == fresh


def test_an_upgrade_that_was_cut_short_is_taken_up(
    as_role: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And each role upgrades what it owns, and says who is to do the rest."""
    owner = as_role("footfall")
    load_release(owner)
    with psycopg.connect(as_role("postgres"), autocommit=True) as connection:
        connection.execute("alter role footfall createrole")
    found = marts(owner)
    upgrades = shape_upgrades()
    cut = [
        replace(one, script=f"{one.script}; do $$ begin raise exception 'killed'; end $$")
        if one.name == "daily_landing_paths"
        else one
        for one in upgrades
    ]
    with monkeypatch.context() as patched:
        patched.setattr(ingest_app.database.marts, "shape_upgrades", lambda: cut)
        with pytest.raises(RaiseException, match="killed"):
            upgrade_marts(owner)
    assert marts(owner)["daily_landing_paths"] == found["daily_landing_paths"]

    assert footfall("init-db", "--roles", database=owner).returncode == 0
    by_owner = footfall("upgrade", database=owner)
    assert by_owner.returncode == 0, by_owner.stderr
    assert "the marts belong to footfall_dbt: run `footfall upgrade` as footfall_dbt too" in (
        by_owner.stdout
    )
    assert "the roles are in place" in by_owner.stdout
    by_app = footfall("upgrade", database=as_role(APP))
    assert (by_app.returncode, by_app.stdout) == (1, "")
    assert "the marts belong to footfall_dbt: run this as footfall_dbt" in by_app.stderr
    assert marts(owner)["daily_landing_paths"] == found["daily_landing_paths"]
    days = ("--from", "2026-06-04", "--to", "2026-06-06")
    told = footfall("discrepancy", *days, database=as_role(DBT))
    assert told.returncode == 1
    assert "run `footfall upgrade`" in told.stderr
    assert "Traceback" not in told.stderr
    by_dbt = footfall("upgrade", database=as_role(DBT))
    assert by_dbt.returncode == 0, by_dbt.stderr
    assert "daily_landing_paths has shape 3" in by_dbt.stdout
    for mart, brought in marts(owner).items():
        if mart not in RESHAPED:
            known = by_visits(mart, found) if mart in OF_VISITS else found[mart]
            times = TIMES if mart in OF_VISITS else set()
            new = new_columns(mart, brought) | times
            assert without(new, brought) == without((), known), mart
