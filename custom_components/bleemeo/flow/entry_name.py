"""The names of entries: each has one of its own, so that accounts can be told apart."""

from itertools import chain, count
import re

from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN, MANUFACTURER

MAX_NAME_LENGTH = 100

_GIVEN = re.compile(rf"{MANUFACTURER}( \d+)?")


@callback
def free_name(hass: HomeAssistant, base: str = MANUFACTURER) -> str:
    """Return a name that no entry has yet, and that nobody has to think of."""
    # with a number, it must not be too long
    base = base[: MAX_NAME_LENGTH - 4]
    names = chain([base], (f"{base} {number}" for number in count(2)))
    taken = _taken_names(hass)
    return next(name for name in names if name.casefold() not in taken)


def is_given(name: str) -> bool:
    """Return whether it is a name that nobody has thought of."""
    return _GIVEN.fullmatch(name) is not None


@callback
def name_error(hass: HomeAssistant, name: str) -> str | None:
    """Return why an entry cannot have a name, by the key of the error."""
    if not any(char.isprintable() and not char.isspace() for char in name):
        return "name_empty"
    if len(name) > MAX_NAME_LENGTH:
        return "name_too_long"
    return "name_taken" if name.casefold() in _taken_names(hass) else None


def _taken_names(hass: HomeAssistant) -> set[str]:
    return {
        entry.title.casefold() for entry in hass.config_entries.async_entries(DOMAIN)
    }
