"""Set-up in one form, the address again on demand, and the options."""

from typing import Any, override

import voluptuous as vol

from homeassistant.components.webhook import async_generate_id
from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_NAME, CONF_WEBHOOK_ID, UnitOfTime
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
)

from . import address, webhook
from .const import (
    CONF_CLOUDHOOK,
    CONF_FLAPPING_THRESHOLD,
    CONF_MAX_AGE_DAYS,
    CONF_MAX_DELIVERIES,
    CONF_REPLACE_ADDRESS,
    DEFAULT_FLAPPING_THRESHOLD,
    DEFAULT_MAX_AGE_DAYS,
    DEFAULT_MAX_DELIVERIES,
    DOMAIN,
    MANUFACTURER,
    PANEL_URL,
)

USER_SCHEMA = vol.Schema(
    {vol.Required(CONF_NAME, default=MANUFACTURER): TextSelector()}
)
RECONFIGURE_SCHEMA = vol.Schema(
    {vol.Required(CONF_REPLACE_ADDRESS, default=False): BooleanSelector()}
)


def _whole_number(minimum: int, maximum: int, unit: str | None = None) -> vol.All:
    config = NumberSelectorConfig(
        min=minimum, max=maximum, step=1, mode=NumberSelectorMode.BOX
    )
    if unit is not None:
        config["unit_of_measurement"] = unit
    return vol.All(NumberSelector(config), vol.Coerce(int))


OPTIONS_SCHEMA = vol.Schema(
    {
        vol.Required(
            CONF_FLAPPING_THRESHOLD, default=DEFAULT_FLAPPING_THRESHOLD
        ): _whole_number(2, 100),
        vol.Required(
            CONF_MAX_DELIVERIES, default=DEFAULT_MAX_DELIVERIES
        ): _whole_number(100, 100_000),
        vol.Required(CONF_MAX_AGE_DAYS, default=DEFAULT_MAX_AGE_DAYS): _whole_number(
            1, 3650, UnitOfTime.DAYS
        ),
    }
)


class BleemeoConfigFlow(ConfigFlow, domain=DOMAIN):
    """Makes an entry for one Bleemeo account."""

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the options flow."""
        return BleemeoOptionsFlow()

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a name, and say beforehand where Bleemeo could not reach us."""
        if user_input is not None:
            webhook_id = async_generate_id()
            url, is_cloudhook = await address.async_claim(self.hass, webhook_id)
            return self.async_create_entry(
                title=user_input[CONF_NAME],
                data={CONF_WEBHOOK_ID: webhook_id, CONF_CLOUDHOOK: is_cloudhook},
                description_placeholders={"webhook_url": url, "panel_url": PANEL_URL},
            )
        return self.async_show_form(
            step_id="user",
            data_schema=USER_SCHEMA,
            errors=self._concerns(),
            description_placeholders={"base_url": address.base_url(self.hass)},
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the address again, and replace it by a new one where that is wanted."""
        entry = self._get_reconfigure_entry()
        webhook_id = entry.data[CONF_WEBHOOK_ID]
        is_replaced = user_input is not None and user_input[CONF_REPLACE_ADDRESS]
        if is_replaced:
            webhook.async_unregister(self.hass, entry)
            await address.async_release(self.hass, entry)
            webhook_id = async_generate_id()

        url, is_cloudhook = await address.async_claim(self.hass, webhook_id)
        self.hass.config_entries.async_update_entry(
            entry,
            data=entry.data
            | {CONF_WEBHOOK_ID: webhook_id, CONF_CLOUDHOOK: is_cloudhook},
        )
        if is_replaced:
            webhook.async_register(self.hass, entry)
        if user_input is not None:
            return self.async_abort(
                reason="address_replaced" if is_replaced else "reconfigure_successful",
                description_placeholders={"webhook_url": url},
            )
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=RECONFIGURE_SCHEMA,
            errors=self._concerns(),
            description_placeholders={
                "webhook_url": url,
                "base_url": address.base_url(self.hass),
            },
        )

    def _concerns(self) -> dict[str, str]:
        """Return what is wrong with the address, in the way that a form shows it."""
        concern = address.find_concern(self.hass)
        return {"base": concern} if concern else {}


class BleemeoOptionsFlow(OptionsFlowWithReload):
    """Asks for what is a matter of taste."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the options."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                OPTIONS_SCHEMA, self.config_entry.options
            ),
        )
