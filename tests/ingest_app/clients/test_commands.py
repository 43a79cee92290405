"""`footfall replay` and `footfall simulate` as a person runs them."""

import gzip
import io
import json
import socket
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from ingest_app.clients.commands import replay, simulate
from ingest_app.clients.runs import replay_log, run_simulation
from ingest_app.clients.sender import Patience

PAGE = '192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET /a{} HTTP/1.1" 200 5 "-" "Agent"\n'
LOG = "".join(PAGE.format(n) for n in range(3)) + PAGE.format(".png") + "garbage\n"
QUICK = Patience(attempts=2, first_backoff_seconds=0.01, longest_wait_seconds=0.01)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "access.log"
    path.write_text(LOG)
    return path


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def run(command: Any, *arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(command, [str(argument) for argument in arguments])
    return result.exit_code, result.output


def row(output: str, name: str) -> str:
    """The number of the summary's row `name`."""
    line = next(line for line in output.splitlines() if line.strip("│ ").startswith(name))
    return line.strip("│ ").split()[-1]


def test_a_replay_sends_pages_and_says_what_it_left_out(endpoint: Any, log: Path) -> None:
    code, output = run(replay, log, "--url", endpoint.root, "--property-id", "p")
    assert code == 0
    assert row(output, "lines read") == "5"
    assert row(output, "skipped: not a page") == "1"
    assert row(output, "skipped: not readable") == "1"
    assert row(output, "sent") == row(output, "accepted") == "3"
    bodies = [json.loads(request.body) for request in endpoint.requests]
    assert {body["path"] for body in bodies} == {"/a0", "/a1", "/a2"}
    assert all(body["traffic"] == {"propertyId": "p"} for body in bodies)


def test_the_events_url_a_host_and_a_limit_may_be_given(endpoint: Any, log: Path) -> None:
    url = endpoint.root + "/v1/events"
    code, output = run(replay, log, "--url", url, "--host", "blog.example", "--limit", 2)
    assert code == 0
    assert row(output, "sent") == "2"
    assert {request.path for request in endpoint.requests} == {"/v1/events"}
    assert {request.headers["Host"] for request in endpoint.requests} == {"blog.example"}


def test_a_gzipped_log_is_replayed(endpoint: Any, tmp_path: Path) -> None:
    path = tmp_path / "access.log.gz"
    path.write_bytes(gzip.compress(LOG.encode()))
    code, output = run(replay, path, "--url", endpoint.root)
    assert (code, row(output, "sent")) == (0, "3")


def test_refused_as_too_old_names_the_setting(endpoint: Any, refusal: Any, log: Path) -> None:
    endpoint.reply = lambda _request: refusal(("timestamp", "older than [bold]7[/bold] days"))
    code, output = run(replay, log, "--url", endpoint.root)
    assert code == 0
    assert row(output, "rejected") == "3"
    assert "older than [bold]7[/bold] days" in output
    assert "FOOTFALL_MAX_EVENT_AGE_DAYS" in output


def test_other_refusals_do_not_name_it(endpoint: Any, refusal: Any, log: Path) -> None:
    endpoint.reply = lambda _request: refusal(("path", "odd"))
    _, output = run(replay, log, "--url", endpoint.root)
    assert "path: odd" in output
    assert "FOOTFALL_MAX_EVENT_AGE_DAYS" not in output


def test_a_failed_post_is_exit_code_one(
    endpoint: Any, reply: Any, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest_app.clients.sender.Patience", lambda: QUICK)
    endpoint.reply = lambda _request: reply(500, {}, b"")
    code, output = run(replay, log, "--url", endpoint.root)
    assert (code, row(output, "failed")) == (1, "3")


def test_a_rate_limit_that_holds_names_the_remedy(endpoint: Any, reply: Any, log: Path) -> None:
    endpoint.reply = lambda _request: reply(429, {"Retry-After": "0"}, b"{}")
    console = Console(file=io.StringIO(), width=300)
    report = replay_log(log, url=endpoint.root, console=console, patience=QUICK)
    assert report.failed == 3
    assert isinstance(console.file, io.StringIO)
    assert "FOOTFALL_TRUSTED_PROXIES" in console.file.getvalue()


@pytest.mark.parametrize("command", ["replay", "simulate"])
def test_an_unreachable_server_is_exit_code_one_and_named(
    command: str, log: Path, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest_app.clients.sender.Patience", lambda: QUICK)
    url = f"http://127.0.0.1:{closed_port}"
    arguments = (replay, log, "--url", url) if command == "replay" else (simulate, "--url", url)
    code, output = run(*arguments)
    assert code == 1
    assert f"cannot reach {url}/v1/events" in output


def test_a_wrong_path_is_exit_code_one_and_explained(endpoint: Any, reply: Any, log: Path) -> None:
    endpoint.reply = lambda _request: reply(404)
    code, output = run(replay, log, "--url", endpoint.root + "/else")
    assert code == 1
    assert "takes no events: it answered 404" in output


def test_bad_arguments_are_told_before_anything_is_sent(endpoint: Any, tmp_path: Path) -> None:
    empty = tmp_path / "empty.log"
    empty.touch()
    cases = [
        ((replay, tmp_path / "none.log"), 2, "does not exist"),
        ((replay, tmp_path), 2, "is a directory"),
        ((replay, empty, "--url", "127.0.0.1:8000"), 2, "http:// or https://"),
        ((replay, empty, "--host", "a\nb"), 2, "is not a host name"),
        ((replay, empty, "--property-id", " "), 2, "1 to 128 characters"),
        ((replay, empty, "--limit", 0), 2, "--limit"),
        ((replay, empty, "--url", endpoint.root), 1, "no line of an access log"),
        ((simulate, "--last-day", "17/05/2026"), 2, "--last-day"),
        ((simulate, "--days", 0), 2, "--days"),
    ]
    for arguments, expected, message in cases:
        code, output = run(*arguments)
        assert (code, message in output) == (expected, True), output
    assert endpoint.requests == []


def test_a_simulation_shows_what_it_made_and_what_became_of_it(endpoint: Any) -> None:
    code, output = run(
        simulate, "--url", endpoint.root, "--days", 3, "--visitors-per-day", 20,
        "--seed", 1, "--last-day", "2026-05-17",
    )  # fmt: skip
    assert code == 0
    made = sum(
        int(row(output, f"made: {kind}")) for kind in ("regular", "late", "retry", "invalid")
    )
    assert int(row(output, "sent")) == len(endpoint.requests) == made > 100
    # Not a terminal: plain lines instead of a bar.
    assert f"Simulating 3 days to 2026-05-17: {made} of {made} posts" in output


def test_a_simulation_is_of_yesterday_unless_told_and_never_of_the_future(endpoint: Any) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    code, output = run(simulate, "--url", endpoint.root, "--days", 1, "--visitors-per-day", 5)
    assert code == 0
    assert f"1 days to {yesterday}" in output
    code, output = run(simulate, "--url", endpoint.root, "--days", 1, "--last-day", "2999-01-01")
    assert (code, row(output, "sent")) == (0, "0")


def test_a_run_may_share_a_console_and_returns_its_report(endpoint: Any) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    report = run_simulation(
        url=endpoint.root, console=console, last_day=date(2026, 5, 17), days=1, visitors_per_day=10
    )
    assert report.sent == report.accepted == len(endpoint.requests)
    assert isinstance(console.file, io.StringIO)
    assert f"{report.sent}/{report.sent}" in console.file.getvalue()


@pytest.mark.parametrize("command", [replay, simulate])
def test_help_is_for_people(command: Any) -> None:
    code, output = run(command, "--help")
    assert code == 0
    assert "FOOTFALL_TRUSTED_PROXIES" in output
    assert "http://127.0.0.1:8000" in output
