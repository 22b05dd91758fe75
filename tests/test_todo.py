"""Tests of the to-do list of open alerts."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_capture_events,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.bleemeo.const import EVENT_ACKNOWLEDGEMENT
from custom_components.bleemeo.todo import BleemeoTodoList
from homeassistant.components.todo import DOMAIN as TODO_DOMAIN
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_component import DATA_INSTANCES

from . import give_names, payload, state
from .conftest import Deliver
from .services import DISK, UPS, call, is_acknowledged

LIST = "todo.bleemeo_open_alerts"


def the_list(hass: HomeAssistant) -> BleemeoTodoList:
    """Return the entity."""
    entity = hass.data[DATA_INSTANCES][TODO_DOMAIN].get_entity(LIST)
    assert isinstance(entity, BleemeoTodoList)
    return entity


async def items(hass: HomeAssistant) -> list[dict[str, str]]:
    """Return the items as an action does."""
    answer: Any = await hass.services.async_call(
        TODO_DOMAIN,
        "get_items",
        {"entity_id": LIST},
        blocking=True,
        return_response=True,
    )
    found: list[dict[str, str]] = answer[LIST]["items"]
    return found


async def update(
    hass: HomeAssistant, item: str, context: Context | None = None, **fields: str
) -> None:
    """Change an item, and let the list show it."""
    await hass.services.async_call(
        TODO_DOMAIN,
        "update_item",
        {"entity_id": LIST, "item": item, **fields},
        blocking=True,
        context=context,
    )
    await hass.async_block_till_done()


async def pass_the_cooldown(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Let what is written at most once a second be written."""
    freezer.tick(timedelta(seconds=2))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


