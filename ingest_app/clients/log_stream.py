"""The lines of a log on disk or from standard input, plain or compressed."""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click
import zstandard

STANDARD_INPUT = Path("-")
GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
CHUNK_BYTES = 1 << 20
# What is read of a zstd file at once: a frame of zeros grows by thousands.
ZSTD_CHUNK_BYTES = 1 << 14
# A request line has 8 KB at most on the usual servers; JSON adds the other headers.
LONGEST_LINE = 1 << 16
# Stands for a line that is too long. No format reads it.
TOO_LONG = "(a line of more than 64 KB)"

Stream = io.BufferedReader | gzip.GzipFile


class UnreadableLog(Exception):
    """The file cannot be read, or holds no access log."""


class LogStream:
    """A log as lines. Standard input and pipes can be read once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = "standard input" if path == STANDARD_INPUT else path.name

    def count_lines(self) -> int | None:
        """All lines, without looking into them; None where reading would use them up."""
        if self._path == STANDARD_INPUT or self._path.is_fifo() or self._path.is_char_device():
            return None
        count, last = 0, b"\n"
        with self._reading() as stream:
            while chunk := self._guarded(stream.read, CHUNK_BYTES):
                count += chunk.count(b"\n")
                last = chunk[-1:]
        return count if last == b"\n" else count + 1

    def lines(self) -> Iterator[str]:
        """Each line without its end; bytes that are no UTF-8 become lone surrogates.

        A byte order mark is no part of a line, and neither are the NULs that stand where a file was
        truncated under its writer.
        """
        with self._reading() as stream:
            while line := self._line(stream):
                if line.endswith(b"\n") or len(line) < LONGEST_LINE:
                    yield line.decode("utf-8", "surrogateescape").strip("\ufeff\r\n")
                else:
                    self._skip_rest(stream)
                    yield TOO_LONG

    def _line(self, stream: Stream) -> bytes:
        line = b""
        while len(line) < LONGEST_LINE and not line.endswith(b"\n"):
            more = self._guarded(stream.readline, LONGEST_LINE)
            if not more:
                break
            line = (line + more).lstrip(b"\0")
        return line

    def _skip_rest(self, stream: Stream) -> None:
        while (more := self._guarded(stream.readline, LONGEST_LINE)) and not more.endswith(b"\n"):
            pass

    @contextmanager
    def _reading(self) -> Iterator[Stream]:
        if self._path == STANDARD_INPUT:
            yield _inflated(io.BufferedReader(_Borrowed(click.get_binary_stream("stdin"))))
            return
        try:
            opened = self._path.open("rb")
        except OSError as error:
            raise UnreadableLog(f"cannot open {self._path}: {error.strerror or error}") from error
        with opened:
            yield _inflated(opened)

    def _guarded(self, read: Callable[[int], bytes], size: int) -> bytes:
        try:
            return read(size)
        except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
            raise UnreadableLog(f"cannot read {self._path} to its end: {error}") from error


class _Borrowed(io.RawIOBase):
    """Standard input, which stays open when its reader goes."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        chunk = self._source.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


class _Zstd(io.RawIOBase):
    """The frames of a zstd file, inflated. Unlike the package's own reader it sees a cut-off end."""

    def __init__(self, source: io.BufferedReader) -> None:
        self._source = source
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._inflated = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._inflated:
            chunk = self._source.read(ZSTD_CHUNK_BYTES)
            if not chunk:
                if self._frame is not None:
                    raise EOFError("the file ends within a frame")
                return 0
            self._inflated = memoryview(b"".join(self._inflate(chunk)))
        part = self._inflated[: len(buffer)]
        buffer[: len(part)] = part
        self._inflated = self._inflated[len(part) :]
        return len(part)

    def _inflate(self, chunk: bytes) -> Iterator[bytes]:
        while chunk:
            frame = self._frame or zstandard.ZstdDecompressor().decompressobj()
            yield frame.decompress(chunk)
            self._frame, chunk = (None, frame.unused_data) if frame.eof else (frame, b"")


def _inflated(plain: io.BufferedReader) -> Stream:
    head = plain.peek(len(ZSTD_MAGIC))
    if head.startswith(GZIP_MAGIC):
        return gzip.GzipFile(fileobj=plain)
    return io.BufferedReader(_Zstd(plain), CHUNK_BYTES) if head.startswith(ZSTD_MAGIC) else plain
