"""Tests of the triggers, in automations and with alerts delivered to the webhook."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.bleemeo.const import DOMAIN, EVENT_ALERT
from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

from . import a_day, documented, payload, state
from .automation import CPU, telling
from .conftest import Deliver

WEB01 = "2f177701-1ea1-5bff-8d00-f1059621d1f6"
RAISED, WORSENED, EASED, CLEARED = a_day()[:4]
FLAPPING: dict[str, Any] = {"number_status_change_last_hour": 6}

type Fired = list[Event[dict[str, Any]]]
type Target = dict[str, Any]


async def automate(
    hass: HomeAssistant, key: str, target: Target | None = None, **options: Any
) -> Fired:
    """Set up an automation with one of our triggers and return the events it fires."""
    trigger = {"trigger": f"bleemeo.{key}", "options": options}
    if target is not None:
        trigger["target"] = target
    automation = {AUTOMATION: telling("tell", trigger)}
    assert await async_setup_component(hass, AUTOMATION, automation)
    await hass.async_block_till_done()
    return async_capture_events(hass, "told")


def told(fired: Fired) -> list[tuple[str, str]]:
    """Return change and status of each run."""
    runs = [event.data["trigger"] for event in fired]
    return [(run["change"], run["status"]) for run in runs]


REPEATED = EASED | {"id": None, "status_changed_at": "2026-11-20T08:30:00Z"}


@pytest.mark.parametrize(
    ("key", "options", "expected"),
    [
        ("alert_reached", {}, [("raised", "warning")]),
        ("alert_reached", {"severity": "critical"}, [("worsened", "critical")]),
        (
            "alert_reached",
            {"severity": ["warning", "unknown"]},
            [("raised", "warning"), ("eased", "warning")],
        ),
        ("alert_left", {}, [("cleared", "ok")]),
        ("alert_left", {"severity": "critical"}, [("eased", "warning")]),
        (
            "alert_left",
            {"severity": "critical", "until_ok": True},
            [("cleared", "ok")],
        ),
        (
            "alert_left",
            {"severity": "warning"},
            [("worsened", "critical"), ("cleared", "ok")],
        ),
        ("alert_left", {"severity": "unknown"}, []),
        (
            "alert_changed",
            {},
            [
                ("raised", "warning"),
                ("worsened", "critical"),
                ("eased", "warning"),
                ("repeated", "warning"),
                ("cleared", "ok"),
            ],
        ),
        (
            "alert_changed",
            {"changes": ["worsened", "eased"]},
            [("worsened", "critical"), ("eased", "warning")],
        ),
        ("alert_changed", {"severity": "critical"}, [("worsened", "critical")]),
        (
            "alert_changed",
            {"severity": "warning", "changes": "cleared"},
            [("cleared", "ok")],
        ),
    ],
)
async def test_each_trigger_fires_once_for_what_it_is_about(
    hass: HomeAssistant,
    deliver: Deliver,
    key: str,
    options: dict[str, Any],
    expected: list[tuple[str, str]],
) -> None:
    """The first one is about a new metric; repeats and late ones do not count."""
    fired = await automate(hass, key, **options)
    day = [RAISED, WORSENED, EASED, REPEATED, CLEARED]
    for alert in [*day, *day]:
        await deliver(alert)
    assert told(fired) == expected


async def test_the_event_s_data_is_handed_over(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """With every trigger's usual data, and in the context of the alert."""
    fired = await automate(hass, "alert_reached")
    events = async_capture_events(hass, EVENT_ALERT)
    await deliver(RAISED)
    [run] = fired
    alert = events[0].data
    [notice] = run.data["trigger"]["notices"]
    registered = er.async_get(hass).async_get(CPU)
    assert registered is not None
    assert notice == {
        "tag": f"bleemeo {alert['agent_id']} {alert['metric_id']}",
        "group": f"bleemeo {alert['agent_id']}",
        "title": "web01.example.com: CPU – Warning",
        "message": notice["message"],
        "state": "open",
        "status": "warning",
        "is_news": True,
        "target": {"entity_id": registered.id},
        "buttons": [
            {"action": "acknowledge", "title": "Acknowledge"},
            {"action": "silence", "title": "Silence for an hour"},
        ],
    }
    assert notice["message"].startswith("Warning since 2026-11-20 ")
    assert run.data["trigger"] == {
        **alert,
        "alerts": [alert],
        "count": 1,
        "hosts": ["web01.example.com"],
        "severities": {"ok": 0, "warning": 1, "critical": 0, "unknown": 0},
        "worst": "warning",
        "summary": "CPU on web01.example.com is warning.",
        "notices": [notice],
        "for": "0:00:00",
        "id": "0",
        "idx": "0",
        "alias": None,
        "platform": "bleemeo.alert_reached",
        "description": "web01.example.com - CPU is Warning",
    }
    assert run.context.parent_id == events[0].context.id


