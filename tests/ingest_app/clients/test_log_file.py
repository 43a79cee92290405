"""Files as they lie about: plain, gzipped, cut off, not text."""

import gzip
from pathlib import Path

import pytest

from ingest_app.clients.log_file import LogFile, UnreadableLog

PAGE = b'192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 5 "-" "A\xff\xfeB"\n'
ASSET = PAGE.replace(b"/a ", b"/a.png ")
CONTENT = PAGE + ASSET + b"garbage \x00\x80\n" + PAGE


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(CONTENT)
    file = LogFile(path)
    assert len(list(file.posts())) == 2
    assert (file.lines, file.not_pages, file.unreadable) == (4, 1, 1)


def test_invalid_bytes_become_question_marks_in_the_agent(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(PAGE)
    (post,) = LogFile(path).posts()
    assert post.headers["User-Agent"] == "A??B"


def test_gzip_is_known_by_its_content_not_its_name(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(gzip.compress(CONTENT))
    assert len(list(LogFile(path).posts())) == 2
    assert LogFile(path).count_lines() == 4


@pytest.mark.parametrize(("content", "lines"), [(b"", 0), (b"a\n", 1), (b"a\nb", 2), (b"\n\n", 2)])
def test_a_last_line_counts_with_or_without_its_end(
    tmp_path: Path, content: bytes, lines: int
) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(content)
    assert LogFile(path).count_lines() == lines


def test_a_cut_off_gzip_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "access.log.gz"
    path.write_bytes(gzip.compress(CONTENT * 50)[:-20])
    with pytest.raises(UnreadableLog, match=r"access\.log\.gz to its end"):
        LogFile(path).count_lines()
    with pytest.raises(UnreadableLog, match=r"access\.log\.gz to its end"):
        list(LogFile(path).posts())


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(UnreadableLog, match=r"none\.log"):
        LogFile(tmp_path / "none.log").count_lines()
