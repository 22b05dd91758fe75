"""Set up in one form, show or replace the address, and renew a refused login."""

from collections.abc import Mapping
from itertools import chain, count
from typing import Any, override

import voluptuous as vol

from homeassistant.components.webhook import async_generate_id
from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.const import CONF_NAME, CONF_URL, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.selector import BooleanSelector, TextSelector

from . import gone, webhook
from .api import LOGIN_SCHEMA, FormError, access_data, async_check_login
from .const import (
    CONF_ACCOUNT,
    CONF_CLOUDHOOK,
    CONF_REPLACE_ADDRESS,
    DOMAIN,
    MANUFACTURER,
    PANEL_URL,
)
from .hub import BleemeoHub, address, async_find_address_trouble
from .journal import JournalError
from .models import BleemeoConfigEntry
from .options_flow import BleemeoOptionsFlow

MAX_NAME_LENGTH = 100

USER_SCHEMA = vol.Schema({vol.Required(CONF_NAME): TextSelector()})
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
        errors = _address_errors(self.hass)
        if user_input is not None:
            name = " ".join(user_input[CONF_NAME].split())
            if error := self._name_error(name):
                errors = {CONF_NAME: error}
            else:
                return await self._async_create_entry(name)
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(
                USER_SCHEMA, user_input or {CONF_NAME: self._free_name()}
            ),
            errors=errors,
            description_placeholders={
                "base_url": address.base_url(self.hass),
                "max_length": str(MAX_NAME_LENGTH),
            },
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the address; once submitted, replace it or keep it up to date."""
        entry = self._get_reconfigure_entry()
        url = address.current_url(self.hass, entry)
        errors, reason = _address_errors(self.hass, entry), ""
        if user_input is not None:
            try:
                return await self._async_update_address(
                    entry, url, is_replaced=user_input[CONF_REPLACE_ADDRESS]
                )
            except address.CloudAway as error:
                errors, reason = {"base": "cloud_away"}, str(error)
            except JournalError as error:
                errors, reason = {"base": "address_not_stored"}, str(error)
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=RECONFIGURE_SCHEMA,
            errors=errors,
            description_placeholders={
                "webhook_url": url,
                "base_url": address.base_url(self.hass),
                "error": reason,
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
                login = await async_check_login(self.hass, user_input, url, account_id)
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

    async def _async_create_entry(self, name: str) -> ConfigFlowResult:
        webhook_id = async_generate_id()
        url, is_cloudhook = await address.async_claim(self.hass, webhook_id)
        return self.async_create_entry(
            title=name,
            data={CONF_WEBHOOK_ID: webhook_id, CONF_CLOUDHOOK: is_cloudhook},
            description_placeholders={"webhook_url": url, "panel_url": PANEL_URL},
        )

    async def _async_update_address(
        self, entry: ConfigEntry, shown_url: str, *, is_replaced: bool
    ) -> ConfigFlowResult:
        """Claim an address, new or the same, and only then end the present one.

        Raises:
            CloudAway, JournalError: nothing was changed.
        """
        webhook_id = entry.data[CONF_WEBHOOK_ID]
        if is_replaced:
            webhook_id = async_generate_id()
        url, is_cloudhook = await address.async_claim(
            self.hass,
            webhook_id,
            must_be_cloudhook=address.is_cloudhook(self.hass, entry)
            and address.is_subscribed(self.hass),
        )
        if is_replaced and entry.state is ConfigEntryState.LOADED:
            hub: BleemeoHub = entry.runtime_data.hub
            try:
                await hub.async_keep_address(webhook_id, is_cloudhook)
            except JournalError:
                if is_cloudhook:
                    await address.async_give_back(self.hass, entry, webhook_id)
                raise
        address.async_store(self.hass, entry, webhook_id, is_cloudhook)
        if is_replaced:
            webhook.async_register(self.hass, entry)
            await gone.async_tidy(self.hass, entry)
        return self.async_abort(
            reason="address_replaced"
            if is_replaced
            else "reconfigure_successful"
            if url == shown_url
            else "address_changed",
            description_placeholders={"webhook_url": url},
        )

    def _name_error(self, name: str) -> str | None:
        """Return why an entry cannot have a name, by the key of the error."""
        if not any(char.isprintable() and not char.isspace() for char in name):
            return "name_empty"
        if len(name) > MAX_NAME_LENGTH:
            return "name_too_long"
        return "name_taken" if name.casefold() in self._taken_names() else None

    def _free_name(self) -> str:
        """Return a name that no entry has yet."""
        names = chain([MANUFACTURER], (f"{MANUFACTURER} {n}" for n in count(2)))
        taken = self._taken_names()
        return next(name for name in names if name.casefold() not in taken)

    def _taken_names(self) -> set[str]:
        return {entry.title.casefold() for entry in self._async_current_entries()}


def _address_errors(
    hass: HomeAssistant, entry: ConfigEntry | None = None
) -> dict[str, str]:
    """Return what is wrong with the address, as errors of a form."""
    trouble = async_find_address_trouble(hass, entry)
    return {"base": trouble.key} if trouble else {}
