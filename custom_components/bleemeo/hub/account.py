"""The account of an entry: its first alert pins it, and a person may change it."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN
from .troubles import ACCOUNT_MISMATCH


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
    for each in hass.config_entries.async_entries(DOMAIN):
        ACCOUNT_MISMATCH.async_settle(hass, each, account_id)
