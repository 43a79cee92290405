"""A share link opens one property to whoever has it, until it ends, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import scrypt, sha256
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import psycopg
import pytest
import urllib3
from click.testing import CliRunner, Result

from ingest_app.cli import cli
from tests.support.cli import footfall
from tests.support.server import Answer, Server, serving

SHOP, BLOG = "shop.example", "blog.example"
PASSWORD = "known to a few"  # noqa: S105
PAGES = (
    "/",
    "/embed",
    "/dashboard/list?by=page",
    "/dashboard/list.csv?by=page",
    "/dashboard/trust",
    "/dashboard/properties",
    f"/dashboard/property?property={SHOP}",
)


@pytest.fixture(scope="module")
def open_to_links(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server before any build: who is let in is told that nothing is built."""
    with serving(database, tmp_path_factory.mktemp("shared"), ADMIN_API_KEYS="sees all") as running:
        yield running


def share(database: str, *options: str, typed: str | None = None) -> Result:
    """`footfall share`, in this process."""
    return CliRunner(env={"DATABASE_URL": database, "COLUMNS": "200"}).invoke(
        cli, ["share", *options], input=typed
    )


def make(database: str, *options: str, property_id: str = SHOP, password: str | None = None) -> str:
    """The token of a new link; a password is read from stdin."""
    asked = ["--password"] if password is not None else []
    done = share(database, "--property", property_id, *asked, *options, typed=password)
    assert done.exit_code == 0, done.output
    return token_in(done.stdout)


def token_in(text: str) -> str:
    [token] = parse_qs(urlsplit(text.splitlines()[0]).query)["share"]
    return token


def listed(database: str) -> list[dict[str, Any]]:
    done = share(database, "list", "--json")
    assert done.exit_code == 0, done.output
    links: list[dict[str, Any]] = json.loads(done.stdout)
    return links


def look(server: Server, path: str, token: str, **headers: str) -> Answer:
    mark = "&" if "?" in path else "?"
    return server.request("GET", f"{path}{mark}{urlencode({'share': token})}", **headers)


def is_let_in(answer: Answer) -> bool:
    return answer.status == 503 and b"footfall dbt build" in answer.body


def is_sent_away(answer: Answer) -> bool:
    return answer.status == 404 and b"This link opens nothing" in answer.body


def send_password(
    server: Server, token: str, password: str, *, target: str | None = None, **headers: str
) -> Answer:
    leads_to = f"/dashboard/trust?share={token}" if target is None else target
    fields = {"share": token, "password": password, "next": leads_to}
    response = urllib3.request(
        "POST",
        f"{server.url}/dashboard/share",
        body=urlencode(fields).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded"} | headers,
        redirect=False,
        retries=False,
    )
    return Answer(response.status, response.data, response.headers)


