"""Answers that are kept for some seconds, so that a wall of dashboards asks the database once.

Each worker process keeps its own, so for as long as an answer is kept two workers may tell of
different builds; `freshness.generatedAt` in the answer says of which.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Condition
from typing import TypeVar

from cachetools import TTLCache, cached

Q = TypeVar("Q", bound=Hashable)

# The bound counts bytes of answers: few large windows or many small ones.
MAX_BYTES = 16 * 1024 * 1024


def kept(
    answer: Callable[[Q], bytes], seconds: float, *, max_bytes: int = MAX_BYTES
) -> Callable[[Q], bytes]:
    """The same function, each result kept for `seconds`; 0 keeps none.

    Whoever asks for an answer that is being made waits for it. What was raised is not kept.
    """
    if not seconds:
        return answer
    store: TTLCache[Hashable, bytes] = TTLCache(maxsize=max_bytes, ttl=seconds, getsizeof=len)
    return cached(store, key=lambda question: question, condition=Condition())(answer)
