"""Give Bleemeo the address, log in to its API, show the address again, renew a login."""

from collections.abc import Mapping
from typing import Any, override

import voluptuous as vol

from homeassistant.components.webhook import async_generate_id
from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import CONF_NAME, CONF_URL, CONF_WEBHOOK_ID
from homeassistant.core import callback
from homeassistant.helpers.selector import BooleanSelector, TextSelector

from .api import (
    LOGIN_SCHEMA,
    FormError,
    Login,
    access_data,
    async_check_login,
    async_return_login,
)
from .const import (
    CONF_ACCOUNT,
    CONF_CLOUDHOOK,
    CONF_REPLACE_ADDRESS,
    CONF_USE_CLOUD,
    CONF_WITHOUT_ACCESS,
    DOMAIN,
    MANUFACTURER,
)
from .flow import (
    ACCESS_SCHEMA,
    CLOUD_SCHEMA,
    MAX_NAME_LENGTH,
    RECONFIGURE_SCHEMA,
    AddressSteps,
    NewAddress,
    account_schema,
    async_change_address,
    free_name,
    gave_up,
    name_error,
    read_access,
)
from .hub import PLAIN_HTTP, address, async_entry_of
from .journal import JournalError
from .models import BleemeoConfigEntry, async_survey
from .options_flow import BleemeoOptionsFlow

NAME_SCHEMA = vol.Schema({vol.Required(CONF_NAME): TextSelector()})
RETRY_SCHEMA = ACCESS_SCHEMA.extend(
    {vol.Required(CONF_WITHOUT_ACCESS, default=False): BooleanSelector()}
)


