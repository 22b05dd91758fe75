"""Set up in one form, show or replace the address, and renew a refused login."""

from collections.abc import Mapping
from typing import Any, override

import voluptuous as vol

from homeassistant.components.webhook import async_generate_id
from homeassistant.config_entries import ConfigFlow, ConfigFlowResult, OptionsFlow
from homeassistant.const import CONF_NAME, CONF_URL, CONF_WEBHOOK_ID
from homeassistant.core import callback
from homeassistant.helpers.selector import BooleanSelector, TextSelector

from . import webhook
from .api import LOGIN_SCHEMA, FormError, access_data, async_check_login
from .const import (
    CONF_ACCOUNT,
    CONF_CLOUDHOOK,
    CONF_REPLACE_ADDRESS,
    DOMAIN,
    MANUFACTURER,
    PANEL_URL,
)
from .hub import address, async_find_address_trouble
from .models import BleemeoConfigEntry
from .options_flow import BleemeoOptionsFlow

USER_SCHEMA = vol.Schema(
    {vol.Required(CONF_NAME, default=MANUFACTURER): TextSelector()}
)
RECONFIGURE_SCHEMA = vol.Schema(
    {vol.Required(CONF_REPLACE_ADDRESS, default=False): BooleanSelector()}
)


class BleemeoConfigFlow(ConfigFlow, domain=DOMAIN):
    """Creates an entry for one Bleemeo account."""

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: BleemeoConfigEntry) -> OptionsFlow:
        """Return the options flow."""
        return BleemeoOptionsFlow()

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a name, and warn if Bleemeo could not reach Home Assistant."""
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
            errors=self._address_errors(),
            description_placeholders={"base_url": address.base_url(self.hass)},
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the address again, and replace it with a new one on request."""
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
            errors=self._address_errors(),
            description_placeholders={
                "webhook_url": url,
                "base_url": address.base_url(self.hass),
            },
        )

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Renew a login that Bleemeo no longer accepts."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a login to the same account."""
        entry = self._get_reauth_entry()
        form_error: FormError | None = None
        if user_input is not None:
            url, account_id = entry.data[CONF_URL], entry.data[CONF_ACCOUNT]
            try:
                login = await async_check_login(user_input, url, account_id)
            except FormError as error:
                form_error = error
            else:
                return self.async_update_reload_and_abort(
                    entry, data_updates=access_data(url, login, account_id)
                )
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=self.add_suggested_values_to_schema(LOGIN_SCHEMA, user_input),
            errors=form_error.errors if form_error else None,
            description_placeholders=form_error.placeholders if form_error else None,
        )

    def _address_errors(self) -> dict[str, str]:
        """Return what is wrong with the address, as errors of a form."""
        trouble = async_find_address_trouble(self.hass)
        return {"base": trouble.key} if trouble else {}
