"""Contract: a journal of any schema there has been is read, with all that it holds.

`journals/` has one for each migration, by its number: as `sqlite3 FILE .dump` writes it,
with the `PRAGMA user_version` that this leaves out; and beside it what is shown of it. All
schemas are those of the development until the first release. From then on no dump of a
released schema changes, nor does its migration.
"""

from contextlib import closing
from datetime import UTC, datetime
import json
from pathlib import Path
import sqlite3
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.bleemeo.journal import IncidentQuery, Journal
from homeassistant.core import HomeAssistant
from tests import a_day, setup_integration, states
from tests.source import INTEGRATION

DUMPS = sorted((Path(__file__).parent / "journals").glob("*.sql"))
MIGRATIONS = sorted((INTEGRATION / "journal" / "migrations").glob("*.sql"))
SCHEMA = "SELECT type, name, sql FROM sqlite_schema ORDER BY name"
VERSION = "PRAGMA user_version"


def run(path: Path | str, *scripts: Path) -> dict[str, list[Any]]:
    """Run SQL scripts on a file; return its schema and version."""
    with closing(sqlite3.connect(path, autocommit=True)) as connection:
        for script in scripts:
            connection.executescript(script.read_text("utf-8"))
        return {
            query: connection.execute(query).fetchall() for query in (SCHEMA, VERSION)
        }


def acknowledged(
    hass: HomeAssistant, entry: MockConfigEntry
) -> dict[str, tuple[str | None, datetime | None]]:
    """Return what is shown as acknowledged, each with its comment and its end."""
    shown = {
        (state.attributes["agent_id"], state.attributes["metric_id"]): state.entity_id
        for state in hass.states.async_all("sensor")
        if state.attributes.get("acknowledged")
    }
    known = {
        key: metric.acknowledgement
        for key, metric in entry.runtime_data.hub.board.metrics.items()
        if metric.acknowledgement
    }
    assert shown.keys() == known.keys()
    return {shown[key]: (known[key].comment, known[key].until) for key in shown}


def test_each_migration_has_a_dump_of_its_schema() -> None:
    """A migration that is new needs one, and one that is changed no longer fits."""
    numbers = [int(path.stem) for path in DUMPS]
    assert numbers == [int(path.stem.partition("_")[0]) for path in MIGRATIONS]
    assert numbers == list(range(1, len(numbers) + 1))
    for number, dump in enumerate(DUMPS, 1):
        dumped, migrated = run(":memory:", dump), run(":memory:", *MIGRATIONS[:number])
        assert dumped[SCHEMA] == migrated[SCHEMA], dump.name
        assert dumped[VERSION] == [(number,)], dump.name


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.stem)
async def test_a_journal_is_read_and_migrated(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    dump: Path,
) -> None:
    """Statuses, counters, acknowledgements and deliveries are what they were.

    What nobody was told of is told now, and nothing else.
    """
    ended = async_capture_events(hass, "bleemeo_flapping_ended")
    expected = json.loads(dump.with_suffix(".json").read_text("utf-8"))
    path = Path(hass.config.path(".storage", "bleemeo.01JBLEEMEO0000000000000000.db"))
    path.parent.mkdir()
    run(path, dump)
    # the day after
    freezer.move_to("2026-11-22T12:00:00Z")
    events = async_capture_events(hass, "bleemeo_alert")
    await setup_integration(hass, entry)

    assert entry.unique_id == "8f63c7da-700c-4fa6-a4d5-c15db2652d15"
    shown = states(hass)
    assert {key: shown.get(key) for key in expected["states"]} == expected["states"]
    assert acknowledged(hass, entry) == {
        entity_id: (comment, until and datetime.fromisoformat(until))
        for entity_id, (comment, until) in expected["acknowledged"].items()
    }
    told = [
        [event.data[key] for key in ("change", "status", "entity_id")]
        for event in events
    ]
    assert told == expected.get("told", [])
    alive_at = entry.runtime_data.hub.heartbeat.last_alive_at
    assert (alive_at and alive_at.isoformat()) == expected.get("alive_at")
    response: Any = await hass.services.async_call(
        "bleemeo",
        "get_deliveries",
        {"config_entry_id": entry.entry_id},
        blocking=True,
        return_response=True,
    )
    columns = ("received_at", "source", "verdict", "reason", "host", "title")
    deliveries = response["deliveries"]
    assert [[row[column] for column in columns] for row in deliveries] == (
        expected["deliveries"]
    )
    assert [row["left_out"] for row in deliveries if row["left_out"]] == (
        expected.get("left_out", [])
    )
    assert deliveries[-1]["body"] == a_day()[0]
    assert '{"title": "server\N{REPLACEMENT CHARACTER}' in [
        row["body"] for row in deliveries
    ]

    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    calm = [event.data["entity_id"] for event in ended]
    assert calm == expected.get("flapping_ended", [])

    # an acknowledgement ends when it was to end
    freezer.move_to("2026-11-25T09:06:04Z")
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert acknowledged(hass, entry) == {
        "sensor.web01_example_com_disk_used_home": ("On it", None)
    }

    assert await hass.config_entries.async_unload(entry.entry_id)
    assert run(path) == run(":memory:", DUMPS[-1])


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.stem)
async def test_what_became_of_alerts_is_read(tmp_path: Path, dump: Path) -> None:
    """Incidents, what kept them quiet, who has seen them, and silences; else nothing."""
    expected = json.loads(dump.with_suffix(".json").read_text("utf-8"))
    run(tmp_path / "journal.db", dump)
    contents = await (journal := Journal(tmp_path / "journal.db")).open()
    since, until = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    incidents = await journal.incidents(IncidentQuery(since=since, until=until))
    await journal.close()
    assert [
        [
            each.host,
            each.name,
            shown(each.began_at),
            shown(each.ended_at),
            each.worst.word,
            [[shown(at), status.word] for at, status in each.steps],
            [[seen.by, seen.end] for seen in each.acknowledgements],
        ]
        for each in incidents
    ] == expected.get("incidents", [])
    titles = {alert.key: alert.title for alert, _ in contents.alerts}
    assert sorted(
        [
            titles[key],
            len(course.timeline.steps),
            [
                [quiet.reason, shown(quiet.since), shown(quiet.until)]
                for quiet in course.quiets
            ],
            [seen.end for seen in course.past_acknowledgements],
        ]
        for key, course in contents.courses.items()
    ) == expected.get("courses", [])
    assert [
        [
            key,
            shown(silence.begins_at),
            shown(silence.ends_at),
            sorted(silence.subjects),
            sorted(silence.areas),
            sorted(silence.labels),
            silence.comment,
            silence.user_id,
            silence.by,
        ]
        for key, silence in contents.silences.items()
    ] == expected.get("silences", [])


def shown(time: datetime | None) -> str | None:
    """Return a time as it is written in the expectations."""
    return None if time is None else time.isoformat()
