"""Silences: metrics, servers, areas, labels or the account are kept quiet for a time."""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from uuid import uuid4

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant, callback

from ..const import EVENT_SILENCE
from ..core import Board, Metric, Silence
from ..journal import MAX_INCIDENT_AGE, JournalError, Record, Unsilenced
from .due import StartedTimer
from .silence_data import silence_data, silenced_data
from .store import AlertStore, metric_record

MAX_SILENCES = 1000
# those that are over, beside them
MAX_PAST = 1000

BEGAN = "began"
ENDED = "ended"

_NONE: Mapping[str, Silence] = MappingProxyType({})


class TooManySilences(Exception):
    """There are as many silences as there can be."""


class Silencer:
    """Keeps subjects of an entry quiet from a time to a time, whatever happens to them."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        board: Board,
        store: AlertStore,
        tell: Callable[[Iterable[Metric], Context], None],
        now: Callable[[], datetime],
    ) -> None:
        """Start with nobody silenced.

        `tell` lets all who follow metrics know that what keeps them quiet is another.
        """
        self._hass = hass
        self._entry = entry
        self._board = board
        self._store = store
        self._tell = tell
        self._now = now
        self._timer = StartedTimer(hass, self._async_step)
        # those that are over, the first to end first: when it was quiet is history too
        self.past: list[Silence] = []

    def restore(self, silences: Collection[Silence]) -> None:
        """Restore what the journal kept; once started, tell what began or ended since."""
        now = self._now()
        self.past = sorted(
            (each for each in silences if each.is_past),
            key=lambda each: each.ends_at or now,
        )
        if dropped := self._bound_past(now):
            self._store.async_keep_later(*dropped)
        for silence in silences:
            if not silence.is_past:
                self._board.silences[silence.id] = silence
        if changed := self._refresh(now):
            self._store.async_keep_later(*map(metric_record, changed))

    @callback
    def async_start(self) -> None:
        """Once Home Assistant has started, wait for what begins and ends."""
        self._set_timer()
        self._timer.async_start()

    async def async_add(
        self,
        silences: Collection[Silence],
        context: Context | None = None,
        others: Collection[Silence] = (),
    ) -> None:
        """Silence from the beginnings on, in the place of those with the same ids.

        They take the place of `others` too.

        Raises:
            TooManySilences: there would be more than `MAX_SILENCES`, and none is added.
            JournalError: they are in force, but could not be kept.
        """
        added, present = {each.id: each for each in silences}, self._board.silences
        gone = {each.id for each in others} - added.keys()
        if len((present.keys() | added) - gone) > MAX_SILENCES:
            raise TooManySilences
        now = self._now()
        replaced = [
            _ended(each, now)
            for uid, each in present.items()
            if uid in gone | added.keys()
        ]
        past = self._keep_past(replaced, now) if replaced else []
        for uid in gone:
            present.pop(uid, None)
        present.update(added)
        records = *map(Unsilenced, gone), *past
        await self._async_go_on(now, context, added=added, records=records)

    async def async_remove(
        self, silences: Collection[Silence], context: Context | None = None
    ) -> None:
        """End silences by hand.

        Raises:
            JournalError: they are over, but could not be removed from the journal.
        """
        now, present = self._now(), self._board.silences
        ids = {each.id for each in silences}
        by_hand = {uid: each for uid, each in present.items() if uid in ids}
        present.update((uid, _ended(each, now)) for uid, each in by_hand.items())
        await self._async_go_on(now, context, by_hand=by_hand)

    def close(self) -> None:
        """Stop waiting; what begins or ends meanwhile is told after the next start."""
        self._timer.close()

    def _set_timer(self) -> None:
        """Wait for what begins or ends first."""
        due = [
            each.ends_at if each.has_begun else each.begins_at
            for each in self._board.silences.values()
        ]
        self._timer.set(min(filter(None, due), default=None))

    async def _async_step(self, now: datetime) -> None:
        """Begin and end what is due."""
        # at once, so that nothing ends twice, or never; the store reports what fails
        with suppress(JournalError):
            await self._async_go_on(now)

    async def _async_go_on(
        self,
        now: datetime,
        context: Context | None = None,
        *,
        added: Mapping[str, Silence] = _NONE,
        by_hand: Mapping[str, Silence] = _NONE,
        records: Iterable[Record] = (),
    ) -> None:
        """Let silences begin and end until now, tell it, and keep it behind the records.

        Some were just `added`, others were ended `by_hand`, which are given as they were.
        """
        silences, context = self._board.silences, context or Context()
        changed = self._refresh(now)
        begun = {
            each.id: replace(each, has_begun=True)
            for each in silences.values()
            if not each.has_begun and each.begins_at <= now
        }
        silences.update(begun)
        over = [each for each in silences.values() if each.is_over(now)]
        self._tell(changed, context)
        for silence in begun.values():
            self._fire(silence, BEGAN, context)
        for silence in over:
            del silences[silence.id]
            told, is_by_hand = by_hand.get(silence.id, silence), silence.id in by_hand
            self._fire(told, ENDED, context, is_by_hand=is_by_hand)
        self._set_timer()
        written = begun.keys() | added.keys()
        await self._store.async_keep(
            *records,
            *(each for each in silences.values() if each.id in written),
            *(Unsilenced(silence.id) for silence in over),
            *self._keep_past(over, now),
            *map(metric_record, changed),
        )

    def _keep_past(
        self, ended: Iterable[Silence], now: datetime
    ) -> list[Silence | Unsilenced]:
        """Remember silences that were in force, as what they were; return what to write.

        Each gets an id of its own, for the next of a switch has the same.
        """
        past = [
            replace(silence, id=uuid4().hex, is_past=True)
            for silence in ended
            if silence.ends_at is not None and silence.begins_at < silence.ends_at
        ]
        self.past += past
        return [*past, *self._bound_past(now)]

    def _bound_past(self, now: datetime) -> list[Unsilenced]:
        """Forget what is as old as no incident, or too much; return what to write."""
        oldest = now - MAX_INCIDENT_AGE
        kept = [
            each
            for each in self.past[-MAX_PAST:]
            if each.ends_at and each.ends_at >= oldest
        ]
        ids = {each.id for each in kept}
        dropped = [Unsilenced(each.id) for each in self.past if each.id not in ids]
        self.past = kept
        return dropped

    def _refresh(self, now: datetime) -> list[Metric]:
        """Let metrics be quiet as silences begin and end until now, each at its time.

        Return those of which that changed.
        """
        silences = self._board.silences.values()
        due = {each.begins_at for each in silences if not each.has_begun}
        due |= {each.ends_at for each in silences if each.ends_at is not None}
        opened = [each for each in self._board.metrics.values() if each.is_open]
        changed = {
            metric.uid: metric
            for at in sorted(at for at in due if at <= now)
            for metric in opened
            if self._board.silence(metric, at)
        }
        return list(changed.values())

    def _fire(
        self,
        silence: Silence,
        change: str,
        context: Context,
        *,
        is_by_hand: bool | None = None,
    ) -> None:
        data = {
            "entry_id": self._entry.entry_id,
            "change": change,
            **silence_data(silence),
            **silenced_data(self._hass, self._entry, self._board, silence),
            "by_hand": is_by_hand,
        }
        self._hass.bus.async_fire(EVENT_SILENCE, data, context=context)


def _ended(silence: Silence, now: datetime) -> Silence:
    """Return a silence as one that ends now, unless it is over already."""
    return replace(silence, ends_at=min(now, silence.ends_at or now))
