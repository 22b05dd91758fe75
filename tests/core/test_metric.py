"""Tests of what a metric and an agent show."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.bleemeo.core import (
    Acknowledgement,
    Alert,
    Board,
    Metric,
    RealName,
    Source,
    Status,
)
from custom_components.bleemeo.core.metric import Rollup
from custom_components.bleemeo.core.profile import AgentProfile
from tests import AGENT, METRIC, payload

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def judge(board: Board, minute: int, title: str, **fields: Any) -> Metric:
    """Judge an alert of a minute with a title, and return its metric."""
    at = (NOW + timedelta(minutes=minute)).isoformat()
    source = fields.pop("source", Source.WEBHOOK)
    alert = payload(
        id=None,
        agent=AGENT,
        title=title,
        status_changed_at=at,
        happened_at=at,
        **fields,
    )
    return board.judge(Alert.from_payload(alert, source), NOW).metric


def test_a_rollup_has_the_worst_of_its_metrics() -> None:
    """Step by step."""
    rollup, worst = Rollup(), []
    for previous, status in (
        (None, Status.UNKNOWN),
        (None, Status.WARNING),
        (Status.WARNING, Status.OK),
        (Status.UNKNOWN, None),
    ):
        rollup.replace(previous, status)
        worst.append(rollup.worst)
    assert worst == [Status.UNKNOWN, Status.WARNING, Status.UNKNOWN, Status.OK]
    assert sum(rollup.counts) == 1


def test_an_agent_is_known_by_the_first_name_that_there_is() -> None:
    """Bleemeo's own, a title's host, or its id."""
    board = Board()
    agent = judge(board, 0, "no form").agent
    assert agent.name == AGENT[:8]
    judge(board, 1, "web01 - CPU is OK")
    assert agent.name == agent.host == "web01"
    board.take_profiles({AGENT: AgentProfile(name="Shop")})
    assert agent.name == "Shop"


@pytest.mark.parametrize(
    ("titles", "name"),
    [
        (["web01 - CPU is OK", "web01 - CPU load is Critical"], "CPU load"),
        (["web01 - CPU is OK", "CPU went mad"], "CPU"),
        (["h - m est Critique", "h - m est OK"], "m est Critique"),
        (["Backup age critical", "Backup age ok"], "Backup age critical"),
        (["Backup age critical", "web01 - Backup age is OK"], "Backup age"),
        (["web01 CPU is OK", "web01 - Load"], "CPU"),
    ],
)
def test_a_metric_is_renamed_only_by_a_title_that_ends_in_a_status(
    titles: list[str], name: str
) -> None:
    """Other titles would rename it at each change."""
    board = Board()
    for minute, title in enumerate(titles):
        metric = judge(board, minute, title, status_text=None)
    assert metric.name == name


def test_a_title_that_begins_with_what_its_agent_is_called_names_no_new_host() -> None:
    """What Bleemeo calls it counts as well, even with a dash in it."""
    board = Board()
    board.take_profiles({AGENT: AgentProfile(name="Rack 3 - web01")})
    metric = judge(board, 0, "Rack 3 - web01 - CPU is OK")
    assert (metric.name, metric.agent.name) == ("CPU", "Rack 3 - web01")


def test_titles_made_of_the_apis_names_do_not_rename_the_host() -> None:
    """Nor do they make a duplicated agent."""
    board = Board()
    for minute in range(0, 12, 2):
        metric = judge(board, minute, "web01 - CPU is OK")
        judge(board, minute + 1, "Shop - CPU is OK", source=Source.API)
    assert metric.agent.host == "web01"
    assert not metric.agent.naming.is_duplicated


def test_only_what_the_last_title_does_not_tell_is_kept_beside_it() -> None:
    """The alert itself is kept anyway."""
    board = Board()
    assert judge(board, 0, "web01 - CPU is OK").told_names is None
    names = judge(board, 1, "Everything is fine").told_names
    assert names is not None
    assert names.agent == board.agents[AGENT].naming
    assert names.metric is None
    names = judge(board, 2, "CPU went mad").told_names
    judge(board, 3, "web02 - CPU is OK")
    assert names is not None
    assert names.metric is not None
    assert names.metric.title.metric_name() == "Everything"
    # it is written while the board goes on changing
    assert names.agent is not None
    assert names.agent.host == "web01"


def test_the_details_are_those_of_the_last_alert() -> None:
    """With Bleemeo's unit where the text has none."""
    board = Board()
    metric = judge(board, 0, "web01 - CPU is Warning", text="Current value: 5.00 %")
    assert metric.details["value"] == 5.0
    judge(board, 1, "web01 - CPU is OK", text="Current value: 1.00")
    assert (metric.details["value"], metric.details["unit"]) == (1.0, None)
    board.take_names({METRIC: RealName("cpu"), payload()["metric"]: RealName("c", "%")})
    assert metric.details["unit"] == "%"


def test_an_open_alert_can_be_acknowledged() -> None:
    """One that is over is not open."""
    board = Board()
    metric = judge(board, 0, "web01 - CPU is Warning")
    shown = [(metric.is_open, metric.is_acknowledged)]
    board.acknowledge(metric, Acknowledgement(NOW))
    shown.append((metric.is_open, metric.is_acknowledged))
    judge(board, 1, "web01 - CPU is OK", status=0)
    shown.append((metric.is_open, metric.is_acknowledged))
    assert shown == [(True, False), (True, True), (False, False)]
