"""Exact percentiles of a window, from the histogram of its raw values.

Two steps, so that a window of millions of samples reads few rows: the buckets of 64 values tell in
which of them a rank lies, and its values, which each bucket has as a list, tell the value.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ingest_app.enrichment.vitals import VITALS
from ingest_app.reports.statements import Row, Statement
from ingest_app.reports.windows import Window

BUCKETS = "web_vital_buckets"
# The device type of the rows that count all devices together.
ALL_DEVICES = ""
SCALES = {vital.name: vital.scale for vital in VITALS}

# Of each percentile the values at the ranks below and above it, counted from 0.
RANKED = """
    with buckets as (
        select vital, bucket, sum(samples)::bigint as samples
        from analytics.web_vital_buckets
        where
            vital = any(%(vitals)s)
            and property_id = %(property_or_all)s
            and device_type = %(device_or_all)s
            and day between %(from_day)s and %(to_day)s
        group by vital, bucket
    ),

    cumulated as materialized (
        select
            vital,
            bucket,
            samples,
            sum(samples) over (partition by vital order by bucket) as up_to
        from buckets
    ),

    ranks as (
        select totals.vital, totals.total, shares.share, ends.rank
        from (select vital, max(up_to) as total from cumulated group by vital) as totals
        cross join unnest(%(shares)s::double precision[]) as shares (share)
        cross join lateral (
            values
            (floor(shares.share * (totals.total - 1)::double precision)),
            (ceil(shares.share * (totals.total - 1)::double precision))
        ) as ends (rank)
    ),

    places as materialized (
        select ranks.*, place.bucket, place.up_to - place.samples as before
        from ranks
        cross join lateral (
            select cumulated.bucket, cumulated.up_to, cumulated.samples
            from cumulated
            where cumulated.vital = ranks.vital and cumulated.up_to > ranks.rank
            order by cumulated.bucket
            limit 1
        ) as place
    ),

    -- Each bucket once, however many ranks lie in it.
    counted as materialized (
        select wanted.vital, wanted.bucket, found.value, wanted.before + found.up_to as up_to
        from (select distinct vital, bucket, before from places) as wanted
        cross join lateral (
            select listed.value, sum(sum(listed.samples)) over (order by listed.value) as up_to
            from analytics.web_vital_buckets as buckets
            cross join
                unnest(buckets.bucket_values, buckets.bucket_samples) as listed (value, samples)
            where
                buckets.vital = wanted.vital
                and buckets.bucket = wanted.bucket
                and buckets.property_id = %(property_or_all)s
                and buckets.device_type = %(device_or_all)s
                and buckets.day between %(from_day)s and %(to_day)s
            group by listed.value
        ) as found
    )

    select
        places.vital,
        places.share,
        places.total::bigint as samples,
        min(found.value) as below,
        max(found.value) as above
    from places
    cross join lateral (
        select min(counted.value) as value
        from counted
        where
            counted.vital = places.vital
            and counted.bucket = places.bucket
            and counted.up_to > places.rank
    ) as found
    group by places.vital, places.share, places.total
"""


def percentiles_of(
    window: Window,
    vitals: Sequence[str],
    shares: Sequence[float],
    *,
    device_type: str | None = None,
) -> Statement:
    """The statement behind the percentiles of some vitals, at some shares between 0 and 1."""
    return RANKED, window.values(
        vitals=[*vitals], shares=[*shares], device_or_all=device_type or ALL_DEVICES
    )


def percentiles(rows: Iterable[Row]) -> dict[tuple[str, float], float]:
    """By vital and share, in the vital's own unit; a vital without samples is not there.

    Equal to percentile_cont over the window's raw values.
    """
    return {(row["vital"], row["share"]): _between(row) for row in rows}


def _between(row: Row) -> float:
    rank = row["share"] * (row["samples"] - 1)
    below, above = row["below"], row["above"]
    value = below + (rank - math.floor(rank)) * (above - below)
    return float(value / SCALES[row["vital"]])
