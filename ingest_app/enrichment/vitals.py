"""The numbers that a browser measures. Bodies, stored properties and reports take them from here.

dbt has a list of its own: the variables `web_vitals` and `engagement` of dbt_project.yml. A test
holds the two lists against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic.alias_generators import to_snake


@dataclass(frozen=True, slots=True)
class Measure:
    """A number from 0 to `most`; `key` is its name in a body and in stored properties."""

    key: str
    most: int

    @property
    def column(self) -> str:
        """Its name in the staging model, and as a field of a body."""
        return to_snake(self.key)

    def as_variable(self) -> dict[str, Any]:
        """What dbt's variables say of it."""
        return {"key": self.key, "column": self.column, "most": self.most}


@dataclass(frozen=True, slots=True)
class Vital(Measure):
    """A measure of how fast a page was; `name` is its name in marts and reports.

    It is good up to the first of the published bounds, and poor above the second. Marts hold whole
    numbers, which are `scale` times what the browser measured; milliseconds stay as they are.
    """

    name: str
    good_up_to: float
    poor_above: float
    scale: int = 1

    def as_variable(self) -> dict[str, Any]:
        """What dbt's variables say of it, with the published bounds as marts hold them."""
        return Measure.as_variable(self) | {
            "name": self.name,
            "scale": self.scale,
            "good_up_to": round(self.good_up_to * self.scale),
            "poor_above": round(self.poor_above * self.scale),
        }


FCP = Vital("fcpMs", 120_000, "fcp", 1800, 3000)
LCP = Vital("lcpMs", 120_000, "lcp", 2500, 4000)
INP = Vital("inpMs", 120_000, "inp", 200, 500)
TTFB = Vital("ttfbMs", 120_000, "ttfb", 800, 1800)
CLS = Vital("clsScore", 10, "cls", 0.1, 0.25, scale=1000)
VITALS = (FCP, LCP, INP, TTFB, CLS)

ENGAGED_TIME = Measure("engagedTimeMs", 86_400_000)
SCROLL_DEPTH = Measure("scrollDepthPercent", 100)
ENGAGEMENT = (ENGAGED_TIME, SCROLL_DEPTH)
