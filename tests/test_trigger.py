"""Tests of the triggers, in automations and with alerts delivered to the webhook."""

from collections.abc import Callable
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.bleemeo.const import CONF_FLAPPING_THRESHOLD, DOMAIN, EVENT_ALERT
from custom_components.bleemeo.target import Subjects
from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CoreState, Event, HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    label_registry as lr,
)
from homeassistant.setup import async_setup_component

from . import AGENT, a_day, documented, payload, state
from .conftest import Deliver

WEB01 = "2f177701-1ea1-5bff-8d00-f1059621d1f6"
RAISED, WORSENED, EASED, CLEARED = a_day()[:4]
RAISED_AT = "2026-11-20T08:00:00Z"
FIVE_MINUTES = {"for": {"minutes": 5}}

# an event cannot carry a duration, so send it as text
TELL = "{{ dict(trigger, **({'for': trigger['for'] | string} if 'for' in trigger else {})) }}"

type Fired = list[Event[dict[str, Any]]]
type Target = dict[str, Any]


async def automate(
    hass: HomeAssistant, key: str, target: Target | None = None, **options: Any
) -> Fired:
    """Set up an automation with one of our triggers and return the events it fires."""
    trigger = {"trigger": f"bleemeo.{key}", "options": options}
    if target is not None:
        trigger["target"] = target
    assert await async_setup_component(
        hass,
        AUTOMATION,
        {
            AUTOMATION: {
                "alias": "Tell",
                "triggers": trigger,
                "actions": {
                    "event": "told",
                    "event_data": {"trigger": TELL},
                },
            }
        },
    )
    await hass.async_block_till_done()
    return async_capture_events(hass, "told")


def told(fired: Fired) -> list[tuple[str, str]]:
    """Return change and status of each run."""
    runs = [event.data["trigger"] for event in fired]
    return [(run["change"], run["status"]) for run in runs]


async def pass_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float
) -> None:
    """Move the time forward, and run what is due."""
    freezer.tick(seconds)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


async def attach_again(hass: HomeAssistant) -> None:
    """Reload the automation."""
    for service in ("turn_off", "turn_on"):
        await hass.services.async_call(
            AUTOMATION, service, {"entity_id": "automation.tell"}, blocking=True
        )


async def finish_start(hass: HomeAssistant) -> None:
    """Finish the start of Home Assistant."""
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("alert_raised", [("raised", "warning")]),
        ("alert_worsened", [("worsened", "critical")]),
        ("alert_cleared", [("cleared", "ok")]),
        (
            "alert_changed",
            [
                ("raised", "warning"),
                ("worsened", "critical"),
                ("eased", "warning"),
                ("repeated", "warning"),
                ("cleared", "ok"),
            ],
        ),
    ],
)
async def test_each_trigger_fires_once_for_each_alert_of_its_kind(
    hass: HomeAssistant, deliver: Deliver, key: str, expected: list[tuple[str, str]]
) -> None:
    """The first one is about a new metric; repeats and late ones do not count."""
    fired = await automate(hass, key)
    repeated = EASED | {"id": None, "status_changed_at": "2026-11-20T08:30:00Z"}
    day = [RAISED, WORSENED, EASED, repeated, CLEARED]
    for alert in [*day, *day]:
        await deliver(alert)
    assert told(fired) == expected


