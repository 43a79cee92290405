"""Ids: derived from the caller's for visitors, ordered by time for rows."""

import uuid
from functools import lru_cache

import uuid_utils.compat

# uuid5(NAMESPACE_URL, "urn:footfall:visitor"). Another value would give every visitor a new id.
VISITOR_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:footfall:visitor")


# Most events are of a visitor whose last event was a moment ago.
@lru_cache(maxsize=4096)
def visitor_id(anon_id: str) -> uuid.UUID:
    """Return the id of the visitor with this anonymous id: always the same (UUID v5)."""
    return uuid_utils.compat.uuid5(VISITOR_NAMESPACE, anon_id)


def new_id() -> uuid.UUID:
    """Return a fresh id for an event or a session (UUID v7, so inserts go to the index's end)."""
    return uuid_utils.compat.uuid7()
