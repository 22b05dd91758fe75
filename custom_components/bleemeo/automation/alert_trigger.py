"""What all triggers have: a target, a language, and words for what they tell."""

from collections.abc import Callable, Mapping
import logging
from typing import Any, ClassVar, cast, override

import voluptuous as vol

from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.trigger import (
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType

from ..core import Metric
from ..hub import BleemeoHub
from ..texts import HOUSE, Texts, async_load_texts
from .criteria import CONF_LANGUAGE, CONF_SEVERITY
from .notices import Notices
from .scope import Scope
from .wording import Wording

_LOGGER = logging.getLogger(__name__)

type Run = Callable[[dict[str, Any], Context | None], None]


class AlertTrigger(Trigger):
    """Tells of alerts of the targeted metrics, or of all metrics."""

    _schema: ClassVar[vol.Schema]

    @classmethod
    @override
    async def async_validate_config(
        cls, hass: HomeAssistant, config: ConfigType
    ) -> ConfigType:
        """Validate config."""
        return cast(ConfigType, cls._schema(config))

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Initialize the trigger."""
        super().__init__(hass, config)
        self._options: dict[str, Any] = config.options or {}
        # the same after a restart, in whatever order the defaults were filled in
        options = sorted(self._options.items())
        self._name = repr((config.key, config.target, options))
        self._scope = Scope(hass, config.target)

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Attach the trigger to an action runner."""
        await async_load_texts(self._hass, self._options.get(CONF_LANGUAGE, HOUSE))

        @callback
        def run(data: dict[str, Any], context: Context | None) -> None:
            """Run the action; where that fails, others are told all the same."""
            try:
                run_action(data, _described(data), context)
            except HomeAssistantError as error:
                # such as variables of the trigger, which are made of what is told
                _LOGGER.error("Nothing is run for %s: %s", _described(data), error)

        cancels = [self._scope.async_start(), self._async_start(run)]

        @callback
        def detach() -> None:
            """Stop following alerts."""
            for cancel in cancels:
                cancel()

        return detach

    @callback
    def _async_start(self, run: Run) -> CALLBACK_TYPE:
        """Run the action from now on, until the returned callback is called."""
        raise NotImplementedError

    def _texts(self) -> Texts:
        """Return the texts of the language that was chosen."""
        return Texts(self._hass, self._options[CONF_LANGUAGE])

    def _words_and_notices(self) -> tuple[Wording, Notices]:
        """Return what says what is told, and what a screen is to show of it."""
        texts = self._texts()
        return (
            Wording(self._hass, texts),
            Notices(self._hass, texts, self._is_followed),
        )

    def _is_followed(self, hub: BleemeoHub, metric: Metric) -> bool:
        """Return whether somebody is told of a metric, with its present status."""
        return metric.alert.status.word in self._options[
            CONF_SEVERITY
        ] and self._scope.covers(hub.uid, metric.alert.key)


def _described(data: Mapping[str, Any]) -> str:
    """Return what the run is about, for its trace."""
    others = data["count"] - 1
    return f"{data['title']} and {others} more" if others else str(data["title"])
