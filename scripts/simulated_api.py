"""A stand-in for Bleemeo's API: a server on the loopback address, for the real client.

It does what is known of the real one: OAuth2 tokens expire and rotate, pages are in the
format of Django REST framework and are compressed for whoever takes that, and a header
selects one of several accounts.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Self
from uuid import uuid4

from aiohttp import hdrs, web

HOST = "127.0.0.1"
AGENT_TYPES = {
    kind: f"61fb6d98-0b8c-4ea5-a3b4-{number:012}"
    for number, kind in enumerate(
        ("agent", "connection_check", "snmp", "kubernetes", "vsphere_vm", "aws_rds")
    )
}
STATUS_NUMBERS = {"ok": 0, "warning": 1, "critical": 2, "unknown": 3}

type Row = dict[str, Any]


@dataclass
class Account:
    """The contents of an account: rows in the API's format, by id."""

    name: str
    agents: dict[str, Row] = field(default_factory=dict)
    metrics: dict[str, Row] = field(default_factory=dict)
    facts: dict[str, Row] = field(default_factory=dict)
    services: dict[str, Row] = field(default_factory=dict)
    containers: dict[str, Row] = field(default_factory=dict)
    metric_names: dict[str, Row] = field(default_factory=dict)

    def add_agent(self, name: str, uid: str | None = None, kind: str = "agent") -> str:
        """Add an agent and return its id."""
        uid = uid or str(uuid4())
        self.agents[uid] = {
            "id": uid,
            "display_name": name,
            "fqdn": f"{name}.internal",
            "agent_type": AGENT_TYPES[kind],
            "tags": [],
        }
        return uid

    def add_fact(self, agent: str, key: str, value: str) -> None:
        """Add a fact about an agent."""
        uid = str(uuid4())
        self.facts[uid] = {"id": uid, "agent": agent, "key": key, "value": value}

    def add_service(self, agent: str, label: str, **row: Any) -> str:
        """Add an active service of an agent and return its id."""
        uid = str(uuid4())
        self.services[uid] = {
            "id": uid,
            "agent": agent,
            "label": label,
            "instance": "",
            "active": True,
            **row,
        }
        return uid

    def add_container(self, name: str) -> str:
        """Add a container and return its id."""
        uid = str(uuid4())
        self.containers[uid] = {"id": uid, "name": name}
        return uid

    def add_metric_name(self, name: str, display_name: str) -> None:
        """Name all metrics of a label; the fields of these rows are assumed."""
        uid = str(uuid4())
        self.metric_names[uid] = {"id": uid, "name": name, "display_name": display_name}

    def add_metric(
        self,
        agent: str,
        label: str,
        status: str = "ok",
        uid: str | None = None,
        **row: Any,
    ) -> str:
        """Add an active metric of an agent and return its id."""
        uid = uid or str(uuid4())
        self.metrics[uid] = {
            "id": uid,
            "agent": agent,
            "label": label,
            "item": "",
            "unit_text": "",
            "service": None,
            "container": None,
            "status_of": None,
            "deactivated_at": None,
            "current_status": STATUS_NUMBERS[status],
            "status_descriptions": [],
            **row,
        }
        return uid

    def set_status(self, metric: str, status: str) -> None:
        """Change the status of a metric."""
        self.metrics[metric]["current_status"] = STATUS_NUMBERS[status]


