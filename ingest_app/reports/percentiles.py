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
DEVICES = "{devices}"

# Of each percentile the values at the ranks below and above it, counted from 0. A row's values are
# ascending, so width_bucket finds those of a step without looking at the others.
RANKED = """
    with days as materialized (
        select vital, measured_values, value_samples, steps, step_samples
        from analytics.web_vital_distributions
        where
            vital = any(%(vitals)s)
            and property_id = %(property_or_all)s
            and day between %(from_day)s and %(to_day)s
            and {devices}
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


def percentiles_of(
    window: Window,
    vitals: Sequence[str],
    shares: Sequence[float],
    *,
    device_type: str | None = None,
) -> Statement:
    """The statement behind the percentiles of some vitals, at some shares between 0 and 1."""
    return on_devices(RANKED, window, device_type), window.values(
        vitals=[*vitals], shares=[*shares], **device_values(device_type)
    )


def on_devices(statement: str, window: Window, device_type: str | None = None) -> str:
    """A statement whose `{devices}` holds for the devices of the window's audience, or one of them."""
    conditions = {
        Audience.ALL: [],
        Audience.PEOPLE: ["device_type <> %(bot)s"],
        Audience.BOTS: ["device_type = %(bot)s"],
    }[window.audience]
    if device_type is not None:
        conditions = [*conditions, "device_type = %(device_type)s"]
    return statement.replace(DEVICES, " and ".join(conditions) or "true")


def device_values(device_type: str | None) -> dict[str, str | None]:
    """The parameters of such a statement."""
    return {"device_type": device_type, "bot": DeviceType.BOT}


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
