"""Makes the served files from the source: `make snippet`.

The minifier is a library for developers. What is served is committed, so no server needs it.
"""

from __future__ import annotations

import minify

from ingest_app.snippet.files import FOLDER, SCRIPT, VITALS, digest

SOURCE = FOLDER / "source"
# Stands in the source of the script for the digest of the file that it loads.
DIGEST_OF_VITALS = "__VITALS__"


def made() -> dict[str, bytes]:
    """The text of each served file, by its name."""
    vitals = _minified(VITALS)
    script = _minified(SCRIPT).replace(DIGEST_OF_VITALS.encode(), digest(vitals).encode())
    return {SCRIPT: script, VITALS: vitals}


def _minified(name: str) -> bytes:
    text: str = minify.string("application/javascript", (SOURCE / name).read_text())
    return text.encode()


def main() -> None:
    """Write what is served."""
    for name, text in made().items():
        (FOLDER / "served" / name).write_bytes(text)


if __name__ == "__main__":
    main()
