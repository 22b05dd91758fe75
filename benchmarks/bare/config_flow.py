"""Adds an entry without a question."""

from typing import Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult


class BareConfigFlow(ConfigFlow, domain="bare"):
    """Makes an entry that has no metric yet."""

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Create the entry."""
        return self.async_create_entry(title="Bare", data={"metrics": 0})
