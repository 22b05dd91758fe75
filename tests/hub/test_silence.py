"""Tests of silences: who is kept quiet, from when to when, and what is told of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.bleemeo.const import DOMAIN, EVENT_SILENCE
from custom_components.bleemeo.core import Metric, Quiet, Reason, Silence
from custom_components.bleemeo.hub import TooManySilences
from custom_components.bleemeo.journal import MetricRecord, Record
from custom_components.bleemeo.journal.file import JournalFile
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
from tests import (
    capture_news,
    payload,
    receive_alert,
    settle_journal,
    setup_integration,
)

CPU = "sensor.web01_example_com_cpu"
AGENT = payload()["agent"]
HOUR = timedelta(hours=1)


def now() -> datetime:
    """Return the time on the wall."""
    return datetime.now(UTC)


def the_metric(entry: MockConfigEntry) -> Metric:
    """Return the only metric."""
    [metric] = entry.runtime_data.hub.board.metrics.values()
    assert isinstance(metric, Metric)
    return metric


async def silence(entry: MockConfigEntry, **fields: Any) -> Silence:
    """Silence the agent from now on, for an hour unless told otherwise."""
    given: dict[str, Any] = {
        "id": "a",
        "begins_at": now(),
        "ends_at": now() + HOUR,
        "subjects": frozenset({AGENT}),
    }
    made = Silence(**given | fields)
    await entry.runtime_data.hub.silencer.async_add([made])
    return made


async def pass_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, time: timedelta
) -> None:
    """Let time pass, in steps that no timer can miss."""
    for _ in range(2):
        freezer.tick(time / 2)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)


async def test_what_is_raised_during_a_silence_is_quiet_until_its_end(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """At its end, triggers learn that it needs attention."""
    await setup_integration(hass, entry)
    await silence(entry)
    at = now().isoformat()
    await receive_alert(entry, payload(status_changed_at=at))
    await hass.async_block_till_done()
    metric = the_metric(entry)
    assert metric.quiet_reasons == {Reason.SILENCED}
    assert entry.runtime_data.hub.board.account.needs_attention == 0
    news = capture_news(hass)
    ends_at = now() + HOUR
    await pass_time(hass, freezer, HOUR)
    assert metric.needs_attention
    assert metric.quiets[-1].until == ends_at
    assert entry.runtime_data.hub.board.account.needs_attention == 1
    assert [each.metric for each in news] == [metric]
    assert entry.runtime_data.hub.board.silences == {}


@pytest.mark.parametrize("subject", [AGENT, "metric", "account"])
async def test_metric_server_and_account_can_be_silenced(
    hass: HomeAssistant, entry: MockConfigEntry, subject: str
) -> None:
    """What is open already is quiet at once."""
    await setup_integration(hass, entry)
    await receive_alert(entry, payload())
    metric = the_metric(entry)
    uid = {"metric": metric.uid, "account": entry.entry_id}.get(subject, subject)
    await silence(entry, subjects=frozenset({uid}))
    assert metric.quiet_reasons == {Reason.SILENCED}


async def test_a_metric_of_its_own_area_is_not_silenced_with_its_servers(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The entity's area stands above the device's; labels of both count."""
    await setup_integration(hass, entry)
    await receive_alert(entry, payload())
    hub, metric = entry.runtime_data.hub, the_metric(entry)
    cellar = ar.async_get(hass).async_create("Cellar").id
    attic = ar.async_get(hass).async_create("Attic").id
    label = lr.async_get(hass).async_create("Lab").label_id
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, AGENT), entry.entry_id
    )
    assert device is not None
    dr.async_get(hass).async_update_device(device.id, area_id=cellar, labels={label})

    async def is_silenced(**where: frozenset[str]) -> bool:
        made = await silence(entry, subjects=frozenset(), **where)
        found = Reason.SILENCED in metric.quiet_reasons
        await hub.silencer.async_remove([made])
        assert metric.needs_attention
        return found

    assert await is_silenced(areas=frozenset({cellar}))
    assert await is_silenced(labels=frozenset({label}))
    er.async_get(hass).async_update_entity(CPU, area_id=attic)
    assert not await is_silenced(areas=frozenset({cellar}))
    assert await is_silenced(areas=frozenset({attic}))


