"""Lines as servers really write them, and which of them are page views."""

import hashlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_app.clients.access_log import is_page_request, to_post
from ingest_app.clients.log_entry import LogEntry
from ingest_app.clients.log_formats import UnknownFormat, told_by
from tests.support.real_log import REAL_LOG

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/32.0.1700.77 Safari/537.36"
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
AT = "[17/May/2015:10:05:03 +0000]"


def line(
    request: str = "GET /about/ HTTP/1.1",
    status: int = 200,
    referrer: str = "-",
    agent: str = CHROME,
    address: str = "192.0.2.7",
    at: str = AT,
) -> str:
    return f'{address} - - {at} "{request}" {status} 512 "{referrer}" "{agent}"\n'


def parse_line(text: str) -> LogEntry | None:
    try:
        return told_by([text]).format.reader()(text)
    except UnknownFormat:
        return None


def parsed(text: str) -> LogEntry:
    entry = parse_line(text)
    assert entry is not None
    return entry


def body_of(text: str, **options: str) -> dict[str, object]:
    body = json.loads(to_post(parsed(text), **options).body)
    assert isinstance(body, dict)
    return body


# The verdict beside each line was written by hand.
LINES: list[tuple[bool, str]] = [
    (True, line()),
    (True, line("GET / HTTP/1.0")),
    (True, line("GET /about/ HTTP/1.1", 304)),
    (True, line("GET /blog/ssl-latency.html HTTP/1.1", agent=BOT)),
    (True, line("GET /projects/xdotool/xdotool.xhtml HTTP/1.1", agent="-")),
    (True, line("GET /blog/puppet-2.7 HTTP/1.1")),
    (True, line("GET /files/hello.tar.gz/ HTTP/1.1")),
    (True, line("GET /blog/tags/rss HTTP/1.1")),
    (True, line("GET /?page=2 HTTP/1.1")),
    (True, line("GET /talk.pdf.html HTTP/1.1")),
    (True, line("GET /read.php?file=style.css HTTP/1.1")),
    (True, line("GET http://shop.example/about/ HTTP/1.1")),
    (True, line("GET /about/ HTTP/1.1", address="2001:db8::17")),
    (True, f'192.0.2.7 - - {AT} "GET /common/ HTTP/1.1" 200 512\n'),
    (True, f'192.0.2.7 - jane {AT} "GET /named/ HTTP/1.1" 200 -\n'),
    (False, line("GET /images/logo.png HTTP/1.1")),
    (False, line("GET /css/reset.css?v=3 HTTP/1.1")),
    (False, line("GET /fonts/Roboto-Bold.TTF HTTP/1.1")),
    (False, line("GET /favicon.ico HTTP/1.1")),
    (False, line("GET /robots.txt HTTP/1.1", agent=BOT)),
    (False, line("GET /images/talk.pdf HTTP/1.1")),
    (False, line("GET /sitemap.xml HTTP/1.1")),
    (False, line("GET /blog/tags/puppet?flav=rss20 HTTP/1.1")),
    (False, line("GET /?flav=atom HTTP/1.1")),
    (False, line("GET /blog/feed/ HTTP/1.1")),
    (False, line("HEAD /about/ HTTP/1.1")),
    (False, line("POST /login HTTP/1.1")),
    (False, line("OPTIONS * HTTP/1.0")),
    (False, line("GET /gone HTTP/1.1", 404)),
    (False, line("GET /about HTTP/1.1", 301)),
    (False, line("GET /films/long HTTP/1.1", 206)),
    (False, line(r"\x16\x03\x01\x00\xd1", 400)),
    (False, line("-", 408, agent="-")),
]


@pytest.mark.parametrize(("page", "text"), LINES, ids=[text.split('"')[1] for _, text in LINES])
def test_a_page_is_what_a_browser_would_show(page: bool, text: str) -> None:
    assert is_page_request(parsed(text)) is page


