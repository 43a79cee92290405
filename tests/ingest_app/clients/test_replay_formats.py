"""What `footfall replay` tells a person of a log's format, and what it takes for one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import zstandard
from click.testing import CliRunner

from ingest_app.clients.commands import replay

LINE = (
    '203.0.113.{n} - - [27/Nov/2026:10:00:01 +0000] "GET /a HTTP/1.1" 200 5 '
    '"https://www.shop.example/b?c#d" "UA"\n'
)
COMBINED = "".join(LINE.format(n=n) for n in range(1, 5))
VHOST = "".join(f"{site}:443 {LINE.format(n=7)}" for site in ("www.shop.example", "b.example", "_"))


def run(*arguments: object, given: bytes | None = None) -> tuple[int, str]:
    done = CliRunner().invoke(replay, [str(argument) for argument in arguments], input=given)
    return done.exit_code, " ".join(done.output.split())


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "access.log"


def test_the_format_and_the_first_line_that_is_not_in_it_are_said(endpoint: Any, log: Path) -> None:
    log.write_text(f"# a comment\n{COMBINED}\n\x1b[2J\u202e half a line {'x' * 300}\nand more\n")
    code, output = run(log, "--url", endpoint.root)
    assert code == 0
    assert "The format is combined: 4 of the first 6 lines fit." in output
    assert "lines read │ 8" in output
    assert "skipped: not readable │ 2" in output
    assert "skipped: blank or a comment │ 2" in output
    assert "Line 7 is the first not readable: ?[2J? half a line xxxx" in output
    assert 100 < output.count("x") < 170
    assert len(endpoint.requests) == 4


def test_a_log_in_no_known_format_sends_nothing(endpoint: Any, log: Path) -> None:
    log.write_text(COMBINED.replace("203.0.113.", "host"))
    code, output = run(log, "--url", endpoint.root)
    assert code == 1
    assert "no line of an access log" in output
    assert "vhost_combined" in output
    assert "Its first line: host1 - - [27/Nov/2026" in output
    assert endpoint.requests == []


def test_a_format_of_ones_own_is_taken_from_the_configuration(endpoint: Any, log: Path) -> None:
    log.write_text("GET|/a|200|1795773601.5|203.0.113.9|UA of mine\nGET|/b\n")
    own = "log_format x '$request_method|$uri|$status|$msec|$remote_addr|$http_user_agent';"
    code, output = run(log, "--url", endpoint.root, "--format", own)
    assert code == 0
    assert "Line 2 is the first not readable: GET|/b" in output
    assert "The format is" not in output
    [request] = endpoint.requests
    assert request.headers["X-Forwarded-For"] == "203.0.113.9"
    assert request.headers["User-Agent"] == "UA of mine"
    assert json.loads(request.body)["timestamp"] == "2026-11-27T10:00:01.500Z"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("combned", "does not say where the client's address"),
        ("$remote_addr $request $status", "does not say where the time"),
        ("nothing", "Formats with a name: vhost_combined_forwarded, "),
    ],
)
def test_a_format_that_cannot_be_one_is_told_before(
    endpoint: Any, log: Path, given: str, said: str
) -> None:
    log.write_text(COMBINED)
    code, output = run(log, "--url", endpoint.root, "--format", given)
    assert (code, said in output) == (2, True), output
    assert endpoint.requests == []


def test_a_log_that_is_not_in_the_format_that_was_given_is_an_error(
    endpoint: Any, log: Path
) -> None:
    log.write_text(COMBINED)
    code, output = run(log, "--url", endpoint.root, "--format", "caddy")
    assert code == 1
    assert "no line of access.log is in that format. Line 1 is the first" in output


def test_standard_input_is_a_log_compressed_or_not(endpoint: Any) -> None:
    for given in (COMBINED.encode(), zstandard.ZstdCompressor().compress(COMBINED.encode())):
        endpoint.requests.clear()
        code, output = run("-", "--url", endpoint.root, given=given)
        assert code == 0
        assert "Replay of standard input" in output
        assert len(endpoint.requests) == 4


def properties(endpoint: Any) -> list[Any]:
    """Property, Host header and referrer of what was sent, in any order."""
    bodies = [(json.loads(request.body), request.headers["Host"]) for request in endpoint.requests]
    return sorted(
        (body.get("traffic", {}).get("propertyId", ""), host, body["referrer"])
        for body, host in bodies
    )


def test_the_site_that_a_log_names_is_the_property(endpoint: Any, log: Path) -> None:
    log.write_text(VHOST)
    at_hand = endpoint.root.removeprefix("http://")
    sent = "https://www.shop.example/b?c#d"
    assert run(log, "--url", endpoint.root)[0] == 0
    assert properties(endpoint) == [
        ("", at_hand, sent),
        ("b.example", at_hand, sent),
        ("shop.example", at_hand, sent),
    ]


def test_a_property_or_a_host_that_is_given_counts_for_all(endpoint: Any, log: Path) -> None:
    log.write_text(VHOST)
    at_hand = endpoint.root.removeprefix("http://")
    sent = "https://www.shop.example/b?c#d"
    assert run(log, "--url", endpoint.root, "--property-id", "p")[0] == 0
    # The site's own page is a path: under another name nothing else says that it is its own.
    assert properties(endpoint) == [("p", at_hand, "/b?c#d"), *[("p", at_hand, sent)] * 2]
    endpoint.requests.clear()
    assert run(log, "--url", endpoint.root, "--host", "c.example")[0] == 0
    assert properties(endpoint) == [("", "c.example", "/b?c#d"), *[("", "c.example", sent)] * 2]


@pytest.mark.parametrize(
    ("options", "paths"),
    [
        ((), ["/", "/list"]),
        (("--query", "p, q"), ["/?p=12", "/list?q=a+b%7E&q="]),
        (("--query", "P,gclid"), ["/", "/list?gclid=a%2Bb"]),
    ],
)
def test_parameters_stay_in_the_path_where_they_are_asked_for(
    endpoint: Any, log: Path, options: tuple[str, ...], paths: list[str]
) -> None:
    asked = ("/?p=12&x=1", "/list?x=1&gclid=a%2Bb&q=a%20b~&q=&utm_source=s")
    log.write_text("".join(LINE.format(n=7).replace("/a HTTP", f"{path} HTTP") for path in asked))
    assert run(log, "--url", endpoint.root, *options)[0] == 0
    bodies = [json.loads(request.body) for request in endpoint.requests]
    assert sorted(body["path"] for body in bodies) == paths
    assert [body["props"] for body in bodies if "props" in body] == [{"gclid": "a+b"}]
