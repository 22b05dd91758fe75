"""Tests of the escalation."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.bleemeo.const import DOMAIN
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import entity_registry as er

from . import (
    METRIC,
    TEXT,
    Automate,
    Change,
    Pushed,
    Restart,
    Storm,
    Wait,
    alert,
    device_of,
    sent,
)

type Told = list[ServiceCall]


@pytest.fixture
def told(hass: HomeAssistant) -> Told:
    """Return the calls of the actions of all steps."""
    return async_mock_service(hass, "notify", "told")


@pytest.fixture
def escalate(automate: Automate, told: Told) -> Automate:
    """Return a function that makes the automation."""

    async def _escalate(**inputs: Any) -> None:
        steps = {
            f"{step}_actions": [
                {
                    "action": "notify.told",
                    "data": {"message": f"{step}: {{{{ alert.metric_name }}}}"},
                }
            ]
            for step in ("first", "second", "third")
        }
        await automate("escalation", **steps | inputs)

    return _escalate


async def test_an_alert_that_nobody_reacts_to_is_escalated_in_steps(
    escalate: Automate,
    told: Told,
    change: Change,
    wait: Wait,
    interrupt: Change,
) -> None:
    """At their times, whatever happens while it waits, and each once."""
    await escalate()
    await change("critical", metric_name=METRIC, text=TEXT)
    seen = []
    for minutes in (8, 3, 15, 5, 20, 11, 90):
        await interrupt()
        await wait(minutes)
        seen.append(len(told))
    assert seen == [0, 1, 1, 2, 2, 3, 3]
    assert sent(told) == [f"{step}: {METRIC}" for step in ("first", "second", "third")]


@pytest.mark.parametrize("how", ["acknowledge", "silence", "ok", "disabled"])
async def test_it_ends_when_somebody_reacts_or_it_is_over(
    hass: HomeAssistant,
    escalate: Automate,
    told: Told,
    change: Change,
    wait: Wait,
    how: str,
) -> None:
    """Or while nobody knows; the other server's goes on."""
    await escalate()
    await change("critical")
    if how == "ok":
        await change("ok")
    elif how == "disabled":
        [entry] = hass.config_entries.async_entries(DOMAIN)
        await hass.config_entries.async_set_disabled_by(
            entry.entry_id, ConfigEntryDisabler.USER
        )
    else:
        await hass.services.async_call(
            DOMAIN, how, {"entity_id": "sensor.web01_cpu"}, blocking=True
        )
    if how != "disabled":
        await change("critical", host="db01", metric_name="Disk")
    await wait(11)
    await wait(60)
    expected = (
        [] if how == "disabled" else ["first: Disk", "second: Disk", "third: Disk"]
    )
    assert sorted(sent(told)) == expected


async def test_it_goes_on_from_the_beginning_of_what_worsens(
    escalate: Automate, told: Told, change: Change, wait: Wait
) -> None:
    """The incident is the same."""
    await escalate(severities=["warning", "critical"])
    await change("warning")
    await wait(8)
    await change("critical")
    await wait(3)
    assert sent(told) == ["first: CPU"]


async def test_what_came_due_while_away_is_told_once(
    escalate: Automate, told: Told, change: Change, wait: Wait, restart: Restart
) -> None:
    """At the start."""
    await escalate()
    await change("critical")
    await restart(minutes=15)
    await wait(0.2)
    await restart()
    await wait(0.2)
    assert sent(told) == ["first: CPU"]


async def test_a_storm_is_one_call(
    phones: list[str],
    hass: HomeAssistant,
    escalate: Automate,
    told: Told,
    storm: Storm,
    wait: Wait,
    pushed: Pushed,
) -> None:
    """With how many there are."""
    person(hass, "anna", phones[0])
    await escalate(people=["person.anna"])
    await storm([alert("critical", metric_name=f"Disk {n}") for n in range(60)])
    await wait(11)
    [push] = pushed()
    assert push["message"].startswith("Nobody has reacted: 60 alerts: Disk ")
    assert push["message"].endswith(" on web01 is critical, and 57 more.")
    assert len(told) == 1


def person(hass: HomeAssistant, name: str, phone: str, state: str = "home") -> None:
    """Make a person who is tracked by a phone."""
    [tracker] = [
        entity.entity_id
        for entity in er.async_entries_for_device(er.async_get(hass), phone)
        if entity.domain == "device_tracker"
    ]
    hass.states.async_set(
        f"person.{name}",
        state,
        {"device_trackers": [tracker], "friendly_name": name.title()},
    )


@pytest.mark.parametrize(
    ("anna", "bert", "duties", "first"),
    [
        ("home", "not_home", {}, ["Anna"]),
        ("not_home", "not_home", {}, ["Anna", "Bert"]),
        ("home", "home", {"calendar.duty": {"message": "On call: bert"}}, ["Bert"]),
        ("home", "home", {"schedule.bert": {"friendly_name": "Bert's week"}}, ["Bert"]),
        ("home", "not_home", {"calendar.duty": {"message": "Holiday"}}, ["Anna"]),
    ],
)
async def test_who_is_on_call_or_at_home_is_called_first(
    phones: list[str],
    hass: HomeAssistant,
    escalate: Automate,
    change: Change,
    wait: Wait,
    pushed: Pushed,
    anna: str,
    bert: str,
    duties: dict[str, Any],
    first: list[str],
) -> None:
    """Then everybody, through silence."""
    person(hass, "anna", phones[0], anna)
    person(hass, "bert", phones[1], bert)
    hass.states.async_set("calendar.off", "off", {"message": "Anna"})
    for entity_id, attributes in duties.items():
        hass.states.async_set(entity_id, "on", attributes)
    await escalate(
        people=["person.anna", "person.bert"], duty=["calendar.off", *duties]
    )
    await change("critical", metric_name="<CPU>")
    await wait(11)
    pushes = pushed()
    assert [push["push_token"] for push in pushes] == first
    for push in pushes:
        name = "<CPU>" if push["push_token"] == "Bert" else "&lt;CPU>"
        assert push["message"] == f"Nobody has reacted: {name} on web01 is critical."
        assert push["data"]["channel"] == "alarm_stream"
    await wait(20)
    assert [push["push_token"] for push in pushed()] == ["Anna", "Bert"]


async def test_only_the_chosen_are_escalated(
    hass: HomeAssistant, escalate: Automate, told: Told, change: Change, wait: Wait
) -> None:
    """By server and severity."""
    await change("ok")
    server = device_of(hass, "sensor.web01_cpu")
    await escalate(target={"device_id": server}, severities=["warning"])
    await change("critical")
    await change("warning", metric_name="Disk")
    await change("warning", host="db01", metric_name="Memory")
    await wait(11)
    assert sent(told) == ["first: Disk"]


async def test_a_test_is_marked(
    phones: list[str],
    hass: HomeAssistant,
    escalate: Automate,
    wait: Wait,
    pushed: Pushed,
) -> None:
    """So that nobody gets up."""
    person(hass, "anna", phones[0])
    await escalate(people=["person.anna"])
    await hass.services.async_call(
        DOMAIN,
        "send_test_alert",
        {"status": "critical", "host": "web01", "metric": "CPU"},
        blocking=True,
    )
    await wait(11)
    [push] = pushed()
    assert push["message"] == "Nobody has reacted: Test: CPU on web01 is critical."