def test_every_column_is_read() -> None:
    text = line(
        "GET /a/b?c=d HTTP/1.1", 304, "http://google.com/", at="[31/Dec/2015:23:30:00 -0130]"
    )
    assert parse_line(text) == LogEntry(
        address="192.0.2.7",
        at=datetime(2016, 1, 1, 1, 0, tzinfo=UTC),
        method="GET",
        target="/a/b?c=d",
        status=304,
        referrer="http://google.com/",
        user_agent=CHROME,
    )


def test_a_dash_and_a_missing_column_are_both_none() -> None:
    assert parsed(line(referrer="-", agent="-")).referrer is None
    assert parsed(line(referrer="-", agent="-")).user_agent is None
    common = parsed(f'192.0.2.7 - - {AT} "GET / HTTP/1.1" 200 512')
    assert (common.referrer, common.user_agent) == (None, None)


def test_escaped_quotes_do_not_end_a_column() -> None:
    entry = parsed(
        line(referrer=r"http://a.example/?q=\"x\"", agent=r"My \"quoted\" \\ \x22bot\x22")
    )
    assert entry.referrer == 'http://a.example/?q="x"'
    assert entry.user_agent == 'My "quoted" \\ "bot"'


def test_bytes_that_the_server_escaped_are_those_that_the_browser_sent() -> None:
    assert parsed(line(r"GET /caf\xC3\xA9 HTTP/1.1")).path == "/caf%C3%A9"
    assert parsed(line(r"GET /\xe4\n\x7F\\\x22\x25 HTTP/1.1")).path == '/%E4%0A%7F\\"%'
    assert parsed(line("GET /caf\u00e9/\udce9 HTTP/1.1")).path == "/caf%C3%A9/%E9"
    assert parsed(line(referrer=r"http://a.example/\xe4")).referrer == "http://a.example/%E4"
    # A header has no percent-encoding: these stay as they were logged.
    assert parsed(line(agent=r"caf\xC3\xA9")).user_agent == r"caf\xC3\xA9"


def test_a_line_broken_off_in_the_agent_keeps_what_there_is() -> None:
    whole = line(agent=BOT)
    entry = parsed(whole[: whole.index("+http")])
    assert entry.user_agent == "Mozilla/5.0 (compatible; Googlebot/2.1;"
    assert is_page_request(entry)


def test_half_a_referrer_is_none() -> None:
    whole = line(referrer="http://shop.example.org/")
    assert parsed(whole[: whole.index(".org")]).referrer is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "not a log at all",
        f'192.0.2.7 - - {AT} "GET /about/ HTTP/1.1',
        f'192.0.2.7 - - {AT} "GET /about/ HTTP/1.1" ',
        f'192.0.2.7 - - {AT} "GET /about/ HTTP/1.1" 20',
        line(at="[31/Feb/2015:10:05:03 +0000]"),
        line(at="[17/Foo/2015:10:05:03 +0000]"),
        line(at="[17/May/2015:10:05:03 +9900]"),
        line(at="[01/Jan/0001:00:00:00 +0100]"),
        line(at="[17/May/2015]"),
    ],
)
def test_a_line_without_its_essentials_is_none(text: str) -> None:
    assert parse_line(text) is None


def test_a_request_line_with_spaces_or_without_version_is_still_read() -> None:
    assert parsed(line("GET /a b HTTP/1.1")).target == "/a b"
    assert parsed(line("GET /old")).target == "/old"


def test_a_page_view_is_made_from_a_line() -> None:
    post = to_post(parsed(line("GET /caf%C3%A9?x=1#top HTTP/1.1", referrer="https://a.example/")))
    digest = hashlib.sha256(f"192.0.2.7\n{CHROME}".encode()).hexdigest()
    assert json.loads(post.body) == {
        "anonId": f"log-{digest[:32]}",
        "eventType": "page_view",
        "path": "/caf%C3%A9",
        "timestamp": "2015-05-17T10:05:03.000Z",
        "referrer": "https://a.example/",
    }
    assert post.headers == {
        "Content-Type": "application/json",
        "User-Agent": CHROME,
        "X-Forwarded-For": "192.0.2.7",
    }
    assert post.kind == "regular"


