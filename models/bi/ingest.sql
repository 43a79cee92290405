select
    property_id as property,
    day,
    events_accepted as accepted,
    events_rejected as rejected
from {{ ref('daily_ingest_rollups') }}
