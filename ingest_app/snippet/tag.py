"""The tag that a site owner pastes."""

from __future__ import annotations

from html import escape

from ingest_app.settings import SNIPPET_ENDPOINT, SNIPPET_PATH
from ingest_app.snippet.files import SCRIPT, VITALS, pinned_path, served


def tag(base: str, *, property_id: str, path: str, endpoint: str) -> str:
    """One line, which always gets the newest script."""
    return _script(base + path, _attributes(base, property_id, path, endpoint))


def pinned_tags(base: str, *, property_id: str, path: str, endpoint: str) -> str:
    """The files of this very release, which browsers check. Each is named, as each has its hash."""
    attributes = _attributes(base, property_id, path, endpoint)
    lines = []
    for name, own in ((SCRIPT, {**attributes, "data-vitals": "false"}), (VITALS, {})):
        file = served(name)
        checked = {"integrity": file.integrity, "crossorigin": "anonymous"}
        lines.append(_script(base + pinned_path(path, file), own | checked))
    return "\n".join(lines)


def _attributes(base: str, property_id: str, path: str, endpoint: str) -> dict[str, str]:
    attributes = {"data-property": property_id}
    # The script knows the usual one from its own address.
    if (path, endpoint) != (SNIPPET_PATH, SNIPPET_ENDPOINT):
        attributes["data-endpoint"] = base + endpoint
    return attributes


def _script(source: str, attributes: dict[str, str]) -> str:
    told = "".join(
        f' {name}="{escape(value)}"' for name, value in {"src": source, **attributes}.items()
    )
    return f"<script defer{told}></script>"
