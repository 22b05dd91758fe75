"""The form that asks for access to Bleemeo's API, at set-up and in the options."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import voluptuous as vol

from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
)

from ..api import (
    ACCESS_SCHEMA as FLAT_SCHEMA,
    LOGIN_SCHEMA,
    FormError,
    Login,
    async_check_login,
    check_url,
)
from ..const import CONF_ACCOUNT

SECTION_DEVELOPERS = "developers"

_DEVELOPERS_SCHEMA = vol.Schema(
    {
        field: selector
        for field, selector in FLAT_SCHEMA.schema.items()
        if field not in LOGIN_SCHEMA.schema
    }
)
ACCESS_SCHEMA = LOGIN_SCHEMA.extend(
    {vol.Optional(SECTION_DEVELOPERS): section(_DEVELOPERS_SCHEMA, {"collapsed": True})}
)


async def read_access(
    hass: HomeAssistant, filled_in: Mapping[str, Any], only: str | None
) -> Login:
    """Log in with the form's input, at the address that it has.

    With `only`, no other account is accepted.

    Raises:
        FormError: with what the form must show.
    """
    developers = _DEVELOPERS_SCHEMA(filled_in.get(SECTION_DEVELOPERS, {}))
    try:
        url = check_url(developers[CONF_URL])
    except FormError as error:
        # a field in a section that is closed cannot show it
        raise FormError(error.errors[CONF_URL]) from error
    return await async_check_login(hass, filled_in, url, only)


def account_schema(accounts: Mapping[str, str]) -> vol.Schema:
    """Return the form that asks which of several accounts, by their names.

    Those of one name are told apart by their ids.
    """
    named = Counter(accounts.values())
    options = [
        SelectOptionDict(
            value=uid, label=name if named[name] == 1 else f"{name} ({uid[:8]})"
        )
        for uid, name in accounts.items()
    ]
    return vol.Schema(
        {
            vol.Required(CONF_ACCOUNT): SelectSelector(
                SelectSelectorConfig(options=options)
            )
        }
    )
