"""Tests of the actions."""

from datetime import timedelta
import logging
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)
import voluptuous as vol

from custom_components.bleemeo.const import DOMAIN, EVENT_ALERT
from custom_components.bleemeo.journal import JournalError
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)

from . import ACCOUNT, a_day, journal_rows, payload, setup_integration, state, states
from .conftest import Deliver


async def get_deliveries(
    hass: HomeAssistant, entry: MockConfigEntry, **data: Any
) -> list[Any]:
    """Call the action and return the deliveries."""
    response = await hass.services.async_call(
        DOMAIN,
        "get_deliveries",
        {"config_entry_id": entry.entry_id, **data},
        blocking=True,
        return_response=True,
    )
    assert response is not None
    deliveries = response["deliveries"]
    assert isinstance(deliveries, list)
    return deliveries


async def test_deliveries_are_returned_with_what_became_of_them(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """Newest first, with the body as it was delivered."""
    await deliver(payload())
    await deliver([1])
    refused, changed = await get_deliveries(hass, entry)
    assert changed.pop("received_at") < refused.pop("received_at")
    assert changed == {
        "source": "webhook",
        "verdict": "changed",
        "reason": None,
        "left_out": {},
        "host": "web01.example.com",
        "title": "web01.example.com - CPU is Warning",
        "body": payload(),
    }
    assert refused == {
        "source": "webhook",
        "verdict": "refused",
        "reason": "the body is not a JSON object",
        "left_out": {},
        "host": None,
        "title": None,
        "body": [1],
    }


async def test_deliveries_are_filtered(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """By host, verdict, time and number."""
    for alert in [*a_day(), a_day()[0]]:
        await deliver(alert)
    [last, *_] = await get_deliveries(hass, entry, limit=1)
    assert last["verdict"] == "late"
    nas = await get_deliveries(hass, entry, host="nas.example.com")
    assert len(nas) == 2
    late = await get_deliveries(hass, entry, verdict=["late", "refused"])
    assert late == [last]
    assert await get_deliveries(hass, entry, verdict="late") == [last]
    assert await get_deliveries(hass, entry, since=last["received_at"]) == [last]
    before = await get_deliveries(hass, entry, until=last["received_at"])
    assert len(before) == len(a_day())


async def test_a_body_that_is_no_json_is_returned_as_it_is(
    hass: HomeAssistant, entry: MockConfigEntry, client: Any
) -> None:
    """As far as it could be read."""
    await client.post("/api/webhook/a-secret-that-only-bleemeo-knows", data=b"{\xff")
    [refused] = await get_deliveries(hass, entry)
    assert refused["body"] == "{\ufffd"


async def test_an_unknown_or_unloaded_entry_is_named(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """And so are invalid options."""
    with pytest.raises(ServiceValidationError, match="nothing"):
        await hass.services.async_call(
            DOMAIN,
            "get_deliveries",
            {"config_entry_id": "nothing"},
            blocking=True,
            return_response=True,
        )
    for wrong in ({"verdict": "odd"}, {"limit": 0}, {"since": "yesterday"}):
        with pytest.raises(vol.Invalid):
            await get_deliveries(hass, entry, **wrong)
    await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(ServiceValidationError, match="not loaded"):
        await get_deliveries(hass, entry)


async def test_a_journal_that_cannot_be_read_is_an_error_in_words(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """It says which entry, why, and what to do."""
    with (
        patch(
            "custom_components.bleemeo.hub.store.Journal.read",
            side_effect=JournalError("disk gone"),
        ),
        pytest.raises(HomeAssistantError, match="of Bleemeo could not be read.*gone"),
    ):
        await get_deliveries(hass, entry)


CPU = "sensor.web01_example_com_cpu_status"
NAS = "sensor.nas_example_com_status"
UNACKNOWLEDGED = "sensor.bleemeo_unacknowledged_alerts"


@pytest.fixture
async def day(deliver: Deliver) -> None:
    """Deliver the constructed day, after which five alerts stay open."""
    for alert in a_day():
        await deliver(alert)


async def call(hass: HomeAssistant, action: str, **data: Any) -> None:
    """Perform an action."""
    await hass.services.async_call(DOMAIN, action, data, blocking=True)


async def get_alerts(hass: HomeAssistant, **data: Any) -> list[Any]:
    """Return the open alerts."""
    response = await hass.services.async_call(
        DOMAIN, "get_alerts", data, blocking=True, return_response=True
    )
    assert response is not None
    alerts = response["alerts"]
    assert isinstance(alerts, list)
    return alerts


def is_acknowledged(hass: HomeAssistant, entity_id: str) -> bool:
    """Return the attribute of a status sensor."""
    acknowledged = state(hass, entity_id).attributes["acknowledged"]
    assert isinstance(acknowledged, bool)
    return acknowledged


@pytest.mark.usefixtures("day")
async def test_an_acknowledgement_is_shown_and_outlives_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """It can be taken back."""
    disk = "sensor.web01_example_com_disk_used_home_status"
    assert state(hass, UNACKNOWLEDGED).state == "5"
    await call(hass, "acknowledge", entity_id=disk, comment="on it")
    assert is_acknowledged(hass, disk)
    assert state(hass, UNACKNOWLEDGED).state == "4"

    await hass.config_entries.async_reload(entry.entry_id)
    assert is_acknowledged(hass, disk)
    assert state(hass, UNACKNOWLEDGED).state == "4"
    [metric] = entry.runtime_data.hub.board.acknowledged.values()
    assert metric.acknowledgement.comment == "on it"

    await call(hass, "unacknowledge", entity_id=disk)
    assert not is_acknowledged(hass, disk)
    await hass.config_entries.async_reload(entry.entry_id)
    assert state(hass, UNACKNOWLEDGED).state == "5"


@pytest.mark.parametrize(
    ("status", "lasts"), [(2, False), (0, False), (1, True), (3, True)]
)
async def test_an_acknowledgement_ends_when_the_alert_clears_or_worsens(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    status: int,
    lasts: bool,
) -> None:
    """It lasts while the alert repeats or eases, even across a restart."""
    await deliver(payload())
    await call(hass, "acknowledge", entity_id=CPU)
    await deliver(
        payload(status=status, id=None, status_changed_at="2026-11-21T08:00:00Z")
    )
    assert is_acknowledged(hass, CPU) is lasts
    await hass.config_entries.async_reload(entry.entry_id)
    assert is_acknowledged(hass, CPU) is lasts


@pytest.mark.parametrize("is_reloaded", [False, True])
async def test_an_acknowledgement_ends_after_the_given_time(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    is_reloaded: bool,
) -> None:
    """Each after its own time, even if Home Assistant was restarted meanwhile."""
    await deliver(payload())
    await deliver(payload(metric=None))
    own = next(
        entity_id for entity_id in states(hass) if entity_id.endswith("cpu_status_2")
    )
    await call(hass, "acknowledge", entity_id=CPU, duration={"hours": 1})
    await call(hass, "acknowledge", entity_id=own, duration="02:00:00")
    if is_reloaded:
        await hass.config_entries.async_reload(entry.entry_id)
    for expected in ([False, True], [False, False]):
        freezer.tick(timedelta(hours=1, seconds=1))
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert [is_acknowledged(hass, each) for each in (CPU, own)] == expected
    assert journal_rows(
        hass, entry, "SELECT count(*) FROM metric WHERE acknowledgement IS NOT NULL"
    ) == [(0,)]


@pytest.mark.usefixtures("day")
async def test_what_is_ok_is_not_acknowledged(hass: HomeAssistant) -> None:
    """Nothing is shown, and pressing a button too late is not an error."""
    await call(hass, "acknowledge", entity_id=CPU)
    assert not is_acknowledged(hass, CPU)
    assert state(hass, UNACKNOWLEDGED).state == "5"


@pytest.mark.usefixtures("day")
async def test_a_target_stands_for_all_its_metrics(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
    area_registry: ar.AreaRegistry,
    label_registry: lr.LabelRegistry,
) -> None:
    """An agent's entity or device, an area, a label, the account."""
    nas = entity_registry.entities[NAS].device_id
    account = entity_registry.entities[UNACKNOWLEDGED].device_id
    assert nas
    assert account
    area = area_registry.async_create("Cellar")
    label = label_registry.async_create("Important")
    device_registry.async_update_device(nas, area_id=area.id)
    entity_registry.async_update_entity(NAS, labels={label.label_id})
    for target, rest in (
        ({"entity_id": NAS}, 3),
        ({"entity_id": "binary_sensor.nas_example_com_ups"}, 4),
        ({"device_id": nas}, 3),
        ({"area_id": area.id}, 3),
        ({"label_id": label.label_id}, 3),
        ({"entity_id": UNACKNOWLEDGED}, 0),
        ({"device_id": account}, 0),
    ):
        await call(hass, "acknowledge", **target)
        assert state(hass, UNACKNOWLEDGED).state == str(rest), target
        await call(hass, "unacknowledge", **target)
        assert state(hass, UNACKNOWLEDGED).state == "5"


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize("action", ["acknowledge", "unacknowledge", "forget"])
async def test_a_target_that_is_not_ours_is_named(
    hass: HomeAssistant, action: str
) -> None:
    """So is one that matches nothing."""
    with pytest.raises(ServiceValidationError, match="sun.sun is no entity"):
        await call(hass, action, entity_id=["sun.sun", CPU])
    with pytest.raises(ServiceValidationError, match="nothing is no entity"):
        await call(hass, action, device_id="nothing")
    with pytest.raises(ServiceValidationError, match="has no metric"):
        await call(hass, action, area_id="nowhere")
    with pytest.raises(vol.Invalid):
        await call(hass, action)


@pytest.mark.usefixtures("day")
async def test_open_alerts_are_returned_worst_first(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Then longest open first."""
    await call(hass, "acknowledge", entity_id=NAS)
    alerts = await get_alerts(hass)
    assert [(alert["status"], alert["metric_name"]) for alert in alerts] == [
        ("critical", "SMART status"),
        ("critical", "UPS"),
        ("warning", "Disk used (/home)"),
        ("warning", "https://shop.example.com/ - checkout is slow"),
        ("unknown", "Certificate"),
    ]
    assert [alert["acknowledged"] for alert in alerts] == [True, True] + [False] * 3
    disk = alerts[2]
    assert disk["device_id"]
    assert {key: disk[key] for key in disk if not key.endswith("_id")} == {
        "host": "web01.example.com",
        "metric_name": "Disk used (/home)",
        "status": "warning",
        "title": "web01.example.com - Disk used (/home) is Warning",
        "text": "Current value: 88.00 % threshold (80.00 %) exceeded over last"
        " 5 minutes",
        "value": 88.0,
        "unit": "%",
        "threshold": 80.0,
        "status_changed_at": "2026-11-20T09:00:00+00:00",
        "happened_at": "2026-11-20T09:00:00+00:00",
        "changes_last_hour": 1,
        "flapping": False,
        "acknowledged": False,
    }
    assert disk["entity_id"] == "sensor.web01_example_com_disk_used_home_status"
    assert disk["entry_id"] == entry.entry_id


@pytest.mark.usefixtures("day")
async def test_open_alerts_are_filtered(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """By severity, host, target and account."""
    other = MockConfigEntry(domain=DOMAIN, data={"webhook_id": "other"})
    await setup_integration(hass, other)
    for wanted, count in (
        ({}, 5),
        ({"severity": "critical"}, 2),
        ({"severity": ["warning", "unknown"]}, 3),
        ({"host": "nas.example.com"}, 2),
        ({"entity_id": NAS}, 2),
        ({"entity_id": NAS, "severity": "warning"}, 0),
        ({"config_entry_id": entry.entry_id}, 5),
        ({"config_entry_id": other.entry_id}, 0),
        ({"entity_id": NAS, "config_entry_id": other.entry_id}, 0),
    ):
        assert len(await get_alerts(hass, **wanted)) == count, wanted
    with pytest.raises(vol.Invalid):
        await get_alerts(hass, severity="ok")
    with pytest.raises(ServiceValidationError):
        await get_alerts(hass, config_entry_id="nothing")


async def test_a_test_alert_takes_the_way_of_all_alerts(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """It does not pin the account, and survives a restart."""
    await setup_integration(hass, entry)
    events = async_capture_events(hass, EVENT_ALERT)
    text = "Current value: 95.00 %"
    await call(hass, "send_test_alert", status="critical", text=text)
    assert state(hass, "sensor.test_test_status").state == "critical"
    assert state(hass, "sensor.test_test_status").attributes["value"] == 95.0
    await call(hass, "send_test_alert", status="ok")
    await call(hass, "send_test_alert", status="unknown", host="db", metric="Disk")
    assert [
        (event.data["source"], event.data["change"], event.data["host"])
        for event in events
    ] == [
        ("test", "raised", "Test"),
        ("test", "cleared", "Test"),
        ("test", "raised", "db"),
    ]
    assert not any(event.data["unseen_change"] for event in events)
    assert entry.unique_id is None
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.unique_id is None
    assert state(hass, "sensor.test_test_status").state == "ok"
    [delivery, *_] = await get_deliveries(hass, entry)
    assert delivery["source"] == "test"
    assert delivery["body"]["title"] == "db - Disk is unknown"


async def test_a_test_alert_is_of_the_account_that_is_there(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """So that automations see no difference."""
    await deliver(payload())
    events = async_capture_events(hass, EVENT_ALERT)
    await call(hass, "send_test_alert", status="warning")
    assert events[0].data["account_id"] == ACCOUNT


async def test_an_impossible_test_alert_says_what_is_possible(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """For statuses, names and entries."""
    await setup_integration(hass, entry)
    with pytest.raises(vol.Invalid, match="critical.*ok|ok.*critical"):
        await call(hass, "send_test_alert", status="terrible")
    for wrong in ({"host": " "}, {"metric": ""}):
        with pytest.raises(vol.Invalid):
            await call(hass, "send_test_alert", status="ok", **wrong)
    with pytest.raises(ServiceValidationError, match="nothing"):
        await call(hass, "send_test_alert", status="ok", config_entry_id="nothing")


@pytest.mark.usefixtures("day")
async def test_a_forgotten_metric_is_gone_until_its_next_alert(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """From the entities, roll-ups and journal; the agent's other metrics stay."""
    await call(hass, "acknowledge", entity_id="sensor.nas_example_com_ups_status")
    await call(hass, "forget", entity_id="sensor.nas_example_com_ups_status")
    await hass.async_block_till_done()
    assert hass.states.get("sensor.nas_example_com_ups_status") is None
    assert hass.states.get("binary_sensor.nas_example_com_ups") is None
    assert state(hass, NAS).state == "critical"
    assert state(hass, "sensor.bleemeo_critical_alerts").state == "1"
    assert state(hass, UNACKNOWLEDGED).state == "4"
    titles = [delivery["title"] for delivery in await get_deliveries(hass, entry)]
    assert "nas.example.com - SMART status is Critical" in titles
    assert "nas.example.com - UPS is Critical" not in titles
    await hass.config_entries.async_reload(entry.entry_id)
    assert hass.states.get("sensor.nas_example_com_ups_status") is None

    await deliver(a_day()[10])
    assert state(hass, "sensor.nas_example_com_ups_status").state == "critical"


@pytest.mark.usefixtures("day")
async def test_a_forgotten_agent_takes_its_device_along(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """An alert brings both back."""
    await call(hass, "forget", entity_id=NAS)
    await hass.async_block_till_done()
    assert not any("nas_example" in entity_id for entity_id in states(hass))
    names = {
        device.name
        for device in dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    }
    assert "nas.example.com" not in names
    assert len(names) == 5
    await deliver(a_day()[10])
    assert state(hass, NAS).state == "critical"


@pytest.mark.usefixtures("day")
async def test_the_account_is_not_forgotten(hass: HomeAssistant) -> None:
    """To forget the account, remove the entry."""
    with pytest.raises(ServiceValidationError, match="has no metric"):
        await call(hass, "forget", entity_id=UNACKNOWLEDGED)


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize("action", ["acknowledge", "forget"])
async def test_what_could_not_be_kept_is_an_error_in_words(
    hass: HomeAssistant, action: str
) -> None:
    """It takes effect, but a restart may undo it."""
    with (
        patch(
            "custom_components.bleemeo.hub.store.Journal.keep",
            side_effect=JournalError("disk full"),
        ),
        pytest.raises(HomeAssistantError, match="journal of Bleemeo.*disk full"),
    ):
        await call(hass, action, entity_id=NAS)
    assert state(hass, UNACKNOWLEDGED).state == "3"


async def test_an_end_that_cannot_be_kept_is_shown(
    hass: HomeAssistant,
    deliver: Deliver,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The store reports the trouble."""
    caplog.set_level(logging.ERROR)
    await deliver(payload())
    await call(hass, "acknowledge", entity_id=CPU, duration={"minutes": 1})
    with patch(
        "custom_components.bleemeo.hub.store.Journal.keep",
        side_effect=JournalError("disk full"),
    ):
        freezer.tick(timedelta(minutes=2))
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert not is_acknowledged(hass, CPU)
    assert "disk full" in caplog.text