def test_property_and_host_are_the_callers_choice() -> None:
    entry = parsed(line())
    post = to_post(entry, property_id="shop.example", host="www.shop.example:8080")
    assert json.loads(post.body)["traffic"] == {"propertyId": "shop.example"}
    assert post.headers["Host"] == "www.shop.example:8080"
    assert "traffic" not in json.loads(to_post(entry).body)


def test_utm_parameters_are_decoded_as_a_browser_does() -> None:
    query = (
        "utm_source=feed+burner&utm_medium=feed&utm_campaign=Feed%3A+x%2Fmain&utm_id=9&utm_term="
    )
    assert body_of(line(f"GET /a.html?{query} HTTP/1.1"))["utm"] == {
        "source": "feed burner",
        "medium": "feed",
        "campaign": "Feed: x/main",
    }


def test_long_values_are_cut_and_a_long_path_is_not() -> None:
    body = body_of(
        line(f"GET /{'p' * 3000}?utm_term={'t' * 300} HTTP/1.1", referrer="http://a/" + "r" * 3000)
    )
    assert len(str(body["path"])) == 3001
    assert len(str(body["referrer"])) == 2048
    assert body["utm"] == {"term": "t" * 255}


def test_a_double_slash_is_a_path_and_no_host() -> None:
    assert parsed(line("GET //wp//login HTTP/1.1")).path == "//wp//login"
    assert parsed(line("GET http://shop.example HTTP/1.1")).path == "/"


def test_one_visitor_is_one_address_with_one_agent() -> None:
    ids = [
        body_of(text)["anonId"]
        for text in (
            line(),
            line("GET /else HTTP/1.1"),
            line(agent=BOT),
            line(address="192.0.2.8"),
        )
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_the_address_is_one_and_in_one_spelling() -> None:
    assert parse_line(line(address="crawl.example.net")) is None
    for logged, address in (
        ("2001:DB8:0:0::17", "2001:db8::17"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:51234", "192.0.2.7"),
    ):
        entry = parsed(line(address=logged))
        assert entry.address == address
        assert to_post(entry).headers["X-Forwarded-For"] == address


def test_no_agent_means_no_header() -> None:
    assert "User-Agent" not in to_post(parsed(line(agent="-"))).headers


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    parse_line(text)


@given(
    request=st.text(),
    referrer=st.text(),
    agent=st.text(),
    address=st.one_of(st.ip_addresses().map(str), st.text(min_size=1)),
)
def test_whatever_the_columns_hold_a_post_can_be_sent(
    request: str, referrer: str, agent: str, address: str
) -> None:
    entry = parse_line(line(request, 200, referrer, agent, address))
    if entry is None:
        return
    post = to_post(entry)
    body = json.loads(post.body)
    assert 8 <= len(body["anonId"]) <= 128
    assert body["timestamp"] == "2015-05-17T10:05:03.000Z"
    for value in post.headers.values():
        assert value.isascii()
        assert value.isprintable()
        assert 0 < len(value) <= 2000


@given(st.text(alphabet=st.characters(exclude_characters='"\\'), max_size=60))
def test_an_agent_without_quotes_comes_back_as_logged(agent: str) -> None:
    expected = agent.strip()
    assert parsed(line(agent=agent)).user_agent == (None if expected in ("", "-") else expected)


@pytest.mark.skipif(not REAL_LOG.exists(), reason="the real access.log is not beside the project")
def test_the_real_log_holds_as_many_pages_as_a_shell_pipeline_counts() -> None:
    # awk for GET with 200 or 304, grep -v for flav= and for the extensions seen in the log.
    with REAL_LOG.open(encoding="utf-8", errors="replace", newline="\n") as log:
        lines = log.readlines()
    told = told_by(lines[:500])
    assert (told.format.name, told.fitting) == ("combined", 500)
    entries = list(map(told.format.reader(), lines))
    assert len(entries) == 10_000
    assert None not in entries
    pages = [entry is not None and is_page_request(entry) for entry in entries]
    assert sum(pages) == 2876
    assert sum(pages[:200]) == 75