async def test_what_came_due_has_the_data_of_an_alert_without_a_change(
    hass: HomeAssistant, deliver: Deliver, freezer: FrozenDateTimeFactory
) -> None:
    """A template finds the same keys."""
    freezer.move_to("2026-11-20T08:00:00Z")
    fired = await automate(hass, "alert_reached", **{"for": {"minutes": 5}})
    await deliver(RAISED)
    freezer.tick(301)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    [run] = [event.data["trigger"] for event in fired]
    assert run["for"] == "0:05:00"
    assert (run["change"], run["previous_status"]) == (None, None)
    events = async_capture_events(hass, EVENT_ALERT)
    await deliver(WORSENED)
    own = {"id", "idx", "alias", "platform", "description", "for"}
    of_many = {"alerts", "count", "hosts", "notices", "severities", "summary", "worst"}
    assert run.keys() == events[0].data.keys() | own | of_many


async def test_an_alert_while_the_entry_reloads_is_told_after_it(
    hass: HomeAssistant, deliver: Deliver, entry: MockConfigEntry
) -> None:
    """The trigger does not need a loaded entry."""
    account = {"entity_id": "sensor.bleemeo_status"}
    fired = await automate(hass, "alert_reached", account)
    await hass.config_entries.async_unload(entry.entry_id)
    assert (await deliver(RAISED)).status == 503
    await hass.config_entries.async_setup(entry.entry_id)
    assert (await deliver(RAISED)).status == 200
    assert told(fired) == [("raised", "warning")]


@pytest.mark.parametrize(("options", "count"), [({}, 1), ({"severity": "warning"}, 0)])
async def test_a_first_alert_that_clears_counts_unless_severities_are_chosen(
    hass: HomeAssistant, deliver: Deliver, options: dict[str, Any], count: int
) -> None:
    """Its previous status is not known."""
    fired = await automate(hass, "alert_changed", **options)
    await deliver(CLEARED)
    assert len(fired) == count


@pytest.mark.parametrize(("include", "count"), [(True, 2), (False, 1)])
async def test_of_every_change_those_of_a_flapping_metric_can_be_left_out(
    hass: HomeAssistant,
    deliver: Deliver,
    freezer: FrozenDateTimeFactory,
    include: bool,
    count: int,
) -> None:
    """By default all count."""
    freezer.move_to("2026-11-20T08:01:00Z")
    options: dict[str, Any] = {} if include else {"include_flapping": False}
    fired = await automate(hass, "alert_changed", **options)
    await deliver(payload(metric=None))
    await deliver(payload(**FLAPPING))
    assert len(fired) == count


