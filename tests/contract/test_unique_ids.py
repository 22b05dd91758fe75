"""Contract: unique ids of entities, identifiers of devices, and what is disabled at first.

Home Assistant's registries hold a person's names, areas, history and dashboards by these.
"""

from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
from scripts.simulated_api import Account
from tests import (
    documented,
    look_again,
    receive_alert,
    settle_agreement,
    setup_integration,
)
from tests.conftest import Deliver

OF_ACCOUNT = {
    ("binary_sensor", "01JBLEEMEO0000000000000000_not_arriving"),
    ("binary_sensor", "01JBLEEMEO0000000000000000_problem"),
    ("button", "01JBLEEMEO0000000000000000_check_address"),
    ("calendar", "01JBLEEMEO0000000000000000_incidents"),
    ("event", "01JBLEEMEO0000000000000000_alert"),
    ("sensor", "01JBLEEMEO0000000000000000_critical"),
    ("sensor", "01JBLEEMEO0000000000000000_delivery_delay"),
    ("sensor", "01JBLEEMEO0000000000000000_needs_attention"),
    ("sensor", "01JBLEEMEO0000000000000000_rejected_deliveries"),
    ("sensor", "01JBLEEMEO0000000000000000_status"),
    ("todo", "01JBLEEMEO0000000000000000_open_alerts"),
    ("sensor", "01JBLEEMEO0000000000000000_status_unknown"),
    ("sensor", "01JBLEEMEO0000000000000000_missed_changes"),
    ("sensor", "01JBLEEMEO0000000000000000_warning"),
}
OF_API = {
    ("button", "01JBLEEMEO0000000000000000_check_now"),
    ("sensor", "01JBLEEMEO0000000000000000_corrected_statuses"),
    ("sensor", "01JBLEEMEO0000000000000000_last_comparison"),
}
OF_AGENT = {
    ("binary_sensor", "951df56d-d5dd-58c3-ab9a-8f2c8a6e478b_problem"),
    ("event", "951df56d-d5dd-58c3-ab9a-8f2c8a6e478b_alert"),
    ("sensor", "951df56d-d5dd-58c3-ab9a-8f2c8a6e478b_status"),
    ("switch", "951df56d-d5dd-58c3-ab9a-8f2c8a6e478b_silenced"),
}
OF_METRIC = {
    (
        "binary_sensor",
        "951df56d-d5dd-58c3-ab9a-8f2c8a6e478b_4bec41e4-4efc-4bb8-b872-186aa54779a6_problem",
    ),
    (
        "sensor",
        "951df56d-d5dd-58c3-ab9a-8f2c8a6e478b_4bec41e4-4efc-4bb8-b872-186aa54779a6_status",
    ),
}
OF_METRIC_WITHOUT_ID = {
    ("binary_sensor", "951df56d-d5dd-58c3-ab9a-8f2c8a6e478b_agent_problem"),
    ("sensor", "951df56d-d5dd-58c3-ab9a-8f2c8a6e478b_agent_status"),
}
DISABLED_AT_FIRST = {
    ("calendar", "01JBLEEMEO0000000000000000_incidents"),
    ("event", "01JBLEEMEO0000000000000000_alert"),
    ("event", "951df56d-d5dd-58c3-ab9a-8f2c8a6e478b_alert"),
    ("sensor", "01JBLEEMEO0000000000000000_delivery_delay"),
    ("sensor", "01JBLEEMEO0000000000000000_last_comparison"),
    ("switch", "951df56d-d5dd-58c3-ab9a-8f2c8a6e478b_silenced"),
    ("todo", "01JBLEEMEO0000000000000000_open_alerts"),
}
DEVICES = {
    frozenset({("bleemeo", "01JBLEEMEO0000000000000000")}),
    frozenset({("bleemeo", "951df56d-d5dd-58c3-ab9a-8f2c8a6e478b")}),
}


def unique_ids(
    registry: er.EntityRegistry, *, disabled_only: bool = False
) -> set[tuple[str, str]]:
    """Return platform and unique id of the integration's entities."""
    return {
        (entity.domain, entity.unique_id)
        for entity in registry.entities.values()
        if entity.platform == "bleemeo" and (entity.disabled or not disabled_only)
    }


def identifiers(registry: dr.DeviceRegistry) -> set[frozenset[tuple[str, str]]]:
    """Return the identifiers of each device of the entry."""
    devices = dr.async_entries_for_config_entry(registry, "01JBLEEMEO0000000000000000")
    return {frozenset(device.identifiers) for device in devices}


async def test_ids_without_access_to_the_api(
    deliver: Deliver,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    """Account, agent and metric, with and without an id of the metric."""
    await deliver(documented())
    await deliver(documented() | {"metric": None})
    assert unique_ids(entity_registry) == (
        OF_ACCOUNT | OF_AGENT | OF_METRIC | OF_METRIC_WITHOUT_ID
    )
    disabled = unique_ids(entity_registry, disabled_only=True)
    assert disabled == DISABLED_AT_FIRST - OF_API
    assert identifiers(device_registry) == DEVICES


async def test_ids_with_access_to_the_api(
    hass: HomeAssistant,
    entry_with_access: MockConfigEntry,
    account: Account,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    """Access adds entities, and a metric from a listing has the ids of one by webhook."""
    metric_id = "4bec41e4-4efc-4bb8-b872-186aa54779a6"
    [agent_id] = account.agents
    service_id = account.add_service(agent_id, "apt")
    account.add_metric(
        agent_id, "updates", "critical", uid=metric_id, service=service_id
    )
    await setup_integration(hass, entry_with_access)
    await settle_agreement(hass, entry_with_access)
    await look_again(hass, entry_with_access)
    by_listing = OF_ACCOUNT | OF_API | OF_AGENT | OF_METRIC
    assert unique_ids(entity_registry) == by_listing
    assert unique_ids(entity_registry, disabled_only=True) == DISABLED_AT_FIRST
    assert identifiers(device_registry) == DEVICES
    [part] = dr.async_child_entries_for_config_entry(
        device_registry, entry_with_access.entry_id
    )
    assert part.identifiers == {("bleemeo", f"{agent_id}_{service_id}")}

    times = ("status_changed_at", "happened_at", "created_at", "modified_at")
    alert = documented() | dict.fromkeys(times, dt_util.utcnow().isoformat())
    assert await receive_alert(entry_with_access, alert) == "changed"
    await hass.async_block_till_done()
    assert unique_ids(entity_registry) == by_listing
