"""Who calls an action, and what they may read and control."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, Event, HomeAssistant, callback
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .core import Agent, Metric
from .hub import SUBJECT_ENTITIES
from .texts import Texts

# as persons are named in the states; without them there are none
_PERSON_DOMAIN = "person"
_ATTR_USER_ID = "user_id"

# events of integrations that need not be there
_AUTOMATION_TRIGGERED = "automation_triggered"
_SCRIPT_STARTED = "script_started"
_BUTTON_PRESSED = "mobile_app_notification_action"

# what runs, and what was pressed, the newest last
_BEGUN: HassKey[dict[str, Event[Mapping[str, Any]]]] = HassKey(f"{DOMAIN}_begun")
_MAX_BEGUN = 200

# whether the server of an entry may be read or controlled, by the id of its agent
type MayServer = Callable[[ConfigEntry, str], bool]


@callback
def async_setup_callers(hass: HomeAssistant) -> None:
    """Follow what runs, and who pressed a button on a phone, by the ids of contexts."""
    begun = hass.data.setdefault(_BEGUN, {})

    @callback
    def handle(event: Event[Mapping[str, Any]]) -> None:
        begun.setdefault(event.context.id, event)
        if len(begun) > _MAX_BEGUN:
            del begun[next(iter(begun))]

    for event_type in (_AUTOMATION_TRIGGERED, _SCRIPT_STARTED, _BUTTON_PRESSED):
        hass.bus.async_listen(event_type, handle)


@callback
def async_get_name(hass: HomeAssistant, context: Context) -> str | None:
    """Return who calls, if that is known.

    That is the person of the call's user, or of the user who has pressed the button that an
    automation acts on, or the automation or script itself.
    """
    if context.user_id is not None:
        return _name_of_user(hass, context.user_id)
    begun = hass.data.get(_BEGUN, {})
    pressed = begun.get(context.parent_id or "")
    if pressed is not None and pressed.context.user_id is not None:
        return _name_of_user(hass, pressed.context.user_id)
    if (run := begun.get(context.id)) is None:
        return None
    kind = "script" if run.event_type == _SCRIPT_STARTED else "automation"
    return Texts(hass)(f"caller.{kind}", name=run.data.get("name"))


def _name_of_user(hass: HomeAssistant, user_id: str) -> str | None:
    for person in hass.states.async_all(_PERSON_DOMAIN):
        if person.attributes.get(_ATTR_USER_ID) == user_id:
            return person.name
    return None


async def async_get_limited_user(hass: HomeAssistant, context: Context) -> User | None:
    """Return a call's user, or None if the call may do everything.

    That is one of an admin, or of no user but an automation.

    Raises:
        UnknownUser: the user no longer exists.
    """
    if context.user_id is None:
        return None
    user = await hass.auth.async_get_user(context.user_id)
    if user is None:
        raise UnknownUser(context=context)
    return None if user.is_admin else user


async def async_check_control(
    hass: HomeAssistant,
    context: Context,
    target: Mapping[str, Any],
    metrics: Iterable[Metric],
) -> None:
    """Check that the call may control all that it targets, and what that stands for.

    Raises:
        Unauthorized: it may not.
    """
    if (user := await async_get_limited_user(hass, context)) is None:
        return
    selected = async_extract_referenced_entity_ids(hass, TargetSelection(dict(target)))
    entity_ids = {
        *selected.referenced,
        *selected.indirectly_referenced,
        *(each for metric in metrics for each in async_entity_ids(hass, metric)),
    }
    for entity_id in sorted(entity_ids):
        if not user.permissions.check_entity(entity_id, POLICY_CONTROL):
            raise Unauthorized(
                context=context, entity_id=entity_id, permission=POLICY_CONTROL
            )
    if not entity_ids and not user.permissions.access_all_entities(POLICY_CONTROL):
        raise Unauthorized(context=context, permission=POLICY_CONTROL)


@callback
def async_may_read(
    hass: HomeAssistant, user: User | None, subject: Metric | Agent
) -> bool:
    """Return whether a user may read any entity of a metric, or a server's own."""
    if user is None or user.permissions.access_all_entities(POLICY_READ):
        return True
    return any(
        user.permissions.check_entity(entity_id, POLICY_READ)
        for entity_id in async_entity_ids(hass, subject)
    )


@callback
def async_entity_ids(hass: HomeAssistant, subject: Metric | Agent) -> Collection[str]:
    """Return the ids of a subject's own entities; there are none beyond the cap."""
    entities = er.async_get(hass)
    found = (
        entities.async_get_entity_id(domain, DOMAIN, f"{subject.uid}_{key}")
        for domain, key in SUBJECT_ENTITIES
    )
    return [entity_id for entity_id in found if entity_id]


@callback
def async_server_reader(hass: HomeAssistant, user: User | None) -> MayServer:
    """Return what tells which servers a user may read: None may read all of them.

    Those are the servers of whose entities the user may read at least one.
    """
    return _server_checker(hass, user, POLICY_READ, any)


@callback
def async_server_controller(hass: HomeAssistant, user: User | None) -> MayServer:
    """Return what tells which servers a user may control: None may control all of them.

    Those are the servers of whose entities the user may control all, as actions ask for.
    """
    return _server_checker(hass, user, POLICY_CONTROL, all)


def _server_checker(
    hass: HomeAssistant,
    user: User | None,
    policy: str,
    are_enough: Callable[[Iterable[bool]], bool],
) -> MayServer:
    if user is None or user.permissions.access_all_entities(policy):
        return lambda *_: True
    permissions = user.permissions
    devices, entities = dr.async_get(hass), er.async_get(hass)

    def may(entry: ConfigEntry, agent_id: str) -> bool:
        device = devices.async_get_device_by_identifier(
            (DOMAIN, agent_id), entry.entry_id
        )
        if device is None:
            return False
        parts = dr.async_entries_for_parent_device(devices, device.id)
        ids = [
            entity.entity_id
            for each in (device, *parts)
            for entity in er.async_entries_for_device(
                entities, each.id, include_disabled_entities=True
            )
        ]
        return bool(ids) and are_enough(
            permissions.check_entity(entity_id, policy) for entity_id in ids
        )

    return may
