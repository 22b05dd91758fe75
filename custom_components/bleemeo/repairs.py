"""The flows of repairs: most a user only confirms, some do something first."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import override

import voluptuous as vol

from homeassistant.components.repairs import (
    ConfirmRepairFlow,
    RepairsFlow,
    RepairsFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.selector import DateTimeSelector
from homeassistant.util import dt as dt_util

from .const import CONF_REFRESH_TOKEN, DOMAIN
from .core import Metric, as_markdown
from .hub import (
    ACCOUNT_MISMATCH,
    AGENT_REPLACED,
    BOUNDS_REACHED,
    BleemeoHub,
    async_entry_of,
)
from .journal import JournalError
from .models import BleemeoConfigEntry, async_end_access, async_stop_asking, is_loaded

MAX_LISTED = 10
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"


class AccountMismatchFlow(RepairsFlow):
    """Asks which account an entry is for, and takes over the one that it refused."""

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Offer what can be done: less if the account has another entry already."""
        if other := async_entry_of(self.hass, self._account_id):
            return self.async_show_form(
                step_id="other_entry",
                description_placeholders={**self._told, "other": other.title},
            )
        return self.async_show_menu(
            step_id="init",
            menu_options=["take_over", "keep"],
            description_placeholders=self._told,
        )

    async def async_step_take_over(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Say what goes, and take the account over once that is confirmed."""
        entry = _loaded_entry(self.hass, self._told["entry_id"])
        if entry is None:
            return self.async_abort(
                reason="entry_not_loaded", description_placeholders=self._told
            )
        if async_entry_of(self.hass, self._account_id):
            # it got one while the menu was open
            return await self.async_step_init()
        if user_input is None or "next_step_id" in user_input:
            going = entry.runtime_data.hub.account.metrics_not_of(self._account_id)
            return self.async_show_form(
                step_id="take_over",
                data_schema=vol.Schema({}),
                description_placeholders={**self._told, **_preview(going)},
            )
        await async_stop_asking(entry)
        # the store reports it
        with suppress(JournalError):
            await entry.runtime_data.hub.account.async_take_over(self._account_id)
        if CONF_REFRESH_TOKEN in entry.data:
            # it is to the former account
            await async_end_access(self.hass, entry)
        return self.async_create_entry(data={})

    async def async_step_keep(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Leave the entry to the account that it has."""
        return self.async_create_entry(data={})

    async def async_step_other_entry(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Take note that the address of the other entry is in its place."""
        return self.async_create_entry(data={})

    @property
    def _account_id(self) -> str:
        return self._told["account"]

    @property
    def _told(self) -> dict[str, str]:
        """What the user was told when the flow began; since then it may be reported anew."""
        return {key: str(value) for key, value in (self.data or {}).items()}


class ForgetAgentFlow(ConfirmRepairFlow):
    """Forgets an agent that another one has replaced."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Say what is removed, and remove it once that is confirmed."""
        data = self.data or {}
        if ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id) is None:
            # it was withdrawn while the form was open
            return self.async_abort(
                reason="agent_is_back",
                description_placeholders={"host": as_markdown(str(data["host"]))},
            )
        if user_input is None:
            return await super().async_step_confirm()
        entry = _loaded_entry(self.hass, str(data["entry_id"]))
        if entry is None:
            return self.async_abort(
                reason="entry_not_loaded",
                description_placeholders={"entry": str(data["entry"])},
            )
        hub, agent_id = entry.runtime_data.hub, str(data["agent_id"])
        agent = hub.board.agents.get(agent_id)
        # the store reports it
        with suppress(JournalError):
            await hub.async_forget(
                hub.board.metrics_of(agent_id), [agent] if agent else []
            )
        return self.async_create_entry(data={})


class BoundsFlow(RepairsFlow):
    """Makes room where an entry has as many agents or metrics as it may."""

    def __init__(self) -> None:
        """Start with nothing chosen."""
        self._chosen: list[Metric] = []
        self._chosen_from: BleemeoHub | None = None

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Say how many there are, and offer what can be done."""
        if (hub := self._hub()) is None:
            return self._not_loaded()
        return self.async_show_menu(
            step_id="init",
            menu_options=["silent", "since", "keep"],
            description_placeholders={
                "entry": hub.entry.title,
                "metrics": str(len(hub.board.metrics)),
                "max_metrics": str(hub.bounds.max_metrics),
                "agents": str(len(hub.board.agents)),
                "max_agents": str(hub.bounds.max_agents),
                "count": str(hub.statistics.beyond_bounds),
            },
        )

    async def async_step_silent(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Say what has been OK and silent longest, and forget it once that is confirmed."""
        if (hub := self._hub()) is None:
            return self._not_loaded()
        if user_input is not None and hub is self._chosen_from:
            return await self._forget(
                hub, [each for each in self._chosen if not each.is_open]
            )
        self._chosen, self._chosen_from = hub.bounds.longest_silent(), hub
        if not self._chosen:
            return self.async_abort(reason="nothing_silent")
        return self.async_show_form(
            step_id="silent",
            data_schema=vol.Schema({}),
            description_placeholders=_preview(self._chosen),
        )

    async def async_step_since(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask from when on everything that came is to be forgotten."""
        if (hub := self._hub()) is None:
            return self._not_loaded()
        errors = {}
        since = dt_util.parse_datetime(
            str((self.data or {})["since"]), raise_on_error=True
        )
        suggested = dt_util.as_local(since - timedelta(hours=1)).strftime(TIME_FORMAT)
        if user_input is not None:
            suggested = user_input["since"]
            time = dt_util.parse_datetime(suggested, raise_on_error=True)
            self._chosen = hub.bounds.heard_since(dt_util.as_utc(time))
            self._chosen_from = hub
            if self._chosen:
                return self._show_confirm_since(suggested)
            errors["base"] = "nothing_since"
        return self.async_show_form(
            step_id="since",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema({vol.Required("since"): DateTimeSelector()}),
                {"since": suggested},
            ),
            errors=errors,
        )

    async def async_step_confirm_since(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Forget what the preview says, unless that is of before a reload."""
        hub = self._hub()
        if hub is None or hub is not self._chosen_from:
            return await self.async_step_since()
        return await self._forget(hub, self._chosen)

    async def async_step_keep(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Leave everything as it is."""
        return self.async_create_entry(data={})

    def _show_confirm_since(self, since: str) -> RepairsFlowResult:
        return self.async_show_form(
            step_id="confirm_since",
            data_schema=vol.Schema({}),
            description_placeholders={"since": since, **_preview(self._chosen)},
        )

    async def _forget(
        self, hub: BleemeoHub, metrics: list[Metric]
    ) -> RepairsFlowResult:
        # the store reports it
        with suppress(JournalError):
            await hub.async_forget(metrics)
        return self.async_create_entry(data={})

    def _hub(self) -> BleemeoHub | None:
        entry = _loaded_entry(self.hass, str((self.data or {})["entry_id"]))
        return entry.runtime_data.hub if entry else None

    def _not_loaded(self) -> RepairsFlowResult:
        return self.async_abort(
            reason="entry_not_loaded",
            description_placeholders={"entry": str((self.data or {})["entry"])},
        )


def _preview(metrics: list[Metric]) -> dict[str, str]:
    """Return what a person wants to know before metrics are forgotten."""
    of_agent = Counter(as_markdown(metric.agent.name) for metric in metrics)
    agents = {metric.agent.id for metric in metrics}
    listed = [f"- {name} ({count})" for name, count in of_agent.most_common(MAX_LISTED)]
    if len(of_agent) > MAX_LISTED:
        listed.append("- …")
    last = max((metric.received_at for metric in metrics), default=dt_util.utcnow())
    return {
        "metrics": str(len(metrics)),
        "agents": str(len(agents)),
        "open": str(sum(metric.is_open for metric in metrics)),
        "last": dt_util.as_local(last).strftime(TIME_FORMAT),
        "names": "\n".join(listed),
    }


def _loaded_entry(hass: HomeAssistant, entry_id: str) -> BleemeoConfigEntry | None:
    """Return an entry if it is still there and loaded."""
    entry: BleemeoConfigEntry | None = hass.config_entries.async_get_entry(entry_id)
    return entry if entry and is_loaded(entry) else None


# others are confirmed to be read or done, and are reported if they recur
FLOWS: dict[str | None, type[RepairsFlow]] = {
    ACCOUNT_MISMATCH.key: AccountMismatchFlow,
    AGENT_REPLACED.key: ForgetAgentFlow,
    BOUNDS_REACHED.key: BoundsFlow,
}


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow of a repair."""
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    return FLOWS.get(issue.translation_key if issue else None, ConfirmRepairFlow)()
