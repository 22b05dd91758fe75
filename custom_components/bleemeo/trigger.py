"""Triggers that fire once for each change of an alert."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, cast, override

import voluptuous as vol

from homeassistant.const import CONF_FOR, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import (
    CALLBACK_TYPE,
    Context,
    CoreState,
    Event,
    HassJob,
    HomeAssistant,
    callback,
)
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.helpers.singleton import singleton
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.storage import Store
from homeassistant.helpers.trigger import (
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .condition import CONF_SEVERITY, SEVERITIES, SEVERITY_FIELD, schema
from .const import DOMAIN, EVENT_ALERT, EVENT_FLAPPING_ENDED
from .core import Change, Judgement, MetricKey, Verdict
from .hub import BleemeoHub, change_data
from .models import BleemeoConfigEntry
from .target import Subjects

CONF_INCLUDE_ACKNOWLEDGED = "include_acknowledged"
CONF_INCLUDE_FLAPPING = "include_flapping"

_FLAPPING_FIELD: dict[vol.Marker, Any] = {
    vol.Required(CONF_INCLUDE_FLAPPING, default=True): cv.boolean
}
_ACKNOWLEDGED_FIELD: dict[vol.Marker, Any] = {
    vol.Required(CONF_INCLUDE_ACKNOWLEDGED, default=True): cv.boolean
}
_FOR_FIELD: dict[vol.Marker, Any] = {
    vol.Required(CONF_FOR, default=timedelta()): cv.positive_time_period
}

# these keep their value from when the alert was raised, while it lasts
_OF_THE_RAISE = ("change", "previous_status")

_LAST_STOP: HassKey[datetime | None] = HassKey(f"{DOMAIN}_last_stop")


class AlertTrigger(Trigger):
    """Fires on certain changes of the targeted metrics, or of all metrics."""

    _changes: ClassVar[frozenset[Change]]
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
        options = config.options or {}
        self._target = config.target
        self._severities = frozenset(options[CONF_SEVERITY])
        self._with_flapping: bool = options[CONF_INCLUDE_FLAPPING]
        self._with_acknowledged: bool = options.get(CONF_INCLUDE_ACKNOWLEDGED, True)

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Attach the trigger to an action runner."""

        @callback
        def handle(event: Event[dict[str, Any]]) -> None:
            """Run the action if the alert matches."""
            if event.data["change"] in self._changes and self._is_wanted(event.data):
                run_action({**event.data}, event.data["title"], event.context)

        @callback
        def handle_settled(data: dict[str, Any], context: Context) -> None:
            """Run the action on what was left out while it was flapping."""
            run_action(data, data["title"], context)

        cancels = [
            self._hass.bus.async_listen(EVENT_ALERT, handle),
            self._listen_settled(handle_settled),
        ]

        @callback
        def detach() -> None:
            """Stop listening."""
            for cancel in cancels:
                cancel()

        return detach

    def _listen_settled(
        self, listener: Callable[[dict[str, Any], Context], None]
    ) -> CALLBACK_TYPE:
        """Call back with what has become of a metric that was flapping.

        That is for a trigger that leaves out such metrics: to it, an alert that is still
        open was raised now, and one that is over has cleared.
        """

        @callback
        def handle(event: Event[dict[str, Any]]) -> None:
            hub, key = self._hub(event.data), _metric_key(event.data)
            metric = hub and hub.board.metrics.get(key)
            if self._with_flapping or not hub or not metric:
                return
            change = Change.RAISED if metric.is_open else Change.CLEARED
            judgement = Judgement(Verdict.CHANGED, metric, change=change)
            data = change_data(self._hass, hub.entry, judgement, is_flapping=False)
            # what status it had before is not known
            is_severe = not metric.is_open or self._is_severe(data)
            if change in self._changes and is_severe and self._is_included(data):
                listener(data, event.context)

        return self._hass.bus.async_listen(EVENT_FLAPPING_ENDED, handle)

    def _is_wanted(self, data: Mapping[str, Any]) -> bool:
        """Return whether the alert matches severity, options and target."""
        return self._is_severe(data) and self._is_included(data)

    def _is_included(self, data: Mapping[str, Any]) -> bool:
        """Return whether the alert matches options and target."""
        return (
            (self._with_flapping or not data["flapping"])
            and (self._with_acknowledged or not self._is_acknowledged(data))
            and (
                (subjects := Subjects.of_target(self._hass, self._target)) is None
                or subjects.cover(data["entry_id"], _metric_key(data))
            )
        )

    def _is_severe(self, data: Mapping[str, Any]) -> bool:
        """Return whether the status, or the one that it ended, is selected."""
        is_cleared = data["change"] == Change.CLEARED
        status = data["previous_status"] if is_cleared else data["status"]
        # if all are selected, everything matches, even a first alert that clears
        return status in self._severities or len(self._severities) == len(SEVERITIES)

    def _is_acknowledged(self, data: Mapping[str, Any]) -> bool:
        hub = self._hub(data)
        metric = hub and hub.board.metrics.get(_metric_key(data))
        return bool(metric and metric.is_acknowledged)

    def _hub(self, data: Mapping[str, Any]) -> BleemeoHub | None:
        """Return the hub of the alert's entry, or None while that is not loaded."""
        entry = self._hass.config_entries.async_get_entry(data["entry_id"])
        loaded = getattr(entry, "runtime_data", None)
        return loaded and loaded.hub


