"""A real Home Assistant in its own process, for the demo, the tests and the pictures.

It is the Home Assistant of the interpreter that runs this, with its own configuration
folder. It listens only on the loopback address and makes no requests to the network.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
import json
from pathlib import Path
import shutil
import signal
import socket
import sys
import tempfile
from typing import Any, Self
from uuid import uuid4

import aiohttp

INTEGRATION = Path(__file__).resolve().parent.parent / "custom_components" / "bleemeo"
HOST = "127.0.0.1"
LOG_TAIL_LINES = 40
START_SECONDS = 180
STOP_SECONDS = 120
ANSWER_SECONDS = 60

type Json = dict[str, Any]


class HouseError(Exception):
    """Home Assistant did not start, did not stop, or refused a request."""


class Include(str):
    """A part of the configuration in a file of this name, empty at first."""

    __slots__ = ()


class Events(list[Json]):
    """The events of a subscription, in the order in which they fired."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        """Collect events from a connection that has subscribed."""
        super().__init__()
        self._connection = connection
        # that of the subscription
        self._last_id = 1
        self._pong = asyncio.Event()

    async def collect(self) -> None:
        """Read the connection until it ends."""
        async for message in self._connection:
            answer = message.json()
            if answer["type"] == "event":
                self.append(answer["event"])
            elif answer["type"] == "pong":
                self._pong.set()

    async def settled(self) -> list[Json]:
        """Return the data of all events that fired before this call."""
        self._pong.clear()
        self._last_id += 1
        await self._connection.send_json({"id": self._last_id, "type": "ping"})
        async with asyncio.timeout(ANSWER_SECONDS):
            await self._pong.wait()
        return [event["data"] for event in self]


class House:
    """A Home Assistant with this integration's files and a user, but no entry yet.

    Use it as an asynchronous context manager: inside, Home Assistant is running and the
    house is logged in; afterwards, the process has ended.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        port: int | None = None,
        username: str = "demo",
        password: str = "demo",  # noqa: S107
        configuration: Mapping[str, Any] | None = None,
        components: Iterable[Path] = (),
    ) -> None:
        """Prepare a house; entering it starts it.

        Args:
            path: The configuration folder, which a house may have used before; by
            default, a temporary one that is removed with the house.
            port: The port on the loopback address; by default, a free one.
            username: The user to log in; it is created if the folder has no user.
            password: The user's password.
            configuration: Further sections of `configuration.yaml`, such as `logger`.
            components: The folders of further custom integrations.
        """
        self._temporary = None if path else tempfile.TemporaryDirectory(prefix="house-")
        self.path = path or Path(self._temporary.name if self._temporary else "")
        self.port = _available(port or 0)
        self.url = f"http://{HOST}:{self.port}"
        self.username = username
        self.password = password
        self.token = ""
        # the secret parts of the addresses of its entries, which no log may contain
        self.secrets: set[str] = set()
        self._configuration = dict(configuration or {})
        self._components = (INTEGRATION, *components)
        self._process: asyncio.subprocess.Process | None = None
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Start Home Assistant and log in."""
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        )
        try:
            await asyncio.to_thread(self._furnish)
            await self.start()
        except BaseException:
            await self._leave()
            raise
        return self

    async def __aexit__(self, *error: object) -> None:
        """Stop Home Assistant and clean up."""
        await self._leave()

    @property
    def session(self) -> aiohttp.ClientSession:
        """A session that is not logged in, like that of a webhook's sender."""
        if self._session is None:
            raise HouseError("The house is used outside its context")
        return self._session

    @property
    def pid(self) -> int:
        """The id of the Home Assistant process."""
        if self._process is None:
            raise HouseError("Home Assistant was never started")
        return self._process.pid

    async def start(self) -> None:
        """Start Home Assistant and wait until it is running.

        Raises:
            HouseError: it ended or took too long; with the last lines of its log.
        """
        with self._log_path.open("ab") as log:
            # in its own session, a Ctrl-C in the terminal does not reach it twice
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "homeassistant", "--skip-pip", "-c", str(self.path)),
                cwd=self.path,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._wait_until_running()
        except TimeoutError:
            raise HouseError(f"Not running in time:\n{self._log_tail()}") from None

    async def stop(self) -> int:
        """Ask Home Assistant to stop, wait until it has, and return its exit code."""
        process = self._process
        if process is None:
            raise HouseError("Home Assistant was never started")
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                return await process.wait()
        except TimeoutError:
            await self.kill()
            raise HouseError(f"Did not stop in time:\n{self._log_tail()}") from None

    async def kill(self) -> None:
        """Kill Home Assistant, as a power cut would."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def restart(self) -> None:
        """Stop Home Assistant and start it again with the same folder and port."""
        await self.stop()
        await self.start()

    def log(self) -> str:
        """Return the output of Home Assistant since the first start."""
        return self._log_path.read_text(encoding="utf-8", errors="replace")

    async def get(self, path: str) -> Any:
        """Return the REST API's answer to a GET."""
        return await self._request("GET", path)

    async def post(self, path: str, data: Any = None) -> Any:
        """Return the REST API's answer to a POST of JSON."""
        return await self._request("POST", path, data)

    async def delete(self, path: str) -> Any:
        """Return the REST API's answer to a DELETE."""
        return await self._request("DELETE", path)

    async def command(self, command_type: str, **fields: Any) -> Any:
        """Return the result of a WebSocket API command.

        Raises:
            HouseError: Home Assistant answered with an error.
        """
        async with asyncio.timeout(ANSWER_SECONDS), self._connection() as connection:
            return await _ask(connection, command_type, fields)

    @asynccontextmanager
    async def events(self, event_type: str) -> AsyncIterator[Events]:
        """Collect the events of a type that fire inside the context."""
        async with self._connection() as connection:
            await _ask(connection, "subscribe_events", {"event_type": event_type})
            events = Events(connection)
            reader = asyncio.create_task(events.collect())
            try:
                yield events
            finally:
                reader.cancel()

    async def states(self) -> dict[str, Json]:
        """Return all states by entity id."""
        return {state["entity_id"]: state for state in await self.command("get_states")}

    async def entities(self) -> list[Json]:
        """Return the entity registry."""
        return list(await self.command("config/entity_registry/list"))

    async def devices(self) -> list[Json]:
        """Return the device registry."""
        return list(await self.command("config/device_registry/list"))

    async def webhooks(self) -> list[Json]:
        """Return the registered webhooks."""
        return list(await self.command("webhook/list"))

    async def add_bleemeo(self, name: str) -> tuple[str, str]:
        """Add the integration as a user does; return the entry id and webhook address.

        Raises:
            HouseError: the flow ended without an entry; with its answer.
        """
        known = {webhook["webhook_id"] for webhook in await self.webhooks()}
        flow = "/api/config/config_entries/flow"
        step = await self.post(flow, {"handler": "bleemeo"})
        answered: set[str] = set()
        # a form that comes a second time rejected its input
        while step["type"] in ("form", "menu") and step["step_id"] not in answered:
            answered.add(step["step_id"])
            answers = {"name": name} if step["step_id"] == "name" else {}
            if step["type"] == "menu":
                # without access to the API, and whatever is wrong with the address
                ways = (way for way in ("name", "api") if way in step["menu_options"])
                answers = {"next_step_id": next(ways)}
            step = await self.post(f"{flow}/{step['flow_id']}", answers)
        if step["type"] != "create_entry":
            raise HouseError(f"The integration could not be added: {step}")
        if (state := step["result"]["state"]) != "loaded":
            raise HouseError(f"The new entry is in {state}:\n{self._log_tail()}")
        added = [
            webhook["webhook_id"]
            for webhook in await self.webhooks()
            if webhook["domain"] == "bleemeo" and webhook["webhook_id"] not in known
        ]
        if len(added) != 1:
            raise HouseError(f"{len(added)} webhooks where the new entry has one")
        self.secrets.add(added[0])
        return step["result"]["entry_id"], f"{self.url}/api/webhook/{added[0]}"

    async def set_options(self, entry_id: str, step: str, answers: Json) -> Any:
        """Choose a step of an entry's options, submit it, and return the next step."""
        flow = "/api/config/config_entries/options/flow"
        menu = await self.post(flow, {"handler": entry_id})
        path = f"{flow}/{menu['flow_id']}"
        await self.post(path, {"next_step_id": step})
        return await self.post(path, answers)

    @property
    def _log_path(self) -> Path:
        return self.path / "hass.log"

    def _log_tail(self) -> str:
        return "\n".join(self.log().splitlines()[-LOG_TAIL_LINES:])

    def _furnish(self) -> None:
        """Write the files that Home Assistant finds when it starts."""
        components = self.path / "custom_components"
        shutil.rmtree(components, ignore_errors=True)
        for component in self._components:
            shutil.copytree(
                component,
                components / component.name,
                # compiled files spare a start a second; these are being written
                ignore=shutil.ignore_patterns("*.pyc.*"),
            )
        configuration = {
            "homeassistant": {
                "name": "House",
                "country": "FR",
                "currency": "EUR",
                "unit_system": "metric",
                "internal_url": self.url,
                "external_url": self.url,
            },
            "webhook": None,
            **self._configuration,
        }
        for value in configuration.values():
            if isinstance(value, Include):
                (self.path / value).touch()
        # YAML reads JSON
        lines = [
            f"{key}: !include {value}"
            if isinstance(value, Include)
            else f"{key}: {json.dumps(value)}"
            for key, value in configuration.items()
        ]
        text = "\n".join(lines) + "\n"
        (self.path / "configuration.yaml").write_text(text, encoding="utf-8")
        # Home Assistant tries a port in YAML for five minutes only; in the store, whose
        # oldest format it migrates, the port stays
        http = {"server_host": [HOST], "server_port": self.port}
        self._store("http", 1, http)
        if not (self.path / ".storage" / "onboarding").exists():
            # these steps would set up a weather service and an internet radio
            done = ["core_config", "analytics", "integration"]
            self._store("onboarding", 4, {"done": done})
        if not (self.path / ".storage" / "core.config_entries").exists():
            # Home Assistant adds the Marketplace, which asks GitHub, unless it exists
            disabled = {
                "domain": "marketplace",
                "entry_id": uuid4().hex,
                "title": "Marketplace",
                "source": "system",
                "version": 1,
                "data": {},
                "disabled_by": "user",
            }
            self._store("core.config_entries", 1, {"entries": [disabled]})

    def _has_user(self) -> bool:
        onboarding = (self.path / ".storage" / "onboarding").read_text(encoding="utf-8")
        return "user" in json.loads(onboarding)["data"]["done"]

    def _store(self, key: str, version: int, data: Json) -> None:
        path = self.path / ".storage" / key
        path.parent.mkdir(exist_ok=True)
        stored = {"version": version, "minor_version": 1, "key": key, "data": data}
        path.write_text(json.dumps(stored), encoding="utf-8")

    async def _wait_until_running(self) -> None:
        while True:
            if self._process is not None and self._process.returncode is not None:
                code = self._process.returncode
                raise HouseError(f"Ended with code {code}:\n{self._log_tail()}")
            # during start-up, a path may be unknown or the token not yet loaded
            with suppress(aiohttp.ClientError, HouseError):
                if not self.token:
                    await self._log_in()
                config = await self.get("/api/config")
                if config["state"] == "RUNNING":
                    return
            await asyncio.sleep(0.1)

    async def _log_in(self) -> None:
        """Get a long-lived token, creating the user if there is none."""
        user = {"username": self.username, "password": self.password}
        client = {"client_id": f"{self.url}/"}
        if not await asyncio.to_thread(self._has_user):
            new_user = {**user, **client, "name": self.username, "language": "en"}
            code = (await self.post("/api/onboarding/users", new_user))["auth_code"]
        else:
            provider = {"handler": ["homeassistant", None], "redirect_uri": self.url}
            flow = await self.post("/auth/login_flow", {**client, **provider})
            answer = await self.post(
                f"/auth/login_flow/{flow['flow_id']}", {**client, **user}
            )
            code = answer["result"]
        form = {**client, "grant_type": "authorization_code", "code": code}
        async with self.session.post(f"{self.url}/auth/token", data=form) as reply:
            self.token = (await reply.json())["access_token"]
        self.token = await self.command(
            "auth/long_lived_access_token", client_name=f"house {uuid4()}", lifespan=365
        )

    async def _request(self, method: str, path: str, data: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else None
        async with self.session.request(
            method, self.url + path, json=data, headers=headers
        ) as reply:
            text = await reply.text()
            if reply.status == 401:
                self.token = ""
            if reply.status >= 400:
                raise HouseError(f"{method} {path}: {reply.status} {text}")
            return json.loads(text) if text else None

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        async with self.session.ws_connect(
            f"{self.url}/api/websocket", max_msg_size=0
        ) as connection:
            await connection.receive_json()
            await connection.send_json({"type": "auth", "access_token": self.token})
            answer = await connection.receive_json()
            if answer["type"] != "auth_ok":
                raise HouseError(f"Not logged in: {answer}")
            yield connection

    async def _leave(self) -> None:
        try:
            if self._process is not None:
                await self.stop()
        finally:
            await self.kill()
            if self._session is not None:
                await self._session.close()
            if self._temporary is not None:
                await asyncio.to_thread(self._temporary.cleanup)


async def _ask(
    connection: aiohttp.ClientWebSocketResponse, command_type: str, fields: Json
) -> Any:
    await connection.send_json({"id": 1, "type": command_type, **fields})
    answer = await connection.receive_json()
    if not answer["success"]:
        raise HouseError(f"{command_type}: {answer['error']}")
    return answer["result"]


def _available(port: int) -> int:
    """Return the port, or a free one for 0; raise if something else listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise HouseError(f"Port {port} cannot be used: {error}") from error
        name: tuple[str, int] = probe.getsockname()
        return name[1]
