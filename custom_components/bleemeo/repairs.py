"""What a person should know and can do something about."""

from enum import StrEnum

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN


class Trouble(StrEnum):
    """What may be wrong with an entry, by the key of its translation."""

    ACCOUNT_MISMATCH = "account_mismatch"
    API_AWAY = "api_away"
    API_UNUSABLE = "api_unusable"
    ENTITY_CAP = "entity_cap"
    JOURNAL_DAMAGED = "journal_damaged"
    JOURNAL_NOT_WRITTEN = "journal_not_written"


# alerts arrive as before
_MILD = {Trouble.API_AWAY, Trouble.API_UNUSABLE}


@callback
def async_report(
    hass: HomeAssistant, entry: ConfigEntry, trouble: Trouble, **placeholders: str
) -> None:
    """Tell about a trouble until it is settled; what is lost, until it is read."""
    is_lost = trouble is Trouble.JOURNAL_DAMAGED
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{trouble}_{entry.entry_id}",
        is_fixable=is_lost,
        is_persistent=is_lost,
        severity=ir.IssueSeverity.WARNING
        if trouble in _MILD
        else ir.IssueSeverity.ERROR,
        translation_key=trouble,
        translation_placeholders={"entry": entry.title, **placeholders},
    )


@callback
def async_settle(hass: HomeAssistant, entry: ConfigEntry, trouble: Trouble) -> None:
    """Take back what was told about a trouble, if it was."""
    ir.async_delete_issue(hass, DOMAIN, f"{trouble}_{entry.entry_id}")


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Have the person confirm that they read it: there is nothing else to be done."""
    return ConfirmRepairFlow()
