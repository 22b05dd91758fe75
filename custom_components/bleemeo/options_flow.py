"""The options: general settings, and access to Bleemeo's API."""

from typing import Any, override

import voluptuous as vol

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import CONF_URL, UnitOfTime
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
)

from .api import (
    ACCESS_SCHEMA,
    FormError,
    Login,
    access_data,
    async_check_login,
    async_return_login,
    async_revoke,
    check_url,
)
from .const import (
    CONF_ACCOUNT,
    CONF_AGREEMENT_INTERVAL,
    CONF_FLAPPING_THRESHOLD,
    CONF_MAX_AGE_DAYS,
    CONF_MAX_DELIVERIES,
    CONF_REFRESH_TOKEN,
    DEFAULT_AGREEMENT_INTERVAL,
    DEFAULT_MAX_AGE_DAYS,
    DEFAULT_MAX_DELIVERIES,
)
from .core import DEFAULT_FLAPPING_THRESHOLD
from .hub import async_entry_of, async_pin
from .models import async_end_access, async_stop_asking


def _whole_number(minimum: int, maximum: int, unit: str | None = None) -> vol.All:
    config = NumberSelectorConfig(
        min=minimum, max=maximum, step=1, mode=NumberSelectorMode.BOX
    )
    if unit is not None:
        config["unit_of_measurement"] = unit
    return vol.All(NumberSelector(config), vol.Coerce(int))


GENERAL_SCHEMA = vol.Schema(
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
WITH_ACCESS_SCHEMA = GENERAL_SCHEMA.extend(
    {
        vol.Required(
            CONF_AGREEMENT_INTERVAL, default=DEFAULT_AGREEMENT_INTERVAL
        ): _whole_number(0, 168, UnitOfTime.HOURS)
    }
)


class BleemeoOptionsFlow(OptionsFlowWithReload):
    """Offers a menu of what to set."""

    def __init__(self) -> None:
        """Start without a login."""
        self._url = ""
        self._login: Login | None = None

    @property
    def _has_access(self) -> bool:
        return CONF_REFRESH_TOKEN in self.config_entry.data

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the menu."""
        options = ["general", "access"]
        if self._has_access:
            options.append("remove_access")
        return self.async_show_menu(step_id="init", menu_options=options)

    async def async_step_general(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the general settings."""
        if user_input is not None:
            return self.async_create_entry(data=self.config_entry.options | user_input)
        return self.async_show_form(
            step_id="general",
            data_schema=self.add_suggested_values_to_schema(
                WITH_ACCESS_SCHEMA if self._has_access else GENERAL_SCHEMA,
                self.config_entry.options,
            ),
        )

    async def async_step_access(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a login and verify it."""
        form_error: FormError | None = None
        if user_input is not None:
            try:
                self._url = check_url(user_input[CONF_URL])
                self._login = await async_check_login(
                    self.hass, user_input, self._url, self.config_entry.unique_id
                )
            except FormError as error:
                form_error = error
            else:
                return await self.async_step_account()
        suggested = user_input or {CONF_URL: self.config_entry.data.get(CONF_URL)}
        return self.async_show_form(
            step_id="access",
            data_schema=self.add_suggested_values_to_schema(ACCESS_SCHEMA, suggested),
            errors=form_error.errors if form_error else None,
            description_placeholders=form_error.placeholders if form_error else None,
        )

    async def async_step_account(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the account if the login has several."""
        assert self._login is not None
        accounts = self._login.accounts
        if user_input is not None:
            return await self._async_give_access(user_input[CONF_ACCOUNT])
        if len(accounts) == 1:
            return await self._async_give_access(*accounts)
        options = [
            SelectOptionDict(value=uid, label=name) for uid, name in accounts.items()
        ]
        return self.async_show_form(
            step_id="account",
            data_schema=vol.Schema(
                {
                    vol.Required(CONF_ACCOUNT): SelectSelector(
                        SelectSelectorConfig(options=options)
                    )
                }
            ),
        )

    async def async_step_remove_access(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for confirmation, then remove the access to the API."""
        if user_input is None:
            return self.async_show_form(step_id="remove_access")
        await async_end_access(self.hass, self.config_entry)
        return self.async_abort(reason="access_removed")

    @callback
    @override
    def async_remove(self) -> None:
        """Give the token of a login back that the user did not go on with."""
        if self._login is not None:
            self.hass.async_create_task(
                async_return_login(self.hass, self._url, self._login)
            )

    async def _async_give_access(self, account_id: str) -> ConfigFlowResult:
        assert self._login is not None
        entry, entries = self.config_entry, self.hass.config_entries
        other = async_entry_of(self.hass, account_id)
        if other is not None and other is not entry:
            return self.async_abort(reason="already_configured")
        login, self._login = self._login, None
        # the token that this one replaces
        await async_stop_asking(entry)
        await async_revoke(self.hass, entry)
        entries.async_update_entry(
            entry, data=entry.data | access_data(self._url, login, account_id)
        )
        async_pin(self.hass, entry, account_id)
        entries.async_schedule_reload(entry.entry_id)
        return self.async_abort(reason="access_given")
