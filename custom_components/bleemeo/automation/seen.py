"""Tell that a person has seen or silenced alerts, or that this is over."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, override

from homeassistant.core import CALLBACK_TYPE, Event, callback

from ..const import EVENT_ACKNOWLEDGEMENT, EVENT_SILENCE
from ..core import Acknowledgement, Metric, Reason, Silence
from ..hub import BleemeoHub, Turn, acknowledgement_data, alert_data
from ..models import BleemeoConfigEntry, is_loaded
from .alert_trigger import AlertTrigger, Run
from .collection import Collection, data_of_all, rank
from .criteria import (
    CONF_TOGETHER,
    LANGUAGE_FIELD,
    SEVERITY_FIELD,
    TOGETHER_FIELD,
    schema,
    words_field,
)
from .follow import Finding
from .notices import SEEN

CONF_CHANGES = "changes"

ACKNOWLEDGED, SILENCED = "acknowledged", "silenced"
SEEN_CHANGES = [
    ACKNOWLEDGED,
    "expired",
    "by_hand",
    "worsened",
    "cleared",
    SILENCED,
]


class AlertAcknowledgedTrigger(AlertTrigger):
    """Tells that a person has seen or silenced an alert, or that this is over."""

    _schema = schema(
        words_field(CONF_CHANGES, SEEN_CHANGES, default=SEEN_CHANGES[:3]),
        SEVERITY_FIELD,
        TOGETHER_FIELD,
        LANGUAGE_FIELD,
    )

    @override
    @callback
    def _async_start(self, run: Run) -> CALLBACK_TYPE:
        together: timedelta = self._options[CONF_TOGETHER]
        is_detached = False

        @callback
        def handle_acknowledgement(event: Event[dict[str, Any]]) -> None:
            """Tell of the alert if the change is wanted."""
            alert = event.data
            hub = self._hub(alert["entry_id"])
            key = alert["agent_id"], alert["metric_id"]
            # what is forgotten has no end that anybody waits for
            if metric := hub and hub.board.metrics.get(key):
                offer(Finding(hub, metric, data=alert, context=event.context))

        async def handle_silence(event: Event[dict[str, Any]]) -> None:
            """Tell of the open alerts that are silenced from now on, in pieces."""
            hub = self._hub(event.data["entry_id"])
            if hub is None or event.data["change"] != "began":
                return
            silence = hub.board.silences[event.data["silence_id"]]
            turn = Turn()
            for metric in [each for each in _may_be_of(silence, hub) if each.is_open]:
                if turn.is_over:
                    await turn.async_end()
                    if is_detached or hub.board.silences.get(silence.id) != silence:
                        return
                if not hub.board.has(metric):
                    # it was forgotten meanwhile
                    continue
                if metric.is_open and hub.board.is_silenced_by(
                    metric, silence, hub.now()
                ):
                    data = self._data_of_silenced(hub, metric, silence)
                    offer(Finding(hub, metric, data=data, context=event.context))

        @callback
        def offer(finding: Finding) -> None:
            """Tell of an alert if it is wanted, or let it wait for others."""
            if not self._is_wanted(finding):
                return
            if together:
                collection.add(finding)
            else:
                tell([finding])

        @callback
        def tell(found: list[Finding]) -> None:
            found = sorted(found, key=lambda each: rank(each, False))
            data = data_of_all(self._hass, found, as_now=False) | self._words(found)
            run(data, found[0].context)

        @callback
        def end(found: list[Finding]) -> None:
            """Tell of what was collected, but for what is over and was seen before."""
            if left := [each for each in found if _is_still_so(each)]:
                tell(left)

        collection = Collection(self._hass, together, end)
        listen = self._hass.bus.async_listen
        cancels = [
            listen(EVENT_ACKNOWLEDGEMENT, handle_acknowledgement),
            listen(EVENT_SILENCE, handle_silence),
            collection.close,
        ]

        @callback
        def detach() -> None:
            """Stop; what is still collected is dropped."""
            nonlocal is_detached
            is_detached = True
            for cancel in cancels:
                cancel()

        return detach

    def _is_wanted(self, finding: Finding) -> bool:
        """Return whether the options ask for it."""
        alert = finding.data or {}
        # an acknowledgement that ended with the alert was of what it was before
        is_severe = not finding.metric.is_open or self._is_followed(
            finding.hub, finding.metric
        )
        return (
            (alert["end"] or alert["change"]) in self._options[CONF_CHANGES]
            and is_severe
            and self._scope.covers(*finding.key)
        )

    def _words(self, found: list[Finding]) -> dict[str, Any]:
        """Return what is told in words: a sentence, and notices for screens."""
        words, notices = self._words_and_notices()
        again: list[Finding] = []
        seen: dict[str, list[Finding]] = {}
        for each in found:
            alert = each.data or {}
            if alert["change"] in (ACKNOWLEDGED, SILENCED):
                key = "seen" if alert["change"] == ACKNOWLEDGED else "silenced"
                seen.setdefault(words.said(key, alert), []).append(each)
            elif each.metric.needs_attention:
                again.append(each)
        summary = words.summary(found, as_now=True)
        shown = notices.of_open(again, as_now=True)
        for said, those in seen.items():
            shown += notices.of_end(those, SEEN, said)
        return {"summary": ". ".join([*seen, summary]), "notices": shown}

    def _data_of_silenced(
        self, hub: BleemeoHub, metric: Metric, silence: Silence
    ) -> dict[str, Any]:
        """Return the data of an alert that is silenced, as if it were acknowledged."""
        about = Acknowledgement(
            silence.begins_at,
            silence.ends_at,
            silence.comment,
            silence.user_id,
            silence.by,
        )
        return {
            **alert_data(self._hass, hub.entry, metric),
            **acknowledgement_data(about),
            "change": SILENCED,
        }

    def _hub(self, entry_id: str) -> BleemeoHub | None:
        entry: BleemeoConfigEntry | None
        entry = self._hass.config_entries.async_get_entry(entry_id)
        return entry.runtime_data.hub if entry and is_loaded(entry) else None


def _may_be_of(silence: Silence, hub: BleemeoHub) -> Iterable[Metric]:
    """Return the metrics among which are those that a silence is about.

    Many silences begin at once, each of a metric; only a few are about more than a server.
    """
    if silence.areas or silence.labels or hub.uid in silence.subjects:
        return hub.board.metrics.values()
    agent_ids = {uid.partition("_")[0] for uid in silence.subjects}
    return [metric for each in agent_ids for metric in hub.board.metrics_of(each)]


def _is_still_so(finding: Finding) -> bool:
    """Return whether it holds what is told of an alert, which nobody has forgotten."""
    metric, told = finding.metric, finding.data or {}
    if not finding.hub.board.has(metric):
        return False
    if told["change"] == ACKNOWLEDGED:
        return metric.is_acknowledged
    if told["change"] == SILENCED:
        return Reason.SILENCED in metric.quiet_reasons
    return metric.is_open or told["end"] == "cleared"