async def test_the_event_s_data_is_handed_over(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """With every trigger's usual data, and in the context of the alert."""
    fired = await automate(hass, "alert_raised")
    events = async_capture_events(hass, EVENT_ALERT)
    await deliver(RAISED)
    [run] = fired
    assert run.data["trigger"] == {
        **events[0].data,
        "id": "0",
        "idx": "0",
        "alias": None,
        "platform": "bleemeo.alert_raised",
        "description": "web01.example.com - CPU is Warning",
    }
    assert run.context.parent_id == events[0].context.id


async def test_an_alert_while_the_entry_reloads_is_told_after_it(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """The trigger does not need a loaded entry."""
    fired = await automate(hass, "alert_raised", {"entity_id": "sensor.bleemeo_status"})
    await hass.config_entries.async_unload(entry.entry_id)
    assert (await deliver(RAISED)).status == 503
    await hass.config_entries.async_setup(entry.entry_id)
    assert (await deliver(RAISED)).status == 200
    assert told(fired) == [("raised", "warning")]


@pytest.mark.parametrize(
    ("key", "severity", "expected"),
    [
        ("alert_raised", "warning", 1),
        ("alert_raised", ["critical", "unknown"], 0),
        ("alert_worsened", ["critical"], 1),
        ("alert_worsened", ["warning"], 0),
        ("alert_cleared", ["warning"], 1),
        ("alert_cleared", ["critical"], 0),
        ("alert_changed", ["critical"], 1),
        ("alert_changed", ["warning"], 3),
    ],
)
async def test_severity_is_that_of_the_status_and_when_cleared_the_previous_one(
    hass: HomeAssistant, deliver: Deliver, key: str, severity: Any, expected: int
) -> None:
    """Before it cleared, the day's first alert was a warning."""
    fired = await automate(hass, key, severity=severity)
    for alert in (RAISED, WORSENED, EASED, CLEARED):
        await deliver(alert)
    assert len(fired) == expected


@pytest.mark.parametrize(("options", "count"), [({}, 1), ({"severity": "warning"}, 0)])
async def test_a_first_alert_that_clears_counts_unless_severities_are_chosen(
    hass: HomeAssistant, deliver: Deliver, options: dict[str, Any], count: int
) -> None:
    """Its previous status is not known."""
    fired = await automate(hass, "alert_cleared", **options)
    await deliver(CLEARED)
    assert len(fired) == count


@pytest.mark.parametrize(("include", "count"), [(True, 1), (False, 0)])
@pytest.mark.parametrize("key", ["alert_raised", "alert_changed"])
async def test_flapping_metrics_can_be_left_out(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    key: str,
    include: bool,
    count: int,
) -> None:
    """From the threshold in the entry's options."""
    freezer.move_to("2026-11-20T08:01:00Z")
    hass.config_entries.async_update_entry(entry, options={CONF_FLAPPING_THRESHOLD: 2})
    await hass.config_entries.async_reload(entry.entry_id)
    fired = await automate(hass, key, include_flapping=include)
    await deliver(payload(number_status_change_last_hour=2))
    assert len(fired) == count


FLAPPING: dict[str, Any] = {"number_status_change_last_hour": 6}


@pytest.mark.parametrize(
    ("key", "status", "options", "expected"),
    [
        ("alert_raised", 2, {}, [("raised", "critical")]),
        ("alert_raised", 2, {"severity": "critical"}, [("raised", "critical")]),
        ("alert_raised", 1, {"severity": "critical"}, []),
        ("alert_raised", 0, {}, []),
        ("alert_raised", 2, {"for": {"minutes": 30}}, [("raised", "critical")]),
        ("alert_raised", 2, {"include_flapping": True}, [("raised", "critical")]),
        ("alert_cleared", 0, {}, [("cleared", "ok")]),
        ("alert_cleared", 0, {"severity": "critical"}, [("cleared", "ok")]),
        ("alert_cleared", 2, {}, []),
        ("alert_worsened", 2, {}, []),
        ("alert_changed", 0, {}, [("cleared", "ok")]),
        ("alert_changed", 2, {}, [("raised", "critical")]),
    ],
)
async def test_what_was_left_out_is_told_when_it_no_longer_flaps(
    hass: HomeAssistant,
    deliver: Deliver,
    freezer: FrozenDateTimeFactory,
    key: str,
    status: int,
    options: dict[str, Any],
    expected: list[tuple[str, str]],
) -> None:
    """What stays critical is not hidden for ever, and what cleared is over."""
    freezer.move_to("2026-11-20T08:01:00Z")
    fired = await automate(hass, key, **{"include_flapping": False} | options)
    await deliver(payload(status=status, **FLAPPING))
    at_once = expected if options.get("include_flapping") else []
    assert told(fired) == at_once
    freezer.tick(3600)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert told(fired) == expected


async def test_an_alert_that_lasts_longer_than_it_flaps_is_told_in_time(
    hass: HomeAssistant, deliver: Deliver, freezer: FrozenDateTimeFactory
) -> None:
    """The time counts from the change, not from the end of flapping."""
    freezer.move_to("2026-11-20T08:01:00Z")
    options: dict[str, Any] = {"include_flapping": False, "for": {"minutes": 90}}
    fired = await automate(hass, "alert_raised", **options)
    await deliver(payload(status=2, **FLAPPING))
    for minutes, count in ((60, 0), (28, 0), (2, 1)):
        freezer.tick(60 * minutes)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert len(fired) == count


@pytest.mark.parametrize(("include", "changes"), [(True, 3), (False, 2)])
async def test_acknowledged_alerts_can_be_left_out(
    hass: HomeAssistant, deliver: Deliver, include: bool, changes: int
) -> None:
    """A cleared alert is no longer acknowledged, so it fires."""
    await deliver(RAISED)
    await deliver(WORSENED)
    fired = await automate(hass, "alert_changed", include_acknowledged=include)
    target = {"entity_id": "sensor.web01_example_com_cpu_status"}
    await hass.services.async_call(DOMAIN, "acknowledge", target, blocking=True)
    await deliver(EASED)
    await deliver(CLEARED)
    await deliver(payload(id=None, status_changed_at="2026-11-20T12:00:00Z"))
    assert len(fired) == changes


@pytest.fixture
async def house(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
    floor_registry: fr.FloorRegistry,
    label_registry: lr.LabelRegistry,
) -> dict[str, str]:
    """Return the ids of the devices of two servers with alerts, placed in areas."""
    await deliver(RAISED)
    await deliver(documented())
    for label in ("Of an area", "Of a device", "Of an entity"):
        label_registry.async_create(label)
    floor_registry.async_create("Cellar")
    rack = area_registry.async_create("Rack", floor_id="cellar", labels={"of_an_area"})
    desk = area_registry.async_create("Desk")
    area_registry.async_create("Garden")
    devices = {}
    for uid in (WEB01, AGENT, entry.entry_id):
        device = device_registry.async_get_device_by_identifier(
            (DOMAIN, uid), entry.entry_id
        )
        assert device is not None
        devices[uid] = device.id
    device_registry.async_update_device(
        devices[WEB01], area_id=rack.id, labels={"of_a_device"}
    )
    entity_registry.async_update_entity(
        "sensor.web01_example_com_cpu_status", area_id=desk.id
    )
    entity_registry.async_update_entity(
        "binary_sensor.web01_example_com_cpu", labels={"of_an_entity"}
    )
    return {
        "web01": devices[WEB01],
        "other": devices[AGENT],
        "account": devices[entry.entry_id],
    }


COVERING: dict[str, Callable[[dict[str, str]], Target]] = {
    "nothing": lambda _: {},
    "an empty list": lambda _: {"entity_id": []},
    "metric's status": lambda _: {"entity_id": "sensor.web01_example_com_cpu_status"},
    "metric's problem": lambda _: {"entity_id": "binary_sensor.web01_example_com_cpu"},
    "agent's status": lambda _: {"entity_id": "sensor.web01_example_com_status"},
    "agent's problem": lambda _: {
        "entity_id": "binary_sensor.web01_example_com_problem"
    },
    "agent's alert": lambda _: {"entity_id": "event.web01_example_com_alert"},
    "account's problem": lambda _: {"entity_id": "binary_sensor.bleemeo_problem"},
    "account's count": lambda _: {"entity_id": "sensor.bleemeo_critical_alerts"},
    "agent": lambda devices: {"device_id": devices["web01"]},
    "account": lambda devices: {"device_id": devices["account"]},
    "area of the device": lambda _: {"area_id": "rack"},
    "area of the entity": lambda _: {"area_id": "desk"},
    "floor": lambda _: {"floor_id": "cellar"},
    "label of the area": lambda _: {"label_id": "of_an_area"},
    "label of the device": lambda _: {"label_id": "of_a_device"},
    "label of the entity": lambda _: {"label_id": "of_an_entity"},
    "one of several": lambda devices: {
        "device_id": list(devices.values()),
        "area_id": "garden",
    },
}
OTHER: dict[str, Callable[[dict[str, str]], Target]] = {
    "other agent": lambda devices: {"device_id": devices["other"]},
    "other agent's problem": lambda devices: {
        "entity_id": "binary_sensor.voip01_example_com_problem"
    },
    "other area": lambda _: {"area_id": "garden"},
    "unknown entity": lambda _: {"entity_id": "sensor.gone"},
    "unknown device": lambda _: {"device_id": "gone"},
    "entity of another integration": lambda _: {"entity_id": "automation.tell"},
}


@pytest.mark.parametrize("target", COVERING.values(), ids=COVERING)
async def test_a_target_stands_for_what_is_in_it(
    hass: HomeAssistant, deliver: Deliver, house: dict[str, str], target: Any
) -> None:
    """Including roll-ups of several metrics, and by area, floor and label."""
    fired = await automate(hass, "alert_worsened", target(house))
    await deliver(WORSENED)
    assert told(fired) == [("worsened", "critical")]


@pytest.mark.parametrize("target", OTHER.values(), ids=OTHER)
async def test_a_target_leaves_out_what_is_not_in_it(
    hass: HomeAssistant, deliver: Deliver, house: dict[str, str], target: Any
) -> None:
    """Removed and foreign entities and devices match nothing."""
    fired = await automate(hass, "alert_worsened", target(house))
    await deliver(WORSENED)
    assert fired == []


async def test_a_target_may_hold_devices_that_others_name_in_their_own_way(
    hass: HomeAssistant,
    deliver: Deliver,
    house: dict[str, str],
    device_registry: dr.DeviceRegistry,
) -> None:
    """Bond's devices, for example, have identifiers of three parts."""
    bond = MockConfigEntry(domain="bond")
    bond.add_to_hass(hass)
    fan = device_registry.async_get_or_create(
        config_entry_id=bond.entry_id,
        identifiers={("bond", "hub", "fan")},  # type: ignore[arg-type]
    )
    device_registry.async_update_device(fan.id, area_id="rack")
    fired = await automate(hass, "alert_worsened", {"area_id": "rack"})
    await deliver(WORSENED)
    assert told(fired) == [("worsened", "critical")]
    await hass.services.async_call(
        DOMAIN, "acknowledge", {"area_id": "rack"}, blocking=True
    )


async def test_what_is_excluded_from_a_target_is_left_out(
    hass: HomeAssistant, entry: MockConfigEntry, house: dict[str, str]
) -> None:
    """For example a metric of a targeted agent; Home Assistant 2026.11 offers this."""
    cpu = "sensor.web01_example_com_cpu_status"
    target = {"device_id": [house["web01"]], "exclude": {"entity_id": [cpu]}}
    subjects = Subjects.of_target(hass, target)
    assert subjects is not None
    assert not subjects.cover(entry.entry_id, (WEB01, RAISED["metric"]))
    assert subjects.cover(entry.entry_id, (WEB01, None))


@pytest.mark.parametrize(
    "options",
    [{"severity": []}, {"severity": "ok"}, {"for": -1}, {"include_flapping": "so"}],
    ids=str,
)
async def test_impossible_options_are_refused(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    options: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """And the log says which ones."""
    await automate(hass, "alert_raised", **options)
    assert state(hass, "automation.tell").state == "unavailable"
    assert next(iter(options)) in caplog.text


async def test_an_alert_that_lasts_is_told_when_its_time_has_come(
    hass: HomeAssistant, deliver: Deliver, freezer: FrozenDateTimeFactory
) -> None:
    """By the time of the change at Bleemeo, and with the latest data."""
    freezer.move_to("2026-11-20T08:01:00Z")
    fired = await automate(hass, "alert_raised", **FIVE_MINUTES)
    await deliver(RAISED)
    worse = WORSENED | {"status_changed_at": "2026-11-20T08:02:00Z"}
    await deliver(worse)
    await pass_time(hass, freezer, 239)
    assert fired == []
    await pass_time(hass, freezer, 2)
    assert told(fired) == [("raised", "critical")]
    assert fired[0].data["trigger"]["previous_status"] is None
    await pass_time(hass, freezer, 3600)
    assert len(fired) == 1


async def test_an_alert_that_clears_or_leaves_the_severities_in_time_is_not_told(
    hass: HomeAssistant, deliver: Deliver, freezer: FrozenDateTimeFactory
) -> None:
    """It did not last long enough."""
    freezer.move_to("2026-11-20T08:00:00Z")
    fired = await automate(hass, "alert_raised", severity="warning", **FIVE_MINUTES)
    await deliver(RAISED)
    await deliver(CLEARED | {"status_changed_at": "2026-11-20T08:01:00Z"})
    await deliver(RAISED | {"id": None, "status_changed_at": "2026-11-20T08:02:00Z"})
    await deliver(WORSENED | {"status_changed_at": "2026-11-20T08:03:00Z"})
    await pass_time(hass, freezer, 900)
    assert fired == []


@pytest.mark.parametrize(
    ("action", "options"),
    [("acknowledge", {"include_acknowledged": False}), ("forget", {})],
)
async def test_an_alert_that_nobody_waits_for_any_more_is_not_told(
    hass: HomeAssistant,
    deliver: Deliver,
    freezer: FrozenDateTimeFactory,
    action: str,
    options: dict[str, Any],
) -> None:
    """It was acknowledged, or its metric was forgotten."""
    freezer.move_to("2026-11-20T08:00:00Z")
    fired = await automate(hass, "alert_raised", **FIVE_MINUTES, **options)
    await deliver(RAISED)
    target = {"entity_id": "sensor.web01_example_com_cpu_status"}
    await hass.services.async_call(DOMAIN, action, target, blocking=True)
    await pass_time(hass, freezer, 900)
    assert fired == []


async def test_the_wait_goes_on_when_the_automation_is_reloaded(
    hass: HomeAssistant, deliver: Deliver, freezer: FrozenDateTimeFactory
) -> None:
    """From the time of the change; nothing fires twice."""
    freezer.move_to("2026-11-20T08:00:00Z")
    fired = await automate(hass, "alert_raised", **FIVE_MINUTES)
    await deliver(RAISED)
    await pass_time(hass, freezer, 200)
    await attach_again(hass)
    await pass_time(hass, freezer, 101)
    assert told(fired) == [("raised", "warning")]
    await attach_again(hass)
    await pass_time(hass, freezer, 900)
    assert len(fired) == 1


@pytest.mark.parametrize(
    ("stopped_at", "count"),
    [(None, 0), ("2026-11-20T08:04:00+00:00", 1), ("2026-11-20T08:06:00+00:00", 0)],
)
async def test_what_came_due_while_home_assistant_was_stopped_is_told_at_start(
    hass: HomeAssistant,
    deliver: Deliver,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    stopped_at: str | None,
    count: int,
) -> None:
    """But not what fired before the stop, and nothing after a crash."""
    await deliver(RAISED)
    freezer.move_to("2026-11-20T08:10:00Z")
    if stopped_at:
        key = f"{DOMAIN}.last_stop"
        hass_storage[key] = {"version": 1, "key": key, "data": stopped_at}
    hass.set_state(CoreState.starting)
    fired = await automate(hass, "alert_raised", **FIVE_MINUTES)
    await finish_start(hass)
    await pass_time(hass, freezer, 1)
    assert len(fired) == count


async def test_the_time_of_the_stop_is_kept_for_the_next_start(
    hass: HomeAssistant, entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    """The previous one has been removed by then."""
    await automate(hass, "alert_raised", **FIVE_MINUTES)
    assert f"{DOMAIN}.last_stop" not in hass_storage
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    assert hass_storage[f"{DOMAIN}.last_stop"]["data"]
