"""What of an event's free properties is stored."""

from collections.abc import Mapping
from typing import Any

from ingest_app.enrichment.vitals import ENGAGEMENT, VITALS

# Rollups read numbers from these keys, so only validated values may stand there.
RESERVED_PROPS = frozenset(measure.key for measure in (*VITALS, *ENGAGEMENT))


def merge_props(
    props: Mapping[str, Any] | None, measured: Mapping[str, int | float | None]
) -> dict[str, Any] | None:
    """Return the caller's props with the measured values in the reserved keys.

    `measured` holds web vitals (ms, CLS unitless) and engagement (ms, percent) that passed
    validation; None means not measured. None when nothing is left. The arguments stay as they are.
    """
    merged = dict(props or ())
    if not RESERVED_PROPS.isdisjoint(merged):
        merged = {key: value for key, value in merged.items() if key not in RESERVED_PROPS}
    for key, value in measured.items():
        if value is not None and key in RESERVED_PROPS:
            merged[key] = value
    return merged or None
