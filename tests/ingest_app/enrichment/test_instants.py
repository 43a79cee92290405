"""Instants are those of RFC 3339. The expected values are counted with `calendar`, in seconds."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ingest_app.enrichment.body import EventBody
from ingest_app.enrichment.instants import parse_instant

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SENT = {"anonId": "visitor-0001", "eventType": "page_view", "path": "/"}


def microseconds(text: str) -> int:
    instant = parse_instant(text)
    assert instant.tzinfo is UTC
    return (instant - EPOCH) // timedelta(microseconds=1)


@st.composite
def instants(draw: st.DrawFn) -> tuple[str, int]:
    """A text by the grammar of the standard, and its microseconds since 1970."""
    year, month = draw(st.integers(2, 9998)), draw(st.integers(1, 12))
    day = draw(st.integers(1, calendar.monthrange(year, month)[1]))
    hour, minute = draw(st.integers(0, 23)), draw(st.integers(0, 59))
    second = draw(st.integers(0, 59))
    digits = draw(st.text("0123456789", max_size=30))
    east = draw(st.sampled_from([-1, 1]))
    away = draw(st.tuples(st.integers(0, 23), st.integers(0, 59)))
    zone = draw(st.sampled_from(["Z", "z", f"{'-+'[east > 0]}{away[0]:02}:{away[1]:02}"]))
    minutes = 0 if zone in ("Z", "z") else east * (away[0] * 60 + away[1])
    text = (
        f"{year:04}-{month:02}-{day:02}{draw(st.sampled_from('Tt'))}"
        f"{hour:02}:{minute:02}:{second:02}{'.' + digits if digits else ''}{zone}"
    )
    seconds = calendar.timegm((year, month, day, hour, minute, second)) - minutes * 60
    return text, seconds * 10**6 + int((digits + "000000")[:6])


@given(instants())
def test_whatever_the_standard_allows_is_read(written: tuple[str, int]) -> None:
    text, expected = written
    assert microseconds(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-27t10:00:00z", "2026-11-27T10:00:00+00:00"),
        ("2026-11-27T10:00:00.5-00:00", "2026-11-27T10:00:00.500000+00:00"),
        ("2026-11-27T23:59:59.9999999Z", "2026-11-27T23:59:59.999999+00:00"),
        # The leap second stays on its day.
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999+00:00"),
        ("2016-12-31T23:59:60.75z", "2016-12-31T23:59:59.999999+00:00"),
        ("1990-12-31T15:59:60-08:00", "1990-12-31T23:59:59.999999+00:00"),
        ("2017-01-01T05:44:60+05:45", "2016-12-31T23:59:59.999999+00:00"),
    ],
)
def test_lower_case_fractions_and_leap_seconds(text: str, expected: str) -> None:
    assert parse_instant(text).isoformat() == expected


REFUSED = {
    "a week date": "2026-W48-5T10:00:00Z",
    "a day of the year": "2026-331T10:00:00Z",
    "the basic format": "20261127T100000Z",
    "a basic date": "20261127T10:00:00Z",
    "a basic time": "2026-11-27T100000Z",
    "a basic zone": "2026-11-27T10:00:00+0000",
    "a zone of hours": "2026-11-27T10:00:00+00",
    "a zone with seconds": "2026-11-27T10:00:00+01:00:30",
    "a zone of a day": "2026-11-27T10:00:00+24:00",
    "a zone of 60 minutes": "2026-11-27T10:00:00+01:60",
    "no zone": "2026-11-27T10:00:00",
    "a blank for the T": "2026-11-27 10:00:00Z",
    "another letter for the T": "2026-11-27x10:00:00Z",
    "no seconds": "2026-11-27T10:00Z",
    "no digit after the point": "2026-11-27T10:00:00.Z",
    "a comma": "2026-11-27T10:00:00,5Z",
    "the end of a day": "2026-11-27T24:00:00Z",
    "a leap second within the day": "2016-12-31T22:59:60Z",
    "a leap second of another zone's midnight": "2016-12-31T23:59:60+01:00",
    "a second after the leap second": "2016-12-31T23:59:61Z",
    "no such day": "2026-02-30T10:00:00Z",
    "no such month": "2026-13-01T10:00:00Z",
    "one digit": "2026-11-27T1:00:00Z",
    "the year 0": "0000-01-01T00:00:00Z",
    "five digits of a year": "12026-11-27T10:00:00Z",
    "other digits": "\uff12\uff10\uff12\uff16-11-27T10:00:00Z",
    "two lines": "2026-11-27T10:00:00Z\n2026-11-27T10:00:00Z",
    "nothing": "",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_the_rest_is_refused_and_told_what_was_expected(text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        EventBody.model_validate(SENT | {"timestamp": text})
    [error] = caught.value.errors()
    assert error["loc"] == ("timestamp",)
    assert "must be an RFC 3339 instant with a zone, such as 2026-03-01T12:00:00" in error["msg"]


@given(
    st.datetimes(),
    st.sampled_from(
        ["%G-W%V-%uT%XZ", "%GW%V%uT%XZ", "%Y-%jT%XZ", "%Y%m%dT%H%M%SZ", "%Y-%m-%dT%H:%MZ", "%c"]
    ),
)
def test_other_spellings_of_an_instant_are_refused(at: datetime, spelling: str) -> None:
    with pytest.raises(ValueError, match="RFC 3339"):
        parse_instant(at.strftime(spelling))


@given(st.text())
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="RFC 3339"):
        parse_instant(text)
