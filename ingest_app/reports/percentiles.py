"""Exact percentiles of a window, from the histograms of its days.

Two steps, so that a window of millions of samples unnests few numbers: coarse steps of 64 values tell
in which of them a rank lies, and the values of that one tell the value.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ingest_app.enrichment.vitals import VITALS
from ingest_app.enrichment.vocabulary import DeviceType
from ingest_app.reports.statements import Row, Statement
from ingest_app.reports.windows import Audience, Window

DISTRIBUTIONS = "web_vital_distributions"
SCALES = {vital.name: vital.scale for vital in VITALS}
# The device type of the rows that count all devices of people together.
ALL_OF_PEOPLE = ""

# Of each percentile the values at the ranks below and above it, counted from 0. A row's values are
# ascending, so width_bucket finds those of a step without looking at the others.
RANKED = """
    with days as materialized (
        select
            vital,
            -- Unpacked here, once, and not for each step that is looked at.
            measured_values || '{}' as measured_values,
            value_samples || '{}' as value_samples,
            steps,
            step_samples
        from analytics.web_vital_distributions
        where
            vital = any(%(vitals)s)
            and property_id = %(property_or_all)s
            and day between %(from_day)s and %(to_day)s
            and device_type = any(%(devices)s)
    ),

    cumulated as materialized (
        select
            days.vital,
            stepped.step,
            sum(stepped.samples) as samples,
            sum(sum(stepped.samples)) over (partition by days.vital order by stepped.step) as up_to
        from days
        cross join unnest(days.steps, days.step_samples) as stepped (step, samples)
        group by days.vital, stepped.step
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
        select ranks.*, place.step, place.up_to - place.samples as before
        from ranks
        cross join lateral (
            select cumulated.step, cumulated.up_to, cumulated.samples
            from cumulated
            where cumulated.vital = ranks.vital and cumulated.up_to > ranks.rank
            order by cumulated.step
            limit 1
        ) as place
    ),

    -- Each step once, however many ranks lie in it.
    counted as materialized (
        select
            wanted.vital,
            wanted.step,
            listed.value,
            wanted.before + sum(sum(listed.samples)) over (
                partition by wanted.vital, wanted.step order by listed.value
            ) as up_to
        from (select distinct vital, step, before from places) as wanted
        inner join days on days.vital = wanted.vital
        cross join lateral (
            select
                width_bucket(wanted.step * 64 - 1, days.measured_values) + 1 as first,
                width_bucket(wanted.step * 64 + 63, days.measured_values) as last
        ) as places
        cross join unnest(
            days.measured_values[places.first:places.last],
            days.value_samples[places.first:places.last]
        ) as listed (value, samples)
        group by wanted.vital, wanted.step, wanted.before, listed.value
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
            and counted.step = places.step
            and counted.up_to > places.rank
    ) as found
    group by places.vital, places.share, places.total
"""


# The devices that an audience is, of which people have a row for all of theirs together.
OF_AUDIENCE = {
    Audience.ALL: [ALL_OF_PEOPLE, DeviceType.BOT],
    Audience.PEOPLE: [ALL_OF_PEOPLE],
    Audience.BOTS: [DeviceType.BOT],
}


def percentiles_of(
    window: Window,
    vitals: Sequence[str],
    shares: Sequence[float],
    *,
    device_type: str | None = None,
) -> Statement:
    """The statement behind the percentiles of some vitals, at some shares between 0 and 1."""
    devices = OF_AUDIENCE[window.audience]
    if device_type is not None:
        is_theirs = window.audience is Audience.ALL or (
            (device_type == DeviceType.BOT) == (window.audience is Audience.BOTS)
        )
        devices = [device_type] if is_theirs else []
    return RANKED, window.values(vitals=[*vitals], shares=[*shares], devices=devices)


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
