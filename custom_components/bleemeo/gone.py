"""The addresses that were replaced: answer 410 there, and tell who still uses them.

Home Assistant answers 200 to a webhook that it does not know, and Bleemeo would take the
alert for received. So an old address stays registered for as long as it may be in use.
"""

from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus

from aiohttp.hdrs import METH_POST
from aiohttp.web import Request, Response

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.http import HomeAssistantView
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .hub import OLD_ADDRESS_USED, address

ANSWER_FOR = timedelta(days=30)
# an address that is still used is answered for longer, until this long after its last use
QUIET_AFTER = timedelta(days=7)
MAX_REPLACED = 10
TIDY_INTERVAL = timedelta(hours=1)
# beyond this many uses the report is written once a minute, whoever floods the address
TOLD_EACH = 100
TELL_INTERVAL = timedelta(minutes=1)


@callback
def async_register(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Answer 410 at the replaced addresses of an entry, whatever its state."""
    async_unregister(hass, entry)
    uses = _Uses(entry)
    for replaced in address.replaced_addresses(entry):
        webhook.async_register(
            hass,
            DOMAIN,
            entry.title,
            replaced.webhook_id,
            partial(_handle, uses),
            # Home Assistant would log the id for a method that is not allowed
            allowed_methods=webhook.SUPPORTED_METHODS,
        )


@callback
def async_unregister(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Unregister the replaced addresses of an entry."""
    for replaced in address.replaced_addresses(entry):
        webhook.async_unregister(hass, replaced.webhook_id)


@callback
def async_keep_tidy(hass: HomeAssistant, entry: ConfigEntry) -> CALLBACK_TYPE:
    """Tidy up every hour; return a callback that ends this."""

    async def tidy(_: datetime) -> None:
        await async_tidy(hass, entry)

    return async_track_time_interval(hass, tidy, TIDY_INTERVAL, cancel_on_shutdown=True)


async def async_tidy(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Withdraw a report that is out of date, and let go of addresses of long ago."""
    now = dt_util.utcnow()
    told = OLD_ADDRESS_USED.async_told(hass, entry)
    is_used = now < _last(told) + QUIET_AFTER if told else False
    if not is_used:
        OLD_ADDRESS_USED.async_settle(hass, entry)
    gone = [
        replaced
        for place, replaced in enumerate(address.replaced_addresses(entry))
        if place >= MAX_REPLACED
        or not (is_used or now < replaced.replaced_at + ANSWER_FOR)
    ]
    for replaced in gone:
        webhook.async_unregister(hass, replaced.webhook_id)
    if gone:
        await address.async_let_go(hass, entry, gone)


class _Uses:
    """Counts what arrives at the replaced addresses of an entry."""

    def __init__(self, entry: ConfigEntry) -> None:
        self._entry = entry
        self._untold = 0

    @callback
    def add(self, hass: HomeAssistant) -> None:
        """Count a delivery, and report all since the report was withdrawn."""
        now = dt_util.now()
        told = OLD_ADDRESS_USED.async_told(hass, self._entry)
        count = int(told["count"]) if told else 0
        # what was confirmed is not told again
        self._untold = self._untold + 1 if told else 1
        if told and count >= TOLD_EACH and now < _last(told) + TELL_INTERVAL:
            return
        OLD_ADDRESS_USED.async_report(
            hass,
            self._entry,
            count=str(count + self._untold),
            last=now.strftime("%Y-%m-%d %H:%M"),
        )
        self._untold = 0


async def _handle(
    uses: _Uses, hass: HomeAssistant, _: str, request: Request
) -> Response:
    """Refuse whatever arrives, unread."""
    if request.method == METH_POST:
        uses.add(hass)
    return HomeAssistantView.json(
        {
            "error": "this address was replaced: use the one that Home Assistant shows "
            "under Settings > Devices & services > Bleemeo > Reconfigure"
        },
        HTTPStatus.GONE,
    )


def _last(told: dict[str, str]) -> datetime:
    """Return when something arrived last: a report has it in local time, to the minute."""
    return dt_util.as_utc(datetime.fromisoformat(told["last"]))