def _metric_key(data: Mapping[str, Any]) -> MetricKey:
    return data["agent_id"], data["metric_id"]


class AlertWorsenedTrigger(AlertTrigger):
    """Fires when an open alert becomes worse, which also ends its acknowledgement."""

    _changes = frozenset({Change.WORSENED})
    _schema = schema(SEVERITY_FIELD, _FLAPPING_FIELD)


class AlertClearedTrigger(AlertTrigger):
    """Fires when an alert clears, which also ends its acknowledgement."""

    _changes = frozenset({Change.CLEARED})
    _schema = schema(SEVERITY_FIELD, _FLAPPING_FIELD)


class AlertChangedTrigger(AlertTrigger):
    """Fires on each change, whatever it is."""

    _changes = frozenset(Change)
    _schema = schema(SEVERITY_FIELD, _FLAPPING_FIELD, _ACKNOWLEDGED_FIELD)


@dataclass(slots=True)
class _Waiting:
    """An alert that was raised and must last before the action runs."""

    data: dict[str, Any]
    context: Context | None
    cancel: CALLBACK_TYPE


class AlertRaisedTrigger(AlertTrigger):
    """Fires when an alert is raised, or once it has lasted for a time."""

    _changes = frozenset({Change.RAISED})
    _schema = schema(SEVERITY_FIELD, _FOR_FIELD, _FLAPPING_FIELD, _ACKNOWLEDGED_FIELD)

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Initialize the trigger."""
        super().__init__(hass, config)
        self._for: timedelta = (config.options or {})[CONF_FOR]
        self._waiting: dict[tuple[str, MetricKey], _Waiting] = {}

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Attach the trigger to an action runner."""
        if not self._for:
            return await super().async_attach_runner(run_action, did_not_trigger)
        is_start = self._hass.state is not CoreState.running
        stopped_at = await _async_last_stop(self._hass)

        @callback
        def handle(event: Event[dict[str, Any]]) -> None:
            self._follow(event.data, event.context, run_action)

        @callback
        def handle_settled(data: dict[str, Any], context: Context) -> None:
            self._follow(data, context, run_action)

        @callback
        def resume(_: HomeAssistant) -> None:
            self._resume(stopped_at if is_start else None, run_action)

        cancels = [
            self._hass.bus.async_listen(EVENT_ALERT, handle),
            self._listen_settled(handle_settled),
            # alerts that came while Home Assistant was starting are announced first
            async_at_started(self._hass, resume),
        ]

        @callback
        def detach() -> None:
            """Stop listening and waiting."""
            for cancel in cancels:
                cancel()
            for key in list(self._waiting):
                self._stop_waiting(key)

        return detach

    def _follow(
        self,
        data: Mapping[str, Any],
        context: Context | None,
        run_action: TriggerActionRunner,
    ) -> None:
        """Wait from the raise until the alert has lasted or left the severities."""
        key = data["entry_id"], _metric_key(data)
        if data["change"] in self._changes:
            self._stop_waiting(key)
            if self._is_wanted(data):
                changed_at = data["status_changed_at"] or data["happened_at"]
                due = self._due(dt_util.parse_datetime(changed_at, raise_on_error=True))
                self._wait({**data}, context, due, run_action)
        elif data["status"] not in self._severities:
            self._stop_waiting(key)
        elif (waiting := self._waiting.get(key)) is not None:
            raised = {name: waiting.data[name] for name in _OF_THE_RAISE}
            waiting.data = {**data, **raised}

    def _resume(
        self, stopped_at: datetime | None, run_action: TriggerActionRunner
    ) -> None:
        """Resume waiting for the open alerts on the boards.

        What came due while Home Assistant was stopped fires now; what came due before
        has already fired, or is older than the automation. A board cannot tell a raise
        from a worsening, so wait for both.
        """
        now = dt_util.utcnow()
        entries: list[BleemeoConfigEntry] = (
            self._hass.config_entries.async_loaded_entries(DOMAIN)
        )
        for entry in entries:
            hub = entry.runtime_data.hub
            for metric in hub.board.metrics.values():
                due = self._due(metric.alert.changed_at)
                if (
                    due <= (stopped_at or now)
                    or (entry.entry_id, metric.alert.key) in self._waiting
                    or metric.alert.status.word not in self._severities
                ):
                    continue
                raised = Judgement(Verdict.CHANGED, metric, change=Change.RAISED)
                data = change_data(
                    self._hass, entry, raised, hub.board.is_flapping(metric)
                )
                if self._is_wanted(data):
                    self._wait(data, None, due, run_action)

    def _wait(
        self,
        data: dict[str, Any],
        context: Context | None,
        due: datetime,
        run_action: TriggerActionRunner,
    ) -> None:
        """Run the action when it is due, unless the alert no longer matches."""
        key = data["entry_id"], _metric_key(data)

        @callback
        def fire(_: datetime) -> None:
            waiting = self._waiting.pop(key)
            if self._is_there(data) and self._is_wanted(waiting.data):
                run_action(
                    {**waiting.data, CONF_FOR: self._for},
                    waiting.data["title"],
                    waiting.context,
                )

        job = HassJob(fire, f"Bleemeo alert lasts {self._for}", cancel_on_shutdown=True)
        cancel = async_track_point_in_utc_time(self._hass, job, due)
        self._waiting[key] = _Waiting(data, context, cancel)

    def _stop_waiting(self, key: tuple[str, MetricKey]) -> None:
        if (waiting := self._waiting.pop(key, None)) is not None:
            waiting.cancel()

    def _due(self, changed_at: datetime) -> datetime:
        """Return when the alert has lasted, by Bleemeo's clock unless that is ahead."""
        return min(changed_at, dt_util.utcnow()) + self._for

    def _is_there(self, data: Mapping[str, Any]) -> bool:
        """Return whether the metric and its entry still exist."""
        if self._hass.config_entries.async_get_entry(data["entry_id"]) is None:
            return False
        hub = self._hub(data)
        return hub is None or _metric_key(data) in hub.board.metrics


@singleton(_LAST_STOP, async_=True)
async def _async_last_stop(hass: HomeAssistant) -> datetime | None:
    """Return when Home Assistant last stopped, or None after a crash."""
    store: Store[str] = Store(hass, 1, f"{DOMAIN}.last_stop")
    stopped_at = await store.async_load()
    # after a crash, it must not pass for the last stop
    await store.async_remove()

    async def save(_: Event) -> None:
        await store.async_save(dt_util.utcnow().isoformat())

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, save)
    return dt_util.parse_datetime(stopped_at) if stopped_at else None


TRIGGERS: dict[str, type[Trigger]] = {
    "alert_changed": AlertChangedTrigger,
    "alert_cleared": AlertClearedTrigger,
    "alert_raised": AlertRaisedTrigger,
    "alert_worsened": AlertWorsenedTrigger,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers."""
    return TRIGGERS
