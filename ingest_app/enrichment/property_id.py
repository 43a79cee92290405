"""Which property (site) an event belongs to."""

from ingest_app.enrichment.hosts import normal_host

MAX_PROPERTY_ID_LENGTH = 128
UNKNOWN_PROPERTY = "unknown"


def resolve_property_id(claimed: str | None, request_host: str | None) -> str:
    """Return the property as claimed, else the request's host, else `unknown`.

    The host is lower-case, without port and `www.`. At most 128 characters, the column's width.
    """
    name = (claimed or "").strip() or normal_host(request_host) or UNKNOWN_PROPERTY
    return name[:MAX_PROPERTY_ID_LENGTH]
