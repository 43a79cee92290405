"""Whatever a log holds: no line does harm, none gives another visitor, and each is counted."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ingest_app.clients.access_log import is_page_request, to_post
from ingest_app.clients.log_file import LogFile
from ingest_app.clients.log_formats import FORMATS, JSON_FIELDS, W3C_FIELDS, format_named, told_by

CLIENT = "203.0.113.7"
OTHERS = ("198.51.100.1", "198.51.100.1:443", "2001:db8::1", "10.0.0.1", "::ffff:198.51.100.2")
AT = "27/Nov/2026:10:00:01 +0000"
# A line of each format, in pieces: what is wild stands between them.
PIECES: dict[str, tuple[str, ...]] = {
    "common": (CLIENT, "-", "-", f"[{AT}]", '"GET /a HTTP/1.1"', "200", "5"),
    "combined": (
        *(CLIENT, "-", "jane", f"[{AT}]", '"GET /a HTTP/1.1"', "200", "5"),
        *('"https://a.example/"', '"Mozilla/5.0 (X11)"', "0.003"),
    ),
    "vhost_combined": (
        *("shop.example:443", CLIENT, "-", "-", f"[{AT}]", '"GET /a HTTP/1.1"', "200", "5"),
        *('"-"', '"Mozilla/5.0 (X11)"'),
    ),
    "combined_forwarded": (
        *("10.0.0.2", "-", "-", f"[{AT}]", '"GET /a HTTP/1.1"', "200", "5"),
        *('"-"', '"Mozilla/5.0 (X11)"', f'"{CLIENT}"'),
    ),
    "elb": (
        *("2026-11-27T10:00:01Z", "lb", f"{CLIENT}:2817", "10.0.0.1:80", "0", "0", "0", "200"),
        *("200", "0", "29", '"GET https://shop.example:443/a HTTP/1.1"', '"Mozilla/5.0 (X11)"'),
    ),
    "w3c": ("2026-11-27", "10:00:01", "GET", "/a", "200", CLIENT, "Mozilla/5.0+(X11)"),
}
W3C_HEADER = "#Fields: date time cs-method cs-uri-stem sc-status c-ip cs(User-Agent)"
WORDS = st.one_of(
    st.sampled_from(OTHERS),
    st.sampled_from(OTHERS).map('"{}"'.format),
    st.sampled_from(OTHERS).map("[{}]".format),
    st.sampled_from(
        ["-", '"', "[", "]", "{", "web1", "nginx:", "stdout F", "www.a.example:80", "|"]
    ),
    st.sampled_from(["<190>Nov 27 10:00:01 web1 nginx:", "2026-11-27T10:00:01Z", "\ufeff", "\0"]),
    # No comma: a list of addresses begins with the client.
    st.text(st.characters(exclude_characters=",\n"), min_size=1, max_size=8),
)


@st.composite
def wild_lines(draw: st.DrawFn) -> tuple[str, str]:
    """The name of a format and a line of it in which words were put and others are missing."""
    name = draw(st.sampled_from(sorted(PIECES)))
    # Another address in the place of a column of a balancer that is gone would be its client.
    pieces = [
        piece
        for piece in PIECES[name]
        if CLIENT in piece or name == "elb" or draw(st.integers(0, 9), label=piece)
    ]
    for word in draw(st.lists(WORDS, max_size=4)):
        pieces.insert(draw(st.integers(0, len(pieces))), word)
    line = " ".join(pieces)
    whole = draw(st.sampled_from(["{}", "{}", '"{}"', "'{}'", "json", "csv", "docker"]))
    if whole == "json":
        return name, json.dumps(line)
    if whole == "csv":
        return name, '"{}"'.format(line.replace('"', '""'))
    return name, json.dumps({"log": line}) if whole == "docker" else whole.replace("{}", line)


@given(wild_lines())
def test_a_wild_line_gives_its_own_visitor_or_none(wild: tuple[str, str]) -> None:
    name, line = wild
    clean = [W3C_HEADER] * (name == "w3c") + [" ".join(PIECES[name])] * 3
    told = told_by([*clean, line])
    # A quoted word behind a line of the common format makes it one of the combined.
    assert told.format.name == name or name == "common"
    read = told.format.reader()
    entries = [read(each) for each in [*clean, line]]
    assert {entry.address for entry in entries if entry} == {CLIENT}


JSON_NAMES = sorted(
    {name for fields in JSON_FIELDS.values() for names in fields.values() for name in names}
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(OTHERS),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(JSON_NAMES) | st.text(), inner),
    max_leaves=10,
)
W3C_NAMES = ["date", "time", *(name for names in W3C_FIELDS.values() for name in names)]
ANY_LINE = st.one_of(
    st.text(),
    st.dictionaries(st.sampled_from(JSON_NAMES), JSON_VALUES).map(json.dumps),
    st.lists(st.sampled_from(W3C_NAMES)).map(lambda names: f"#Fields: {' '.join(names)}"),
    wild_lines().map(lambda wild: wild[1]),
    st.binary().map(lambda some: some.decode("utf-8", "surrogateescape")),
)
OWN = format_named('%v|%{X-Real-IP}i|%a %{%T}t %t "%m %U%q" %s "%{Referer}i" %{User-agent}i')


@given(st.lists(ANY_LINE, max_size=6))
def test_no_line_breaks_a_reader_and_whatever_it_reads_can_be_sent(lines: list[str]) -> None:
    for known in (*FORMATS.values(), OWN):
        read = known.reader()
        for entry in filter(None, map(read, lines)):
            is_page_request(entry)
            post = to_post(entry)
            body = json.loads(post.body)
            assert body["path"].isascii()
            assert body.get("referrer", "").isascii()
            for value in post.headers.values():
                assert value.isascii()
                assert value.isprintable()
                assert 0 < len(value) <= 2000


@given(st.lists(st.one_of(st.binary(), ANY_LINE.map(lambda text: text.encode("utf-8", "replace")))))
def test_each_line_is_counted_once(lines: list[bytes]) -> None:
    page = b'203.0.113.7 - - [27/Nov/2026:10:00:01 +0000] "GET /a HTTP/1.1" 200 5 "-" "UA"'
    content = b"".join(
        line + b"\n" for line in [page, *lines, page.replace(b"/a", b"/a.png"), b"?"]
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "access.log"
        path.write_bytes(content)
        file = LogFile(path, known=FORMATS["combined"])
        posts = sum(1 for _ in file.posts())
    assert file.lines == content.count(b"\n")
    assert posts + file.not_pages + file.remarks + file.unreadable == file.lines
    assert min(posts, file.not_pages, file.unreadable) > 0
    assert file.first_unreadable.isprintable()
