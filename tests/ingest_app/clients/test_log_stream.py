"""Lines out of files as they lie about: compressed, cut off, truncated under their writer, piped."""

from __future__ import annotations

import gzip
import os
import threading
from pathlib import Path

import pytest
import zstandard

from ingest_app.clients.log_stream import LONGEST_LINE, TOO_LONG, LogStream, UnreadableLog

TEXT = b"".join(b"line %d\n" % n for n in range(5000))
LINES = TEXT.decode().splitlines()
HALF = len(TEXT) // 2


def stream_of(tmp_path: Path, content: bytes) -> LogStream:
    path = tmp_path / "access.log"
    path.write_bytes(content)
    return LogStream(path)


def zstd(content: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(content)


@pytest.mark.parametrize(
    "content",
    [
        TEXT,
        gzip.compress(TEXT),
        gzip.compress(TEXT[:HALF]) + gzip.compress(TEXT[HALF:]),
        zstd(TEXT),
        zstd(TEXT[:HALF]) + zstd(b"") + zstd(TEXT[HALF:]),
    ],
    ids=["plain", "gzip", "gzip, appended to", "zstd", "zstd, appended to"],
)
def test_compression_is_known_by_the_content(tmp_path: Path, content: bytes) -> None:
    stream = stream_of(tmp_path, content)
    assert list(stream.lines()) == LINES
    assert stream.count_lines() == len(LINES)


@pytest.mark.parametrize("content", [gzip.compress(TEXT), zstd(TEXT)], ids=["gzip", "zstd"])
def test_a_cut_off_end_is_an_error_and_no_shorter_log(tmp_path: Path, content: bytes) -> None:
    for kept in (content[:-1], content[:-5], content[: len(content) // 2]):
        stream = stream_of(tmp_path, kept)
        with pytest.raises(UnreadableLog, match=r"access\.log to its end"):
            list(stream.lines())
        with pytest.raises(UnreadableLog, match=r"access\.log to its end"):
            stream.count_lines()


def test_garbage_behind_a_frame_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableLog, match=r"access\.log to its end"):
        list(stream_of(tmp_path, zstd(TEXT) + b"garbage").lines())


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"\xef\xbb\xbfa\nb\n", ["a", "b"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"\n\na", ["", "", "a"]),
        (b"a\n" + b"\0" * 10 + b"b\n", ["a", "b"]),
        (b"\0" * (LONGEST_LINE - 5) + b"begins here\n", ["begins here"]),
        (b"\0" * (3 * LONGEST_LINE) + b"b\nc\n", ["b", "c"]),
        (b"a\n" + b"\0" * 10, ["a"]),
        (b"a\0b\n", ["a\0b"]),
        (b"caf\xc3\xa9 caf\xe9\n", ["café caf\udce9"]),
        (b"x" * (LONGEST_LINE - 1) + b"\n", ["x" * (LONGEST_LINE - 1)]),
        (b"x" * LONGEST_LINE + b"\nb\n", [TOO_LONG, "b"]),
        (b"x" * (3 * LONGEST_LINE + 7) + b"\nb\n", [TOO_LONG, "b"]),
        (b"x" * (2 * LONGEST_LINE), [TOO_LONG]),
    ],
    ids=range(13),
)
def test_lines_are_whole_and_bare(tmp_path: Path, content: bytes, lines: list[str]) -> None:
    assert list(stream_of(tmp_path, content).lines()) == lines


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(zstd(TEXT),))
    writer.start()
    stream = LogStream(pipe)
    assert stream.count_lines() is None
    assert list(stream.lines()) == LINES
    writer.join()
