"""Eight connections that stay open, each with a request under way at any time."""

import asyncio
from collections import Counter, deque
from dataclasses import dataclass, field
from time import perf_counter
from typing import override

from scripts.house import HOST

CONNECTIONS = 8
PATIENCE_SECONDS = 120

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"\r\nContent-Length: "


@dataclass(slots=True)
class Answers:
    """The results: the seconds in total and per request, and counts of the answers.

    Answers are counted by status and body.
    """

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    counts: Counter[tuple[int, str]] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """How many requests were answered per second."""
        return len(self.waits) / self.seconds

    def wait_of(self, share: float) -> float:
        """Return the seconds within which this share of requests was answered."""
        return sorted(self.waits)[
            min(int(len(self.waits) * share), len(self.waits) - 1)
        ]


class Connection(asyncio.Protocol):
    """Sends the next request as soon as the last one is answered."""

    def __init__(self, queue: deque[bytes], answers: Answers) -> None:
        """Take requests from a queue shared by the connections."""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue = queue
        self._answers = answers
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._sent_at = 0.0

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(_HEAD_END)
        if not end:
            return
        _, _, length = head.partition(_LENGTH)
        if len(body) < int(length.partition(b"\r\n")[0] or 0):
            return
        self._answers.waits.append(perf_counter() - self._sent_at)
        self._answers.counts[int(head[9:12]), body.decode()] += 1
        self._received = b""
        self.send()

    @override
    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(
                error or ConnectionError("closed by the other side")
            )

    def send(self) -> None:
        """Send the next request, if there is one."""
        if not self._queue:
            self.done.set_result(None)
            return
        assert self._transport is not None
        self._sent_at = perf_counter()
        self._transport.write(self._queue.popleft())

    def close(self) -> None:
        """Close the connection."""
        assert self._transport is not None
        self._transport.close()


async def send(port: int, requests: list[bytes]) -> Answers:
    """Send requests in order, up to eight at a time, and wait for all answers."""
    answers, queue = Answers(), deque(requests)
    loop = asyncio.get_running_loop()
    connections = []
    for _ in range(CONNECTIONS):
        _, connection = await loop.create_connection(
            lambda: Connection(queue, answers), HOST, port
        )
        connections.append(connection)
    began_at = perf_counter()
    for connection in connections:
        connection.send()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(*(connection.done for connection in connections))
    answers.seconds = perf_counter() - began_at
    for connection in connections:
        connection.close()
    return answers
