"""Triggers that tell of alerts: of what has become of them, or of each change."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar, cast, override

import voluptuous as vol

from homeassistant.const import CONF_FOR
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.trigger import (
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType

from .automation import (
    CONF_SEVERITY,
    CONF_TOGETHER,
    SEVERITIES,
    SEVERITY_FIELD,
    TOGETHER_FIELD,
    Collection,
    Finding,
    Follower,
    Scope,
    data_of_all,
    data_of_one,
    for_field,
    include_fields,
    included,
    schema,
    time_period,
    wanted,
    words_field,
)
from .const import EVENT_ACKNOWLEDGEMENT, EVENT_ALERT
from .core import Change, Left, Reached, Reason, Rule, Unattended

CONF_AT_MOST = "at_most"
CONF_CHANGES = "changes"
CONF_EVERY = "every"
CONF_UNTIL_OK = "until_ok"

CHANGES = [change.value for change in Change]
SEEN_CHANGES = ["acknowledged", "expired", "by_hand", "worsened", "cleared"]

_UNTIL_OK_FIELD = {vol.Required(CONF_UNTIL_OK, default=False): cv.boolean}
_UNATTENDED_FIELDS = {
    vol.Optional(CONF_EVERY): vol.All(time_period, vol.Range(min=timedelta(seconds=1))),
    vol.Optional(CONF_AT_MOST): vol.All(vol.Coerce(int), vol.Range(min=1)),
}


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
        self._name = repr((config.key, config.target, self._options))
        self._scope = Scope(hass, config.target)

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Attach the trigger to an action runner."""
        cancels = [self._scope.async_start(), self._async_start(run_action)]

        @callback
        def detach() -> None:
            """Stop following alerts."""
            for cancel in cancels:
                cancel()

        return detach

    @callback
    def _async_start(self, run_action: TriggerActionRunner) -> CALLBACK_TYPE:
        """Run the action from now on, until the returned callback is called."""
        raise NotImplementedError


class IncidentTrigger(AlertTrigger):
    """Tells once what has become of each incident, alone or with others."""

    # whether each alert says how often it has been told
    _reminds: ClassVar[bool] = False

    def _rule(self) -> Rule:
        """Return what the options ask for."""
        raise NotImplementedError

    @override
    @callback
    def _async_start(self, run_action: TriggerActionRunner) -> CALLBACK_TYPE:
        together: timedelta = self._options[CONF_TOGETHER]

        @callback
        def offer(finding: Finding) -> None:
            """Tell of an alert, or let it wait for others."""
            if not self._scope.covers(*finding.key):
                return
            if together:
                collection.add(finding)
            else:
                tell([finding])

        @callback
        def end(found: list[Finding]) -> None:
            """Tell of what was collected and still is to be told."""
            again = [follower.find_again(each) for each in found]
            if left := [each for each in again if each is not None]:
                tell(left)

        @callback
        def tell(found: list[Finding]) -> None:
            for finding in found:
                follower.note(finding)
            data = data_of_all(
                self._hass, found, as_now=bool(together), is_reminder=self._reminds
            )
            data[CONF_FOR] = self._options[CONF_FOR]
            run_action(data, _describe(data), found[0].context)
            if together or found[0].data is None:
                # last, for twice is better than never if all ends here
                for hub in {each.hub for each in found}:
                    hub.heartbeat.async_beat()

        follower = Follower(self._hass, self._rule(), self._name, offer)
        collection = Collection(self._hass, together, end)
        stop = follower.async_start()

        @callback
        def detach() -> None:
            """Stop; what is still collected is found by the trigger that comes next."""
            stop()
            collection.close()

        return detach


class AlertReachedTrigger(IncidentTrigger):
    """Tells of an alert that is in certain severities, once it lasts for a time."""

    _schema = schema(SEVERITY_FIELD, for_field(), TOGETHER_FIELD, include_fields())

    @override
    def _rule(self) -> Rule:
        return Reached(wanted(self._options))


class AlertLeftTrigger(IncidentTrigger):
    """Tells of an alert that is no longer in certain severities, if it was told."""

    _schema = schema(
        SEVERITY_FIELD, for_field(), TOGETHER_FIELD, _UNTIL_OK_FIELD, include_fields()
    )

    @override
    def _rule(self) -> Rule:
        return Left(wanted(self._options), self._options[CONF_UNTIL_OK])


class AlertUnattendedTrigger(IncidentTrigger):
    """Tells of an alert that has needed attention for a time, and again."""

    _schema = schema(
        SEVERITY_FIELD,
        for_field(timedelta(minutes=15)),
        _UNATTENDED_FIELDS,
        TOGETHER_FIELD,
    )
    _reminds = True

    @override
    def _rule(self) -> Rule:
        options = self._options
        return Unattended(
            wanted(options), options.get(CONF_EVERY), options.get(CONF_AT_MOST)
        )


class EventTrigger(AlertTrigger):
    """Tells of each event about a metric that is wanted."""

    _event: ClassVar[str]

    @override
    @callback
    def _async_start(self, run_action: TriggerActionRunner) -> CALLBACK_TYPE:
        @callback
        def handle(event: Event[dict[str, Any]]) -> None:
            """Run the action if the event is wanted."""
            alert = event.data
            key = alert["agent_id"], alert["metric_id"]
            if self._is_wanted(alert) and self._scope.covers(alert["entry_id"], key):
                data = data_of_one(alert)
                run_action(data, _describe(data), event.context)

        return self._hass.bus.async_listen(self._event, handle)

    def _is_wanted(self, alert: Mapping[str, Any]) -> bool:
        """Return whether the options ask for it."""
        raise NotImplementedError


class AlertChangedTrigger(EventTrigger):
    """Tells of each change, whatever it is."""

    _event = EVENT_ALERT
    _schema = schema(
        words_field(CONF_CHANGES, CHANGES), SEVERITY_FIELD, include_fields(default=True)
    )

    @override
    def _is_wanted(self, alert: Mapping[str, Any]) -> bool:
        change = alert["change"]
        status = alert["previous_status" if change == Change.CLEARED else "status"]
        severities = self._options[CONF_SEVERITY]
        # if all are selected, so is what was never heard of before, and is OK
        is_severe = status in severities or set(severities) >= set(SEVERITIES)
        quiet = {reason for reason in Reason if alert[reason]}
        return (
            change in self._options[CONF_CHANGES]
            and is_severe
            and quiet <= included(self._options)
        )


class AlertAcknowledgedTrigger(EventTrigger):
    """Tells that a person has seen an alert, or that this is over."""

    _event = EVENT_ACKNOWLEDGEMENT
    _schema = schema(words_field(CONF_CHANGES, SEEN_CHANGES, default=SEEN_CHANGES[:3]))

    @override
    def _is_wanted(self, alert: Mapping[str, Any]) -> bool:
        return (alert["end"] or alert["change"]) in self._options[CONF_CHANGES]


TRIGGERS: dict[str, type[Trigger]] = {
    "alert_acknowledged": AlertAcknowledgedTrigger,
    "alert_changed": AlertChangedTrigger,
    "alert_left": AlertLeftTrigger,
    "alert_reached": AlertReachedTrigger,
    "alert_unattended": AlertUnattendedTrigger,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers."""
    return TRIGGERS


def _describe(data: Mapping[str, Any]) -> str:
    """Return what the run is about, for its trace."""
    others = data["count"] - 1
    return f"{data['title']} and {others} more" if others else str(data["title"])
