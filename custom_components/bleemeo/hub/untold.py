"""What is untold: the changes that came before Home Assistant has started.

They are kept with the record of their metric until they are announced, also if it is
forgotten meanwhile.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ..core import Board, Judgement, Metric, MetricKey, Untold
from .event_data import change_data

# of a metric; the changes before these are not announced
MAX_UNTOLD = 50


class UntoldChanges:
    """Knows what is untold, of all metrics and in order.

    `forgotten` has the metrics that are no longer there.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, board: Board) -> None:
        """Start without any."""
        self.forgotten: list[Metric] = []
        self._hass = hass
        self._entry = entry
        self._board = board
        self._last_number = 0

    def restore(
        self,
        untold: Mapping[MetricKey, tuple[Untold, ...]],
        forgotten: Iterable[Metric],
    ) -> None:
        """Restore what the journal kept."""
        self.forgotten = list(forgotten)
        for metric in self._metrics():
            metric.untold = untold.get(metric.alert.key, ())
        self._last_number = max((each.number for each, _ in self.all()), default=0)

    def all(self) -> list[tuple[Untold, Metric]]:
        """Return what is untold, and its metric."""
        untold = [
            (each, metric) for metric in self._metrics() for each in metric.untold
        ]
        return sorted(untold, key=lambda found: found[0].number)

    def add(self, judgement: Judgement, while_offline: bool) -> None:
        """Add a change of a metric."""
        data = change_data(self._hass, self._entry, judgement, while_offline)
        self._add(judgement.metric, data, judgement.at)

    def forget(self, metric: Metric, judgement: Judgement | None) -> None:
        """Keep what is untold of a metric that goes, and the judgement if that is news."""
        if judgement is not None:
            data = change_data(self._hass, self._entry, judgement)
            self._add(metric, data, judgement.at, is_forgotten=True)
        elif metric.untold:
            self._add(metric, {}, None, is_forgotten=True)
        else:
            return
        self.forgotten.append(metric)

    def clear(self) -> list[Metric]:
        """Let nothing be untold, and return the metrics of which something was."""
        told = [metric for metric in self._metrics() if metric.untold]
        for metric in told:
            metric.untold = ()
        self.forgotten = []
        return told

    def _metrics(self) -> list[Metric]:
        return [*self._board.metrics.values(), *self.forgotten]

    def _add(
        self,
        metric: Metric,
        data: Mapping[str, Any],
        at: datetime | None,
        *,
        is_forgotten: bool = False,
    ) -> None:
        self._last_number += 1
        untold = Untold(self._last_number, data, at, is_forgotten)
        metric.untold = (*metric.untold, untold)[-MAX_UNTOLD:]
