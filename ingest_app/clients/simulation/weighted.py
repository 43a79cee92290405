"""Choosing by weight."""

import random
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import TypeVar

Choice = TypeVar("Choice")


def pick(rng: random.Random, weights: Mapping[Choice, float]) -> Choice:
    """One key, as likely as its weight."""
    return rng.choices(tuple(weights), cum_weights=tuple(accumulate(weights.values())))[0]


def pick_popular(rng: random.Random, ranked: Sequence[Choice]) -> Choice:
    """One of `ranked` by Zipf's law: the second half as often as the first, the third a third."""
    return rng.choices(ranked, weights=[1 / rank for rank in range(1, len(ranked) + 1)])[0]
