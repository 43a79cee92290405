"""What the recounts of all marts do with facts: put them in groups and count them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any
from uuid import UUID

from tests.support.recount.facts import Hit

RowKey = tuple[Any, ...]
Rows = dict[RowKey, dict[str, Any]]


def grouped(hits: Iterable[Hit], key: Callable[[Hit], RowKey]) -> dict[RowKey, list[Hit]]:
    """The hits by whatever `key` makes of them."""
    groups: dict[RowKey, list[Hit]] = defaultdict(list)
    for hit in hits:
        groups[key(hit)].append(hit)
    return groups


def counted(hits: Iterable[Hit], *measures: str) -> dict[str, int]:
    """The named measures of a group."""
    group = list(hits)
    counts = {
        "events": len(group),
        "page_views": sum(hit.event_type == "page_view" for hit in group),
        "visitors": len({hit.visitor for hit in group}),
        "entrances": sum(hit.is_entrance for hit in group),
        "exits": sum(hit.is_exit for hit in group),
        "conversions": sum(hit.is_conversion for hit in group),
    }
    return {measure: counts[measure] for measure in measures}


def text_key(*texts: str) -> str:
    """What stands for texts in the key of a mart."""
    return str(UUID(bytes=sha256(json.dumps(texts, ensure_ascii=False).encode()).digest()[:16]))
