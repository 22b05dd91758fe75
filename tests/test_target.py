"""Tests of what a target stands for."""

from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
import voluptuous as vol

from custom_components.bleemeo.condition import async_get_conditions
from custom_components.bleemeo.services.find import find_metrics
from custom_components.bleemeo.target import Subjects
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    label_registry as lr,
)
from homeassistant.setup import async_setup_component

from . import a_day, payload, state
from .conftest import Deliver
from .services import ACCOUNT_STATUS, CPU, NAS, NEEDS_ATTENTION, UPS, call

pytestmark = pytest.mark.usefixtures("day")

UPS_PROBLEM = "binary_sensor.nas_example_com_ups_problem"
ALL_OF_NAS = {"SMART status", "UPS"}


@pytest.fixture
def nas(entity_registry: er.EntityRegistry) -> str:
    """Return the device of a server with two metrics."""
    device_id = entity_registry.entities[NAS].device_id
    assert device_id
    return device_id


@pytest.fixture
def account(entity_registry: er.EntityRegistry) -> str:
    """Return the device of the account."""
    device_id = entity_registry.entities[ACCOUNT_STATUS].device_id
    assert device_id
    return device_id


def covered(hass: HomeAssistant, entry: MockConfigEntry, **target: Any) -> set[str]:
    """Return the metrics that a target of a trigger or condition covers."""
    subjects = Subjects.of_target(hass, target)
    assert subjects is not None
    return {
        metric.name
        for metric in entry.runtime_data.hub.board.metrics.values()
        if subjects.cover(entry.entry_id, metric.alert.key)
    }


async def test_a_server_stands_for_its_metrics_and_the_account_for_all(
    hass: HomeAssistant, entry: MockConfigEntry, nas: str, account: str
) -> None:
    """By entity or device; a metric by either of its entities."""
    everything = {
        metric.name for metric in entry.runtime_data.hub.board.metrics.values()
    }
    assert len(everything) > 5
    for target, expected in (
        ({"entity_id": NAS}, ALL_OF_NAS),
        ({"entity_id": "binary_sensor.nas_example_com_problem"}, ALL_OF_NAS),
        ({"entity_id": "event.nas_example_com_alert"}, ALL_OF_NAS),
        ({"device_id": nas}, ALL_OF_NAS),
        ({"entity_id": [UPS]}, {"UPS"}),
        ({"entity_id": [UPS_PROBLEM]}, {"UPS"}),
        ({"device_id": account}, everything),
        ({"entity_id": "sensor.bleemeo_status"}, everything),
        ({"entity_id": "binary_sensor.bleemeo_problem"}, everything),
        ({"entity_id": "event.bleemeo_alert"}, everything),
    ):
        assert covered(hass, entry, **target) == expected, target


async def test_counts_and_diagnostics_of_the_account_stand_for_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    """Whoever watches one of them does not mean every server."""
    others = [
        entity.entity_id
        for entity in er.async_entries_for_config_entry(entity_registry, entry.entry_id)
        if entity.unique_id.startswith(entry.entry_id)
        and entity.unique_id.removeprefix(f"{entry.entry_id}_")
        not in {"problem", "status", "alert"}
    ]
    assert len(others) >= 8
    assert covered(hass, entry, entity_id=others) == set()
    for entity_id in others:
        with pytest.raises(ServiceValidationError, match="has no metric"):
            find_metrics(hass, {"entity_id": entity_id})


async def test_a_metric_that_was_moved_is_only_where_it_is(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    nas: str,
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
    floor_registry: fr.FloorRegistry,
) -> None:
    """An entity's own area stands above its device's; a floor is its areas."""
    floor = floor_registry.async_create("Below").floor_id
    cellar = area_registry.async_create("Cellar", floor_id=floor).id
    attic = area_registry.async_create("Attic").id
    device_registry.async_update_device(nas, area_id=cellar)
    assert covered(hass, entry, area_id=cellar) == ALL_OF_NAS
    for moved in (UPS, UPS_PROBLEM):
        entity_registry.async_update_entity(moved, area_id=attic)
        assert covered(hass, entry, area_id=cellar) == {"SMART status"}, moved
        assert covered(hass, entry, floor_id=[floor]) == {"SMART status"}
        assert covered(hass, entry, area_id=[attic]) == {"UPS"}
        assert covered(hass, entry, area_id=[cellar, attic]) == ALL_OF_NAS
        # the device stands for all of its metrics wherever they are
        assert covered(hass, entry, device_id=nas) == ALL_OF_NAS
        entity_registry.async_update_entity(moved, area_id=None)
    assert covered(hass, entry, area_id=attic) == set()


async def test_a_label_of_its_own_stands_above_that_of_the_server(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    nas: str,
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
    label_registry: lr.LabelRegistry,
) -> None:
    """An area's label is that of all that is in the area."""
    loud, calm, below = (
        label_registry.async_create(name).label_id for name in ("Loud", "Calm", "Below")
    )
    cellar = area_registry.async_create("Cellar", labels={below}).id
    device_registry.async_update_device(nas, labels={loud}, area_id=cellar)
    assert covered(hass, entry, label_id=loud) == ALL_OF_NAS
    entity_registry.async_update_entity(UPS, labels={calm})
    assert covered(hass, entry, label_id=loud) == {"SMART status"}
    assert covered(hass, entry, label_id=calm) == {"UPS"}
    assert covered(hass, entry, label_id=below) == ALL_OF_NAS
    # a label of the server's own entity is the server's
    device_registry.async_update_device(nas, labels=set())
    entity_registry.async_update_entity(NAS, labels={loud})
    assert covered(hass, entry, label_id=loud) == {"SMART status"}


