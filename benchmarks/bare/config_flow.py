"""Config flow that adds an entry without asking anything."""

from typing import Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult


class BareConfigFlow(ConfigFlow, domain="bare"):
    """Creates an entry that has no metrics yet."""

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Create the entry."""
        return self.async_create_entry(title="Bare", data={"metrics": 0})
