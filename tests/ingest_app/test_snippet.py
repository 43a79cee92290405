"""The snippet as it is served: of what it is made, how large it is, and what a site owner pastes."""

from __future__ import annotations

import gzip
import hashlib
import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
from click.testing import CliRunner

from ingest_app.cli import cli
from ingest_app.snippet.files import FOLDER, SCRIPT, VITALS
from ingest_app.snippet.making import made
from tests.support.server import Answer, Server, serving

MOST_BYTES = 3 * 1024
OTHER_SCRIPT, OTHER_ENDPOINT = "/js/shop.js", "/js/in"


@pytest.fixture(scope="module")
def renamed(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose script and endpoint have names of the owner's own."""
    folder: Path = tmp_path_factory.mktemp("data")
    names = {"SNIPPET_PATH": OTHER_SCRIPT, "SNIPPET_ENDPOINT": OTHER_ENDPOINT}
    with serving(database, folder, RATE_LIMITS_ENABLED="true", **names) as running:
        yield running


def committed(name: str) -> bytes:
    return (FOLDER / "served" / name).read_bytes()


def test_what_is_served_is_made_of_the_source() -> None:
    assert made() == {name: committed(name) for name in (SCRIPT, VITALS)}


@pytest.mark.parametrize("name", [SCRIPT, VITALS])
def test_it_is_small(name: str) -> None:
    assert len(brotli.compress(committed(name), quality=11)) <= MOST_BYTES


def test_the_script_names_its_second_half_by_what_is_in_it() -> None:
    digest = hashlib.sha256(committed(VITALS)).hexdigest()[:10]
    assert f".v1.{digest}.js".encode() in committed(SCRIPT)


def get(server: Server, path: str, encoding: str = "", **headers: str) -> Answer:
    return server.request("GET", path, Accept_Encoding=encoding or "identity", **headers)


def test_it_is_compressed_as_the_browser_likes_and_kept_for_a_day(renamed: Server) -> None:
    plain = get(renamed, "/footfall.js")
    assert plain.status == 200
    assert plain.body == committed(SCRIPT)
    assert plain.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert plain.headers["Cache-Control"] == "public, max-age=86400"
    assert plain.headers["X-Content-Type-Options"] == "nosniff"
    assert plain.headers["Access-Control-Allow-Origin"] == "*"
    assert plain.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Content-Encoding" not in plain.headers
    # urllib3 undoes what it knows, so the length tells what was sent.
    for asked, encoding, unpacked in (
        ("gzip", "gzip", gzip.compress(committed(SCRIPT), mtime=0)),
        ("gzip, deflate, br;q=0.5", "br", brotli.compress(committed(SCRIPT), quality=11)),
        ("br;q=0, gzip", "gzip", gzip.compress(committed(SCRIPT), mtime=0)),
    ):
        answer = get(renamed, "/footfall.js", asked)
        assert answer.headers["Content-Encoding"] == encoding
        assert int(answer.headers["Content-Length"]) == len(unpacked)
        assert answer.headers["ETag"] != plain.headers["ETag"]


def test_a_browser_that_has_it_is_told_so(renamed: Server) -> None:
    known = get(renamed, "/footfall.js", "br").headers["ETag"]
    again = get(renamed, "/footfall.js", "br", If_None_Match=f'"other", {known}')
    assert (again.status, again.body) == (304, b"")
    assert again.headers["Cache-Control"] == "public, max-age=86400"
    assert get(renamed, "/footfall.js", "gzip", If_None_Match=known).status == 200


@pytest.mark.parametrize("name", [SCRIPT, VITALS])
@pytest.mark.parametrize("path", ["/footfall", OTHER_SCRIPT.removesuffix(".js")])
def test_under_the_name_of_its_contents_it_stays_for_good(
    renamed: Server, name: str, path: str
) -> None:
    digest = hashlib.sha256(committed(name)).hexdigest()[:10]
    answer = get(renamed, f"{path}.v1.{digest}.js", Origin="https://any.example")
    assert answer.body == committed(name)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert get(renamed, f"{path}.v1.0123456789.js").status == 404


def test_other_names_are_the_same_script_endpoint_and_limit(renamed: Server) -> None:
    assert get(renamed, OTHER_SCRIPT).body == committed(SCRIPT)
    event = b'[{"anonId": "visitor-0001", "eventType": "page_view", "path": "/"}]'
    plain = {"Content_Type": "text/plain;charset=UTF-8"}
    for path in (OTHER_ENDPOINT, "/v1/events/batch"):
        answer = renamed.request("POST", path, event, **plain)
        assert answer.status == 202
        assert answer.body["accepted"] + answer.body["duplicate"] == 1
    # Of events 180 a minute, of other requests 120.
    statuses = [renamed.request("POST", OTHER_ENDPOINT, b"[]", **plain).status for _ in range(125)]
    assert set(statuses) == {400}
    assert renamed.request("GET", OTHER_ENDPOINT).status == 405
    assert renamed.request("GET", "/js/other").status == 404


def printed(*arguments: str, **variables: str) -> str:
    done = CliRunner().invoke(cli, ["snippet", *arguments], env=variables)
    assert done.exit_code == 0, done.output
    return done.output


class TestTheCommand:
    def test_prints_one_line_to_paste(self) -> None:
        text = printed("--property", "shop.example", "--url", "https://stats.shop.example/")
        assert (
            '<script defer src="https://stats.shop.example/footfall.js" '
            'data-property="shop.example"></script>' in text.splitlines()
        )
        assert (
            "script-src https://stats.shop.example; connect-src https://stats.shop.example" in text
        )

    def test_prints_the_pinned_files_with_what_browsers_check(self) -> None:
        text = printed("--property", "shop.example", "--url", "https://stats.shop.example")
        tags = re.findall(r'src="\S+?/footfall\.v1\.(\w+)\.js".*integrity="sha384-(\S+)"', text)
        assert [(digest, b64decode(integrity)) for digest, integrity in tags] == [
            (
                hashlib.sha256(committed(name)).hexdigest()[:10],
                hashlib.sha384(committed(name)).digest(),
            )
            for name in (SCRIPT, VITALS)
        ]
        assert text.count('crossorigin="anonymous"') == 2
        # The first does not load what the second is.
        assert text.count('data-vitals="false"') == 1

    def test_knows_other_names_and_quotes_what_is_odd(self) -> None:
        text = printed(
            *("--property", 'a "b" & c', "--url", "https://h.example/stats"),
            FOOTFALL_SNIPPET_PATH=OTHER_SCRIPT,
            FOOTFALL_SNIPPET_ENDPOINT=OTHER_ENDPOINT,
        )
        assert (
            f'src="https://h.example/stats{OTHER_SCRIPT}" data-property="a &quot;b&quot; &amp; c" '
            f'data-endpoint="https://h.example/stats{OTHER_ENDPOINT}"' in text
        )

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((), "--property"),
            (("--property", " "), "--property: must have 1 to 128 characters"),
            (("--property", "x", "--url", "stats.shop.example"), "is no address such as"),
            (("--property", "x", "--url", "https://h.example/?a"), "is no address such as"),
        ],
    )
    def test_says_what_is_wrong(self, arguments: tuple[str, ...], message: str) -> None:
        done = CliRunner().invoke(cli, ["snippet", *arguments])
        assert done.exit_code != 0
        assert message in done.output
