"""What people call a metric: by Bleemeo, by a table of ours, or by its label."""

from collections.abc import Mapping

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from ..const import DOMAIN
from .listing import plain_name

_PREFIX = f"component.{DOMAIN}.selector.metric_name.options."
_HALF = "_status"


async def async_load_names(hass: HomeAssistant) -> dict[str, str]:
    """Return the usual names of Bleemeo's metrics by label, in the home's language."""
    texts = await async_get_translations(
        hass, hass.config.language, "selector", {DOMAIN}
    )
    return {
        key.removeprefix(_PREFIX): text
        for key, text in texts.items()
        if key.startswith(_PREFIX)
    }


class MetricNames:
    """Names metrics; what somebody named in Bleemeo counts before our table."""

    def __init__(self, own: Mapping[str, str], usual: Mapping[str, str]) -> None:
        """Take the names that Bleemeo gave, and the usual ones, by label."""
        self._own = own
        self._usual = usual

    def name(self, label: str, item: str | None) -> str:
        """Return what people call a metric."""
        key = label.casefold()
        found = self._own.get(label) or self._usual.get(key)
        if found is None:
            # the status of a metric is called like the metric
            found = self._usual.get(key.removesuffix(_HALF), label)
        return plain_name(found, item)