async def test_a_silence_can_begin_later(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Its beginning and its end are told, each once."""
    await setup_integration(hass, entry)
    await receive_alert(entry, payload())
    metric = the_metric(entry)
    told = async_capture_events(hass, EVENT_SILENCE)
    await silence(entry, begins_at=now() + HOUR, ends_at=now() + 2 * HOUR, by="Ann")
    assert metric.needs_attention
    assert not told
    await pass_time(hass, freezer, HOUR)
    assert metric.quiet_reasons == {Reason.SILENCED}
    await pass_time(hass, freezer, HOUR)
    assert metric.needs_attention
    assert [(each.data["change"], each.data["by"]) for each in told] == [
        ("began", "Ann"),
        ("ended", "Ann"),
    ]
    assert told[-1].data["by_hand"] is False


async def test_silences_outlive_a_reload_and_end_while_not_loaded(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """One that is over by then ends at its time, not when that is noticed."""
    await setup_integration(hass, entry)
    await receive_alert(entry, payload())
    ends_at = now() + HOUR
    await silence(entry, comment="Upgrade", labels=frozenset({"lab"}))
    await hass.config_entries.async_reload(entry.entry_id)
    metric = the_metric(entry)
    [kept] = entry.runtime_data.hub.board.silences.values()
    assert (kept.comment, kept.ends_at) == ("Upgrade", ends_at)
    assert (kept.subjects, kept.labels) == ({AGENT}, {"lab"})
    assert metric.quiet_reasons == {Reason.SILENCED}
    told = async_capture_events(hass, EVENT_SILENCE)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await pass_time(hass, freezer, 2 * HOUR)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await pass_time(hass, freezer, timedelta(seconds=2))
    metric = the_metric(entry)
    assert metric.needs_attention
    assert metric.quiets[-1].until == ends_at
    assert [each.data["change"] for each in told] == ["ended"]
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.runtime_data.hub.board.silences == {}


async def test_when_a_silence_was_in_force_while_not_loaded_outlives_restarts(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """What is to be told, and what was, follows from when it was quiet."""
    await setup_integration(hass, entry)
    await receive_alert(entry, payload())
    begins_at, ends_at = now() + HOUR, now() + 3 * HOUR
    await silence(entry, begins_at=begins_at, ends_at=ends_at)
    quiet = Quiet(Reason.SILENCED, begins_at)
    for expected in (quiet, replace(quiet, until=ends_at)):
        assert await hass.config_entries.async_unload(entry.entry_id)
        await pass_time(hass, freezer, 2 * HOUR)
        assert await hass.config_entries.async_setup(entry.entry_id)
        assert the_metric(entry).quiets == (expected,)
        await hass.config_entries.async_reload(entry.entry_id)
        assert the_metric(entry).quiets == (expected,)


OTHER = str(UUID(int=1))


def silenced(entry: MockConfigEntry) -> dict[str | None, list[Quiet]]:
    """Return when each metric was silenced, by its id."""
    return {
        metric.alert.metric_id: [
            each for each in metric.quiets if each.reason is Reason.SILENCED
        ]
        for metric in entry.runtime_data.hub.board.metrics.values()
    }


async def test_what_begins_and_ends_during_a_suspend_does_so_at_its_own_time(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Each metric is quiet as long as one of its own silences is, and told of once."""
    await setup_integration(hass, entry)
    await receive_alert(entry, payload())
    await receive_alert(entry, payload(metric=OTHER))
    start = now()
    uid, other = f"{AGENT}_{payload()['metric']}", f"{AGENT}_{OTHER}"
    for name, subject, begins, ends in (
        ("a", AGENT, 0, 1),
        ("b", uid, 0, 2),
        ("c", other, 3, 4),
        ("d", uid, 5, 9),
    ):
        times = {"begins_at": start + begins * HOUR, "ends_at": start + ends * HOUR}
        await silence(entry, id=name, subjects=frozenset({subject}), **times)
    told, news = async_capture_events(hass, EVENT_SILENCE), capture_news(hass)
    freezer.tick(6 * HOUR)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    for _ in range(2):
        assert silenced(entry) == {
            payload()["metric"]: [
                Quiet(Reason.SILENCED, start, start + 2 * HOUR),
                Quiet(Reason.SILENCED, start + 5 * HOUR),
            ],
            OTHER: [
                Quiet(Reason.SILENCED, start, start + HOUR),
                Quiet(Reason.SILENCED, start + 3 * HOUR, start + 4 * HOUR),
            ],
        }
        await hass.config_entries.async_reload(entry.entry_id)
    assert [(each.data["change"], each.data["silence_id"]) for each in told] == [
        ("began", "c"),
        ("began", "d"),
        ("ended", "a"),
        ("ended", "b"),
        ("ended", "c"),
    ]
    assert sorted(each.metric.uid for each in news) == sorted([uid, other])


async def test_an_alert_that_comes_before_the_end_of_a_silence_is_noticed_is_not_its_end(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """After a suspend, a timer can be a minute late."""
    await setup_integration(hass, entry)
    await receive_alert(entry, payload())
    start = now()
    await silence(entry)
    freezer.tick(6 * HOUR)
    at = (now() - HOUR).isoformat()
    await receive_alert(entry, payload(status=2, id=None, status_changed_at=at))
    assert the_metric(entry).needs_attention
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert the_metric(entry).quiets == (Quiet(Reason.SILENCED, start, start + HOUR),)


@pytest.mark.parametrize(
    ("changed", "since"), [(1, 2), (3, 2), (4, 2)], ids=["before", "during", "now"]
)
async def test_an_alert_that_comes_before_a_beginning_is_noticed_is_not_that_beginning(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    changed: int,
    since: int,
) -> None:
    """It had been open, and was quiet from the silence on, or from an earlier change."""
    await setup_integration(hass, entry)
    start = now()
    await receive_alert(entry, payload(status_changed_at=start.isoformat()))
    await silence(entry, begins_at=start + 2 * HOUR, ends_at=None)
    freezer.tick(4 * HOUR)
    at = (start + changed * HOUR).isoformat()
    await receive_alert(entry, payload(status=2, id=None, status_changed_at=at))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    quiet = Quiet(Reason.SILENCED, start + min(changed, since) * HOUR)
    assert the_metric(entry).quiets == (quiet,)


async def test_a_silence_that_has_begun_stays_in_force_though_the_clock_is_set_back(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A person has asked for quiet from now on, whatever time it was."""
    await setup_integration(hass, entry)
    await receive_alert(entry, payload())
    await silence(entry, ends_at=now() + 9 * HOUR)
    freezer.move_to(now() - 2 * HOUR)
    await receive_alert(entry, payload(status=2, status_changed_at=now().isoformat()))
    assert the_metric(entry).quiet_reasons == {Reason.SILENCED}
    await hass.config_entries.async_reload(entry.entry_id)
    assert the_metric(entry).quiet_reasons == {Reason.SILENCED}


async def test_a_beginning_that_was_not_noticed_before_a_reload_is_told_after_it(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """The entry was alive by then, but its timer was late."""
    await setup_integration(hass, entry)
    await receive_alert(entry, payload())
    begins_at = now() + HOUR
    await silence(entry, begins_at=begins_at, ends_at=None)
    told = async_capture_events(hass, EVENT_SILENCE)
    freezer.tick(2 * HOUR)
    for _ in range(2):
        await hass.config_entries.async_reload(entry.entry_id)
        await pass_time(hass, freezer, timedelta(seconds=2))
        assert [each.data["change"] for each in told] == ["began"]
        assert the_metric(entry).quiets == (Quiet(Reason.SILENCED, begins_at),)


async def test_what_silences_did_to_a_metric_while_not_loaded_is_written_once(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """However often they began and ended."""
    await setup_integration(hass, entry)
    await receive_alert(entry, payload())
    for number in range(3):
        begins_at = now() + (2 * number + 1) * HOUR
        times = {"begins_at": begins_at, "ends_at": begins_at + HOUR}
        await silence(entry, id=str(number), **times)
    assert await hass.config_entries.async_unload(entry.entry_id)
    freezer.tick(9 * HOUR)
    hass.set_state(CoreState.starting)
    written: list[Record] = []
    write = JournalFile.write

    def note(file: JournalFile, records: list[Record]) -> None:
        written.extend(records)
        write(file, records)

    with patch.object(JournalFile, "write", note):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await settle_journal(entry)
    assert len(the_metric(entry).quiets) == 3
    assert [type(each) for each in written].count(MetricRecord) == 1


async def test_nothing_of_a_silence_is_told_before_home_assistant_has_started(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """No automation listens yet."""
    await setup_integration(hass, entry)
    await silence(entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    freezer.tick(2 * HOUR)
    hass.set_state(CoreState.starting)
    told = async_capture_events(hass, EVENT_SILENCE)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await pass_time(hass, freezer, timedelta(minutes=2))
    assert not told
    await hass.async_start()
    await pass_time(hass, freezer, timedelta(seconds=2))
    assert [each.data["change"] for each in told] == ["ended"]


async def test_there_are_only_so_many_silences(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more is an error, and one that is replaced is none more."""
    await setup_integration(hass, entry)
    monkeypatch.setattr("custom_components.bleemeo.hub.silence.MAX_SILENCES", 2)
    await silence(entry, id="a")
    await silence(entry, id="b")
    with pytest.raises(TooManySilences):
        await silence(entry, id="c")
    await silence(entry, id="b", comment="Again")
    silences = entry.runtime_data.hub.board.silences
    assert {key: each.comment for key, each in silences.items()} == {
        "a": None,
        "b": "Again",
    }
