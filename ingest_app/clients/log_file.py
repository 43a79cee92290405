"""A log as posts, and the count of what was left out on the way."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from ingest_app.clients.access_log import is_page_request, to_post
from ingest_app.clients.delivery import Notice
from ingest_app.clients.log_formats import (
    FORMATS,
    SAMPLE_LINES,
    Format,
    UnknownFormat,
    is_remark,
    told_by,
)
from ingest_app.clients.log_stream import LogStream, UnreadableLog
from ingest_app.clients.post import Post

SHOWN_CHARACTERS = 160


class LogFile:
    """The page views of a log. Each line is counted once: as a post or as left out."""

    def __init__(
        self, path: Path, *, known: Format | None = None, notice: Notice | None = None
    ) -> None:
        self._stream = LogStream(path)
        self._known = known
        self._notice = notice
        self.name = self._stream.name
        self.count_lines = self._stream.count_lines
        self.lines = 0
        self.not_pages = 0
        self.remarks = 0
        self.unreadable = 0
        self.first_unreadable = ""

    def posts(
        self,
        *,
        property_id: str | None = None,
        host: str | None = None,
        query: Sequence[str] = (),
    ) -> Iterator[Post]:
        """A post for each page request, in the order of the file.

        Without a known format its first lines tell which one it is. Raises UnreadableLog.
        """
        lines = self._stream.lines()
        sample = list(islice(lines, SAMPLE_LINES))
        read = (self._known or self._told(sample)).reader()
        for line in chain(sample, lines):
            self.lines += 1
            entry = read(line)
            if entry is None:
                self._leave_out(line)
            elif is_page_request(entry):
                yield to_post(entry, property_id=property_id, host=host, query=query)
            else:
                self.not_pages += 1

    def _told(self, sample: list[str]) -> Format:
        try:
            told = told_by(sample)
        except UnknownFormat:
            first = next((shown(line) for line in sample if not is_remark(line)), "(none)")
            raise UnreadableLog(
                f"{self.name} holds no line of an access log in a format that is known here. "
                f"--format says which one it is: {', '.join(FORMATS)}, or the log_format of nginx, "
                f"LogFormat of Apache or #Fields: line that tells its columns. Its first line: {first}"
            ) from None
        if self._notice is not None:
            self._notice(str(told))
        return told.format

    def _leave_out(self, line: str) -> None:
        if is_remark(line):
            self.remarks += 1
            return
        self.unreadable += 1
        if self.unreadable == 1:
            self.first_unreadable = f"Line {self.lines:,} is the first not readable: {shown(line)}"


def shown(line: str) -> str:
    """The beginning of a line as a terminal may show it."""
    return "".join(char if char.isprintable() else "?" for char in line[:SHOWN_CHARACTERS])
