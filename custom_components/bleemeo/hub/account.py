"""The account of an entry: its first alert pins it, and a person may change it."""

from collections.abc import Awaitable, Callable, Iterable

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN
from ..core import Alert, Board, Metric, Source
from .statistics import Statistics
from .troubles import ACCOUNT_MISMATCH

# others are refused without a report, for anybody can make them up
MAX_REPORTED = 10


class Account:
    """Knows whose alerts an entry takes; test alerts are of no account."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        board: Board,
        statistics: Statistics,
        forget: Callable[[Iterable[Metric]], Awaitable[None]],
    ) -> None:
        """Start with the account that the entry has, if it has one."""
        self._hass = hass
        self._entry = entry
        self._board = board
        self._statistics = statistics
        self._forget = forget

    def restore(self, alerts: Iterable[Alert]) -> None:
        """Pin the account that is known from before the start, unless one is pinned."""
        for alert in alerts:
            self.follow(alert)
        if self._entry.unique_id is not None:
            # the set-up may have given it
            _settle_everywhere(self._hass, self._entry.unique_id)

    def follow(self, alert: Alert) -> None:
        """Pin the account of the first alert."""
        if self._entry.unique_id is None and alert.source is not Source.TEST:
            async_pin(self._hass, self._entry, alert.account_id)

    def accepts(self, account_id: str) -> bool:
        """Return whether the entry is for the account.

        The first alert pins it, unless another entry already has it.
        """
        if self._entry.unique_id is not None:
            return self._entry.unique_id == account_id
        return async_entry_of(self._hass, account_id) is None

    @callback
    def async_report(self, account_id: str) -> None:
        """Report that alerts of another account arrive here, unless it is reported."""
        told = ACCOUNT_MISMATCH.async_told_data(self._hass, self._entry)
        if len(told) < MAX_REPORTED and all(
            each["account"] != account_id for each in told
        ):
            ACCOUNT_MISMATCH.async_report(
                self._hass,
                self._entry,
                subject=account_id,
                account=account_id,
                present=self._entry.unique_id or "",
            )

    def metrics_not_of(self, account_id: str) -> list[Metric]:
        """Return the metrics of any other account."""
        return [
            metric
            for metric in self._board.metrics.values()
            if metric.alert.account_id != account_id
            and metric.alert.source is not Source.TEST
        ]

    async def async_take_over(self, account_id: str) -> None:
        """Make the entry that of another account, and forget what is of the former one.

        No other entry may have the account.

        Raises:
            JournalError: it is done, but a restart may bring the former metrics back.
        """
        async_pin(self._hass, self._entry, account_id)
        self._statistics.forget_times()
        await self._forget(self.metrics_not_of(account_id))


@callback
def async_entry_of(hass: HomeAssistant, account_id: str) -> ConfigEntry | None:
    """Return the entry that an account is pinned to."""
    return hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, account_id)


@callback
def async_pin(hass: HomeAssistant, entry: ConfigEntry, account_id: str) -> None:
    """Make an entry that of an account, and settle that the account had none."""
    hass.config_entries.async_update_entry(entry, unique_id=account_id)
    # each of them names the account that this entry had before
    ACCOUNT_MISMATCH.async_settle(hass, entry)
    _settle_everywhere(hass, account_id)


def _settle_everywhere(hass: HomeAssistant, account_id: str) -> None:
    for each in hass.config_entries.async_entries(DOMAIN):
        ACCOUNT_MISMATCH.async_settle(hass, each, account_id)