class BleemeoConfigFlow(AddressSteps, domain=DOMAIN):
    """Creates an entry for one Bleemeo account."""

    def __init__(self) -> None:
        """Start without an address and a login."""
        super().__init__()
        self._new: NewAddress | None = None
        self._login: Login | None = None
        self._access: dict[str, str] = {}

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
        """Begin with the address."""
        return await self.async_step_address()

    @override
    async def async_step_address(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the address to give to Bleemeo, or why there is none that can work."""
        if user_input is not None:
            return await self.async_step_api()
        if self._new is None:
            is_cloudhook = address.is_cloudhook(self.hass, None)
            is_cloudhook &= not self._is_external_url_wanted
            if trouble := self._find_trouble(is_cloudhook=is_cloudhook):
                way_on = "use_plain_http" if trouble == PLAIN_HTTP.key else "api"
                return self._show_trouble(trouble, "address", way_on)
            try:
                self._new = await NewAddress.async_claim(
                    self.hass, is_cloudhook=is_cloudhook
                )
            except address.CloudAway as error:
                return self._show_trouble(
                    "cloud_away", "address", "external_url", "api", error=str(error)
                )
            if gave_up(self.hass.config_entries.flow, self):
                return await self.async_step_api()
        return self._show_address("address", self._new.url)

    async def async_step_api(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Offer access to Bleemeo's API."""
        return self.async_show_menu(step_id="api", menu_options=["access", "name"])

    async def async_step_access(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a login and verify it; once one has failed, it can be done without."""
        form_error: FormError | None = None
        if user_input is not None:
            if user_input.get(CONF_WITHOUT_ACCESS):
                return await self.async_step_name()
            try:
                self._login = await read_access(self.hass, user_input, None)
            except FormError as error:
                form_error = error
            else:
                if not gave_up(self.hass.config_entries.flow, self):
                    return await self.async_step_account()
        return self.async_show_form(
            step_id="access",
            data_schema=self.add_suggested_values_to_schema(
                RETRY_SCHEMA if form_error else ACCESS_SCHEMA, user_input
            ),
            errors=form_error.errors if form_error else None,
            description_placeholders=form_error.placeholders if form_error else None,
            last_step=False,
        )

    async def async_step_account(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the account if the login has several that have no entry yet."""
        assert self._login is not None
        free = {
            uid: name
            for uid, name in self._login.accounts.items()
            if async_entry_of(self.hass, uid) is None
        }
        if not free:
            return self.async_abort(reason="already_configured")
        if user_input is None and len(free) > 1:
            return self.async_show_form(
                step_id="account", data_schema=account_schema(free), last_step=False
            )
        account_id = user_input[CONF_ACCOUNT] if user_input else next(iter(free))
        await self.async_set_unique_id(account_id, raise_on_progress=False)
        self._access = access_data(self._login, account_id)
        return await self.async_step_name()

    async def async_step_name(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what to call the account, which Bleemeo may have told, and create it."""
        errors, real_name = {}, MANUFACTURER
        if self._login is not None and self._access:
            real_name = self._login.accounts[self._access[CONF_ACCOUNT]]
        if user_input is not None:
            # it may have got one while the form was open
            self._abort_if_unique_id_configured()
            name = " ".join(user_input[CONF_NAME].split())
            if error := name_error(self.hass, name):
                errors = {CONF_NAME: error}
            else:
                return self._create_entry(name)
        return self.async_show_form(
            step_id="name",
            data_schema=self.add_suggested_values_to_schema(
                NAME_SCHEMA, user_input or {CONF_NAME: free_name(self.hass, real_name)}
            ),
            errors=errors,
            description_placeholders={"max_length": str(MAX_NAME_LENGTH)},
            last_step=True,
        )

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Say at the end what Bleemeo's API knows of the account."""
        if found := await async_survey(result["result"]):
            result["description"] = "found" if self._new else "found_without_address"
            result["description_placeholders"] = found
        return result

    @callback
    @override
    def async_remove(self) -> None:
        """Give up the address and the login of a set-up that was not carried through."""
        if self._new is not None and not self._new.is_used:
            self._new.async_give_up()
            self._new = None
        if self._login is not None:
            self.hass.async_create_task(async_return_login(self.hass, self._login))

    @override
    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the address; once submitted, change what is asked for, and only that."""
        entry: BleemeoConfigEntry = self._get_reconfigure_entry()
        has_cloudhook = address.is_cloudhook(self.hass, entry)
        is_cloudhook = has_cloudhook and not self._is_external_url_wanted
        if user_input is None:
            if trouble := self._find_trouble(entry, is_cloudhook=is_cloudhook):
                return self._show_trouble_of_entry(trouble)
            is_replaced = False
        else:
            is_replaced = user_input[CONF_REPLACE_ADDRESS]
            is_cloudhook |= user_input.get(CONF_USE_CLOUD, False)
        errors, reason = {}, ""
        if is_replaced or is_cloudhook is not has_cloudhook:
            try:
                await async_change_address(
                    self.hass, entry, is_cloudhook=is_cloudhook, is_replaced=is_replaced
                )
            except address.CloudAway as error:
                errors, reason = {"base": "cloud_away"}, str(error)
            except JournalError as error:
                errors, reason = {"base": "address_not_stored"}, str(error)
            else:
                return await self.async_step_new_address()
        elif user_input is not None:
            return await self.async_step_keep()
        can_use_cloud = not has_cloudhook and address.is_cloudhook(self.hass, None)
        return self._show_address(
            "reconfigure",
            address.current_url(self.hass, entry),
            CLOUD_SCHEMA if can_use_cloud else RECONFIGURE_SCHEMA,
            errors,
            entry=entry.title,
            error=reason,
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
                self._login = login
                if not gave_up(self.hass.config_entries.flow, self):
                    # the entry has it
                    self._login = None
                    return self.async_update_reload_and_abort(
                        entry, data_updates=access_data(login, account_id)
                    )
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=self.add_suggested_values_to_schema(LOGIN_SCHEMA, user_input),
            errors=form_error.errors if form_error else None,
            description_placeholders=form_error.placeholders if form_error else None,
        )

    def _create_entry(self, name: str) -> ConfigFlowResult:
        """Create the entry; without an address, it gets one that may work later."""
        # the entry has it
        self._login = None
        if self._new is not None:
            self._new.is_used = True
        return self.async_create_entry(
            title=name,
            data={
                CONF_WEBHOOK_ID: self._new.webhook_id
                if self._new
                else async_generate_id(),
                CONF_CLOUDHOOK: self._new is not None and self._new.is_cloudhook,
                **self._access,
            },
            description=None if self._new else "without_address",
        )
