"""Tests of what agents and metrics are called."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.bleemeo.core.naming import (
    MAX_HOSTS,
    RECENT,
    AgentName,
    MetricName,
)
from custom_components.bleemeo.core.title import Title

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SIGHTINGS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.tuples(st.booleans(), st.integers(0, 400).map(lambda n: NOON + n * HOUR)),
    )
)
TITLES = st.tuples(
    st.sampled_from(["h - CPU is OK", "h - Load is OK", "h - CPU", "CPU high", "low"]),
    st.integers(0, 5).map(lambda n: NOON + n * HOUR),
).map(lambda told: MetricName(Title.parse(told[0]), told[1]))


def told(*hosts: str, sure: bool = True, start: datetime = NOON) -> AgentName:
    """Return the name of an agent whose titles told hosts, one an hour."""
    name = AgentName()
    for number, host in enumerate(hosts):
        name.read(host, (sure, start + number * HOUR))
    return name


@pytest.mark.parametrize(
    ("hosts", "host", "is_duplicated"),
    [
        ("a", "a", False),
        ("aab", "b", False),
        ("aba", "a", False),
        ("abab", "a", True),
        ("aababaab", "a", True),
        ("abcabc", "a", True),
        ("abcd", "d", False),
    ],
)
def test_a_host_is_followed_until_it_changes_back_twice(
    hosts: str, host: str, is_duplicated: bool
) -> None:
    """Then the name stays."""
    name = told(*hosts)
    assert (name.host, name.is_duplicated) == (host, is_duplicated)


def test_a_duplicated_agent_is_single_again_after_a_week_of_one_host() -> None:
    """Not before, so that a clone that is quiet does not rename the device."""
    name = told("a", "b", "a", "b")
    last_of_a = NOON + 2 * HOUR
    name.read("b", (True, last_of_a + RECENT))
    assert (name.host, name.is_duplicated) == ("a", True)
    name.read("b", (True, last_of_a + RECENT + HOUR))
    assert (name.host, name.is_duplicated, name.changes_back) == ("b", False, 0)


def test_a_host_before_a_dash_stands_above_one_before_a_colon() -> None:
    """A colon can stand in any sentence, and the API's titles are our own."""
    name = told("web01")
    assert not name.read("Warning", (False, NOON + 9 * HOUR))
    assert name.host == "web01"
    name = told("Warning", sure=False)
    assert name.host == "Warning"
    assert name.read("web01", (True, NOON - HOUR))
    assert (name.host, list(name.told)) == ("web01", ["web01"])


def test_what_is_kept_of_an_agent_is_bounded() -> None:
    """Even if each title names another host."""
    name = told(*(str(number) for number in range(100)))
    assert len(name.told) == MAX_HOSTS
    assert name.host == "99"


@given(st.data(), SIGHTINGS)
def test_the_newest_host_counts_in_any_order(
    data: st.DataObject, sightings: list[tuple[str, tuple[bool, datetime]]]
) -> None:
    """Unless the agent counts as duplicated."""
    names = [AgentName(), AgentName()]
    for host, at in sightings:
        names[0].read(host, at)
    for host, at in data.draw(st.permutations(sightings)):
        names[1].read(host, at)
    assert names[0].told == names[1].told
    newest = max(((at, host) for host, at in sightings), default=(None, None))
    for name in names:
        assert name.is_duplicated or name.host == newest[1]


@given(st.data(), st.lists(TITLES, min_size=1))
def test_the_title_that_names_a_metric_is_the_same_in_any_order(
    data: st.DataObject, titles: list[MetricName]
) -> None:
    """The newest with a status, else the oldest."""
    first, *rest = data.draw(st.permutations(titles))
    for title in rest:
        first = first.merge(title)
    with_status = [name for name in titles if name.title.has_status]
    if with_status:
        assert first.told_at == max(name.told_at for name in with_status)
    else:
        assert first.told_at == min(name.told_at for name in titles)
    again = titles[0]
    for title in titles:
        again = again.merge(title)
    assert again == first


def test_a_copy_stays_as_it_is() -> None:
    """The journal's thread reads it while the name goes on changing."""
    name = told("a")
    kept = name.copy()
    name.read("b", (True, NOON + HOUR))
    assert (kept.host, list(kept.told)) == ("a", ["a"])
