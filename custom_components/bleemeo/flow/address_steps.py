"""The steps about the address: why none works, and the one that an entry has."""

from abc import abstractmethod
from typing import Any

import voluptuous as vol

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_ADDRESS
from homeassistant.helpers.selector import BooleanSelector, TextSelector

from ..const import CONF_REPLACE_ADDRESS, CONF_USE_CLOUD, PANEL_URL
from ..hub import (
    CLOUDHOOK_DELETED,
    CLOUDHOOK_LOST,
    PLAIN_HTTP,
    address,
    async_find_address_trouble,
)
from ..models import BleemeoConfigEntry, is_reached
from .address_change import async_change_address

# what is typed over the address is ignored: a field can be copied from, a text hardly
ADDRESS_SCHEMA = vol.Schema({vol.Optional(CONF_ADDRESS): TextSelector()})
RECONFIGURE_SCHEMA = ADDRESS_SCHEMA.extend(
    {vol.Required(CONF_REPLACE_ADDRESS, default=False): BooleanSelector()}
)
CLOUD_SCHEMA = RECONFIGURE_SCHEMA.extend(
    {vol.Required(CONF_USE_CLOUD, default=False): BooleanSelector()}
)

_WITHOUT_CLOUDHOOK = ("new_cloudhook", "external_url", "keep")
# what a person can do about a trouble of an entry
_WAYS_ON = {
    CLOUDHOOK_DELETED.key: _WITHOUT_CLOUDHOOK,
    CLOUDHOOK_LOST.key: ("reconfigure", "external_url", "keep"),
    PLAIN_HTTP.key: ("reconfigure", "use_plain_http", "keep"),
}


class AddressSteps(ConfigFlow):
    """Shows the address of an entry, and what of a set-up is about one."""

    def __init__(self) -> None:
        """Start with what Home Assistant prefers."""
        self._is_external_url_wanted = False
        self._is_plain_http_accepted = False

    @abstractmethod
    async def async_step_address(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the address of an entry that is being set up."""

    @abstractmethod
    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the address of an entry, or change it."""

    async def async_step_external_url(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Do without Home Assistant Cloud."""
        self._is_external_url_wanted = True
        return await self._async_look_again()

    async def async_step_use_plain_http(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Do without encryption."""
        self._is_plain_http_accepted = True
        return await self._async_look_again()

    async def _async_look_again(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        if self.source == SOURCE_RECONFIGURE:
            return await self.async_step_reconfigure()
        return await self.async_step_address()

    # these are menus, which lead elsewhere
    async_step_cloud_away = _async_look_again
    async_step_cloudhook_deleted = _async_look_again
    async_step_cloudhook_lost = _async_look_again
    async_step_no_external_url = _async_look_again
    async_step_plain_http = _async_look_again
    async_step_private_address = _async_look_again

    async def async_step_new_cloudhook(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Claim a cloudhook in the place of one that was deleted."""
        try:
            await async_change_address(
                self.hass,
                self._get_reconfigure_entry(),
                is_cloudhook=True,
                is_replaced=False,
            )
        except address.CloudAway as error:
            return self._show_trouble(
                "cloud_away", *_WITHOUT_CLOUDHOOK, error=str(error)
            )
        return await self.async_step_new_address()

    async def async_step_keep(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Leave all as it is."""
        return self.async_abort(reason="reconfigure_successful")

    async def async_step_new_address(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the address that the entry has from now on."""
        entry = self._get_reconfigure_entry()
        if user_input is not None:
            return self.async_abort(reason="address_changed")
        return self._show_address(
            "new_address",
            address.current_url(self.hass, entry),
            entry=entry.title,
        )

    def _find_trouble(
        self, entry: BleemeoConfigEntry | None = None, *, is_cloudhook: bool
    ) -> str | None:
        """Return what keeps an address from working, by its key."""
        trouble = async_find_address_trouble(
            self.hass, entry, is_cloudhook=is_cloudhook
        )
        if trouble is None or (trouble is PLAIN_HTTP and self._is_plain_http_accepted):
            return None
        if trouble.is_disproved_by_alert and entry and is_reached(entry):
            return None
        return trouble.key

    def _show_trouble_of_entry(self, trouble: str) -> ConfigFlowResult:
        return self._show_trouble(
            trouble, *_WAYS_ON.get(trouble, ("reconfigure", "keep"))
        )

    def _show_trouble(
        self, trouble: str, *ways_on: str, **placeholders: str
    ) -> ConfigFlowResult:
        return self.async_show_menu(
            step_id=trouble,
            menu_options=list(ways_on),
            description_placeholders={
                "base_url": address.base_url(self.hass),
                **placeholders,
            },
        )

    def _show_address(
        self,
        step_id: str,
        url: str,
        schema: vol.Schema = ADDRESS_SCHEMA,
        errors: dict[str, str] | None = None,
        **placeholders: str,
    ) -> ConfigFlowResult:
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                schema, {CONF_ADDRESS: url}
            ),
            errors=errors,
            description_placeholders={"panel_url": PANEL_URL, **placeholders},
            last_step=step_id != "address",
        )