@pytest.mark.usefixtures("deliver")
async def test_it_is_disabled_at_first(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    """Then it follows no alert."""
    assert hass.states.get(LIST) is None
    assert (
        entity_registry.entities[LIST].disabled_by
        is er.RegistryEntryDisabler.INTEGRATION
    )


@pytest.mark.usefixtures("enabled_by_default", "day")
async def test_each_open_alert_is_an_item_that_can_be_spoken(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The worst come first; what is silenced is not to be done."""
    await call(hass, "silence", entity_id=DISK)
    await pass_the_cooldown(hass, freezer)
    found = await items(hass)
    assert [each["summary"] for each in found] == [
        "nas.example.com: SMART status critical",
        "nas.example.com: UPS critical",
        "shop.example.com: https://shop.example.com/ - checkout is slow warning",
        "shop.example.com: Certificate, status unknown",
    ]
    assert {each["status"] for each in found} == {"needs_action"}
    assert state(hass, LIST).state == str(len(found))


@pytest.mark.usefixtures("enabled_by_default", "day")
async def test_an_item_has_the_names_that_a_person_gave(
    hass: HomeAssistant,
) -> None:
    """To the device of the server, and to the metric; it can still be ticked off."""
    give_names(hass, UPS, "The NAS", "Battery")
    assert "The NAS: Battery critical" in [
        each["summary"] for each in await items(hass)
    ]
    await update(hass, "The NAS: Battery critical", status="completed")
    assert is_acknowledged(hass, UPS)


@pytest.mark.usefixtures("enabled_by_default", "day")
async def test_to_tick_an_item_off_is_to_acknowledge(
    hass: HomeAssistant, anna: Context, freezer: FrozenDateTimeFactory
) -> None:
    """By whoever does so; and it can be taken back."""
    events = async_capture_events(hass, EVENT_ACKNOWLEDGEMENT)
    summary = "nas.example.com: UPS critical"
    await pass_the_cooldown(hass, freezer)
    before = int(state(hass, LIST).state)
    # as a dashboard does, which sends the name that it shows
    await update(hass, summary, anna, rename=summary, status="completed")
    assert is_acknowledged(hass, UPS)
    assert (events[-1].data["by"], events[-1].data["end"]) == ("Anna", None)
    assert events[-1].context is anna
    await pass_the_cooldown(hass, freezer)
    assert state(hass, LIST).state == str(before - 1)
    [item] = [each for each in await items(hass) if each["status"] == "completed"]
    assert item["summary"] == summary
    assert item["completed"]

    await update(hass, item["uid"], anna, status="needs_action")
    assert not is_acknowledged(hass, UPS)
    assert events[-1].data["end"] == "by_hand"
    await pass_the_cooldown(hass, freezer)
    assert state(hass, LIST).state == str(before)


@pytest.mark.usefixtures("enabled_by_default", "day")
async def test_who_speaks_without_a_context_is_not_who_ticked_last(
    hass: HomeAssistant, anna: Context
) -> None:
    """A voice assistant calls the entity itself."""
    events = async_capture_events(hass, EVENT_ACKNOWLEDGEMENT)
    await update(hass, "nas.example.com: UPS critical", anna, status="completed")
    entity = the_list(hass)
    [item] = [each for each in entity.todo_items or () if "Disk" in f"{each.summary}"]
    item.status = "completed"  # type: ignore[assignment]
    await entity.async_update_todo_item(item)
    assert is_acknowledged(hass, DISK)
    assert [event.data["by"] for event in events] == ["Anna", None]


@pytest.mark.usefixtures("enabled_by_default")
async def test_a_text_is_text(hass: HomeAssistant, deliver: Deliver) -> None:
    """Home Assistant renders the description of an item as Markdown."""
    await deliver(payload(text="# [click](http://evil.example)\n<b>90</b> %"))
    [item] = await items(hass)
    assert item["description"] == (
        r"\# \[click\](http:\//evil.example) \<b\>90\</b\> %"
    )


@pytest.mark.usefixtures("enabled_by_default", "day")
async def test_what_has_no_meaning_is_not_offered(hass: HomeAssistant) -> None:
    """Alerts are neither made nor deleted here, and have their names from Bleemeo."""
    for action, data in (
        ("add_item", {"item": "new"}),
        ("remove_item", {"item": "nas.example.com: UPS critical"}),
    ):
        with pytest.raises(ServiceValidationError):
            await hass.services.async_call(
                TODO_DOMAIN, action, {"entity_id": LIST, **data}, blocking=True
            )
    with pytest.raises(ServiceValidationError) as raised:
        await update(hass, "nas.example.com: UPS critical", rename="mine")
    assert raised.value.translation_key == "alert_not_renamed"


@pytest.mark.usefixtures("enabled_by_default", "day")
async def test_an_alert_that_has_ended_cannot_be_ticked_off(
    hass: HomeAssistant,
) -> None:
    """Somebody may look at an older list."""
    entity = the_list(hass)
    [item] = [each for each in entity.todo_items or () if "UPS" in f"{each.summary}"]
    item.status = "completed"  # type: ignore[assignment]
    await call(hass, "forget", entity_id=UPS)
    with pytest.raises(ServiceValidationError) as raised:
        await entity.async_update_todo_item(item)
    assert raised.value.translation_key == "not_open"


@pytest.mark.usefixtures("enabled_by_default", "day")
async def test_the_list_gives_no_control_of_the_alerts(
    hass: HomeAssistant, hass_admin_user: MockUser
) -> None:
    """As by the action, acknowledging needs control of the metric's entities."""
    user = await hass.auth.async_create_user("guest", group_ids=["system-users"])
    user.groups = []
    user.invalidate_cache()
    user.permissions  # noqa: B018
    with (
        patch.object(
            type(user.permissions),
            "check_entity",
            lambda _, entity_id, __: entity_id == LIST,
        ),
        pytest.raises(Unauthorized),
    ):
        await update(
            hass,
            "nas.example.com: UPS critical",
            Context(user_id=user.id),
            status="completed",
        )
    assert not is_acknowledged(hass, UPS)


@pytest.mark.usefixtures("enabled_by_default")
async def test_nothing_is_known_before_the_first_alert(
    hass: HomeAssistant, deliver: Deliver, freezer: FrozenDateTimeFactory
) -> None:
    """An empty list would be a wrong calm."""
    assert state(hass, LIST).state == "unknown"
    await deliver(payload(status=0))
    await pass_the_cooldown(hass, freezer)
    assert state(hass, LIST).state == "0"


@pytest.mark.usefixtures("enabled_by_default")
async def test_the_items_are_made_only_for_those_who_look(
    hass: HomeAssistant,
    deliver: Deliver,
    entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Whoever does has the present ones, at most once a second."""
    made: list[int] = []
    make = BleemeoTodoList._item

    def count(self: BleemeoTodoList, metric: Any) -> Any:
        made.append(1)
        return make(self, metric)

    with patch.object(BleemeoTodoList, "_item", count):
        for minute in range(3):
            await deliver(
                payload(
                    status=1 + minute % 2,
                    id=None,
                    status_changed_at=f"2026-11-21T08:0{minute}:00Z",
                )
            )
            await pass_the_cooldown(hass, freezer)
        assert made == []
        assert state(hass, LIST).state == "1"
        client = await hass_ws_client(hass)
        await client.send_json_auto_id(
            {"type": "todo/item/subscribe", "entity_id": LIST}
        )
        assert (await client.receive_json())["success"]
        first = await client.receive_json()
        assert len(made) == 1
    [item] = first["event"]["items"]
    assert item["summary"] == "web01.example.com: CPU warning"
    for minute, word in ((3, "critical"), (4, "warning")):
        await deliver(
            payload(
                status=2 if word == "critical" else 1,
                id=None,
                status_changed_at=f"2026-11-21T08:0{minute}:00Z",
            )
        )
        await pass_the_cooldown(hass, freezer)
        [item] = (await client.receive_json())["event"]["items"]
        assert item["summary"] == f"web01.example.com: CPU {word}"
