"""Contract: what automations read of an alert, in the event, the trigger and the sensor."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from scripts.simulated_api import Account
from tests import (
    a_day,
    look_again,
    payload,
    receive_alert,
    settle_agreement,
    setup_integration,
    state,
    without,
)
from tests.conftest import Deliver

CPU = "sensor.web01_example_com_cpu"

# of the second alert of the day, which says everything
ALERT: dict[str, Any] = {
    "acknowledged": False,
    "agent_id": "2f177701-1ea1-5bff-8d00-f1059621d1f6",
    "changes_last_hour": 2,
    "dependent": False,
    "event_id": "c4524c49-1c9c-5b84-92e7-5507e5ffe33d",
    "flapping": False,
    "happened_at": "2026-11-20T08:10:00+00:00",
    "is_test": False,
    "metric_id": "6bb724a0-b84e-5d80-9584-7ab051c4e873",
    "needs_attention": True,
    "silenced": False,
    "status_changed_at": "2026-11-20T08:10:00+00:00",
    "text": "Current value: 95.00 % threshold (90.00 %) exceeded over last 5 minutes",
    "threshold": 90.0,
    "title": "web01.example.com - CPU is Critical",
    "unit": "%",
    "value": 95.0,
}
STATUS_SENSOR: dict[str, Any] = {
    **ALERT,
    "acknowledged_at": None,
    "acknowledged_by": None,
    "acknowledged_until": None,
    "acknowledgement_comment": None,
    "custom_ui_state_card": "bleemeo-more-info",
    "incident_began_at": "2026-11-20T08:00:00+00:00",
    "incident_began_earlier": False,
    "incident_worst": "critical",
}
SILENCE = {
    "area_id",
    "by",
    "by_hand",
    "change",
    "comment",
    "device_id",
    "entity_id",
    "entry_id",
    "from",
    "host",
    "label_id",
    "name",
    "silence_id",
    "target",
    "until",
    "user_id",
}
EVENT: dict[str, Any] = {
    **ALERT,
    "incident": {
        "began_at": "2026-11-20T08:00:00+00:00",
        "began_earlier": False,
        "worst": "critical",
    },
    "account_id": "8f63c7da-700c-4fa6-a4d5-c15db2652d15",
    "change": "worsened",
    "entity_id": CPU,
    "entry_id": "01JBLEEMEO0000000000000000",
    "host": "web01.example.com",
    "metric_name": "CPU",
    "previous_status": "warning",
    "source": "webhook",
    "status": "critical",
    "unseen_change": False,
    "while_offline": False,
}
# of an alert that says nothing more than it must
NONE = {
    "changes_last_hour",
    "event_id",
    "happened_at",
    "metric_id",
    "previous_status",
    "text",
    "threshold",
    "unit",
    "value",
}
# what Home Assistant itself adds
OF_SEVERAL = {"alerts", "count", "hosts", "severities", "worst"}
OF_ANY_TRIGGER = {"alias", "description", "id", "idx", "platform"}
OF_ANY_SENSOR = {"device_class", "friendly_name", "options"}
OF_ANY_EVENT_ENTITY = {"device_class", "event_type", "event_types", "friendly_name"}


def typed(data: dict[str, Any]) -> dict[str, tuple[type, Any]]:
    """Return each value with its type, for 1, 1.0 and True are equal."""
    return {key: (type(value), value) for key, value in data.items()}


async def test_the_event_s_data(
    hass: HomeAssistant, deliver: Deliver, entity_registry: er.EntityRegistry
) -> None:
    """Every key is there, whatever the alert says."""
    events = async_capture_events(hass, "bleemeo_alert")
    for alert in a_day()[:2]:
        await deliver(alert)
    device_id = entity_registry.entities[CPU].device_id
    assert isinstance(device_id, str)
    assert typed(events[1].data) == typed(EVENT | {"device_id": device_id})

    optional = ("id", "metric", "text", "happened_at", "number_status_change_last_hour")
    await deliver(without(payload(), *optional))
    least = events[2].data
    assert least.keys() == {*EVENT, "device_id"}
    assert {key for key, value in least.items() if value is None} == NONE


async def test_the_data_of_the_end_of_flapping(
    hass: HomeAssistant,
    deliver: Deliver,
    freezer: FrozenDateTimeFactory,
    entity_registry: er.EntityRegistry,
) -> None:
    """That of the last alert, without what only a change has."""
    freezer.move_to("2026-11-20T08:10:30Z")
    events = async_capture_events(hass, "bleemeo_flapping_ended")
    await deliver(a_day()[1] | {"number_status_change_last_hour": 6})
    assert state(hass, CPU).attributes["flapping"] is True
    freezer.tick(3600)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    [event] = events
    of_a_change = (
        "change",
        "previous_status",
        "source",
        "unseen_change",
        "while_offline",
    )
    device_id = entity_registry.entities[CPU].device_id
    incident = {
        "began_at": "2026-11-20T08:10:00+00:00",
        "began_earlier": False,
        "worst": "critical",
    }
    expected = EVENT | {"device_id": device_id, "changes_last_hour": 6}
    expected |= {"incident": incident}
    assert typed({**event.data}) == typed(without(expected, *of_a_change))


@pytest.mark.usefixtures("enabled_by_default")
async def test_words_of_change_and_status(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """In the event, as types of the event entities, and as states of the sensors."""
    events = async_capture_events(hass, "bleemeo_alert")
    for minute, status in enumerate((1, 2, 2, 3, 0)):
        time = f"2026-11-20T08:{minute:02}:00Z"
        await deliver(payload(status=status, status_changed_at=time, id=None))
    assert [
        (event.data["change"], event.data["previous_status"], event.data["status"])
        for event in events
    ] == [
        ("raised", None, "warning"),
        ("worsened", "warning", "critical"),
        ("repeated", "critical", "critical"),
        ("unknown", "critical", "unknown"),
        ("cleared", "unknown", "ok"),
    ]
    changes = ["raised", "worsened", "eased", "cleared", "repeated"]
    changes += ["unknown", "forgotten"]
    for entity_id in ("event.bleemeo_alert", "event.web01_example_com_alert"):
        assert state(hass, entity_id).attributes["event_types"] == changes
    statuses = ["ok", "warning", "critical"]
    for entity_id in (CPU, "sensor.web01_example_com_status", "sensor.bleemeo_status"):
        assert state(hass, entity_id).attributes["options"] == statuses


async def test_words_of_source(
    hass: HomeAssistant, entry_with_access: MockConfigEntry, account: Account
) -> None:
    """What a listing corrects, what Bleemeo posts, and what a person sends to try it."""
    events = async_capture_events(hass, "bleemeo_alert")
    [agent_id] = account.agents
    account.add_metric(agent_id, "updates", "critical")
    await setup_integration(hass, entry_with_access)
    await settle_agreement(hass, entry_with_access)
    await look_again(hass, entry_with_access)
    await receive_alert(entry_with_access, payload())
    await hass.services.async_call(
        "bleemeo", "send_test_alert", {"status": "warning"}, blocking=True
    )
    await hass.async_block_till_done()
    assert [event.data["source"] for event in events] == ["api", "webhook", "test"]


@pytest.mark.parametrize(
    ("key", "options", "count"),
    [
        ("alert_changed", {}, 3),
        ("alert_left", {}, 1),
        ("alert_reached", {}, 1),
        ("alert_reached", {"for": {"minutes": 5}}, 1),
        ("alert_reached", {"together": {"minutes": 5}}, 1),
        ("alert_unattended", {"for": {"minutes": 5}}, 1),
    ],
)
async def test_keys_of_a_trigger(
    hass: HomeAssistant,
    deliver: Deliver,
    freezer: FrozenDateTimeFactory,
    key: str,
    options: dict[str, Any],
    count: int,
) -> None:
    """Those of the event, of one about several alerts, and how long it was to last."""
    actions = {"event": "told", "event_data": {"keys": "{{ trigger.keys() | list }}"}}
    trigger = {"trigger": f"bleemeo.{key}", "options": options}
    automation = {"triggers": trigger, "actions": actions}
    assert await async_setup_component(hass, "automation", {"automation": automation})
    runs = async_capture_events(hass, "told")
    raised, worsened, _, cleared = a_day()[:4]
    freezer.move_to(raised["modified_at"])
    await deliver(raised)
    freezer.tick(301)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    await deliver(worsened)
    await deliver(cleared)
    await hass.async_block_till_done()
    assert len(runs) == count
    expected = {*EVENT, "device_id", "summary"} | OF_SEVERAL | OF_ANY_TRIGGER
    if key != "alert_changed":
        expected |= {"for", "notices"}
    if key == "alert_unattended":
        expected.add("reminder")
    assert {frozenset(run.data["keys"]) for run in runs} == {frozenset(expected)}


async def test_the_data_of_acknowledgements(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """The alert, who has seen it, and what ended that."""
    events = async_capture_events(hass, "bleemeo_acknowledgement")
    await deliver(payload())
    for action in ("acknowledge", "unacknowledge"):
        target = {"entity_id": CPU}
        await hass.services.async_call("bleemeo", action, target, blocking=True)
    own = {"acknowledged_at", "until", "comment", "user_id", "by", "end", "change"}
    of_a_change = {"previous_status", "source", "unseen_change", "while_offline"}
    for event in events:
        assert event.data.keys() == {*EVENT, "device_id", *own} - of_a_change
    told = [(event.data["change"], event.data["end"]) for event in events]
    assert told == [("acknowledged", None), ("ended", "by_hand")]


async def test_the_data_of_silences(hass: HomeAssistant, deliver: Deliver) -> None:
    """Who is silenced, from when to when, by whom and why."""
    events = async_capture_events(hass, "bleemeo_silence")
    await deliver(payload())
    for action in ("silence", "unsilence"):
        target = {"entity_id": CPU}
        await hass.services.async_call("bleemeo", action, target, blocking=True)
    for event in events:
        assert event.data.keys() == SILENCE
        assert event.data["target"] == "metric"
    told = [(event.data["change"], event.data["by_hand"]) for event in events]
    assert told == [("began", None), ("ended", True)]


@pytest.mark.usefixtures("enabled_by_default")
async def test_attributes_of_entities(hass: HomeAssistant, deliver: Deliver) -> None:
    """A metric's status sensor says what its last alert says; a server's how many.

    A metric's problem sensor says which metric it is of, which leads to the status sensor.
    """
    for alert in a_day()[:2]:
        await deliver(alert)
    shown = without(state(hass, CPU).attributes, *OF_ANY_SENSOR)
    assert typed(shown) == typed(STATUS_SENSOR)

    event = state(hass, "event.web01_example_com_alert").attributes
    assert event.keys() - OF_ANY_EVENT_ENTITY == {*EVENT, "device_id"} - {"change"}
    of_agent = state(hass, "sensor.web01_example_com_status").attributes
    of_rollup = {"custom_ui_state_card", "needs_attention", "open"}
    assert of_agent.keys() == OF_ANY_SENSOR | of_rollup

    problem = state(hass, "binary_sensor.web01_example_com_cpu_problem").attributes
    assert without(problem, "friendly_name") == {
        name: STATUS_SENSOR[name] for name in ("custom_ui_state_card", "metric_id")
    }
