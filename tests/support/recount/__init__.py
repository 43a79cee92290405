"""Every mart and every report once more, counted in plain Python: what the SQL must come to.

`assert_marts_equal_recount(connection)` compares all marts with raw as it is. `read_facts()` reads
raw, `recount_marts()` counts all marts of facts, `read_rows()` reads one mart in the same form.
Where a test knows what it has sent, it makes the facts itself: nothing of the app is between then.

facts: what raw holds. zones, closed, grouping: the days of it, those that are purged, sums of it.
contract, dimensions, leads, people, sessions, vitals: marts. marts: all of them. reading: the
comparison. windows, visits, reports, dashboard: answers for a window of days.
"""

from tests.support.recount.contract import ingest_rollups, metric_rollups
from tests.support.recount.facts import (
    CaptureFact,
    EventFact,
    Key,
    RejectionFact,
    first_sights,
    percentile,
    read_facts,
)
from tests.support.recount.marts import KEYS, recount_marts
from tests.support.recount.reading import assert_marts_equal_recount, read_rows

__all__ = [
    "KEYS",
    "CaptureFact",
    "EventFact",
    "Key",
    "RejectionFact",
    "assert_marts_equal_recount",
    "first_sights",
    "ingest_rollups",
    "metric_rollups",
    "percentile",
    "read_facts",
    "read_rows",
    "recount_marts",
]
