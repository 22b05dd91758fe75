"""A house with a dashboard on which scenes are shown, and what tests look at there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Locator, Page, expect
from scenes import Report, Scene
from servers import CONNECTION, Servers, agent_id_of, uid_of

from scripts.demo import RECORDED
from scripts.frontend import RENDER_MILLISECONDS, add_dashboard, open_frontend, settle
from scripts.house import House

DASHBOARD = "bleemeo-test"
OVERVIEW = f"/{DASHBOARD}/overview"
# people perceive what appears within this time as immediate
SOON_MILLISECONDS = 1_000
ENTITIES_SECONDS = 30
PHONE = {"width": 390, "height": 844}
TABLET = {"width": 1600, "height": 1000}
WALL_TABLET = {"width": 1280, "height": 800}

type Json = dict[str, Any]


@dataclass
class Stage:
    """The integration with a dashboard, and the servers that report to it."""

    house: House
    marie: str
    entry_id: str = ""
    address: str = ""
    _scene: Scene = field(default_factory=Scene)

    @property
    def servers(self) -> Servers:
        """The servers of the account."""
        return Servers(self.house, self.address)

    async def show(self, scene: Scene) -> None:
        """Report a scene to a new entry; what was before is gone."""
        await self.clear()
        self.entry_id, self.address = await self.house.add_bleemeo("Bleemeo")
        await self.go_on(scene)

    async def go_on(self, scene: Scene) -> None:
        """Report what a scene has more, and do what people do in it."""
        before, self._scene = self._scene, scene
        known = {*before.reports}
        news: dict[str, list[Report]] = {
            host: [Report(host, CONNECTION, "ok", scene.known_for)]
            for host in scene.hosts
            if host not in before.hosts
        }
        for report in sorted(scene.reports, key=lambda each: each.ago, reverse=True):
            if report not in known:
                news.setdefault(report.host, []).append(report)
        await asyncio.gather(*map(self._report, news.values()))
        told = [each for reports in news.values() for each in reports]
        await self._wait_for({uid_of(each.host, each.metric) for each in told})
        await self._furnish(scene)
        await self._attend(before, scene)

    async def clear(self) -> None:
        """Remove the entry, with all that was reported to it."""
        if self.entry_id:
            await self.house.delete(f"/api/config/config_entries/entry/{self.entry_id}")
        self.entry_id, self.address, self._scene = "", "", Scene()

    async def device_id(self, host: str) -> str:
        """Return the device of a server."""
        return (await self._device_ids())[host]

    async def service_id(self, host: str) -> str | None:
        """Return the device of a service of a server, if it has one."""
        parent = await self.device_id(host)
        for device in await self.house.devices():
            if device.get("parent_device_id") == parent:
                return str(device["id"])
        return None

    async def entity_id(self, host: str, metric: str) -> str:
        """Return the status sensor of a metric."""
        return await self._entity_id(uid_of(host, metric))

    async def problem_entity_id(self, host: str, metric: str) -> str:
        """Return the problem sensor of a metric."""
        uid = uid_of(host, metric).removesuffix("status")
        return await self._entity_id(f"{uid}problem")

    async def server_entity_id(self, host: str, key: str) -> str:
        """Return an entity of a server: `status` or `problem`."""
        return await self._entity_id(f"{agent_id_of(host)}_{key}")

    async def _entity_id(self, uid: str) -> str:
        [found] = [
            each["entity_id"]
            for each in await self.house.entities()
            if each["unique_id"] == uid
        ]
        return str(found)

    async def add_dashboard(
        self, path: str, title: str = "Bleemeo", **options: Any
    ) -> str:
        """Add a dashboard with these options, and return its address."""
        strategy = {"type": "custom:bleemeo", **options}
        await add_dashboard(self.house, path, {"strategy": strategy}, title)
        return f"/{path}/overview"

    async def _report(self, reports: list[Report]) -> None:
        """Report what happened on a server, in its order."""
        for each in reports:
            await self.servers.report(
                each.host, each.metric, each.status, each.text, ago=each.ago
            )

    async def _wait_for(self, uids: set[str]) -> None:
        """Wait until there is a sensor for each."""
        async with asyncio.timeout(ENTITIES_SECONDS):
            while uids - {each["unique_id"] for each in await self.house.entities()}:
                await asyncio.sleep(0.05)

    async def _device_ids(self) -> dict[str, str]:
        return {each["name"]: each["id"] for each in await self.house.devices()}

    async def _furnish(self, scene: Scene) -> None:
        """Give servers the areas and names that people gave them, and no others."""
        present = await self.house.command("config/area_registry/list")
        areas = {each["name"]: each["area_id"] for each in present}
        for name in {*scene.areas.values()} - areas.keys():
            area = await self.house.command("config/area_registry/create", name=name)
            areas[name] = area["area_id"]
        for device in await self.house.devices():
            host = device["name"]
            wanted = {
                "area_id": areas.get(scene.areas.get(host, "")),
                "name_by_user": scene.names.get(host),
            }
            if host in scene.hosts and any(
                device[key] != wanted[key] for key in wanted
            ):
                await self.house.command(
                    "config/device_registry/update", device_id=device["id"], **wanted
                )

    async def _attend(self, before: Scene, scene: Scene) -> None:
        """Acknowledge and silence what Marie does, and take back the rest."""
        for metric in scene.seen.keys() - before.seen.keys():
            data: Json = {
                "entity_id": await self.entity_id(*metric),
                "comment": scene.seen[metric],
            }
            await self._act("acknowledge", data)
        for metric in before.seen.keys() - scene.seen.keys():
            await self._act(
                "unacknowledge", {"entity_id": await self.entity_id(*metric)}
            )
        for host in scene.silenced.keys() - before.silenced.keys():
            data = {
                "device_id": await self.device_id(host),
                "duration": {"hours": 5},
                "comment": scene.silenced[host],
            }
            await self._act("silence", data)
        for host in before.silenced.keys() - scene.silenced.keys():
            await self._act("unsilence", {"device_id": await self.device_id(host)})

    async def _act(self, action: str, data: Json) -> None:
        """Call an action, as Marie does."""
        async with self.house.session.post(
            f"{self.house.url}/api/services/bleemeo/{action}",
            json=data,
            headers={"Authorization": f"Bearer {self.marie}"},
        ) as answer:
            assert answer.ok, await answer.text()


@asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    """Return a stage in a house of its own, with the dashboard that people get."""
    async with House(configuration=RECORDED) as house:
        stage = Stage(house, await token_of(house, "Marie"))
        await stage.add_dashboard(DASHBOARD)
        yield stage


async def token_of(house: House, name: str, group: str = "system-users") -> str:
    """Add a person who is not an admin and return their access token."""
    user = await house.command("config/auth/create", name=name, group_ids=[group])
    credentials = {"username": name.lower(), "password": name.lower()}
    await house.command(
        "config/auth_provider/homeassistant/create",
        user_id=user["user"]["id"],
        **credentials,
    )
    await house.command("person/create", name=name, user_id=user["user"]["id"])
    client = {"client_id": f"{house.url}/"}
    provider = {"handler": ["homeassistant", None], "redirect_uri": house.url}
    flow = await house.post("/auth/login_flow", {**client, **provider})
    answer = await house.post(
        f"/auth/login_flow/{flow['flow_id']}", {**client, **credentials}
    )
    form = {**client, "grant_type": "authorization_code", "code": answer["result"]}
    async with house.session.post(f"{house.url}/auth/token", data=form) as reply:
        token: str = (await reply.json())["access_token"]
        return token


async def open_board(page: Page, stage: Stage, path: str = OVERVIEW) -> Locator:
    """Open a dashboard, wait until it shows what is told, and return it."""
    await open_frontend(page, stage.house, path)
    board = page.locator("bleemeo-board-card")
    await expect(board.locator("h2").first).not_to_be_empty(timeout=RENDER_MILLISECONDS)
    await settle(page)
    return board


def hero(page: Page) -> Locator:
    """Return what is said first."""
    return page.locator(".hero")


def group(page: Page, server: str) -> Locator:
    """Return the open alerts of a server."""
    return page.locator(".group").filter(has=page.get_by_text(server, exact=True))


def row(page: Page, server: str) -> Locator:
    """Return a server among the servers."""
    return page.locator(".servers .row").filter(
        has=page.get_by_text(server, exact=True)
    )


def dialog(page: Page) -> Locator:
    """Return the dialog of an alert."""
    return page.locator("bleemeo-alert-dialog dialog")


def complaints_of(page: Page) -> list[str]:
    """Return a list that collects the errors of the page and its console."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text) if message.type == "error" else None
        ),
    )
    return complaints
