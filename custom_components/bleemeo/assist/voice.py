"""Answers for the built-in voice assistant: are all servers OK, and what is wrong.

It listens for sentences as an automation would, but only while anything is exposed to it,
and for the names of servers that are, so that it answers nothing that is not its own.
"""

import logging
import re
from typing import Any, Final

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
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.script import ScriptRunResult
from homeassistant.helpers.translation import async_get_translations
from homeassistant.helpers.trigger import (
    async_initialize_triggers,
    async_validate_trigger_config,
)
from homeassistant.setup import async_when_setup

from ..caller import async_get_limited_user
from ..const import DOMAIN
from ..core import Metric
from ..hub import SIGNAL_READY, BleemeoHub
from ..models import is_loaded
from ..overview import async_is_server
from .exposure import Exposed, spoken_names
from .sentences import ALL_SERVERS, ONE_SERVER

ASSISTANT: Final = "conversation"
COOLDOWN_SECONDS: Final = 2.0
# each is tried with each sentence
MAX_NAMES: Final = 500
# nobody listens to more
MAX_SPOKEN: Final = 3

_ALL, _ONE = "all_servers", "one_server"
# what the templates of sentences, and their punctuation, are made of
_NOT_SPOKEN = re.compile(r"[^\w.-]+|(?<!\w)[.-]+|[.-]+(?!\w)")
# of these, what a keyboard has beside them, and a sentence may have
_NOT_TYPED = re.compile(r"[^\w.&'()+#-]+|(?<!\w)[.-]+|[.-]+(?!\w)")

_PLACEHOLDER = re.compile(r"{(\w+)}")

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
        # the agents of each name that is listened for
        self._agents: dict[str, list[str]] | None = None
        self._stop_listening: CALLBACK_TYPE | None = None
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

    async def _async_listen(self) -> None:
        """Listen for the names of the servers that are exposed now."""
        exposed = Exposed.async_get(self._hass, ASSISTANT)
        agents = self._names(exposed) if exposed else None
        if agents == self._agents:
            return
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None
        self._agents = agents
        if agents is None:
            return
        commands = {_ALL: ALL_SERVERS}
        if agents:
            servers = f"({'|'.join(map(_escape, agents))})"
            commands[_ONE] = [each.replace("{servers}", servers) for each in ONE_SERVER]
        triggers = [
            {CONF_PLATFORM: ASSISTANT, CONF_ID: key, CONF_COMMAND: sentences}
            for key, sentences in commands.items()
        ]
        self._stop_listening = await async_initialize_triggers(
            self._hass,
            await async_validate_trigger_config(self._hass, triggers),
            self._async_answer,
            DOMAIN,
            "voice",
            _LOGGER.log,
        )

    def _names(self, exposed: Exposed) -> dict[str, list[str]]:
        """Return the agents by what they may be called, as it is said or typed.

        Several may be called the same: servers of two accounts, or one set up anew.
        """
        found = [(hub, metric.agent) for hub, metric in exposed.metrics()]
        names: dict[str, list[str]] = {}
        for agent_id, own in spoken_names(self._hass, found).items():
            said: dict[str, None] = {}
            for name in own:
                spoken = _spoken(name)
                # as it is understood: web 01
                apart = re.sub(r"(?<=[^\W\d])(?=\d)", " ", spoken)
                typed = _without(_NOT_TYPED, name)
                said |= dict.fromkeys(filter(None, (spoken, apart, typed)))
            for name in said:
                names.setdefault(name, []).append(agent_id)
        return dict(list(names.items())[:MAX_NAMES])

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
        found = list(exposed.metrics(user))
        agents = self._asked(said["text"]) if trigger["id"] == _ONE else []
        answer = _Answer(self._hass, texts, found)
        text = (
            answer.of_agents(agents)
            if agents
            else answer.of_all(self._unknown(exposed))
        )
        return ScriptRunResult(text, None, {})

    def _asked(self, text: str) -> list[str]:
        """Return the agents whose name a sentence has.

        If it has several, that is the last, for "server" may be one too, and the longest.
        """
        said = f" {_spoken(text)} ".casefold()
        ends: dict[str, tuple[int, int]] = {}
        for name in self._agents or {}:
            spoken = f" {_spoken(name)} ".casefold()
            if (begin := said.rfind(spoken)) >= 0:
                ends[name] = begin + len(spoken), len(spoken)
        last = max(ends.values(), default=None)
        return list(
            dict.fromkeys(
                agent_id
                for name, agent_ids in (self._agents or {}).items()
                if ends.get(name, ()) == last
                for agent_id in agent_ids
            )
        )

    def _unknown(self, exposed: Exposed) -> list[str]:
        """Return the accounts that are exposed and of which not everything is known."""
        return [
            entry.title
            for entry in self._hass.config_entries.async_entries(
                DOMAIN, include_disabled=False
            )
            if entry.entry_id in exposed.entry_ids
            and (not is_loaded(entry) or not entry.runtime_data.is_known)
        ]

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


