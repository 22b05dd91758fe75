"""Tests of reading single values; what they do to an alert is in `test_alert`."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.bleemeo.core.field import (
    InvalidAlert,
    read_count,
    read_name,
    read_text,
    read_time,
    read_title,
    read_uuid,
)

TIMES = st.datetimes(
    datetime(2000, 1, 2),
    datetime(2099, 12, 30),
    timezones=st.just(UTC),
)
READERS = [read_count, read_name, read_text, read_time, read_title, read_uuid]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.uuids())
def test_a_uuid_is_read_in_any_form(uuid: Any) -> None:
    """In capitals, in braces, without dashes, or as a name."""
    forms = (str(uuid), str(uuid).upper(), f"{{{uuid}}}", uuid.hex, f" {uuid.urn}\n")
    assert {read_uuid(form) for form in forms} == {str(uuid)}


@given(TIMES, st.integers(-14, 14))
def test_a_time_is_read_in_any_zone_and_as_a_number(time: datetime, hours: int) -> None:
    """Of seconds, or of milliseconds."""
    there = time.astimezone(timezone(timedelta(hours=hours)))
    assert read_time(there.isoformat()) == time
    assert read_time(time.isoformat().replace("+00:00", "z")) == time
    whole = time.replace(microsecond=0)
    assert read_time(whole.timestamp()) == whole
    if whole.year > 2001:
        assert read_time(int(whole.timestamp() * 1000)) == whole


@pytest.mark.parametrize("value", ["", "1795852800", "2026-W48-5", "20261128", "12:00"])
def test_what_could_mean_another_time_is_no_time(value: str) -> None:
    """A time that is wrong does more harm than none."""
    with pytest.raises(InvalidAlert):
        read_time(value)


@pytest.mark.parametrize("read", READERS)
@given(value=VALUES)
def test_any_value_is_read_or_rejected(read: Any, value: object) -> None:
    """Nothing else is raised."""
    with suppress(InvalidAlert):
        assert read(value) is not None
