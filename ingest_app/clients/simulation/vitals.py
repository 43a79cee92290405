"""Web vitals: log-normal, slower on phones, and not measured by every browser."""

import math
import random
from collections.abc import Mapping

from ingest_app.clients.simulation.agents import Agent, DeviceType
from ingest_app.enrichment.vitals import CLS, LCP

LONGEST_MS = LCP.most
LARGEST_SHIFT = float(CLS.most)

# Medians; the spreads below make about a quarter of phone loads worse than "good".
MEDIAN_MS: Mapping[str, float] = {"ttfbMs": 320, "fcpMs": 1100, "lcpMs": 1700, "inpMs": 90}
SPREAD: Mapping[str, float] = {"ttfbMs": 0.7, "fcpMs": 0.5, "lcpMs": 0.5, "inpMs": 0.8}
SLOWNESS: Mapping[DeviceType, float] = {"desktop": 1.0, "tablet": 1.2, "mobile": 1.5}

LOST_SHARE = 0.06  # blocked, or the page was left too early
IDLE_SHARE = 0.3  # no interaction, so no INP


def load_vitals(rng: random.Random, agent: Agent) -> dict[str, float]:
    """What is known once a page stands: time to first byte and first paint."""
    return _measured(rng, agent, ("ttfbMs", "fcpMs"))


def leave_vitals(rng: random.Random, agent: Agent) -> dict[str, float]:
    """What is only final when a page is left: largest paint, interaction and layout shift."""
    names = ("lcpMs",) if rng.random() < IDLE_SHARE else ("lcpMs", "inpMs")
    vitals = _measured(rng, agent, names)
    if agent.measures_layout_shift and rng.random() >= LOST_SHARE:
        vitals["clsScore"] = min(round(rng.lognormvariate(math.log(0.03), 1.2), 3), LARGEST_SHIFT)
    return vitals


def _measured(rng: random.Random, agent: Agent, names: tuple[str, ...]) -> dict[str, float]:
    if agent.device_type == "bot":
        return {}
    slowness = SLOWNESS[agent.device_type]
    return {
        name: min(
            round(rng.lognormvariate(math.log(MEDIAN_MS[name] * slowness), SPREAD[name])),
            LONGEST_MS,
        )
        for name in names
        if rng.random() >= LOST_SHARE
    }