class _Answer:
    """Says in words, to be heard, what is wrong."""

    def __init__(
        self,
        hass: HomeAssistant,
        texts: dict[str, str],
        found: list[tuple[BleemeoHub, Metric]],
    ) -> None:
        """Speak of the metrics that were found."""
        self._texts = texts
        self._metrics: dict[str, list[Metric]] = {}
        for _, metric in found:
            self._metrics.setdefault(metric.agent.id, []).append(metric)
        names = spoken_names(hass, ((hub, metric.agent) for hub, metric in found))
        self._names = {agent_id: own[0] for agent_id, own in names.items()}

    def of_all(self, unknown: list[str]) -> str:
        """Say whether all servers are OK."""
        wrong = sorted(
            (agent_id for agent_id in self._metrics if self._open(agent_id)),
            key=lambda agent_id: -self._open(agent_id)[0].alert.status.severity,
        )
        parts = [self.of_agent(agent_id) for agent_id in wrong[:MAX_SPOKEN]]
        if len(wrong) > MAX_SPOKEN:
            parts.append(self._say("more_servers", count=len(wrong) - MAX_SPOKEN))
        if unknown:
            parts.append(self._say("not_known", accounts=", ".join(unknown)))
        if not parts and not self._metrics:
            return self._texts["nothing_known"]
        return " ".join(parts) or self._texts["all_ok"]

    def of_agents(self, agent_ids: list[str]) -> str:
        """Say what is wrong with the servers of one name, and that one is OK if all are."""
        known = [each for each in agent_ids if each in self._metrics]
        wrong = [each for each in known if self._open(each)]
        told = (self.of_agent(each) for each in wrong or known or agent_ids)
        return " ".join(dict.fromkeys(told))

    def of_agent(self, agent_id: str) -> str:
        """Say what is wrong with a server."""
        if agent_id not in self._metrics:
            return self._texts["nothing_known"]
        server, wrong = self._names[agent_id], self._open(agent_id)
        if not wrong:
            return self._say("server_ok", server=server)
        alerts = [
            self._say(
                "alert",
                metric=metric.name,
                status=self._texts[f"status_{metric.alert.status.word}"],
            )
            for metric in wrong[:MAX_SPOKEN]
        ]
        if len(wrong) > MAX_SPOKEN:
            alerts.append(self._say("more_alerts", count=len(wrong) - MAX_SPOKEN))
        return self._say("server", server=server, alerts=", ".join(alerts))

    def _open(self, agent_id: str) -> list[Metric]:
        """Return the open metrics of an agent, the worst first."""
        return sorted(
            (metric for metric in self._metrics[agent_id] if metric.is_open),
            key=lambda metric: -metric.alert.status.severity,
        )

    def _say(self, key: str, **values: object) -> str:
        # what a sender wrote is text, braces and all
        return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), self._texts[key])


def _spoken(text: str) -> str:
    """Return a text without what is not heard of it."""
    return _without(_NOT_SPOKEN, text)


def _without(pattern: re.Pattern[str], text: str) -> str:
    return " ".join(pattern.sub(" ", text).split())


def _escape(name: str) -> str:
    """Return a name as a template of sentences has it."""
    return re.sub(r"([()])", r"\\\1", name)
