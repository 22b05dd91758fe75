"""The repair flows that a user confirms."""

from contextlib import suppress
from typing import override

from homeassistant.components.repairs import (
    ConfirmRepairFlow,
    RepairsFlow,
    RepairsFlowResult,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from .journal import JournalError
from .models import BleemeoConfigEntry


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Let the user confirm that it is read or done, or that an agent is forgotten.

    What is only confirmed is reported again if it recurs.
    """
    if data and "agent_id" in data:
        return ForgetAgentFlow(str(data["entry_id"]), str(data["agent_id"]))
    return ConfirmRepairFlow()


class ForgetAgentFlow(ConfirmRepairFlow):
    """Forgets an agent that another one has replaced."""

    def __init__(self, entry_id: str, agent_id: str) -> None:
        """Ask about an agent of an entry."""
        self._entry_id = entry_id
        self._agent_id = agent_id

    @override
    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Say what is removed, and remove it once that is confirmed."""
        if user_input is None:
            return await super().async_step_confirm()
        entry: BleemeoConfigEntry | None = self.hass.config_entries.async_get_entry(
            self._entry_id
        )
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="entry_not_loaded")
        hub = entry.runtime_data.hub
        # the store reports it
        with suppress(JournalError):
            await hub.async_forget(
                [
                    metric
                    for metric in hub.board.metrics.values()
                    if metric.agent.id == self._agent_id
                ]
            )
        return self.async_create_entry(data={})
