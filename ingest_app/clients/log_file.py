"""A log on disk, plain or gzipped, read line by line."""

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path

from ingest_app.clients.access_log import is_page_request, parse_line, to_post
from ingest_app.clients.post import Post

GZIP_MAGIC = b"\x1f\x8b"
CHUNK_BYTES = 1 << 20

LogStream = gzip.GzipFile | io.BufferedReader


class UnreadableLog(Exception):
    """The file cannot be read, or holds no access log."""


class LogFile:
    """The page views of a log, and the count of what was left out on the way."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = 0
        self.not_pages = 0
        self.unreadable = 0

    def count_lines(self) -> int:
        """All lines, without looking into them."""
        count, last = 0, b"\n"
        with self._reading() as stream:
            while chunk := self._guarded_read(stream):
                count += chunk.count(b"\n")
                last = chunk[-1:]
        return count if last == b"\n" else count + 1

    def posts(self, *, property_id: str | None = None, host: str | None = None) -> Iterator[Post]:
        """A post for each page request, in the order of the file."""
        with self._reading() as stream:
            while line := self._guarded_line(stream):
                self.lines += 1
                entry = parse_line(line.decode("utf-8", "replace"))
                if entry is None:
                    self.unreadable += 1
                elif is_page_request(entry):
                    yield to_post(entry, property_id=property_id, host=host)
                else:
                    self.not_pages += 1

    def _reading(self) -> LogStream:
        try:
            with self.path.open("rb") as stream:
                zipped = stream.read(len(GZIP_MAGIC)) == GZIP_MAGIC
            return gzip.open(self.path) if zipped else self.path.open("rb")
        except OSError as error:
            raise UnreadableLog(f"cannot open {self.path}: {error.strerror or error}") from error

    def _guarded_line(self, stream: LogStream) -> bytes:
        try:
            return stream.readline()
        except (OSError, EOFError, zlib.error) as error:
            raise self._broken(error) from error

    def _guarded_read(self, stream: LogStream) -> bytes:
        try:
            return stream.read(CHUNK_BYTES)
        except (OSError, EOFError, zlib.error) as error:
            raise self._broken(error) from error

    def _broken(self, error: Exception) -> UnreadableLog:
        return UnreadableLog(f"cannot read {self.path} to its end: {error}")
