"""The options: general settings, and access to Bleemeo's API."""

from typing import Any, override

import voluptuous as vol

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import CONF_URL
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
)

from .api import FormError, Login, access_data, async_return_login, async_revoke
from .const import (
    CONF_ACCOUNT,
    CONF_AGREEMENT_INTERVAL,
    CONF_CONNECTION_METRIC,
    CONF_EXPIRE_DAYS,
    CONF_FLAPPING_THRESHOLD,
    CONF_KEEP_TEXTS,
    CONF_MAX_AGE_DAYS,
    CONF_MAX_AGENTS,
    CONF_MAX_DELIVERIES,
    CONF_MAX_METRICS,
    CONF_REFRESH_TOKEN,
    CONF_TAG_LABELS,
    CONF_WATCHDOG_DAYS,
    DEFAULT_AGREEMENT_INTERVAL,
    DEFAULT_EXPIRE_DAYS,
    DEFAULT_MAX_AGE_DAYS,
    DEFAULT_MAX_AGENTS,
    DEFAULT_MAX_DELIVERIES,
    DEFAULT_MAX_METRICS,
)
from .core import DEFAULT_FLAPPING_THRESHOLD
from .flow import (
    ACCESS_SCHEMA,
    SECTION_DEVELOPERS,
    account_schema,
    free_name,
    gave_up,
    is_given,
    read_access,
)
from .hub import async_entry_of, async_pin, default_watchdog_days
from .models import async_end_access, async_stop_asking, async_survey, is_loaded


def _whole_number(minimum: int, maximum: int, unit: str) -> vol.All:
    return vol.All(
        NumberSelector(
            NumberSelectorConfig(
                min=minimum,
                max=maximum,
                step=1,
                mode=NumberSelectorMode.BOX,
                unit_of_measurement=unit,
                translation_key="unit",
            )
        ),
        vol.Coerce(int),
    )


GENERAL_SCHEMA = vol.Schema(
    {
        vol.Optional(CONF_WATCHDOG_DAYS): _whole_number(0, 365, "days"),
        vol.Required(
            CONF_FLAPPING_THRESHOLD, default=DEFAULT_FLAPPING_THRESHOLD
        ): _whole_number(2, 100, "changes"),
        vol.Required(CONF_MAX_AGE_DAYS, default=DEFAULT_MAX_AGE_DAYS): _whole_number(
            1, 3650, "days"
        ),
        vol.Required(
            CONF_MAX_DELIVERIES, default=DEFAULT_MAX_DELIVERIES
        ): _whole_number(100, 100_000, "messages"),
        # a field that was emptied is not submitted
        vol.Optional(CONF_CONNECTION_METRIC, default=""): TextSelector(),
        vol.Required(CONF_KEEP_TEXTS, default=True): BooleanSelector(),
    }
)
LIMITS_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_MAX_METRICS, default=DEFAULT_MAX_METRICS): _whole_number(
            1, 100_000, "metrics"
        ),
        vol.Required(CONF_MAX_AGENTS, default=DEFAULT_MAX_AGENTS): _whole_number(
            1, 100_000, "servers"
        ),
        vol.Required(CONF_EXPIRE_DAYS, default=DEFAULT_EXPIRE_DAYS): _whole_number(
            0, 3650, "days"
        ),
    }
)
WITH_ACCESS_SCHEMA = GENERAL_SCHEMA.extend(
    {
        vol.Required(
            CONF_AGREEMENT_INTERVAL, default=DEFAULT_AGREEMENT_INTERVAL
        ): _whole_number(0, 168, "hours"),
        vol.Required(CONF_TAG_LABELS, default=False): BooleanSelector(),
    }
)


