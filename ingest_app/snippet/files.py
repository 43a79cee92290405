"""The files that are served, in each encoding, and what they are called."""

from __future__ import annotations

import gzip
from base64 import b64encode
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256, sha384
from pathlib import Path

import brotli

FOLDER = Path(__file__).parent
SCRIPT = "core.js"
VITALS = "vitals.js"
# Raised when a page that pins a file can no longer work with this server.
VERSION = 1


def digest(text: bytes) -> str:
    """What names a text: as much of its hash as no two files will share."""
    return sha256(text).hexdigest()[:10]


@dataclass(frozen=True)
class ServedFile:
    """A file as it is sent."""

    text: bytes

    @cached_property
    def digest(self) -> str:
        """What names this very text."""
        return digest(self.text)

    @cached_property
    def integrity(self) -> str:
        """The same for browsers, which check it."""
        return f"sha384-{b64encode(sha384(self.text).digest()).decode()}"

    @cached_property
    def encoded(self) -> dict[str, bytes]:
        """The text by content encoding, the smallest first."""
        return {
            "br": brotli.compress(self.text, quality=11),
            "gzip": gzip.compress(self.text, mtime=0),
            "identity": self.text,
        }


@cache
def served(name: str) -> ServedFile:
    """A file of this release: `SCRIPT` or `VITALS`."""
    return ServedFile((FOLDER / "served" / name).read_bytes())


@cache
def by_digest() -> dict[str, ServedFile]:
    """What is served under a name that never changes its meaning, files of earlier releases too."""
    files = [ServedFile(path.read_bytes()) for path in (FOLDER / "served").rglob("*.js")]
    return {file.digest: file for file in files}


def pinned_path(path: str, file: ServedFile) -> str:
    """Where a file is found for good: beside the path of the script."""
    return f"{path.removesuffix('.js')}.v{VERSION}.{file.digest}.js"
