"""Tests of silencing, and of ending that."""

from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)
import voluptuous as vol

from custom_components.bleemeo.const import EVENT_SILENCE
from custom_components.bleemeo.core import Silence
from custom_components.bleemeo.hub import MAX_SILENCES
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import (
    area_registry as ar,
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
from tests import a_day, payload, setup_integration, state
from tests.conftest import Deliver

from . import ACCOUNT_STATUS, CPU, DISK, NAS, NEEDS_ATTENTION, UPS, attribute, call

NOON = "2026-11-20T12:00:00Z"


async def wait(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, **time: float
) -> None:
    """Let time pass."""
    freezer.tick(timedelta(**time))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


def needs_attention(hass: HomeAssistant) -> int:
    """Return how many alerts need attention."""
    return int(state(hass, NEEDS_ATTENTION).state)


@pytest.mark.usefixtures("day")
async def test_a_server_is_quiet_for_a_time(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    deliver: Deliver,
    anna: Context,
    freezer: FrozenDateTimeFactory,
) -> None:
    """What is open, and what is raised meanwhile, also over a restart."""
    events = async_capture_events(hass, EVENT_SILENCE)
    await call(
        hass, "silence", anna, entity_id=NAS, duration={"hours": 2}, comment=" disks "
    )
    assert attribute(hass, UPS, "silenced")
    assert not attribute(hass, UPS, "needs_attention")
    assert needs_attention(hass) == 3
    await hass.config_entries.async_reload(entry.entry_id)
    raid = a_day()[10] | {
        "id": None,
        "metric": "00000000-0000-4000-8000-000000000001",
        "title": "nas.example.com - RAID is Critical",
    }
    await deliver(raid)
    assert attribute(hass, "sensor.nas_example_com_raid", "silenced")
    assert needs_attention(hass) == 3
    await wait(hass, freezer, hours=2, seconds=1)
    assert needs_attention(hass) == 6
    assert not attribute(hass, UPS, "silenced")
    began, ended = (event.data for event in events)
    assert {key: began[key] for key in ("change", "target", "name", "comment")} == {
        "change": "began",
        "target": "server",
        "name": "nas.example.com",
        "comment": "disks",
    }
    assert (began["user_id"], began["by"]) == (anna.user_id, "Anna")
    lasts = datetime.fromisoformat(began["until"]) - datetime.fromisoformat(
        began["from"]
    )
    assert lasts == timedelta(hours=2)
    assert began["entity_id"] == NAS
    assert (ended["change"], ended["by_hand"]) == ("ended", False)


@pytest.mark.usefixtures("day")
async def test_a_silence_can_begin_later(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """And it can be ended before."""
    freezer.move_to(NOON)
    await call(
        hass,
        "silence",
        entity_id=UPS,
        **{"from": "2026-11-20 13:00:00+00:00", "duration": 600},
    )
    assert not attribute(hass, UPS, "silenced")
    await wait(hass, freezer, hours=1, seconds=1)
    assert attribute(hass, UPS, "silenced")
    await wait(hass, freezer, minutes=10)
    assert not attribute(hass, UPS, "silenced")
    later = {"from": "2026-11-20 15:00:00+00:00"}
    await call(hass, "silence", entity_id=UPS, **later)
    await call(hass, "unsilence", entity_id=UPS)
    await wait(hass, freezer, hours=4)
    assert not attribute(hass, UPS, "silenced")


@pytest.mark.usefixtures("day")
async def test_a_beginning_that_has_passed_is_now(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """What was told cannot be taken back; the duration counts from it all the same."""
    freezer.move_to(NOON)
    earlier = {"from": "2026-11-20 11:00:00+00:00", "duration": {"hours": 2}}
    await call(hass, "silence", entity_id=UPS, **earlier)
    [silence] = entry.runtime_data.hub.board.silences.values()
    assert silence.ends_at is not None
    assert (silence.begins_at.hour, silence.ends_at.hour) == (12, 13)


@pytest.mark.usefixtures("day")
async def test_an_area_is_silenced_with_what_comes_into_it(
    hass: HomeAssistant,
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
    deliver: Deliver,
) -> None:
    """A metric that has moved elsewhere is not."""
    cellar, attic = (area_registry.async_create(name) for name in ("Cellar", "Attic"))
    nas = entity_registry.entities[NAS].device_id
    web01 = entity_registry.entities[CPU].device_id
    assert nas
    assert web01
    device_registry.async_update_device(nas, area_id=cellar.id)
    entity_registry.async_update_entity(UPS, area_id=attic.id)
    events = async_capture_events(hass, EVENT_SILENCE)
    await call(hass, "silence", area_id=cellar.id)
    assert needs_attention(hass) == 4
    assert not attribute(hass, UPS, "silenced")
    device_registry.async_update_device(web01, area_id=cellar.id)
    await deliver(payload(status=2, status_changed_at="2026-11-20T10:00:00Z"))
    assert attribute(hass, CPU, "silenced")
    assert (events[0].data["target"], events[0].data["name"]) == ("area", "Cellar")

    with pytest.raises(ServiceValidationError, match="target itself is not silenced"):
        await call(hass, "unsilence", entity_id=CPU)
    await call(hass, "unsilence", area_id=cellar.id)
    assert needs_attention(hass) == 6


@pytest.mark.usefixtures("day")
async def test_a_label_and_the_account_are_silenced(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    label_registry: lr.LabelRegistry,
) -> None:
    """Each until it is ended."""
    label = label_registry.async_create("Storage").label_id
    entity_registry.async_update_entity(UPS, labels={label})
    events = async_capture_events(hass, EVENT_SILENCE)
    for target, kind, left in (
        ({"label_id": label}, "label", 4),
        ({"entity_id": ACCOUNT_STATUS}, "account", 0),
    ):
        await call(hass, "silence", **target)
        assert needs_attention(hass) == left
        assert events[-1].data["target"] == kind
        await call(hass, "unsilence", **target)
        assert needs_attention(hass) == 5


@pytest.mark.usefixtures("day")
async def test_each_target_ends_for_itself(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """And the account's end takes along those of all that is in it."""
    silences = entry.runtime_data.hub.board.silences
    await call(hass, "silence", entity_id=[UPS, DISK])
    assert needs_attention(hass) == 3
    await call(hass, "unsilence", entity_id=DISK)
    assert attribute(hass, UPS, "silenced")
    assert not attribute(hass, DISK, "silenced")
    # a server's end is that of its metrics too
    await call(hass, "unsilence", entity_id=NAS)
    assert not silences
    await call(hass, "silence", entity_id=[UPS, DISK, NAS])
    await call(hass, "unsilence", entity_id=ACCOUNT_STATUS)
    assert not silences
    with pytest.raises(ServiceValidationError, match="target itself is not silenced"):
        await call(hass, "unsilence", entity_id=ACCOUNT_STATUS)


@pytest.mark.usefixtures("day")
async def test_what_is_silenced_in_one_go_begins_and_ends_together(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Otherwise all metrics are looked at for each, and 1,000 stop the house for minutes."""
    silences = entry.runtime_data.hub.board.silences
    await call(hass, "silence", entity_id=[UPS, DISK, NAS, CPU], duration=60)
    assert len(silences) == 4
    assert len({each.begins_at for each in silences.values()}) == 1
    assert len({each.ends_at for each in silences.values()}) == 1


@pytest.mark.usefixtures("day")
async def test_a_new_silence_takes_the_place_of_the_present_one(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """So that an hour is an hour, also after eight; what is planned stays."""
    freezer.move_to(NOON)
    tomorrow = {"from": "2026-11-21 12:00:00+00:00", "duration": 600}
    await call(hass, "silence", entity_id=UPS, **tomorrow)
    events = async_capture_events(hass, EVENT_SILENCE)
    await call(hass, "silence", entity_id=UPS, duration={"hours": 8})
    await call(hass, "silence", entity_id=UPS, duration={"hours": 1}, comment="short")
    assert len(entry.runtime_data.hub.board.silences) == 2
    assert [event.data["change"] for event in events] == ["began", "began"]
    await wait(hass, freezer, hours=1, seconds=1)
    assert not attribute(hass, UPS, "silenced")
    assert len(entry.runtime_data.hub.board.silences) == 1


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"duration": 0}, "shorter than a second"),
        ({"until": "2026-11-20 12:00:00+00:00"}, "has passed already"),
        (
            {"from": "2026-11-20 11:00:00+00:00", "duration": 60},
            "11:01:00.* has passed already",
        ),
        (
            {"from": "2026-11-20 14:00:00+00:00", "until": "2026-11-20 13:00:00+00:00"},
            "13:00:00.* is not after the beginning .*14:00:00",
        ),
        ({"from": "9999-12-31 23:59:59"}, "more than ten years away"),
        ({"until": "9999-12-31 23:59:59"}, "more than ten years away"),
        ({"duration": 1, "until": "2026-11-20 13:00:00"}, "Give only one"),
        ({"entity_id": "sensor.nothing"}, "sensor.nothing is not an entity"),
        ({"area_id": "nowhere"}, "nowhere is not an entity"),
        ({"label_id": "nothing"}, "nothing is not an entity"),
        ({"floor_id": "no_floor"}, "no_floor is not an entity"),
        ({"device_id": "no_device"}, "no_device is not an entity"),
    ],
    ids=str,
)
async def test_what_is_impossible_says_what_is_possible(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    wrong: dict[str, Any],
    words: str,
) -> None:
    """Nothing is silenced then."""
    await hass.config.async_set_time_zone("UTC")
    freezer.move_to(NOON)
    with pytest.raises(ServiceValidationError, match=words):
        await call(hass, "silence", **{"entity_id": UPS, **wrong})
    assert not entry.runtime_data.hub.board.silences


@pytest.mark.usefixtures("day")
async def test_a_count_of_the_account_is_no_target(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """It stands for nothing; and without a target there is nothing to do."""
    with pytest.raises(ServiceValidationError, match="Problem, Status or Alert"):
        await call(hass, "silence", entity_id=NEEDS_ATTENTION)
    with pytest.raises(vol.Invalid):
        await call(hass, "silence")
    assert not entry.runtime_data.hub.board.silences


@pytest.mark.usefixtures("day")
async def test_more_silences_than_there_can_be_are_an_error_in_words(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """None of those that the call asks for is made."""
    freezer.move_to(NOON)
    hub = entry.runtime_data.hub
    later = hub.now() + timedelta(days=1)
    for number in range(MAX_SILENCES - 1):
        hub.board.silences[str(number)] = Silence(
            id=str(number), begins_at=later, subjects=frozenset(["x"])
        )
    with pytest.raises(ServiceValidationError, match="Bleemeo can have at most 1000"):
        await call(hass, "silence", entity_id=[UPS, DISK])
    assert needs_attention(hass) == 5
    await call(hass, "silence", entity_id=UPS)
    assert needs_attention(hass) == 4
    # what takes the place of another needs no room
    await call(hass, "silence", entity_id=UPS, duration=60)
    with pytest.raises(ServiceValidationError, match="at most 1000"):
        await call(hass, "silence", entity_id=DISK)


@pytest.mark.usefixtures("day")
async def test_an_area_is_silenced_in_each_account(
    hass: HomeAssistant, entry: MockConfigEntry, area_registry: ar.AreaRegistry
) -> None:
    """And a server only in its own."""
    other = MockConfigEntry(domain="bleemeo", data={"webhook_id": "other"})
    await setup_integration(hass, other)
    area = area_registry.async_create("Cellar").id
    await call(hass, "silence", area_id=area)
    await call(hass, "silence", entity_id=NAS)
    counts = [len(each.runtime_data.hub.board.silences) for each in (entry, other)]
    assert counts == [2, 1]
    await call(hass, "unsilence", area_id=area)
    counts = [len(each.runtime_data.hub.board.silences) for each in (entry, other)]
    assert counts == [1, 0]


@pytest.mark.skipif(
    not hasattr(cv, "TARGET_EXCLUDE_SCHEMA"), reason="new in Home Assistant 2026.11"
)
@pytest.mark.usefixtures("day")
async def test_what_is_excluded_is_not_silenced(hass: HomeAssistant) -> None:
    """Each of the others is, one by one."""
    await call(hass, "silence", entity_id=NAS, exclude={"entity_id": UPS})
    assert needs_attention(hass) == 4
    assert not attribute(hass, UPS, "silenced")


@pytest.mark.usefixtures("day")
async def test_a_silence_takes_the_place_of_all_that_are_in_force(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """One that was planned may have begun during another."""
    begins_at = datetime.now(UTC) + timedelta(minutes=10)
    planned = {"from": begins_at.isoformat(), "duration": {"hours": 9}}
    await call(hass, "silence", entity_id=NAS, **planned)
    await call(hass, "silence", entity_id=NAS, duration={"hours": 2})
    await wait(hass, freezer, minutes=20)
    await call(hass, "silence", entity_id=NAS, duration={"minutes": 5})
    await hass.config_entries.async_reload(entry.entry_id)
    assert len(entry.runtime_data.hub.board.silences) == 1
    await wait(hass, freezer, minutes=6)
    assert attribute(hass, UPS, "needs_attention")
