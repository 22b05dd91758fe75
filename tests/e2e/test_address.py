"""On a real Home Assistant, the address and the account of an entry are replaced."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from scripts.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
DOCUMENTED: dict[str, Any] = json.loads((FIXTURES / "documented.json").read_text())
MINE = json.loads((FIXTURES / "a_day.jsonl").read_text().splitlines()[0]) | {
    "account": "3d0e3b5c-8d1a-4f0e-9d1c-0c9f7a4b2e11"
}
EXPECTED_LOG = ("[custom_components.bleemeo.entrance] Servers refused ",)


@dataclass
class Entry:
    """An entry of the integration, and its address."""

    house: House
    entry_id: str
    address: str

    async def post(self, alert: Any, address: str | None = None) -> tuple[int, Any]:
        """Post an alert to an address, and return status and answer."""
        async with self.house.session.post(
            address or self.address, json=alert
        ) as answer:
            return answer.status, await answer.json()

    async def issues(self) -> dict[str, dict[str, Any]]:
        """Return our repairs by their key."""
        listed = await self.house.command("repairs/list_issues")
        return {
            issue["translation_key"]: issue
            for issue in listed["issues"]
            if issue["domain"] == "bleemeo"
        }

    async def repair(self, key: str, *answers: dict[str, str]) -> list[Any]:
        """Open a repair and answer its steps; return these and what follows."""
        flow = "/api/repairs/issues/fix"
        issue = (await self.issues())[key]
        step = await self.house.post(
            flow, {"handler": "bleemeo", "issue_id": issue["issue_id"]}
        )
        address = f"{flow}/{step['flow_id']}"
        return [step, *[await self.house.post(address, each) for each in answers]]

    async def replace_address(self) -> str:
        """Replace the address, and return the one before."""
        flow = "/api/config/config_entries/flow"
        form = await self.house.post(
            flow, {"handler": "bleemeo", "entry_id": self.entry_id}
        )
        before = self.address
        assert shown_address(form) == before
        form = await self.house.post(
            f"{flow}/{form['flow_id']}", {"replace_address": True}
        )
        assert form["step_id"] == "new_address"
        self.address = shown_address(form)
        done = await self.house.post(f"{flow}/{form['flow_id']}", {})
        assert done["reason"] == "address_changed"
        return before


def shown_address(form: Any) -> Any:
    """Return the address that a form has in a field to copy it from."""
    [field] = [each for each in form["data_schema"] if each["name"] == "address"]
    return field["description"]["suggested_value"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def entry(house: House) -> AsyncIterator[Entry]:
    """Return an entry that has had no alert yet."""
    yield Entry(house, *await house.add_bleemeo("Servers"))


async def test_the_real_account_takes_the_place_of_the_documented_example(
    entry: Entry,
) -> None:
    """Once that is confirmed in the repair, its next alert is accepted."""
    assert (await entry.post(DOCUMENTED))[0] == 200
    assert (await entry.post(MINE))[0] == 403
    menu, form, done = await entry.repair(
        "account_mismatch", {"next_step_id": "take_over"}, {}
    )
    assert menu["menu_options"] == ["take_over", "keep"]
    assert form["description_placeholders"]["names"].startswith("- voip01")
    assert done["type"] == "create_entry"
    assert "account_mismatch" not in await entry.issues()
    assert await entry.post(MINE) == (200, {"result": "changed"})
    assert (await entry.post(DOCUMENTED))[0] == 403
    await entry.repair("account_mismatch", {"next_step_id": "keep"})
    names = {device["name"] for device in await entry.house.devices()}
    assert "voip01.example.com" not in names
    assert "web01.example.com" in names


async def test_the_real_account_is_there_after_a_restart(entry: Entry) -> None:
    """And what the example left has not come back."""
    await entry.house.restart()
    assert (await entry.post(MINE))[0] == 200
    assert not [each for each in await entry.house.states() if "voip01" in each]


async def test_a_replaced_address_is_gone_and_never_forgets_an_alert(
    entry: Entry,
) -> None:
    """Across a restart, and a repair counts what arrives there."""
    before = await entry.replace_address()
    worse = MINE | {"id": None, "status": 2}
    for number, at in enumerate(("2026-11-25T08:00:00Z", "2026-11-25T09:00:00Z")):
        alert = worse | {"status_changed_at": at, "modified_at": at}
        status, answer = await entry.post(alert, before)
        assert status == 410
        assert "was replaced" in answer["error"]
        assert (await entry.post(alert))[0] == 200
        issue = (await entry.issues())["old_address_used"]
        if number == 0:
            await entry.house.restart()
        told = await entry.house.command(
            "repairs/get_issue_data", domain="bleemeo", issue_id=issue["issue_id"]
        )
        assert told["issue_data"]["count"] == str(number + 1)
    _, done = await entry.repair("old_address_used", {})
    assert done["type"] == "create_entry"
    assert "old_address_used" not in await entry.issues()


async def test_an_entry_has_a_name_of_its_own(entry: Entry) -> None:
    """The form says so, and takes another."""
    flow = "/api/config/config_entries/flow"
    form = await entry.house.post(flow, {"handler": "bleemeo"})
    # it has no address that works from outside, and needs no access to the API
    for option in ("api", "name"):
        form = await entry.house.post(
            f"{flow}/{form['flow_id']}", {"next_step_id": option}
        )
    for name, error in (
        ("Servers", "name_taken"),
        (" ", "name_empty"),
        ("x" * 5000, "name_too_long"),
    ):
        form = await entry.house.post(f"{flow}/{form['flow_id']}", {"name": name})
        assert form["errors"] == {"name": error}
    done = await entry.house.post(f"{flow}/{form['flow_id']}", {"name": "Second"})
    assert done["type"] == "create_entry"


async def test_no_secret_is_in_the_log(entry: Entry) -> None:
    """Neither the present address nor the one before."""
    before = await entry.replace_address()
    await entry.post(MINE, before)
    log = entry.house.log()
    for address in (before, entry.address):
        assert address.rpartition("/")[2] not in log
