"""What of an event's free properties is stored."""

from collections.abc import Mapping
from typing import Any

from ingest_app.enrichment.vitals import ENGAGEMENT, VITALS

VIEW_ID = "viewId"
# Rollups read numbers from these keys and readers of raw the view, so only validated values may stand there.
RESERVED_PROPS = frozenset((VIEW_ID, *(measure.key for measure in (*VITALS, *ENGAGEMENT))))


def merge_props(
    props: Mapping[str, Any] | None, validated: Mapping[str, int | float | str | None]
) -> dict[str, Any] | None:
    """Return the caller's props with the validated values in the reserved keys.

    `validated` holds web vitals (ms, CLS unitless), engagement (ms, percent) and the id of the page
    view, as text; None means not there. None when nothing is left. The arguments stay as they are.
    """
    merged = dict(props or ())
    if not RESERVED_PROPS.isdisjoint(merged):
        merged = {key: value for key, value in merged.items() if key not in RESERVED_PROPS}
    for key, value in validated.items():
        if value is not None and key in RESERVED_PROPS:
            merged[key] = value
    return merged or None