class BleemeoOptionsFlow(OptionsFlowWithReload):
    """Offers a menu of what to set."""

    def __init__(self) -> None:
        """Start without a login."""
        self._login: Login | None = None

    @property
    def _has_access(self) -> bool:
        return CONF_REFRESH_TOKEN in self.config_entry.data

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the menu."""
        options = ["general", "limits", "access"]
        if self._has_access:
            options.append("remove_access")
        return self.async_show_menu(
            step_id="init",
            menu_options=options,
            description_placeholders={"entry": self.config_entry.title},
        )

    async def async_step_general(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the general settings."""
        entry = self.config_entry
        default = {CONF_WATCHDOG_DAYS: default_watchdog_days(entry)}
        if user_input is not None:
            name = user_input[CONF_CONNECTION_METRIC].strip()
            options = {
                **entry.options,
                **default,
                **user_input,
                CONF_CONNECTION_METRIC: name,
            }
            if options.items() >= default.items():
                # it follows whether there is access, until a person chooses otherwise
                del options[CONF_WATCHDOG_DAYS]
            return self.async_create_entry(data=options)
        return self.async_show_form(
            step_id="general",
            data_schema=self.add_suggested_values_to_schema(
                WITH_ACCESS_SCHEMA if self._has_access else GENERAL_SCHEMA,
                default | entry.options,
            ),
            description_placeholders={"entry": entry.title},
        )

    async def async_step_limits(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask how much there may be, and for how long."""
        entry, errors = self.config_entry, dict[str, str]()
        present = {CONF_MAX_METRICS: 0, CONF_MAX_AGENTS: 0}
        if is_loaded(entry):
            board = entry.runtime_data.hub.board
            present = {
                CONF_MAX_METRICS: len(board.metrics),
                CONF_MAX_AGENTS: len(board.agents),
            }
        if user_input is not None:
            # what is there stays, so a lower limit would keep out all that is new
            errors = {
                name: "limit_too_low"
                for name, count in present.items()
                if user_input[name] < count
            }
            if not errors:
                return self.async_create_entry(data=entry.options | user_input)
        return self.async_show_form(
            step_id="limits",
            data_schema=self.add_suggested_values_to_schema(
                LIMITS_SCHEMA, user_input or entry.options
            ),
            errors=errors,
            description_placeholders={
                "metrics": str(present[CONF_MAX_METRICS]),
                "servers": str(present[CONF_MAX_AGENTS]),
            },
        )

    async def async_step_access(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a login and verify it."""
        suggested = user_input or {}
        if url := self.config_entry.data.get(CONF_URL):
            suggested = {SECTION_DEVELOPERS: {CONF_URL: url}} | suggested
        if user_input is None:
            return self._show_access(suggested)
        try:
            self._login = await read_access(
                self.hass, suggested, self.config_entry.unique_id
            )
        except FormError as error:
            return self._show_access(suggested, error)
        if gave_up(self.hass.config_entries.options, self):
            return self._show_access(suggested)
        return await self.async_step_account()

    async def async_step_account(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the account if the login has several."""
        assert self._login is not None
        # an alert may have told it since the login
        pinned = self.config_entry.unique_id
        accounts = {
            uid: name
            for uid, name in self._login.accounts.items()
            if pinned in {None, uid}
        }
        if not accounts:
            self.async_remove()
            return self._show_access({}, FormError("wrong_account"))
        if user_input is not None and user_input[CONF_ACCOUNT] in accounts:
            return await self._async_give_access(user_input[CONF_ACCOUNT])
        if user_input is None and len(accounts) == 1:
            return await self._async_give_access(*accounts)
        return self.async_show_form(
            step_id="account", data_schema=account_schema(accounts)
        )

    async def async_step_remove_access(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for confirmation, then remove the access to the API."""
        if user_input is None:
            return self.async_show_form(
                step_id="remove_access",
                description_placeholders={"entry": self.config_entry.title},
            )
        await async_end_access(self.hass, self.config_entry)
        return self.async_abort(reason="access_removed")

    @callback
    @override
    def async_remove(self) -> None:
        """Give the token of a login back that the user did not go on with."""
        login, self._login = self._login, None
        if login is not None:
            self.hass.async_create_task(async_return_login(self.hass, login))

    def _show_access(
        self, suggested: dict[str, Any], error: FormError | None = None
    ) -> ConfigFlowResult:
        return self.async_show_form(
            step_id="access",
            data_schema=self.add_suggested_values_to_schema(ACCESS_SCHEMA, suggested),
            errors=error.errors if error else None,
            description_placeholders=error.placeholders if error else None,
        )

    async def _async_give_access(self, account_id: str) -> ConfigFlowResult:
        """Keep the access, use it, and say what it found."""
        assert self._login is not None
        entry, entries = self.config_entry, self.hass.config_entries
        other = async_entry_of(self.hass, account_id)
        if other is not None and other is not entry:
            return self.async_abort(reason="already_configured")
        login, self._login = self._login, None
        # the token that this one replaces
        await async_stop_asking(entry)
        await async_revoke(self.hass, entry)
        title = entry.title
        if is_given(title):
            title = free_name(self.hass, login.accounts[account_id])
        entries.async_update_entry(
            entry,
            title=title,
            data=entry.data | access_data(login, account_id),
        )
        async_pin(self.hass, entry, account_id)
        await entries.async_reload(entry.entry_id)
        found = await async_survey(entry)
        return self.async_abort(
            reason="access_given" if found else "access_given_unanswered",
            description_placeholders=found,
        )
