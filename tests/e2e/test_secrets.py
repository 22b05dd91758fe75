"""On a real Home Assistant at debug level, no secret is anywhere but in the one store."""

import asyncio
from pathlib import Path
from typing import Any, override

from servers import ACCOUNT, Servers

from scripts.house import House, HouseError
from scripts.simulated_api import Account, Fault, SimulatedApi

# Home Assistant's own loggers that show requests, which docs/troubleshooting.md names
WITH_REQUESTS = (
    "homeassistant.components.webhook",
    "homeassistant.components.websocket_api",
    "homeassistant.helpers.http",
)
CONFIGURATION = {
    "logger": {"default": "debug", "logs": dict.fromkeys(WITH_REQUESTS, "warning")},
    "system_log": {"fire_event": True},
    "recorder": {},
    "logbook": None,
    "history": None,
    "repairs": None,
    "diagnostics": None,
    "system_health": None,
    "automation": [
        {
            "id": "tell",
            "alias": "Tell",
            "triggers": [{"trigger": "event", "event_type": "bleemeo_alert"}],
            "actions": [
                {
                    "action": "persistent_notification.create",
                    "data": {"message": "{{ trigger.event.data }}"},
                }
            ],
            "trace": {"stored_traces": 50},
        }
    ],
}
THE_STORE = Path(".storage/core.config_entries")


class Issued(set[str]):
    """The tokens that are valid, which remembers those that were."""

    def __init__(self) -> None:
        """Start with none."""
        super().__init__()
        self.ever: set[str] = set()

    @override
    def add(self, token: str) -> None:
        self.ever.add(token)
        super().add(token)


async def test_no_secret_is_anywhere_but_where_it_is_kept(tmp_path: Path) -> None:
    """Whatever happens: deliveries, refusals, faults, reloads, restarts, a new address."""
    bleemeo = SimulatedApi()
    bleemeo.refresh_tokens = refresh_tokens = Issued()
    bleemeo.access_tokens = access_tokens = Issued()
    account = bleemeo.accounts[ACCOUNT] = Account("Servers")
    account.add_metric(account.add_agent("web01"), "cpu_used", "critical")
    seen: list[Any] = []
    async with bleemeo.running(), House(tmp_path, configuration=CONFIGURATION) as house:
        async with house.events("*") as events:
            entry_id, address = await house.add_bleemeo("Servers")
            before = await live(house, entry_id, address, bleemeo)
            address = await replaced(house, entry_id)
            await live(house, entry_id, address, bleemeo)
            await post(house, before, b"{}")
            seen += [await events.settled()]
        # the second one finds on disk what the first one wrote there
        for _ in range(2):
            await house.restart()
            seen += await shown(house, entry_id)
        await house.stop()
        log = house.log()

    addresses = {each.rpartition("/")[2] for each in (before, address)}
    secrets = addresses | refresh_tokens.ever | access_tokens.ever | {bleemeo.password}
    assert len(addresses) == 2
    assert len(secrets) > 6
    assert "DEBUG" in log
    assert "custom_components.bleemeo" in log
    leaks = [line for line in log.splitlines() if any(map(line.__contains__, secrets))]
    assert leaks == []
    assert {secret for secret in secrets if secret in str(seen)} == set()
    found = {
        (path.relative_to(tmp_path), secret)
        for path in tmp_path.rglob("*")
        if path.is_file() and "custom_components" not in path.parts
        for content in [path.read_bytes()]
        for secret in secrets
        if secret.encode() in content
    }
    of_tokens = Path(f".storage/bleemeo.{entry_id}.token")
    assert {path for path, _ in found} == {THE_STORE, of_tokens}
    assert (tmp_path / of_tokens).stat().st_mode & 0o077 == 0
    # the test would find them: they are where they belong
    assert addresses < {secret for path, secret in found if path == THE_STORE}
    # that of the last login, which the pause that Bleemeo asked for left unused
    assert {secret for _, secret in found} & refresh_tokens


async def live(house: House, entry_id: str, address: str, bleemeo: SimulatedApi) -> str:
    """Let all happen that an entry meets; return the address."""
    servers = Servers(house, address)
    await servers.report("web01", "CPU", "critical", "Too much")
    await servers.report("web01", "CPU", "ok")
    for body in (b"no JSON", b"[]", b"{}", b"x" * 70_000, b"\xff\xfe"):
        await post(house, address, body)
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        async with house.session.request(method, address) as answer:
            await answer.read()
    login = {"username": bleemeo.username, "developers": {"url": bleemeo.url}}
    for password in (bleemeo.password + " wrong", bleemeo.password):
        await house.set_options(entry_id, "access", login | {"password": password})
    await asyncio.sleep(2)
    for status in (500, 401, 429):
        bleemeo.faults["/v1/agent/"] = Fault(status=status)
        await house.post(f"/api/config/config_entries/entry/{entry_id}/reload")
        await asyncio.sleep(1)
    await house.post("/api/services/bleemeo/send_test_alert", {"status": "critical"})
    await shown(house, entry_id)
    return address


async def post(house: House, address: str, body: bytes) -> None:
    """Post something that is refused."""
    async with house.session.post(address, data=body) as answer:
        assert answer.status >= 400


async def replaced(house: House, entry_id: str) -> str:
    """Replace the address, and return the new one."""
    flow = "/api/config/config_entries/flow"
    form = await house.post(flow, {"handler": "bleemeo", "entry_id": entry_id})
    path = f"{flow}/{form['flow_id']}"
    form = await house.post(path, {"replace_address": True})
    [field] = [each for each in form["data_schema"] if each["name"] == "address"]
    done = await house.post(path, {})
    assert done["reason"] == "address_changed"
    return str(field["description"]["suggested_value"])


async def shown(house: House, entry_id: str) -> list[Any]:
    """Return what a person or a report can see."""
    seen: list[Any] = [
        await house.states(),
        await house.entities(),
        await house.devices(),
        await house.command("repairs/list_issues"),
        await house.get("/api/logbook"),
        await house.get("/api/config/config_entries/entry"),
        await house.get(f"/api/diagnostics/config_entry/{entry_id}"),
        await house.post(
            "/api/services/bleemeo/get_deliveries?return_response",
            {"config_entry_id": entry_id, "limit": 1000},
        ),
    ]
    traces = await house.command("trace/list", domain="automation")
    for trace in traces:
        wanted = {key: trace[key] for key in ("domain", "item_id", "run_id")}
        seen.append(await house.command("trace/get", **wanted))
    for device in await house.devices():
        if [domain for domain, *_ in device["identifiers"]] == ["bleemeo"]:
            path = f"/api/diagnostics/config_entry/{entry_id}/device/{device['id']}"
            try:
                seen.append(await house.get(path))
            except HouseError as error:
                seen.append(str(error))
    return seen
