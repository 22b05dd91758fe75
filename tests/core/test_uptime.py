"""Tests of uptime."""

from hypothesis import given, strategies as st
import pytest

from custom_components.bleemeo.core import uptime

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
    expected = pytest.approx(len(up) / len(known)) if known else None
    assert uptime(outages, 0, until, gaps) == expected