def test_a_link_opens_every_page_and_its_token_is_nowhere_in_the_database(
    open_to_links: Server, database: str
) -> None:
    token = make(database)
    assert len(token) >= 32
    for page in PAGES:
        answer = look(open_to_links, page, token)
        assert is_let_in(answer), page
        # The address opens the page, so no other site is told of it.
        assert answer.headers["Referrer-Policy"] == "same-origin", page
        assert answer.headers["X-Content-Type-Options"] == "nosniff", page
        assert f'<a href="/?share={token}">To the overview'.encode() in answer.body, page
        assert open_to_links.request("GET", page).status == 401, page
    with psycopg.connect(database) as connection:
        rows = connection.execute("select share_links::text from raw.share_links").fetchall()
    assert not any(token in row for (row,) in rows)
    assert any(sha256(token.encode()).hexdigest() in row for (row,) in rows)


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/%2f%2fevil.example"]
)
def test_a_password_leads_to_pages_of_our_own_alone(
    open_to_links: Server, database: str, target: str
) -> None:
    answer = send_password(
        open_to_links, make(database, password=PASSWORD), PASSWORD, target=target
    )
    assert (answer.status, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize("wrong", ["x", "null", "%00", "\udcff", "a" * 5000])
def test_another_token_opens_nothing(open_to_links: Server, wrong: str) -> None:
    query = urlencode({"share": wrong}, errors="surrogateescape")
    answer = open_to_links.request("GET", f"/?{query}")
    assert is_sent_away(answer)
    # And a part of a right one.
    assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")


def test_a_link_shows_no_other_property_and_opens_no_api(
    open_to_links: Server, database: str
) -> None:
    token = make(database)
    answer = look(open_to_links, f"/?property={BLOG}", token)
    assert answer.status == 400
    # Nobody who came by a link has a key.
    assert f"You may look at {SHOP} alone.".encode() in answer.body
    assert b"key" not in answer.body
    for path in ("/v1/metrics/properties", "/v1/leads"):
        assert look(open_to_links, path, token).status == 401
        assert open_to_links.request("GET", path, x_admin_key=token).status == 401


def test_it_ends_when_it_is_revoked_and_when_its_time_is_over(
    open_to_links: Server, database: str
) -> None:
    revoked, ending, staying = make(database), make(database), make(database)
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    dated = make(database, "--expires", f"{tomorrow}")
    links = listed(database)
    # The day is the last on which it opens, so it ends with the midnight after.
    day_after = datetime.combine(tomorrow + timedelta(days=1), datetime.min.time(), UTC)
    assert datetime.fromisoformat(links[-1]["expires_at"]) == day_after
    for token in (revoked, ending, staying, dated):
        assert is_let_in(look(open_to_links, "/", token))
    assert share(database, "revoke", str(links[-4]["id"])).exit_code == 0
    with psycopg.connect(database) as connection:
        connection.execute(
            "update raw.share_links set expires_at = now() where id = %s", (links[-3]["id"],)
        )
    for token in (revoked, ending):
        assert is_sent_away(look(open_to_links, "/", token))
    for token in (staying, dated):
        assert is_let_in(look(open_to_links, "/", token))
    states = [link["state"] for link in listed(database)[-4:]]
    assert states == ["revoked", "expired", "open", "open"]


def test_a_password_is_asked_for_and_remembered_for_this_link_alone(
    open_to_links: Server, database: str
) -> None:
    tokens = [make(database, password=PASSWORD) for _ in range(2)]
    mine, another = tokens
    asked = look(open_to_links, "/dashboard/trust", mine)
    assert asked.status == 401
    assert b'action="/dashboard/share"' in asked.body
    wrong = send_password(open_to_links, mine, "another password")
    assert wrong.status == 401
    assert b"not the password" in wrong.body
    assert "Set-Cookie" not in wrong.headers
    right = send_password(open_to_links, mine, PASSWORD)
    assert (right.status, right.headers["Location"]) == (303, f"/dashboard/trust?share={mine}")
    [morsel] = SimpleCookie(right.headers["Set-Cookie"]).values()
    assert (morsel["httponly"], morsel["samesite"]) == (True, "Lax")
    assert morsel["max-age"] == str(12 * 3600)
    cookie = f"{morsel.key}={morsel.value}"
    assert is_let_in(look(open_to_links, "/", mine, Cookie=cookie))
    # Another link, and the same value under its name.
    first, second = (link["id"] for link in listed(database)[-2:])
    assert morsel.key == f"footfall_share_{first}"
    borrowed = f"footfall_share_{second}={morsel.value}"
    assert look(open_to_links, "/", another, Cookie=cookie).status == 401
    assert look(open_to_links, "/", another, Cookie=borrowed).status == 401
    assert look(open_to_links, "/", mine, Cookie=f"{cookie}x").status == 401
    # A form of another site sends nothing.
    foreign = send_password(open_to_links, mine, PASSWORD, Origin="https://evil.example")
    assert foreign.status == 403
    assert "Set-Cookie" not in foreign.headers
    # What is kept is a key by scrypt.
    with psycopg.connect(database) as connection:
        kept = connection.execute(
            "select password_hash from raw.share_links where id = %s", (first,)
        ).fetchone()
    assert kept is not None
    _, n, r, p, salt, key = kept[0].split("$")
    known = scrypt(PASSWORD.encode(), salt=bytes.fromhex(salt), n=int(n), r=int(r), p=int(p))
    assert known.hex() == key
    assert int(n) >= 2**14


def test_only_the_origins_of_a_link_may_show_it_in_a_frame(
    open_to_links: Server, database: str
) -> None:
    framed = make(database, "--embed", "https://Shop.example/", "--embed", "http://[::1]:8080")
    for page in ("/", "/embed", "/dashboard/trust"):
        policy = look(open_to_links, page, framed).headers["Content-Security-Policy"]
        assert policy.endswith("frame-ancestors https://shop.example http://[::1]:8080")
    plain = make(database)
    for answer in (look(open_to_links, "/embed", plain), open_to_links.request("GET", "/embed")):
        assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")


def test_a_link_goes_along_with_a_new_name_and_ends_with_a_merge(
    open_to_links: Server, database: str
) -> None:
    renamed, merged = (make(database, property_id=name) for name in ("old.example", "part.example"))
    for what, old, new in (
        ("rename", "old.example", "new.example"),
        ("merge", "part.example", "new.example"),
    ):
        for name in (old, new):
            event = {"anonId": "visitor-0001", "eventType": "page_view", "path": "/"}
            sent = open_to_links.post(event | {"traffic": {"propertyId": name}})
            # Of two names alone a merge is made, and a rename where the other is unknown.
            if what == "rename":
                break
            assert sent.status == 202, sent.body
        done = footfall("property", what, old, new, "--yes", database=database)
        assert done.returncode == 0, done.stderr
    told = look(open_to_links, f"/?property={BLOG}", renamed)
    assert b"at new.example alone" in told.body
    assert is_sent_away(look(open_to_links, "/", merged))
    states = {link["property_id"]: link["state"] for link in listed(database)[-2:]}
    assert states == {"new.example": "merged"}
    # A name that is no more gets no new link.
    done = share(database, "--property", "old.example")
    assert done.exit_code == 1
    assert "share new.example" in done.stderr


def test_attempts_are_limited(database: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    token = make(database, password=PASSWORD)
    folder = tmp_path_factory.mktemp("limited")
    with serving(database, folder, RATE_LIMITS_ENABLED="true") as limited:
        # Each of the workers counts for itself, so it takes a while until every one says no.
        answers = [send_password(limited, token, f"guess {number}") for number in range(60)]
        assert {answer.status for answer in answers} == {401, 429}
        assert not any(answer.status == 401 for answer in answers[-20:])
        # The right one is not tried either.
        assert send_password(limited, token, PASSWORD).status == 429


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "--property: say which"),
        (("--property", "x" * 129), "--property: say which"),
        (("--property", SHOP, "--expires", "2020-02-29"), "--expires: 2020-02-29 is over"),
        (
            ("--property", SHOP, "--expires", "9999-12-31"),
            "--expires: after 9999-12-31 there is no",
        ),
        (
            ("--property", SHOP, "--embed", "shop.example"),
            "--embed: 'shop.example' is not an origin",
        ),
        (("--property", SHOP, "--embed", "*"), "--embed: '*' is not an origin"),
        (("--property", SHOP, "--embed", "https://*.example"), "is not an origin"),
        (("--property", SHOP, "--embed", "ftp://shop.example"), "no origin of http or https"),
        (("--property", SHOP, "--embed", "https://shop.example;x"), "is not an origin"),
        (("--property", SHOP, "--url", "stats.example"), "--url: 'stats.example' is no address"),
        (
            ("--property", SHOP, "--password", "--embed", "https://shop.example"),
            "--embed: a link with a password opens in no frame",
        ),
        (("revoke", "999999"), "there is no link 999999"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_made(
    database: str, options: tuple[str, ...], told: str
) -> None:
    before = len(listed(database))
    done = share(database, *options)
    assert done.exit_code == 1
    assert told in done.stderr
    assert len(listed(database)) == before


def test_the_command_says_what_it_made(database: str) -> None:
    done = share(
        database,
        "--property",
        SHOP,
        "--url",
        "https://stats.example/",
        "--embed",
        "https://shop.example",
    )
    first, *rest = done.stdout.splitlines()
    token = token_in(first)
    assert first == f"https://stats.example/?share={token}"
    assert f'<iframe src="https://stats.example/embed?share={token}"' in "\n".join(rest)
    assert re.search(r"`footfall share revoke \d+` ends it", done.stderr)
    assert f"No event of {SHOP} is in raw" in done.stderr
    named = share(database, "--property", '"><b>', "--embed", "https://shop.example").stdout
    assert 'title="&quot;&gt;&lt;b&gt;"' in named
    short = share(database, "--property", SHOP, "--password", typed="short\n")
    assert short.exit_code == 1
    assert "--password: must have 8 to 256 characters" in short.stderr
    shown = share(database, "list")
    assert "https://shop.example" in shown.stdout
    assert token not in shown.stdout