async def test_of_every_change_those_of_an_acknowledged_alert_can_be_left_out(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """A cleared alert is no longer acknowledged, so it counts."""
    await deliver(RAISED)
    await deliver(WORSENED)
    fired = await automate(hass, "alert_changed", include_acknowledged=False)
    target = {"entity_id": CPU}
    await hass.services.async_call(DOMAIN, "acknowledge", target, blocking=True)
    await deliver(EASED)
    await deliver(CLEARED)
    assert told(fired) == [("cleared", "ok")]


@pytest.mark.parametrize("include", [True, False])
@pytest.mark.parametrize(
    ("option", "fields"),
    [
        ("include_dependent", {}),
        ("include_flapping", FLAPPING),
        ("include_silenced", {}),
    ],
)
async def test_what_is_kept_quiet_is_not_reached_unless_it_is_included(
    hass: HomeAssistant,
    deliver: Deliver,
    freezer: FrozenDateTimeFactory,
    option: str,
    fields: dict[str, Any],
    include: bool,
) -> None:
    """By default it is left out."""
    freezer.move_to("2026-11-20T08:20:00Z")
    await deliver(RAISED)
    if option == "include_silenced":
        data = {"entity_id": CPU, "duration": {"hours": 1}}
        await hass.services.async_call(DOMAIN, "silence", data, blocking=True)
    elif option == "include_dependent":
        await deliver(payload(metric=None, status=2, id=None))
    options: dict[str, Any] = {option: True} if include else {}
    target = {"entity_id": CPU}
    fired = await automate(
        hass, "alert_reached", target, severity="critical", **options
    )
    await deliver(WORSENED | fields)
    assert len(fired) == include


async def test_who_has_seen_an_alert_is_told_and_what_ends_that(
    hass: HomeAssistant, deliver: Deliver, freezer: FrozenDateTimeFactory
) -> None:
    """Clearing and worsening only if wanted: other triggers tell of these."""
    freezer.move_to("2026-11-20T08:20:00Z")
    fired = await automate(hass, "alert_acknowledged", {"entity_id": CPU})
    await deliver(RAISED)

    async def act(action: str, **data: Any) -> None:
        data = {"entity_id": CPU, **data}
        await hass.services.async_call(DOMAIN, action, data, blocking=True)
        await hass.async_block_till_done()

    await act("acknowledge", comment="On it")
    await act("unacknowledge")
    await act("acknowledge", duration={"minutes": 5})
    freezer.tick(301)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    await act("acknowledge")
    await deliver(WORSENED)
    runs = [event.data["trigger"] for event in fired]
    assert [(run["change"], run["end"]) for run in runs] == [
        ("acknowledged", None),
        ("ended", "by_hand"),
        ("acknowledged", None),
        ("ended", "expired"),
        ("acknowledged", None),
    ]
    assert runs[0]["comment"] == "On it"
    assert runs[0]["alerts"][0]["host"] == "web01.example.com"


async def test_the_end_of_an_acknowledgement_by_a_change_can_be_told(
    hass: HomeAssistant, deliver: Deliver
) -> None:
    """That it is over, or has become worse."""
    fired = await automate(hass, "alert_acknowledged", changes=["worsened", "cleared"])
    target = {"entity_id": CPU}
    for before, after in ((RAISED, WORSENED), (EASED, CLEARED)):
        await deliver(before)
        await hass.services.async_call(DOMAIN, "acknowledge", target, blocking=True)
        await deliver(after)
    assert [event.data["trigger"]["end"] for event in fired] == ["worsened", "cleared"]


@pytest.mark.parametrize(
    ("entity_id", "count"),
    [
        ("sensor.bleemeo_status", 2),
        ("binary_sensor.web01_example_com_problem", 2),
        ("binary_sensor.voip01_example_com_problem", 0),
        ("sensor.gone", 0),
        ([], 2),
    ],
)
@pytest.mark.parametrize("key", ["alert_reached", "alert_changed"])
async def test_only_what_the_target_stands_for_is_told(
    hass: HomeAssistant, deliver: Deliver, key: str, entity_id: Any, count: int
) -> None:
    """An empty one stands for everything."""
    await deliver(documented() | {"status": 0})
    await deliver(payload(status=0, status_changed_at="2026-11-20T07:00:00Z"))
    fired = await automate(hass, key, {"entity_id": entity_id})
    await deliver(RAISED)
    await deliver(payload(metric=None))
    assert len(fired) == count


@pytest.mark.parametrize(
    ("key", "options"),
    [
        ("alert_reached", {"severity": []}),
        ("alert_reached", {"severity": "ok"}),
        ("alert_reached", {"for": -1}),
        ("alert_reached", {"for": {"days": 366}}),
        ("alert_reached", {"together": "so"}),
        ("alert_reached", {"include_flapping": "so"}),
        ("alert_left", {"until_ok": "so"}),
        ("alert_unattended", {"every": 0}),
        ("alert_unattended", {"again": 0}),
        ("alert_unattended", {"at_most": 0}),
        ("alert_unattended", {"include_flapping": True}),
        ("alert_changed", {"changes": []}),
        ("alert_changed", {"changes": "broken"}),
        ("alert_acknowledged", {"changes": "raised"}),
    ],
    ids=str,
)
async def test_impossible_options_are_refused(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    key: str,
    options: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """And the log says which ones."""
    await automate(hass, key, **options)
    assert state(hass, "automation.tell").state == "unavailable"
    assert next(iter(options)) in caplog.text