@dataclass
class Fault:
    """What happens to the next `times` requests instead of a normal answer.

    A stall delays the answer until the server ends; a body is sent as it is, and is JSON
    unless it has another type.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    content_type: str = "application/json"
    stalls: bool = False
    drips: bool = False
    times: int = 1


class SimulatedApi:
    """A server with accounts, one login, and faults on demand."""

    def __init__(
        self,
        username: str = "ha@example.com",
        password: str = "correct horse",  # noqa: S107
    ) -> None:
        """Prepare the server; `running` starts it."""
        self.username = username
        self.password = password
        self.accounts: dict[str, Account] = {}
        self.faults: dict[str, Fault] = {}
        self.requests: list[tuple[str, int]] = []
        self.heads: list[tuple[str, Mapping[str, str]]] = []
        self.bytes_sent = 0
        self.connections: set[Any] = set()
        self.url = ""
        self.clock: datetime | None = None
        self.access_tokens: set[str] = set()
        self.refresh_tokens: set[str] = set()
        self.lists_accounts = True
        self.knows_filters = True
        self.is_maintained = False
        self.largest_page = 2500
        # answers to these paths wait until they may be given
        self.held = "/"
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self._released = asyncio.Event()

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[Self]:
        """Answer on the port, or on a free one, inside the context."""
        self._released.clear()
        app = web.Application(middlewares=[self._middleware])
        app.router.add_post("/o/token/", self._token)
        app.router.add_post("/o/revoke_token/", self._revoke)
        app.router.add_get("/v1/info/", self._info)
        app.router.add_get("/v1/account/", self._accounts)
        app.router.add_get("/v1/agenttype/", self._types)
        for kind in (
            "agent",
            "metric",
            "agentfact",
            "service",
            "container",
            "metricname",
        ):
            app.router.add_get(f"/v1/{kind}/", self._list)
            app.router.add_get(f"/v1/{kind}/{{uid}}/", self._one)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, HOST, port)
        await site.start()
        self.url = f"http://{HOST}:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            self._released.set()
            await runner.cleanup()

    def log_in(self) -> str:
        """Return a new refresh token, like a login does."""
        token = f"refresh-{uuid4()}"
        self.refresh_tokens.add(token)
        return token

    def expire(self) -> None:
        """Expire all access tokens."""
        self.access_tokens.clear()

    async def met_fault(self, path: str) -> None:
        """Wait until the fault of a path has met all of its requests."""
        while self.faults[path].times:
            await asyncio.sleep(0.01)

    def asked(self, path: str) -> int:
        """Return how many requests there were for a path."""
        return [each for each, _ in self.requests].count(path)

    @web.middleware
    async def _middleware(
        self, request: web.Request, handler: Any
    ) -> web.StreamResponse:
        self.connections.add(request.transport)
        self.heads.append((request.path, request.headers))
        answer: web.StreamResponse
        fault = self.faults.get(request.path)
        if fault is not None and fault.times > 0:
            fault.times -= 1
            answering = self._misbehave(request, fault)
        else:
            answering = handler(request)
        try:
            answer = await answering
        except web.HTTPException as error:
            answer = web.Response(status=error.status)
        if request.path.startswith(self.held):
            await self.may_answer.wait()
        if self.clock is not None and not answer.prepared:
            answer.headers["Date"] = format_datetime(self.clock, usegmt=True)
        self.requests.append((request.path, answer.status))
        if not answer.prepared:
            has_body = isinstance(answer, web.Response) and answer.body
            if has_body and hdrs.CONTENT_ENCODING not in answer.headers:
                answer.enable_compression()
            await answer.prepare(request)
            await answer.write_eof()
        self.bytes_sent += answer.body_length
        return answer

    async def _misbehave(
        self, request: web.Request, fault: Fault
    ) -> web.StreamResponse:
        if fault.stalls:
            await self._released.wait()
            raise web.HTTPServiceUnavailable
        if fault.drips:
            dripping = web.StreamResponse()
            await dripping.prepare(request)
            while not self._released.is_set() and request.transport is not None:
                await dripping.write(b" ")
                await asyncio.sleep(0.05)
            return dripping
        return web.Response(
            status=fault.status,
            headers=fault.headers,
            text=fault.body if fault.body is not None else "{}",
            content_type=fault.content_type,
        )

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        match form.get("grant_type"):
            case "password" if (form.get("username"), form.get("password")) == (
                self.username,
                self.password,
            ):
                pass
            case "refresh_token" if form.get("refresh_token") in self.refresh_tokens:
                # a refresh token can be used only once
                self.refresh_tokens.remove(str(form["refresh_token"]))
            case _:
                return web.json_response({"error": "invalid_grant"}, status=400)
        access = f"access-{uuid4()}"
        self.access_tokens.add(access)
        return web.json_response(
            {
                "access_token": access,
                "refresh_token": self.log_in(),
                "token_type": "Bearer",
                "expires_in": 36000,
                "scope": "read write",
            }
        )

    async def _revoke(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.refresh_tokens.discard(str(form.get("token")))
        self.access_tokens.clear()
        return web.Response()

    async def _info(self, request: web.Request) -> web.Response:
        return web.json_response({"maintenance": self.is_maintained})

    async def _accounts(self, request: web.Request) -> web.Response:
        self._check_token(request)
        if not self.lists_accounts:
            return web.json_response({"detail": "no permission"}, status=403)
        rows = [{"id": uid, "name": each.name} for uid, each in self.accounts.items()]
        return self._page(request, rows)

    async def _list(self, request: web.Request) -> web.Response:
        uid, account = self._account(request)
        match request.path:
            case "/v1/agent/":
                rows = [{"account": uid, **row} for row in account.agents.values()]
            case "/v1/agentfact/":
                rows = list(account.facts.values())
            case "/v1/service/":
                rows = list(account.services.values())
            case "/v1/container/":
                rows = list(account.containers.values())
            case "/v1/metricname/":
                rows = list(account.metric_names.values())
            case _:
                rows = list(account.metrics.values())
                if self.knows_filters and request.query.get("active") == "true":
                    rows = [row for row in rows if row["deactivated_at"] is None]
        return self._page(request, rows)

    async def _types(self, request: web.Request) -> web.Response:
        self._check_token(request)
        rows = [{"id": uid, "name": kind} for kind, uid in AGENT_TYPES.items()]
        return self._page(request, rows)

    async def _one(self, request: web.Request) -> web.Response:
        _, account = self._account(request)
        rows = account.agents if "/agent/" in request.path else account.metrics
        if (row := rows.get(request.match_info["uid"])) is None:
            return web.json_response({"detail": "Not found."}, status=404)
        return web.json_response(_picked(request, row))

    def _check_token(self, request: web.Request) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self.access_tokens:
            raise web.HTTPUnauthorized

    def _account(self, request: web.Request) -> tuple[str, Account]:
        self._check_token(request)
        first = next(iter(self.accounts))
        uid = request.headers.get("X-Bleemeo-Account", first)
        if uid not in self.accounts:
            raise web.HTTPForbidden
        return uid, self.accounts[uid]

    def _page(self, request: web.Request, rows: list[Row]) -> web.Response:
        number = int(request.query.get("page", "1"))
        size = min(int(request.query.get("page_size", "25")), self.largest_page)
        start = (number - 1) * size
        if start and start >= len(rows):
            return web.json_response({"detail": "Invalid page."}, status=404)

        def link(page: int) -> str:
            return f"{self.url}{request.path}?page={page}&page_size={size}"

        return web.json_response(
            {
                "count": len(rows),
                "next": link(number + 1) if start + size < len(rows) else None,
                "previous": link(number - 1) if number > 1 else None,
                "results": [
                    _picked(request, row) for row in rows[start : start + size]
                ],
            }
        )


def _picked(request: web.Request, row: Row) -> Row:
    """Return the requested fields of a row."""
    fields = request.query.get("fields")
    if fields is None:
        return row
    return {key: row[key] for key in fields.split(",") if key in row}
