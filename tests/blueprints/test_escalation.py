"""Tests of the escalation."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.bleemeo.const import DOMAIN
from homeassistant.core import HomeAssistant, ServiceCall
from tests import state

from . import METRIC, TEXT, Automate, Change, Restart, Wait, device_of, sent, settle


@pytest.fixture
async def escalate(
    hass: HomeAssistant, automate: Automate
) -> tuple[Automate, list[ServiceCall], list[ServiceCall]]:
    """Return a function that makes the automation, and the calls of both steps."""
    first = async_mock_service(hass, "notify", "first")
    second = async_mock_service(hass, "notify", "second")

    async def _escalate(**inputs: Any) -> None:
        said = {"message": "Mind: {{ alert.metric_name }} {{ alert.text }}"}
        await automate(
            "escalation",
            **{
                "first_actions": [{"action": "notify.first", "data": said}],
                "second_actions": [{"action": "notify.second", "data": said}],
            }
            | inputs,
        )

    return _escalate, first, second


type Escalate = tuple[Automate, list[ServiceCall], list[ServiceCall]]


async def test_an_alert_that_nobody_reacts_to_is_escalated_once(
    escalate: Escalate, change: Change, wait: Wait
) -> None:
    """With its own words."""
    automate, first, second = escalate
    await automate()
    await change("critical", metric_name=METRIC, text=TEXT)
    await wait(10)
    await change("critical", metric_name=METRIC, text=TEXT)
    assert sent(first) == [f"Mind: {METRIC} {TEXT}"]
    assert second == []
    await wait(5)
    assert sent(second) == sent(first)
    await change("critical", metric_name=METRIC, text=TEXT)
    await wait(60)
    assert len(first) == len(second) == 1


async def test_an_alert_that_is_acknowledged_or_over_is_not_escalated(
    hass: HomeAssistant, escalate: Escalate, change: Change, wait: Wait
) -> None:
    """Nor one whose acknowledgement has since ended: somebody has reacted."""
    automate, first, second = escalate
    await automate()
    for number in range(4):
        await change("critical", metric_name=f"Metric {number}")
    await wait(5)
    for number, data in ((0, {}), (1, {"duration": {"minutes": 1}})):
        await hass.services.async_call(
            DOMAIN,
            "acknowledge",
            {"entity_id": f"sensor.web01_metric_{number}_status", **data},
            blocking=True,
        )
        await settle(hass)
    await change("ok", metric_name="Metric 2")
    await wait(5)
    assert state(hass, "automation.escalation").attributes["current"] == 1
    await wait(5)
    assert len(first) == 4
    assert [said.split()[2] for said in sent(second)] == ["3"]


async def test_time_begins_anew_when_an_alert_worsens(
    escalate: Escalate, change: Change, wait: Wait
) -> None:
    """But the time continues when it eases to a severity that still counts."""
    automate, first, second = escalate
    await automate(severities=["critical", "warning"])
    await change("warning")
    await wait(10)
    await change("critical")
    await wait(10)
    assert second == []
    await change("warning")
    await wait(5)
    assert (len(first), len(second)) == (2, 1)


async def test_an_alert_that_eases_to_what_does_not_count_is_not_escalated(
    hass: HomeAssistant, escalate: Escalate, change: Change, wait: Wait
) -> None:
    """Nor is an alert of another server."""
    automate, first, second = escalate
    await change("ok")
    await automate(hosts=[device_of(hass, "sensor.web01_cpu_status")])
    await change("critical", host="db01")
    await change("critical")
    await change("warning")
    await wait(60)
    assert (len(first), len(second)) == (1, 0)


async def test_time_begins_anew_after_a_restart(
    hass: HomeAssistant,
    escalate: Escalate,
    change: Change,
    wait: Wait,
    restart: Restart,
) -> None:
    """For all open alerts that are not acknowledged and have no run of their own."""
    automate, first, second = escalate
    await automate(severities=["critical", "warning"])
    for number in range(5):
        await change(
            "warning" if number == 1 else "critical", metric_name=f"Metric {number}"
        )
    await hass.services.async_call(
        DOMAIN,
        "acknowledge",
        {"entity_id": "sensor.web01_metric_0_status"},
        blocking=True,
    )
    await wait(10)
    await restart()
    await wait(10)
    assert second == []
    await change("critical", metric_name="Metric 1")
    await change("warning", metric_name="Metric 2")
    await change("ok", metric_name="Metric 3")
    await wait(5)
    assert [said.split()[2] for said in sent(second)] == ["4", "2"]
    await wait(10)
    assert [said.split()[2] for said in sent(second)] == ["4", "2", "1"]
    assert len(first) == 6


async def test_first_actions_that_fail_do_not_stop_the_second(
    hass: HomeAssistant, escalate: Escalate, change: Change, wait: Wait
) -> None:
    """The second actions matter even more then."""
    automate, _, second = escalate
    await automate(first_actions=[{"action": "notify.nobody"}])
    await change("critical")
    await wait(15)
    assert len(second) == 1
