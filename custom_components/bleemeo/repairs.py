"""The flows of repairs: most a user only confirms, some do something first."""

from contextlib import suppress
from typing import override

from homeassistant.components.repairs import (
    ConfirmRepairFlow,
    RepairsFlow,
    RepairsFlowResult,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .const import CONF_REFRESH_TOKEN, DOMAIN
from .hub import ACCOUNT_MISMATCH, AGENT_REPLACED, async_entry_of
from .journal import JournalError
from .models import BleemeoConfigEntry, async_end_access


class AccountMismatchFlow(RepairsFlow):
    """Asks which account an entry is for, and takes over the one that it refused."""

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Offer what can be done: less if the account has another entry already."""
        if other := async_entry_of(self.hass, self._account_id):
            return self.async_show_form(
                step_id="other_entry",
                description_placeholders={**self._told, "other": other.title},
            )
        return self.async_show_menu(
            step_id="init",
            menu_options=["take_over", "keep"],
            description_placeholders=self._told,
        )

    async def async_step_take_over(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Take the account over."""
        entry = _loaded_entry(self.hass, self._told["entry_id"])
        if entry is None:
            return self.async_abort(
                reason="entry_not_loaded", description_placeholders=self._told
            )
        if async_entry_of(self.hass, self._account_id):
            # it got one while the menu was open
            return await self.async_step_init()
        # the store reports it
        with suppress(JournalError):
            await entry.runtime_data.hub.async_take_over(self._account_id)
        if CONF_REFRESH_TOKEN in entry.data:
            # it is to the former account
            await async_end_access(self.hass, entry)
        return self.async_create_entry(data={})

    async def async_step_keep(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Leave the entry to the account that it has."""
        return self.async_create_entry(data={})

    async def async_step_other_entry(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Take note that the address of the other entry is in its place."""
        return self.async_create_entry(data={})

    @property
    def _account_id(self) -> str:
        return self._told["account"]

    @property
    def _told(self) -> dict[str, str]:
        """What the user was told when the flow began; since then it may be reported anew."""
        return {key: str(value) for key, value in (self.data or {}).items()}


class ForgetAgentFlow(ConfirmRepairFlow):
    """Forgets an agent that another one has replaced."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Say what is removed, and remove it once that is confirmed."""
        data = self.data or {}
        if ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id) is None:
            # it was withdrawn while the form was open
            return self.async_abort(
                reason="agent_is_back",
                description_placeholders={"host": str(data["host"])},
            )
        if user_input is None:
            return await super().async_step_confirm()
        entry = _loaded_entry(self.hass, str(data["entry_id"]))
        if entry is None:
            return self.async_abort(
                reason="entry_not_loaded",
                description_placeholders={"entry": str(data["entry"])},
            )
        hub = entry.runtime_data.hub
        # the store reports it
        with suppress(JournalError):
            await hub.async_forget(hub.board.metrics_of(str(data["agent_id"])))
        return self.async_create_entry(data={})


def _loaded_entry(hass: HomeAssistant, entry_id: str) -> BleemeoConfigEntry | None:
    """Return an entry if it is still there and loaded."""
    entry: BleemeoConfigEntry | None = hass.config_entries.async_get_entry(entry_id)
    return entry if entry and entry.state is ConfigEntryState.LOADED else None


# others are confirmed to be read or done, and are reported if they recur
FLOWS: dict[str | None, type[RepairsFlow]] = {
    ACCOUNT_MISMATCH.key: AccountMismatchFlow,
    AGENT_REPLACED.key: ForgetAgentFlow,
}


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow of a repair."""
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    return FLOWS.get(issue.translation_key if issue else None, ConfirmRepairFlow)()
