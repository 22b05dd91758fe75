"""Tests of the incidents of a window: what the journal has, and what the board knows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bleemeo.journal import Journal
from custom_components.bleemeo.overview.window import IncidentWindow
from homeassistant.core import HomeAssistant
from tests import payload, receive_alert, setup_integration

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def test_an_incident_that_ends_while_the_journal_is_read_is_over(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal's answer is from before, and the board stands above it."""
    await setup_integration(hass, entry)
    time = "2026-11-20T11:00:00Z"
    await receive_alert(entry, payload(status=2, id=None, status_changed_at=time))
    read = Journal.incidents

    async def slowly(journal: Journal, query: Any) -> Any:
        found = await read(journal, query)
        over = "2026-11-20T11:30:00Z"
        await receive_alert(entry, payload(status=0, id=None, status_changed_at=over))
        return found

    monkeypatch.setattr(Journal, "incidents", slowly)
    window = IncidentWindow(entry.runtime_data, NOW - timedelta(hours=2))
    await window.async_load(NOW)
    [incident] = window.of_agent(payload()["agent"])
    assert incident.ended_at == datetime(2026, 11, 20, 11, 30, tzinfo=UTC)
    [agent] = entry.runtime_data.hub.board.agents.values()
    assert window.uptime(agent, NOW) == pytest.approx(0.5)
