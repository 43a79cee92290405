"""Bodies and header values."""

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from ingest_app.clients.post import header_text, iso_instant, json_post


def test_a_body_is_compact_ascii_json() -> None:
    post = json_post({"path": "/é", "utm": {"source": "a"}}, {"Host": "h"}, "late")
    assert post.body == b'{"path":"/\\u00e9","utm":{"source":"a"}}'
    assert post.headers == {"Content-Type": "application/json", "Host": "h"}
    assert post.kind == "late"


def test_what_a_header_must_not_hold_becomes_a_question_mark() -> None:
    assert header_text("a\r\nX-Evil: 1\x00é€") == "a??X-Evil: 1???"
    assert header_text("  padded ") == "padded"
    assert len(header_text("x" * 9999)) == 2000


@given(st.text())
def test_any_text_fits_a_header(text: str) -> None:
    value = header_text(text)
    assert value.isascii()
    assert value == "" or value.isprintable()


def test_an_instant_is_utc_with_milliseconds() -> None:
    moment = datetime(2026, 5, 1, 1, 30, 0, 123_456, timezone(timedelta(hours=2)))
    assert iso_instant(moment) == "2026-04-30T23:30:00.123Z"
