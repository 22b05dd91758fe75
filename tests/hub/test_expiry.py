"""Tests of the expiry: what has been OK and silent for long goes, and comes back."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bleemeo.const import CONF_EXPIRE_DAYS, DOMAIN
from custom_components.bleemeo.core import AgentProfile, Silence
from custom_components.bleemeo.hub.expiry import INTERVAL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
from tests import payload, states
from tests.conftest import Deliver

OLD = "00000000-0000-4000-8000-000000000001"
NEW = "00000000-0000-4000-8000-000000000002"
CPU = "sensor.old_cpu"


def about(host: str, agent: str, **fields: Any) -> dict[str, Any]:
    """Return an alert that Bleemeo wrote down now."""
    return payload(
        agent=agent,
        id=None,
        title=f"{host} - CPU is {'OK' if fields.get('status') == 0 else 'Warning'}",
        **{"status_changed_at": dt_util.utcnow().isoformat()} | fields,
    )


async def go_on(
    hass: HomeAssistant, deliver: Deliver, freezer: FrozenDateTimeFactory, days: float
) -> None:
    """Let days pass, which an alert of another server confirms, and an hour."""
    freezer.tick(timedelta(days=days))
    await deliver(about("new", NEW))
    freezer.tick(INTERVAL)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_what_is_ok_and_silent_for_half_a_year_goes_and_comes_back_as_it_was(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    entity_registry: er.EntityRegistry,
) -> None:
    """With the names and areas that a person gave."""
    await deliver(about("old", OLD, status=0))
    entity_registry.async_update_entity(CPU, name="The processor")
    registry = dr.async_get(hass)
    find = registry.async_get_device_by_identifier
    device = find((DOMAIN, OLD), entry.entry_id)
    assert device is not None
    registry.async_update_device(device.id, name_by_user="Old faithful")

    await go_on(hass, deliver, freezer, 179)
    assert CPU in states(hass)
    await go_on(hass, deliver, freezer, 1)
    assert CPU not in states(hass)
    assert find((DOMAIN, OLD), entry.entry_id) is None
    assert "sensor.new_cpu" in states(hass)

    await deliver(about("old", OLD))
    assert states(hass)[CPU] == "warning"
    found = entity_registry.async_get(CPU)
    assert found is not None
    assert found.name == "The processor"
    device = find((DOMAIN, OLD), entry.entry_id)
    assert device is not None
    assert device.name_by_user == "Old faithful"


async def test_what_is_open_or_listed_by_the_api_never_goes(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """However long nothing was heard of it."""
    listed = "00000000-0000-4000-8000-000000000003"
    await deliver(about("old", OLD))
    await deliver(about("listed", listed, status=0))
    entry.runtime_data.hub.board.take_profiles({listed: AgentProfile(name="listed")})
    await go_on(hass, deliver, freezer, 1000)
    assert {CPU, "sensor.listed_cpu"} <= states(hass).keys()


async def test_what_is_silenced_stays_until_that_ends(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """A person expects to hear of it again."""
    await deliver(about("old", OLD, status=0))
    silencer = entry.runtime_data.hub.silencer
    silence = Silence(id="a", begins_at=dt_util.utcnow(), subjects=frozenset({OLD}))
    await silencer.async_add([silence])
    await go_on(hass, deliver, freezer, 1000)
    assert CPU in states(hass)
    await silencer.async_remove([silence])
    await go_on(hass, deliver, freezer, 0)
    assert CPU not in states(hass)


async def test_a_clock_that_jumps_ahead_makes_nothing_go(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Only an alert's time, which is Bleemeo's, confirms it."""
    await deliver(about("old", OLD, status=0))
    # the frozen clock takes the running one along, a real one does not
    running = hass.loop.time()
    entry.runtime_data.hub.store._time._running = lambda: running
    freezer.tick(timedelta(days=400))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert CPU in states(hass)


async def test_what_arrived_while_the_clock_was_behind_is_not_old(
    hass: HomeAssistant, deliver: Deliver, freezer: FrozenDateTimeFactory
) -> None:
    """Bleemeo's time counts then."""
    now = dt_util.utcnow()
    freezer.move_to(now - timedelta(days=4000))
    await deliver(about("old", OLD, status=0, status_changed_at=now.isoformat()))
    freezer.move_to(now)
    await go_on(hass, deliver, freezer, 1)
    assert CPU in states(hass)


async def test_with_an_option_of_nothing_all_stays(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """And with another one it goes as early as that says."""
    await deliver(about("old", OLD, status=0))
    for days, is_there in ((0, True), (3, False)):
        hass.config_entries.async_update_entry(entry, options={CONF_EXPIRE_DAYS: days})
        await hass.config_entries.async_reload(entry.entry_id)
        await go_on(hass, deliver, freezer, 500 if is_there else 1)
        assert (CPU in states(hass)) is is_there
