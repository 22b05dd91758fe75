"""What becomes of questions that fail: when to ask again, and what a person is told."""

from datetime import timedelta
import logging
from random import uniform

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..hub import (
    API_AWAY,
    API_FAILING,
    API_LIST_DOUBTFUL,
    API_TOKEN_NOT_KEPT,
    API_TROUBLES,
    API_UNUSABLE,
    Trouble,
)
from .errors import (
    ApiError,
    ListDoubtful,
    LoginRefused,
    ServiceFailing,
    TokenNotKept,
    UnderMaintenance,
    UnusableAnswer,
)

_LOGGER = logging.getLogger(__name__)

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=1)
MAINTENANCE_RETRY = timedelta(minutes=10)
REFUSED_RETRY = timedelta(minutes=10)
# many homes must not ask at the same moment
JITTER = 1.5
TELL_AFTER_FAILURES = 4
TELL_AFTER_REFUSALS = 3

_TROUBLES: dict[type[ApiError], Trouble] = {
    ServiceFailing: API_FAILING,
    ListDoubtful: API_LIST_DOUBTFUL,
    TokenNotKept: API_TOKEN_NOT_KEPT,
    UnusableAnswer: API_UNUSABLE,
}


class Setbacks:
    """Counts what went wrong since Bleemeo last answered."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Start without any."""
        self.failures = 0
        self.refusals = 0
        self.is_maintained = False
        self._hass = hass
        self._entry = entry

    @property
    def is_waiting(self) -> bool:
        """Whether to ask no sooner than was said."""
        return bool(self.failures or self.refusals or self.is_maintained)

    @callback
    def async_take(self, error: ApiError) -> timedelta:
        """Take note of what went wrong, and return when to ask again."""
        if isinstance(error, LoginRefused):
            return self._take_refusal()
        if isinstance(error, UnderMaintenance):
            return self._take_maintenance()
        return self._take_failure(error)

    @callback
    def async_settle(self) -> None:
        """Withdraw what was told of troubles, since Bleemeo has answered."""
        if self.failures or self.refusals:
            _LOGGER.info("Bleemeo could be asked again")
        self.failures = self.refusals = 0
        self.is_maintained = False
        self._settle_troubles()
        for flow in list(
            self._entry.async_get_active_flows(self._hass, {SOURCE_REAUTH})
        ):
            self._hass.config_entries.flow.async_abort(flow["flow_id"])

    def _take_refusal(self) -> timedelta:
        """Try again slowly; ask a person for a login after some refusals."""
        self.refusals += 1
        if self.refusals == 1:
            _LOGGER.info("Bleemeo refused the token of %s", self._entry.title)
        if self.refusals >= TELL_AFTER_REFUSALS:
            self._settle_troubles()
            self._entry.async_start_reauth(self._hass)
        return _later(REFUSED_RETRY, self.refusals) * uniform(1, JITTER)

    def _take_maintenance(self) -> timedelta:
        """Wait calmly until Bleemeo says that it is over."""
        if not self.is_maintained:
            _LOGGER.info("Bleemeo says that it is under maintenance")
        self.is_maintained = True
        return MAINTENANCE_RETRY

    def _take_failure(self, error: ApiError) -> timedelta:
        """Retry, later each time; report an error that lasts or will not go away."""
        self.failures += 1
        if self.failures == 1:
            _LOGGER.info("Bleemeo could not be asked, and will be again: %s", error)
        trouble = _TROUBLES.get(type(error), API_AWAY)
        if trouble is API_UNUSABLE or self.failures >= TELL_AFTER_FAILURES:
            self._settle_troubles(but=trouble)
            trouble.async_report(self._hass, self._entry, error=str(error))
        return _later(FIRST_RETRY, self.failures)

    def _settle_troubles(self, but: Trouble | None = None) -> None:
        for trouble in API_TROUBLES:
            if trouble is not but:
                trouble.async_settle(self._hass, self._entry)


def _later(first: timedelta, times: int) -> timedelta:
    """Return a delay that doubles each time, up to the longest."""
    return min(first * (1 << min(times - 1, 10)), LONGEST_RETRY)
