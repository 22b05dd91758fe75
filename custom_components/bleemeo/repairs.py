"""What a person should know and can do something about."""

from enum import StrEnum

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOCUMENTATION_URL, DOMAIN


class Trouble(StrEnum):
    """What may be wrong with an entry, by the key of its translation."""

    ACCOUNT_MISMATCH = "account_mismatch"
    API_AWAY = "api_away"
    API_UNUSABLE = "api_unusable"
    CLOUDHOOK_LOST = "cloudhook_lost"
    ENTITY_CAP = "entity_cap"
    JOURNAL_DAMAGED = "journal_damaged"
    JOURNAL_NOT_WRITTEN = "journal_not_written"
    NO_EXTERNAL_URL = "no_external_url"
    PLAIN_HTTP = "plain_http"
    PRIVATE_ADDRESS = "private_address"


# what is wrong with access to Bleemeo's API
API_TROUBLES = (Trouble.API_AWAY, Trouble.API_UNUSABLE)

# for which the person says that it is done, as nobody else can know
_CONFIRMED = {Trouble.ACCOUNT_MISMATCH, Trouble.JOURNAL_DAMAGED}

# what may be meant to be so, or leaves alerts as they are
_WARNINGS = {
    *API_TROUBLES,
    Trouble.NO_EXTERNAL_URL,
    Trouble.PLAIN_HTTP,
    Trouble.PRIVATE_ADDRESS,
}

# where the others can be put right, or how
_LINKS = {
    Trouble.API_AWAY: f"{DOCUMENTATION_URL}/docs/api-access.md",
    Trouble.API_UNUSABLE: f"{DOCUMENTATION_URL}/docs/api-access.md",
    Trouble.CLOUDHOOK_LOST: "homeassistant://config/cloud",
    Trouble.ENTITY_CAP: "homeassistant://config/entities?config_entry={entry_id}",
    Trouble.JOURNAL_NOT_WRITTEN: (
        f"{DOCUMENTATION_URL}/docs/troubleshooting.md#alerts-cannot-be-kept"
    ),
    Trouble.NO_EXTERNAL_URL: "homeassistant://config/network",
    Trouble.PLAIN_HTTP: "homeassistant://config/network",
    Trouble.PRIVATE_ADDRESS: "homeassistant://config/network",
}


@callback
def async_report(
    hass: HomeAssistant, entry: ConfigEntry, trouble: Trouble, **placeholders: str
) -> None:
    """Tell about a trouble until it is settled, or until the person says that it is."""
    link = _LINKS.get(trouble)
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{trouble}_{entry.entry_id}",
        is_fixable=trouble in _CONFIRMED,
        is_persistent=trouble is Trouble.JOURNAL_DAMAGED,
        learn_more_url=link and link.format(entry_id=entry.entry_id),
        severity=ir.IssueSeverity.WARNING
        if trouble in _WARNINGS
        else ir.IssueSeverity.ERROR,
        translation_key=trouble,
        translation_placeholders={"entry": entry.title, **placeholders},
    )


@callback
def async_settle(hass: HomeAssistant, entry: ConfigEntry, *troubles: Trouble) -> None:
    """Take back what was told about troubles, if it was."""
    for trouble in troubles:
        ir.async_delete_issue(hass, DOMAIN, f"{trouble}_{entry.entry_id}")


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Have the person confirm that it is read, or done; it is told again if need be."""
    return ConfirmRepairFlow()
