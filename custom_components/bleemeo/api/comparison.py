"""A comparison: what is asked of Bleemeo, and what becomes of the answer.

What Bleemeo no longer has goes first, so that a server that was set up anew keeps the
names of its entities. Then statuses are corrected.
"""

import asyncio
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
import logging

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from ..const import CONF_ACCOUNT, CONF_TAG_LABELS
from ..core import Agent, Metric
from ..hub import BleemeoHub
from .catalogue import Catalogue, catalogue_store
from .client import AGENT_PATH, ApiClient, ApiObject
from .errors import ApiError, ListDoubtful, ServiceAway
from .labels import async_remove_labels, async_show_labels
from .listing import Listing
from .names import MetricNames, async_load_names
from .profile import async_read_details
from .reconcile import SecondLook, async_correct, async_show, find_doubles, find_missing

_LOGGER = logging.getLogger(__name__)

DESCRIBE_INTERVAL = timedelta(days=1)
MAX_QUESTIONS = 50
SAVE_SECONDS = 1


class Comparison:
    """Compares the board of an entry with Bleemeo, as often as it is asked to."""

    def __init__(self, hub: BleemeoHub) -> None:
        """Prepare for an entry that has access to the API."""
        self.catalogue = Catalogue()
        self.second_look = SecondLook()
        self.has_questions = False
        self.has_found_agents = False
        self.odd: list[str] = []
        self._hub = hub
        self._entry: ConfigEntry = hub.entry
        self._store = catalogue_store(hub.hass, hub.entry)
        self._usual_names: dict[str, str] = {}
        self._is_first = True
        self._has_agreed = False
        self._still_there: set[ApiObject] = set()

    async def async_restore(self) -> None:
        """Use the names that Bleemeo gave before the restart."""
        try:
            stored = await self._store.async_load()
        except HomeAssistantError as error:
            # alerts matter more, and the next comparison brings the names back
            _LOGGER.warning("The names that Bleemeo gave are begun anew: %r", error)
            stored = None
        self.catalogue = Catalogue.from_stored(stored)
        self._usual_names = await async_load_names(self._hub.hass)
        await self._async_show()

    @callback
    def async_follow(self) -> CALLBACK_TYPE:
        """Leave out from now on what a person wants to see no more."""
        return self._hub.on_forget(self._handle_forgotten)

    async def async_compare(self, client: ApiClient) -> int:
        """Make the board agree; return how many statuses were corrected.

        Raises:
            ApiError: there was no usable answer, or only a part of one.
            HubNotReady: the entry is being unloaded.
            JournalError: the corrections could not be kept.
        """
        await client.async_check_maintenance()
        hub, catalogue = self._hub, self.catalogue
        names = MetricNames(catalogue.names, self._usual_names)
        listing = await client.async_list(names.name)
        # each step takes some milliseconds for a large fleet, and others wait for a turn
        await asyncio.sleep(0)
        doubt: ApiError | None = None
        if self._is_doubtful(listing):
            doubt = ListDoubtful("its list is empty, or changed while it was read")
        self._report_odd(listing.odd)
        missing = {} if doubt else find_missing(hub, listing, catalogue)
        new = listing.agents.keys() - catalogue.agents.keys()
        self.has_found_agents = bool(new)
        if new:
            # until it is told what they are, whatever comes of this comparison
            catalogue.described_at = None
        try:
            await self._async_remove_gone(client, missing)
        except ApiError as error:
            # what is listed is right all the same
            doubt = error
        await asyncio.sleep(0)
        await self._async_forget(find_doubles(hub, listing))
        await asyncio.sleep(0)
        catalogue.update(listing, hub.board)
        # OK would be wrong of what is open already when it is first seen
        catalogue.doubt(listing.with_open(catalogue.doubted | new))
        await asyncio.sleep(0)
        await self._async_show()
        await asyncio.sleep(0)
        account_id: str = self._entry.data[CONF_ACCOUNT]
        corrected = await async_correct(
            hub,
            listing,
            account_id,
            forgotten=catalogue.forgotten,
            second_look=self.second_look,
            while_offline=self._is_first and hub.heartbeat.was_offline,
            is_owed=self._has_agreed,
        )
        self._is_first = False
        catalogue.corrected += corrected
        if settled := catalogue.doubted - self.second_look.agents:
            catalogue.doubt(catalogue.doubted - settled)
            await self._async_show()
        if doubt is None:
            self._has_agreed = True
            if catalogue.agreed_at or not catalogue.doubted:
                catalogue.agreed_at = dt_util.utcnow()
        hub.watchdog.async_hear()
        hub.announcer.tell(hub.uid)
        await self.async_save()
        if doubt is not None:
            raise doubt
        await self._async_describe(client, listing)
        return corrected

    async def async_pause(self, until: datetime) -> None:
        """Keep until when Bleemeo wants not to be asked, also across a restart."""
        self.catalogue.not_before = until
        await self.async_save()

    async def async_save(self) -> None:
        """Store the catalogue as it is."""
        await self._store.async_save(self.catalogue.as_stored(self._hub.board))

    async def _async_show(self) -> None:
        """Show what the catalogue has, and its tags as labels if they are wanted."""
        hub, catalogue = self._hub, self.catalogue
        await async_show(hub, catalogue)
        if self._entry.options.get(CONF_TAG_LABELS):
            tags = {uid: each.tags for uid, each in catalogue.shown_agents.items()}
            async_show_labels(hub.hass, self._entry, catalogue.labels, tags)
        else:
            async_remove_labels(hub.hass, self._entry, catalogue.labels)

    def _is_doubtful(self, listing: Listing) -> bool:
        """Return whether a listing may lack something that Bleemeo has."""
        known = self.catalogue
        return (
            not listing.is_complete
            or (not listing.agents and bool(known.agents))
            or (not listing.metrics and bool(known.metrics))
        )

    def _report_odd(self, odd: list[str]) -> None:
        if odd and not self.odd:
            _LOGGER.warning(
                "%s rows of Bleemeo's answers for %s are left out: %s",
                len(odd),
                self._entry.title,
                odd[0],
            )
        self.odd = odd

    async def _async_describe(self, client: ApiClient, listing: Listing) -> None:
        """Ask for what agents are and run, once a day and where one is new."""
        now, described_at = dt_util.utcnow(), self.catalogue.described_at
        # the clock may have been set back
        if described_at and timedelta() <= now - described_at < DESCRIBE_INTERVAL:
            return
        try:
            details = await async_read_details(client)
        except ServiceAway as error:
            if error.wait is not None:
                raise
            # statuses agree without it
            _LOGGER.debug("Bleemeo did not tell what its agents are: %s", error)
            return
        self.catalogue.describe(listing, details)
        await self._async_show()
        await self.async_save()

    async def _async_remove_gone(
        self, client: ApiClient, missing: dict[ApiObject, list[Metric]]
    ) -> None:
        """Forget what Bleemeo once had and, asked for it by id, says is gone.

        Keep what is only inactive: it may be just what the user should see.
        """
        unasked = [each for each in missing if each not in self._still_there]
        self.has_questions = len(unasked) > MAX_QUESTIONS
        if not unasked:
            # all were asked; start over next time
            self._still_there.clear()
            return
        asked = unasked[:MAX_QUESTIONS]
        gone = await client.async_find_gone(asked)
        self._still_there.update(set(asked) - gone)
        metrics = [metric for each in gone for metric in missing[each]]
        known = self._hub.board.agents
        agents = [
            known[uid] for path, uid in gone if path == AGENT_PATH and uid in known
        ]
        if gone:
            _LOGGER.info(
                "Bleemeo no longer has %s agents and %s metrics; they go",
                len(agents),
                len(metrics),
            )
        await self._async_forget(metrics, agents)

    async def _async_forget(
        self, metrics: Iterable[Metric], agents: Collection[Agent] = ()
    ) -> None:
        """Remove what is still there; an answer may bring it back."""
        # the user may have forgotten it meanwhile
        there = [metric for metric in metrics if self._hub.board.has(metric)]
        if there or agents:
            await self._hub.async_forget(there, agents)
            self.catalogue.forgotten -= _ids(there, agents)

    @callback
    def _handle_forgotten(self, metrics: list[Metric], agents: list[Agent]) -> None:
        shown = self._hub.board.agents
        self.catalogue.forgotten |= _ids(metrics, agents) - shown.keys()
        self._store.async_delay_save(
            lambda: self.catalogue.as_stored(self._hub.board), SAVE_SECONDS
        )


def _ids(metrics: Iterable[Metric], agents: Iterable[Agent]) -> set[str]:
    """Return the ids of metrics, of their agents, and of agents."""
    ids = {uid for each in metrics for uid in (each.alert.metric_id, each.agent.id)}
    return {uid for uid in ids if uid is not None} | {agent.id for agent in agents}
