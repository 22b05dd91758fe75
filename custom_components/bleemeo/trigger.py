"""Triggers that tell of alerts: of what has become of them, or of each change."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, override

import voluptuous as vol

from homeassistant.const import CONF_FOR
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.trigger import Trigger

from .automation import (
    CONF_CHANGES,
    CONF_SEVERITY,
    CONF_TOGETHER,
    LANGUAGE_FIELD,
    OVER,
    SEVERITIES,
    SEVERITY_FIELD,
    TOGETHER_FIELD,
    AlertAcknowledgedTrigger,
    AlertTrigger,
    Collection,
    Finding,
    Follower,
    Run,
    Wording,
    data_of_all,
    data_of_one,
    for_field,
    include_fields,
    included,
    rank,
    schema,
    time_period,
    wanted,
    words_field,
)
from .const import EVENT_ALERT
from .core import Change, Left, Reached, Reason, Rule, Unattended

CONF_AGAIN = "again"
CONF_AT_MOST = "at_most"
CONF_EACH_SEVERITY = "each_severity"
CONF_EVERY = "every"
CONF_UNTIL_OK = "until_ok"

CHANGES = [change.value for change in Change]

_EACH_SEVERITY_FIELD = {vol.Required(CONF_EACH_SEVERITY, default=False): cv.boolean}
_UNTIL_OK_FIELD = {vol.Required(CONF_UNTIL_OK, default=False): cv.boolean}
_INTERVAL = vol.All(time_period, vol.Range(min=timedelta(seconds=1)))
_UNATTENDED_FIELDS = {
    vol.Optional(CONF_AGAIN): _INTERVAL,
    vol.Optional(CONF_EVERY): _INTERVAL,
    vol.Optional(CONF_AT_MOST): vol.All(vol.Coerce(int), vol.Range(min=1)),
}


class IncidentTrigger(AlertTrigger):
    """Tells once what has become of each incident, alone or with others."""

    # whether each alert says how often it has been told
    _reminds: ClassVar[bool] = False

    def _rules(self) -> list[Rule]:
        """Return what the options ask for: each rule is told for itself."""
        raise NotImplementedError

    def _words(self, found: Sequence[Finding], *, as_now: bool) -> dict[str, Any]:
        """Return what is told in words: a sentence, and notices for screens."""
        words, notices = self._words_and_notices()
        return {
            "summary": words.summary(found, as_now=as_now),
            "notices": notices.of_open(found, as_now=as_now),
        }

    @override
    @callback
    def _async_start(self, run: Run) -> CALLBACK_TYPE:
        together: timedelta = self._options[CONF_TOGETHER]

        @callback
        def offer(finding: Finding) -> None:
            """Tell of an alert, or let it wait for others."""
            if not self._scope.covers(*finding.key):
                return
            if together:
                collection.add(finding)
                followers[finding.rule].wait(finding)
                return
            tell([finding])
            if finding.data is None:
                # last, for twice is better than never if all ends here
                finding.hub.heartbeat.async_beat()

        @callback
        def end(found: list[Finding]) -> None:
            """Tell of what was collected and still is to be told."""
            again = [followers[each.rule].find_again(each) for each in found]
            left = [each for each in again if each is not None]
            if left:
                tell(left)
            # last, for the same reason
            for follower in followers.values():
                follower.note_run({each.hub for each in found})
            for hub in {each.hub for each in left}:
                hub.heartbeat.async_beat()

        @callback
        def tell(found: list[Finding]) -> None:
            for finding in found:
                followers[finding.rule].note(finding)
            as_now = bool(together)
            found = sorted(found, key=lambda each: rank(each, as_now))
            data = data_of_all(
                self._hass, found, as_now=as_now, is_reminder=self._reminds
            )
            data |= self._words(found, as_now=as_now)
            data[CONF_FOR] = self._options[CONF_FOR]
            run(data, found[0].context)

        followers: dict[Rule | None, Follower] = {
            rule: Follower(self._hass, rule, f"{self._name} {number}", offer)
            for number, rule in enumerate(self._rules())
        }
        collection = Collection(self._hass, together, end)
        stops = [follower.async_start() for follower in followers.values()]

        @callback
        def detach() -> None:
            """Stop; what is still collected is found by the trigger that comes next."""
            for stop in stops:
                stop()
            collection.close()

        return detach


class AlertReachedTrigger(IncidentTrigger):
    """Tells of an alert that is in certain severities, once it lasts for a time."""

    _schema = schema(
        SEVERITY_FIELD,
        _EACH_SEVERITY_FIELD,
        for_field(),
        TOGETHER_FIELD,
        LANGUAGE_FIELD,
        include_fields(),
    )

    @override
    def _rules(self) -> list[Rule]:
        asked = wanted(self._options)
        if not self._options[CONF_EACH_SEVERITY]:
            return [Reached(asked)]
        return [
            Reached(replace(asked, statuses=frozenset([status])))
            for status in sorted(asked.statuses)
        ]


class AlertLeftTrigger(IncidentTrigger):
    """Tells of an alert that is no longer in certain severities, if it was told."""

    _schema = schema(
        SEVERITY_FIELD,
        for_field(),
        TOGETHER_FIELD,
        LANGUAGE_FIELD,
        _UNTIL_OK_FIELD,
        include_fields(),
    )

    @override
    def _rules(self) -> list[Rule]:
        return [Left(wanted(self._options), self._options[CONF_UNTIL_OK])]

    @override
    def _words(self, found: Sequence[Finding], *, as_now: bool) -> dict[str, Any]:
        words, notices = self._words_and_notices()
        return {
            "summary": words.summary_over(found, as_now=as_now),
            "notices": notices.of_end(found, OVER, words.said("over")),
        }


class AlertUnattendedTrigger(IncidentTrigger):
    """Tells of an alert that has needed attention for a time, and again."""

    _schema = schema(
        SEVERITY_FIELD,
        for_field(timedelta(minutes=15)),
        _UNATTENDED_FIELDS,
        TOGETHER_FIELD,
        LANGUAGE_FIELD,
    )
    _reminds = True

    @override
    def _rules(self) -> list[Rule]:
        options = self._options
        every, at_most = options.get(CONF_EVERY), options.get(CONF_AT_MOST)
        return [Unattended(wanted(options), every, at_most, options.get(CONF_AGAIN))]

    @override
    def _words(self, found: Sequence[Finding], *, as_now: bool) -> dict[str, Any]:
        words = super()._words(found, as_now=as_now)
        summary = self._texts()("told.summary_unattended", text=words["summary"])
        return words | {"summary": summary}


class AlertChangedTrigger(AlertTrigger):
    """Tells of each change, whatever it is."""

    _schema = schema(
        words_field(CONF_CHANGES, CHANGES),
        SEVERITY_FIELD,
        LANGUAGE_FIELD,
        include_fields(default=True),
    )

    @override
    @callback
    def _async_start(self, run: Run) -> CALLBACK_TYPE:
        @callback
        def handle(event: Event[dict[str, Any]]) -> None:
            """Run the action if the change is wanted."""
            alert = event.data
            key = alert["agent_id"], alert["metric_id"]
            if self._is_wanted(alert) and self._scope.covers(alert["entry_id"], key):
                words = Wording(self._hass, self._texts())
                summary = f"{words.changed(alert, alert['change'])}."
                data = data_of_one(alert) | {"summary": summary}
                run(data, event.context)

        return self._hass.bus.async_listen(EVENT_ALERT, handle)

    def _is_wanted(self, alert: Mapping[str, Any]) -> bool:
        """Return whether the options ask for it."""
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
