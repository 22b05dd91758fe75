"""Tests of uptime."""

from hypothesis import given, strategies as st
import pytest

from custom_components.bleemeo.core import uptime

MINUTE = 60_000_000
HOUR = 60 * MINUTE
TIMES = st.integers(-20, 120)


@pytest.mark.parametrize(
    ("outages", "expected"),
    [
        ([], 1.0),
        ([(10, 20)], 0.9),
        ([(10, 20), (15, 30)], 0.8),
        ([(15, 30), (10, 20), (12, 13)], 0.8),
        ([(-50, 10), (90, 200)], 0.8),
        ([(-50, 200)], 0.0),
        ([(200, 300), (-20, -10)], 1.0),
        ([(20, 20)], 1.0),
    ],
)
def test_the_share_in_which_nothing_was_out(
    outages: list[tuple[int, int]], expected: float
) -> None:
    """What overlaps counts once, and what is beyond does not count."""
    assert uptime(outages, 0, 100) == pytest.approx(expected)


@pytest.mark.parametrize("until", [0, -1])
def test_an_empty_time_has_no_uptime(until: int) -> None:
    """Neither all nor nothing of it was out."""
    assert uptime([], 0, until) is None


@pytest.mark.parametrize(
    ("length", "known", "expected"),
    [
        (24 * HOUR, HOUR, 0.5),
        (24 * HOUR, HOUR - 1, None),
        (2 * HOUR, HOUR, 0.5),
        (20 * MINUTE, 10 * MINUTE, 0.5),
        (20 * MINUTE, 10 * MINUTE - 1, None),
    ],
)
def test_a_time_of_which_little_is_known_has_no_uptime(
    length: int, known: int, expected: float | None
) -> None:
    """An hour is enough, and of a time below two hours the half."""
    outage, unknown = (length - known // 2, length), (0, length - known)
    share = uptime([outage], 0, length, [unknown])
    assert share == (None if expected is None else pytest.approx(expected))


SPANS = st.lists(st.tuples(TIMES, TIMES))


@given(SPANS, SPANS, st.integers(1, 100))
def test_it_is_that_of_each_moment_together(
    outages: list[tuple[int, int]], gaps: list[tuple[int, int]], until: int
) -> None:
    """In whatever order, and however they overlap; of a gap only outages are known."""
    out = {at for began, ended in outages for at in range(began, ended)}
    unknown = {at for began, ended in gaps for at in range(began, ended)} - out
    known = [at for at in range(until) if at not in unknown]
    up = [at for at in known if at not in out]
    is_enough = 2 * len(known) >= until
    expected = pytest.approx(len(up) / len(known)) if is_enough else None
    assert uptime(outages, 0, until, gaps) == expected