async def test_what_has_no_place_has_that_of_its_server_and_account(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    nas: str,
    account: str,
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """So the account's area is that of servers that are in none."""
    office, cellar = (
        area_registry.async_create(name).id for name in ("Office", "Cellar")
    )
    device_registry.async_update_device(account, area_id=office)
    device_registry.async_update_device(nas, area_id=cellar)
    in_office = covered(hass, entry, area_id=office)
    assert "CPU" in in_office
    assert not in_office & ALL_OF_NAS


async def test_what_is_excluded_is_left_out(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    nas: str,
    account: str,
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """A metric of a server, and a server or an area of the account."""
    cellar = area_registry.async_create("Cellar").id
    device_registry.async_update_device(nas, area_id=cellar)
    rest = covered(hass, entry, device_id=account) - ALL_OF_NAS
    for target, expected in (
        ({"entity_id": NAS, "exclude": {"entity_id": [UPS]}}, {"SMART status"}),
        ({"device_id": account, "exclude": {"device_id": [nas]}}, rest),
        ({"device_id": account, "exclude": {"area_id": cellar}}, rest),
        ({"area_id": cellar, "exclude": {"entity_id": NAS}}, set()),
    ):
        assert covered(hass, entry, **target) == expected, target
    assert Subjects.of_target(hass, {"exclude": {"entity_id": NAS}}) is None
    assert Subjects.of_target(hass, {}) is None
    assert Subjects.of_target(hass, None) is None


@pytest.mark.parametrize("action", ["acknowledge", "unacknowledge", "forget"])
async def test_a_target_that_is_not_ours_is_named(
    hass: HomeAssistant, action: str
) -> None:
    """So is one that does not exist, and one that matches nothing."""
    with pytest.raises(ServiceValidationError, match="sun.sun is not an entity"):
        await call(hass, action, entity_id=["sun.sun", CPU])
    many = [f"light.{number}" for number in range(1000)]
    with pytest.raises(ServiceValidationError, match="light.0, light.1, light.10… is"):
        await call(hass, action, entity_id=many)
    for key in ("device_id", "area_id", "label_id", "floor_id"):
        with pytest.raises(ServiceValidationError, match="nothing is not an entity"):
            await call(hass, action, **{key: "nothing"})
    with pytest.raises(ServiceValidationError, match="has no metric"):
        await call(hass, action, entity_id=NEEDS_ATTENTION)
    with pytest.raises(vol.Invalid):
        await call(hass, action)


async def test_an_area_without_servers_has_no_metric(
    hass: HomeAssistant, area_registry: ar.AreaRegistry
) -> None:
    """Which is said, although the area exists."""
    area = area_registry.async_create("Cellar").id
    with pytest.raises(ServiceValidationError, match="has no metric"):
        await call(hass, "acknowledge", area_id=area)


BLUEPRINT = """
blueprint:
  name: Passes a target on
  domain: automation
  input:
    servers:
      default: {}
      selector:
        target:
          entity:
            integration: bleemeo
triggers:
  - trigger: bleemeo.alert_changed
    target: !input servers
conditions:
  - condition: not
    conditions:
      - condition: bleemeo.%s
        target: !input servers
actions:
  - action: bleemeo.get_alerts
    target: !input servers
    response_variable: opened
  - action: bleemeo.silence
    target: !input servers
    data:
      duration: 60
  - event: told
    event_data:
      hosts: "{{ opened.alerts | map(attribute='host') | unique | list }}"
"""


@pytest.mark.parametrize(
    "key", ["entity_id", "device_id", "area_id", "floor_id", "label_id"]
)
async def test_a_blueprint_passes_a_target_on(
    hass: HomeAssistant,
    deliver: Deliver,
    nas: str,
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
    floor_registry: fr.FloorRegistry,
    label_registry: lr.LabelRegistry,
    caplog: pytest.LogCaptureFixture,
    key: str,
) -> None:
    """To a trigger, a condition and actions, whatever the target is made of."""
    floor = floor_registry.async_create("Below").floor_id
    area = area_registry.async_create("Cellar", floor_id=floor).id
    label = label_registry.async_create("Important").label_id
    device_registry.async_update_device(nas, area_id=area, labels={label})
    targets = {
        "entity_id": [NAS],
        "device_id": nas,
        "area_id": [area],
        "floor_id": floor,
        "label_id": [label],
    }
    folder = Path(hass.config.path("blueprints", "automation"))
    folder.mkdir(parents=True)
    # whichever name it has, it passes unless all is well
    name = next(name for name in await async_get_conditions(hass) if "ok" in name)
    (folder / "passes.yaml").write_text(BLUEPRINT % name)
    told = async_capture_events(hass, "told")
    use = {"path": "passes.yaml", "input": {"servers": {key: targets[key]}}}
    assert await async_setup_component(
        hass, "automation", {"automation": [{"use_blueprint": use}]}
    )
    await hass.async_block_till_done()
    await deliver(payload(status=2, status_changed_at="2026-11-20T10:00:00Z"))
    assert told == []
    later = "2026-11-21T10:00:00Z"
    times = dict.fromkeys(("status_changed_at", "created_at", "modified_at"), later)
    await deliver(a_day()[10] | times | {"status": 1, "id": None})
    await hass.async_block_till_done()
    assert [event.data["hosts"] for event in told] == [["nas.example.com"]], caplog.text
    assert state(hass, UPS).attributes["silenced"]
    assert not state(hass, CPU).attributes["silenced"]
