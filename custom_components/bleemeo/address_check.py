"""Check the address on demand, and say in words what came of it."""

from dataclasses import asdict, dataclass
from typing import Any

from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.translation import async_get_translations

from .const import DOCUMENTATION_URL, DOMAIN
from .hub import Outcome, Proof, async_prove
from .models import BleemeoConfigEntry

_GUIDE_URL = f"{DOCUMENTATION_URL}/docs/troubleshooting.md#check-the-address"


@dataclass(frozen=True, slots=True)
class AddressCheck:
    """What a check found, and how Home Assistant says it in its language."""

    proof: Proof
    title: str
    message: str
    more: str

    @property
    def has_come_back(self) -> bool:
        """Whether the request came back, the way that Bleemeo's come."""
        return self.proof.outcome is Outcome.CAME_BACK

    def as_response(self) -> dict[str, Any]:
        """Return the check as an action returns it."""
        return {
            "came_back": self.has_come_back,
            "message": self.message,
            **asdict(self.proof),
        }

    def raise_unless_back(self) -> None:
        """Tell the caller that the request did not come back.

        Raises:
            HomeAssistantError: it did not, with the message.
        """
        if not self.has_come_back:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="address_not_proved",
                translation_placeholders={"message": self.message},
            )


async def async_check_address(
    hass: HomeAssistant, entry: BleemeoConfigEntry
) -> AddressCheck:
    """Have Home Assistant post to an entry's public address, and put it into words."""
    proof = await async_prove(hass, entry)
    texts = await async_get_translations(
        hass, hass.config.language, "selector", {DOMAIN}
    )

    def say(key: str) -> str:
        text = texts[f"component.{DOMAIN}.selector.address_check.options.{key}"]
        return text.format(entry=entry.title, url=_GUIDE_URL, **asdict(proof))

    message = say(proof.outcome)
    if proof.through:
        message += f" {say('through')}"
    return AddressCheck(proof, say("title"), message, say("more"))


async def async_check_and_tell(hass: HomeAssistant, entry: BleemeoConfigEntry) -> None:
    """Check the address, and tell people where they can read it at leisure.

    Raises:
        HomeAssistantError: the request did not come back.
    """
    check = await async_check_address(hass, entry)
    persistent_notification.async_create(
        hass,
        f"{check.message}\n\n{check.more}",
        check.title,
        f"{DOMAIN}_address_{entry.entry_id}",
    )
    check.raise_unless_back()
