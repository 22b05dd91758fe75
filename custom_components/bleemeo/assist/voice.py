"""Answers for the built-in voice assistant: are all servers OK, and what is wrong.

It listens for sentences as an automation would, but only while anything is exposed to it,
and for the names of what is, so that it answers nothing that is not its own.
"""

import asyncio
import logging
from typing import Any, Final

from homeassistant.components.conversation import HOME_ASSISTANT_AGENT
from homeassistant.components.homeassistant.exposed_entities import (
    async_listen_entity_updates,
)
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.const import (
    CONF_COMMAND,
    CONF_ID,
    CONF_PLATFORM,
    EVENT_HOMEASSISTANT_STOP,
)
from homeassistant.core import CALLBACK_TYPE, Context, Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import (
    async_track_state_added_domain,
    async_track_state_removed_domain,
)
from homeassistant.helpers.script import ScriptRunResult
from homeassistant.helpers.translation import async_get_translations
from homeassistant.helpers.trigger import (
    async_initialize_triggers,
    async_validate_trigger_config,
)
from homeassistant.setup import async_when_setup

from ..caller import async_get_limited_user
from ..const import DOMAIN
from ..hub import SIGNAL_READY
from ..overview import async_is_server
from .answer import Answer
from .exposure import Exposed
from .names import Names
from .sentences import ALL_SERVERS, EVERYTHING
from .templates import of_names, typed

ASSISTANT: Final = "conversation"
COOLDOWN_SECONDS: Final = 2.0

_EVERYTHING, _ALL, _ONE = "everything", "all_servers", "one_server"

_LOGGER = logging.getLogger(__name__)


@callback
def async_setup_voice(hass: HomeAssistant) -> None:
    """Answer once there is an assistant."""

    async def start(hass: HomeAssistant, _: str) -> None:
        await _Voice(hass).async_start()

    async_when_setup(hass, ASSISTANT, start)


class _Voice:
    """Listens for sentences, and answers them."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start without listening."""
        self._hass = hass
        # what is listened for: names, and whether also what names nothing
        self._heard: tuple[Names, bool] | None = None
        self._stop_listening: CALLBACK_TYPE | None = None
        self._lock = asyncio.Lock()
        self._debouncer = Debouncer(
            hass,
            _LOGGER,
            cooldown=COOLDOWN_SECONDS,
            immediate=False,
            function=self._async_listen,
            background=True,
        )

    async def async_start(self) -> None:
        """Listen, and follow what may change the names."""
        hass, follow = self._hass, self._follow
        async_listen_entity_updates(hass, ASSISTANT, follow)
        async_dispatcher_connect(hass, SIGNAL_READY, follow)
        async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._follow_entry)
        hass.bus.async_listen(dr.EVENT_DEVICE_REGISTRY_UPDATED, self._follow_device)
        hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, self._follow_entity)
        async_track_state_added_domain(hass, ASSISTANT, follow)
        async_track_state_removed_domain(hass, ASSISTANT, follow)
        hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._end)
        await self._async_listen()

    @callback
    def _end(self, _: Event) -> None:
        self._debouncer.async_shutdown()

    @callback
    def _follow(self, *_: object) -> None:
        self._debouncer.async_schedule_call()

    @callback
    def _follow_entry(self, _: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == DOMAIN:
            self._follow()

    @callback
    def _follow_device(self, event: Event[dr.EventDeviceRegistryUpdatedData]) -> None:
        if async_is_server(self._hass, event.data["device_id"]):
            self._follow()

    @callback
    def _follow_entity(self, event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        entity = er.async_get(self._hass).async_get(event.data["entity_id"])
        if entity and entity.platform == DOMAIN:
            self._follow()

    async def _async_listen(self) -> None:
        """Listen for what is exposed now."""
        # the first time may take long
        async with self._lock:
            await self._async_listen_anew()

    async def _async_listen_anew(self) -> None:
        exposed = Exposed.async_get(self._hass, ASSISTANT)
        names = Names.async_get(self._hass, exposed) if exposed else None
        # a language model knows the whole house
        agents = self._hass.states.async_entity_ids(ASSISTANT)
        is_alone = all(each == HOME_ASSISTANT_AGENT for each in agents)
        heard = (names, is_alone) if names else None
        if heard == self._heard:
            return
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None
        self._heard = heard
        if names is None:
            return
        commands = {
            _EVERYTHING: typed(EVERYTHING) if is_alone else [],
            _ALL: typed(ALL_SERVERS),
            _ONE: of_names(names),
        }
        triggers = [
            {CONF_PLATFORM: ASSISTANT, CONF_ID: key, CONF_COMMAND: sentences}
            for key, sentences in commands.items()
            if sentences
        ]
        self._stop_listening = await async_initialize_triggers(
            self._hass,
            await async_validate_trigger_config(self._hass, triggers),
            self._async_answer,
            DOMAIN,
            "voice",
            _LOGGER.log,
        )

    async def _async_answer(
        self, variables: dict[str, Any], _: Context | None = None
    ) -> ScriptRunResult:
        """Answer a sentence, to the user who said it."""
        trigger = variables["trigger"]
        said = trigger["user_input"]
        context = Context(user_id=said["context"]["user_id"])
        user = await async_get_limited_user(self._hass, context)
        texts = await self._async_texts(said["language"])
        exposed = Exposed.async_get(self._hass, ASSISTANT)
        answer = Answer(self._hass, texts, exposed, user, exposed.unknown())
        if trigger["id"] == _ONE and self._heard:
            names, _is_alone = self._heard
            text = self._named(answer, *names.asked(said["text"]))
        else:
            text = answer.of_all()
        return ScriptRunResult(text, None, {})

    def _named(self, answer: Answer, ids: list[str], services: list[str]) -> str:
        """Return the answer to a sentence that names what is asked for."""
        if services:
            return answer.of_services(ids, services)
        entries = map(self._hass.config_entries.async_get_entry, ids)
        if accounts := [entry for entry in entries if entry]:
            return " ".join(map(answer.of_account, accounts))
        return answer.of_agents(ids)

    async def _async_texts(self, language: str | None) -> dict[str, str]:
        texts = await async_get_translations(
            self._hass, language or self._hass.config.language, "config_panel", {DOMAIN}
        )
        prefix = f"component.{DOMAIN}.config_panel.voice."
        return {
            key.removeprefix(prefix): text
            for key, text in texts.items()
            if key.startswith(prefix)
        }
