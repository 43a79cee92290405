"""Properties are renamed and merged while events come in, and old names go on to count.

The expected numbers are worked out by hand.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from ingest_app.cli import cli
from ingest_app.operations.moves import raw_rows
from ingest_app.operations.moves.command import move_property
from tests.support.forms import capture, form
from tests.support.postgres import wait_until
from tests.support.server import PEPPER, Server, serving

Connection = psycopg.Connection[dict[str, Any]]

pytestmark = pytest.mark.usefixtures("clean_tables")

OLD, NEW, OTHER = "old.example", "new.example", "other.example"
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def server(database: str, data_dir: Path) -> Iterator[Server]:
    with serving(database, data_dir) as running:
        yield running


def event(property_id: str, visitor: str = "visitor-0001", **fields: Any) -> dict[str, Any]:
    return {
        "anonId": visitor,
        "eventType": "page_view",
        "path": "/",
        "timestamp": NOW.isoformat(),
        "traffic": {"propertyId": property_id},
    } | fields


def post(server: Server, body: dict[str, Any], **headers: str) -> str:
    """The outcome."""
    answer = server.post(body, **headers)
    assert answer.status == 202, answer.body
    return answer.headers["Footfall-Outcome"]


def run(database: str, *arguments: str) -> Result:
    return CliRunner().invoke(
        cli, ["property", *arguments], env={"DATABASE_URL": database, "COLUMNS": "200"}
    )


def told(database: str, *arguments: str) -> dict[str, Any]:
    done = run(database, *arguments, "--json")
    assert done.exit_code == 0, done.output
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def refused(database: str, *arguments: str) -> str:
    done = run(database, *arguments, "--yes")
    assert done.exit_code == 1, done.output
    return done.output


def by_property(connection: Connection, table: str) -> Counter[str]:
    rows = connection.execute(f"select property_id from raw.{table}".encode()).fetchall()
    return Counter(row["property_id"] for row in rows)


def test_a_renamed_property_has_its_rows_and_what_still_arrives_under_the_old_name(
    server: Server, database: str, connection: Connection
) -> None:
    told(database, "set", OLD, "--hosts", OLD, "--case", "lower")
    page = {"Origin": f"https://{OLD}"}
    assert post(server, event(OLD), **page) == "accepted"
    assert post(server, event(OLD), **page) == "duplicate"
    assert post(server, event(OTHER)) == "accepted"
    assert capture(server, form("a@example.com", propertyId=OLD), **page).status == 200
    connection.execute(
        "insert into raw.ingest_rejections"
        " (id, property_id, endpoint, reason, status_code)"
        " values (gen_random_uuid(), %s, '/v1/events', 'x', 400)",
        (OLD,),
    )

    seen = told(database, "rename", OLD, NEW, "--dry-run")
    assert (seen["events"], seen["duplicates"], seen["rejections"]) == (2, 1, 1)
    assert (seen["days"], seen["isDone"]) == (1, False)
    assert by_property(connection, "events") == {OLD: 2, OTHER: 1}

    assert told(database, "rename", OLD, NEW, "--yes") == seen | {"isDone": True, "martRows": 0}
    assert by_property(connection, "events") == {NEW: 2, OTHER: 1}
    for table in ("ingest_duplicates", "ingest_rejections", "properties"):
        assert by_property(connection, table) == {NEW: 1}

    # The key is that of the name that was sent, before and after.
    assert post(server, event(OLD), **page) == "duplicate"
    assert post(server, event(OLD, "visitor-0002"), **page) == "accepted"
    assert post(server, event(NEW, "visitor-0003"), **page) == "accepted"
    assert by_property(connection, "events") == {NEW: 4, OTHER: 1}
    assert by_property(connection, "ingest_duplicates") == {NEW: 2}
    assert OLD not in by_property(connection, "submission_properties")
    # Whoever asks for the leads of a name of before gets those of the property.
    for name, leads in ((OLD, 1), (NEW, 1), ("c.example", 0)):
        done = CliRunner().invoke(
            cli,
            ["leads", "export", "--property-id", name],
            env={"DATABASE_URL": database, "FOOTFALL_IP_HASH_PEPPER": PEPPER},
        )
        assert done.stdout.count("a@example.com") == leads, done.output

    shown = told(database, "show", NEW)
    assert (shown["aliases"], shown["hosts"], shown["case"]) == ([OLD], [OLD], "lower")
    assert told(database, "show", OLD)["aliasOf"] == NEW
    assert f"another name of {NEW}" in run(database, "show", OLD).output
    assert f"under {OLD}" in run(database, "list").output.replace("\n", "")
    assert f"set it for {NEW}" in run(database, "set", OLD, "--hosts", "").output


def test_a_merge_keeps_the_settings_of_the_one_and_adds_the_hosts_of_the_other(
    server: Server, database: str, connection: Connection
) -> None:
    told(database, "set", OLD, "--hosts", f"{OLD},both.example", "--case", "lower")
    told(database, "set", NEW, "--hosts", f"{NEW},both.example", "--trailing-slash", "strip")
    told(database, "set", OTHER, "--keep-query", "q")
    # Before a submission the visitor was on both; of the two times the earlier stays.
    post(server, event(NEW), Origin=f"https://{NEW}")
    post(server, event(OLD), Origin=f"https://{OLD}")
    capture(server, form(propertyId=OLD), Origin=f"https://{OLD}")
    first = connection.execute(
        "select submission_id, min(created_at) as created_at from raw.submission_properties"
        " group by submission_id"
    ).fetchall()
    assert by_property(connection, "submission_properties") == {OLD: 1, NEW: 1}

    assert "use `footfall property merge`" in refused(database, "rename", OLD, NEW)
    told(database, "merge", OLD, NEW, "--yes")
    merged = told(database, "show", NEW)
    assert merged["hosts"] == ["both.example", NEW, OLD]
    assert (merged["case"], merged["trailingSlash"]) == ("keep", "strip")
    assert by_property(connection, "events") == {NEW: 3}
    assert (
        connection.execute(
            "select submission_id, created_at from raw.submission_properties where property_id = %s",
            (NEW,),
        ).fetchall()
        == first
    )
    assert by_property(connection, "submission_properties") == {NEW: 1}

    # What takes events from everywhere goes on to do so, and a chain has no second link.
    told(database, "merge", NEW, OTHER, "--yes")
    shown = told(database, "show", OTHER)
    assert (shown["hosts"], shown["keepQuery"], shown["aliases"]) == ([], ["q"], [NEW, OLD])
    assert post(server, event(OLD, "visitor-0009")) == "accepted"
    assert by_property(connection, "events") == {OTHER: 4}
    assert by_property(connection, "properties") == {OTHER: 1}


def test_a_name_leads_to_a_property_and_never_in_a_circle(
    server: Server, database: str, connection: Connection
) -> None:
    post(server, event(OLD))
    post(server, event(OTHER))
    assert "the same" in refused(database, "rename", OLD, OLD)
    assert "nothing is known of the property nobody" in refused(database, "rename", "nobody", NEW)
    assert "use `footfall property rename`" in refused(database, "merge", OLD, NEW)
    told(database, "rename", OLD, NEW, "--yes")
    assert f"another name of {NEW}" in refused(database, "rename", OLD, "third.example")
    assert f"another name of {NEW}" in refused(database, "merge", OTHER, OLD)
    assert f"another name of {NEW}" in refused(database, "rename", OTHER, OLD)
    # And back again: the name is its own once more.
    told(database, "rename", NEW, OLD, "--yes")
    assert by_property(connection, "events") == {OLD: 1, OTHER: 1}
    assert told(database, "show", OLD)["aliases"] == [NEW]
    post(server, event(NEW, "visitor-0002"))
    assert by_property(connection, "events") == {OLD: 2, OTHER: 1}


def test_both_names_of_a_property_are_its_own_hosts(
    server: Server, database: str, connection: Connection
) -> None:
    post(server, event(OLD))
    told(database, "rename", OLD, NEW, "--yes")
    others = count(2)

    def source(property_id: str, host: str) -> str:
        visitor = f"visitor-{next(others):04}"
        post(server, event(property_id, visitor, referrer=f"https://{host}/"))
        [row] = connection.execute(
            "select traffic_source::text from raw.events where referrer = %s"
            " order by created_at desc limit 1",
            (f"https://{host}/",),
        ).fetchall()
        return str(row["traffic_source"])

    wait_until(lambda: source(NEW, OLD) == "internal", "the server knows no alias")
    assert source(OLD, NEW) == "internal"
    assert source(NEW, OTHER) == "referral"
    assert source(OTHER, OLD) == "referral"


def test_nothing_is_stored_under_the_old_name_by_those_who_write_meanwhile(
    server: Server, database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw_rows, "CHUNK_ROWS", 7)
    for number in range(40):
        post(server, event(OLD, f"visitor-{number:04}"))
    stop, sent = threading.Event(), Counter[str]()

    def send(first: int) -> None:
        for number in count(first):
            if stop.is_set():
                return
            sent[post(server, event(OLD, f"visitor-{number:04}"))] += 1

    senders = [threading.Thread(target=send, args=(first,)) for first in (20, 1000)]
    for sender in senders:
        sender.start()
    wait_until(lambda: sent["duplicate"] > 2, "nothing was sent")
    try:
        moved = move_property(database, OLD, NEW, is_merge=False)
    finally:
        stop.set()
        for sender in senders:
            sender.join()
    assert moved.events >= 40
    assert by_property(connection, "events") == {NEW: 40 + sent["accepted"]}
    assert by_property(connection, "ingest_duplicates") == {NEW: sent["duplicate"]}


def test_a_move_that_died_is_run_again_and_holds_up_others(
    server: Server, database: str, connection: Connection
) -> None:
    post(server, event(OLD))
    post(server, event(OLD))
    post(server, event(OTHER))
    connection.execute(
        "create function raw.fail() returns trigger language plpgsql as"
        " $$ begin raise exception 'the disk is full' using errcode = 'disk_full'; end $$"
    )
    connection.execute(
        "create trigger fail before update on raw.ingest_duplicates"
        " for each row execute function raw.fail()"
    )
    with pytest.raises(psycopg.errors.DiskFull):
        move_property(database, OLD, NEW, is_merge=False)
    connection.execute("drop function raw.fail cascade")
    assert by_property(connection, "events") == {NEW: 1, OTHER: 1}
    assert by_property(connection, "ingest_duplicates") == {OLD: 1}
    assert f"rename {OLD} {NEW}` again first" in refused(database, "rename", OTHER, "b.example")
    told(database, "rename", OLD, NEW, "--yes")
    assert by_property(connection, "ingest_duplicates") == {NEW: 1}
    # Each run owes its days to the next build.
    [owed] = connection.execute(
        "select array_agg(distinct day) as days from raw.erasures, unnest(touched_days) as _ (day)"
    ).fetchall()
    assert owed["days"] == [NOW.date()]


def test_refusals_under_an_old_name_are_those_of_the_property(
    server: Server, database: str, connection: Connection
) -> None:
    post(server, event(OLD))
    told(database, "rename", OLD, NEW, "--yes")
    assert server.post(event(OLD, eventType="")).status == 400
    wait_until(
        lambda: by_property(connection, "ingest_rejections") == {NEW: 1}, "no refusal was written"
    )
