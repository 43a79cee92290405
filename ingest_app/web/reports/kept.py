"""Bodies of answers that are kept for some seconds: a wall of dashboards asks the database once.

Each worker process keeps its own, so for as long as an answer is kept two workers may tell of
different builds; `freshness.generatedAt` in the answer says of which.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Condition

from cachetools import TTLCache, cached

# The bound counts bytes of answers: few large windows or many small ones.
MAX_BYTES = 16 * 1024 * 1024


class KeptBodies:
    """Bodies by what was asked, each kept for `seconds`; 0 keeps none."""

    def __init__(self, seconds: float, *, max_bytes: int = MAX_BYTES) -> None:
        self._body = _made
        if seconds:
            store: TTLCache[Hashable, bytes] = TTLCache(max_bytes, ttl=seconds, getsizeof=len)
            self._body = cached(store, key=_question, condition=Condition())(_made)

    def body(self, question: Hashable, make: Callable[[], bytes]) -> bytes:
        """The body that is kept for a question, or the one that `make` makes.

        Whoever asks for a body that is being made waits for it. What was raised is not kept.
        """
        return self._body(question, make)


def _question(question: Hashable, _make: Callable[[], bytes]) -> Hashable:
    return question


def _made(_question: Hashable, make: Callable[[], bytes]) -> bytes:
    return make()
