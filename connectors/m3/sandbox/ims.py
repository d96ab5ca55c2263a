"""ION's side of the delivery: BODs go to the application by IMS v3 until it accepts them.

At most eight at a time and in no order, as ION does; `variationID` tells which is newer. Which
status an application must answer with and how ION repeats are by analogy: any 2xx is accepted,
anything else is sent again after 0.2 s, then twice as long each time up to 10 s, without end.
"""

import asyncio
import json
from collections import deque
from dataclasses import dataclass, replace
from uuid import uuid4

import aiohttp

from connectors.m3.sandbox.bods import LOGICAL_ID
from connectors.m3.sandbox.settings import SandboxSettings
from connectors.sandbox.injector import AS_IT_IS, Injector

_IN_FLIGHT = 8
_KEPT = 10_000
_REMEMBERED = 1_000
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 10.0
_PART = '--{}\r\nContent-Disposition: form-data; name="{}"\r\nContent-Type: {}\r\n\r\n'
_TIMEOUT = aiohttp.ClientTimeout(total=30)


@dataclass
class Message:
    """A BOD on its way: its name (`Sync.Invoice`), its id, its bytes, how often it was sent."""

    document_name: str
    message_id: str
    payload: bytes
    tries: int = 0

    @property
    def pause_s(self) -> float:
        """How long to wait before the next try."""
        return min(_FIRST_PAUSE_S * float(2 ** (self.tries - 1)), _LONGEST_PAUSE_S)


@dataclass(frozen=True)
class Target:
    """Where BODs go: the application's IMS base, and the secret it knows ION by."""

    url: str
    secret: str


class Outbox:
    """BODs to be sent, being sent and lately sent.

    `put` never blocks. Without a target the latest 10,000 are kept and sent once one is set.

    Args:
        injector: says what goes wrong on the way; None for nothing.
    """

    def __init__(self, settings: SandboxSettings, injector: Injector | None = None):
        self._settings = settings
        self._injector = injector
        self._queue: asyncio.Queue[Message] = asyncio.Queue()
        self._kept: deque[Message] = deque(maxlen=_KEPT)
        self._target: Target | None = None
        self._later: set[asyncio.TimerHandle] = set()
        self.sent: deque[Message] = deque(maxlen=_REMEMBERED)
        self.delivered = 0
        self.refused = 0
        self.pending = 0
        if settings.bod_url:
            self.aim(settings.bod_url, settings.bod_secret)

    def aim(self, url: str, secret: str) -> None:
        """Sets where BODs go; those kept so far go there too."""
        self._target = Target(url.rstrip("/"), secret)
        while self._kept:
            self._enqueue(self._kept.popleft())

    def put(self, document_name: str, text: str) -> None:
        """Takes a BOD for delivery."""
        message = Message(document_name, uuid4().hex, text.encode())
        if self._target is None:
            self._kept.append(message)
        else:
            self._enqueue(message)

    @property
    def counts(self) -> dict[str, int]:
        """How many were `delivered` and `refused`, are `pending`, and `kept` for a target."""
        return {
            "delivered": self.delivered,
            "refused": self.refused,
            "pending": self.pending,
            "kept": len(self._kept),
        }

    @property
    def kept(self) -> list[Message]:
        """BODs that wait for a target, the oldest first."""
        return list(self._kept)

    def clear(self) -> None:
        """Forgets what is kept and what was sent; what is on its way goes on."""
        self._kept.clear()
        self.sent.clear()
        self.delivered = self.refused = 0

    async def run(self) -> None:
        """Delivers until cancelled."""
        connector = aiohttp.TCPConnector(limit=_IN_FLIGHT)
        async with aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT) as session:
            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(_IN_FLIGHT):
                        group.create_task(self._deliver(session))
            finally:
                for handle in self._later:
                    handle.cancel()

    def _enqueue(self, message: Message) -> None:
        fate = self._injector.message(message.document_name) if self._injector else AS_IT_IS
        for copy in fate.copies:
            self.pending += 1
            half = len(message.payload) // 2
            told = replace(message, payload=message.payload[:half]) if copy.malformed else message
            if copy.wait_ms:
                self._put_later(told, copy.wait_ms / 1000)
            else:
                self._queue.put_nowait(told)

    async def _deliver(self, session: aiohttp.ClientSession) -> None:
        while True:
            message = await self._queue.get()
            message.tries += 1
            if await self._accepted(session, message):
                self.delivered += 1
                self.pending -= 1
                self.sent.append(message)
            else:
                self.refused += 1
                self._put_later(message, message.pause_s)

    def _put_later(self, message: Message, seconds: float) -> None:
        def put() -> None:
            self._later.discard(handle)
            self._queue.put_nowait(message)

        handle = asyncio.get_running_loop().call_later(seconds, put)
        self._later.add(handle)

    async def _accepted(self, session: aiohttp.ClientSession, message: Message) -> bool:
        target = self._target
        if target is None:
            return False
        boundary = uuid4().hex
        try:
            async with session.post(
                f"{target.url}/service/v3/multipartMessage",
                data=self._body(message, boundary),
                headers={
                    "Content-Type": f"multipart/form-data; boundary={boundary}",
                    "X-TenantId": self._settings.tenant,
                    "Authorization": aiohttp.encode_basic_auth("ion", target.secret),
                },
            ) as answer:
                return 200 <= answer.status < 300
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _body(self, message: Message, boundary: str) -> bytes:
        parameters = {
            "documentName": message.document_name,
            "messageId": message.message_id,
            "fromLogicalId": LOGICAL_ID,
            "toLogicalId": self._settings.bod_to,
            "encoding": "NONE",
            "characterSet": "UTF-8",
        }
        first = _PART.format(boundary, "ParameterRequest", "application/json")
        second = _PART.format(boundary, "MessagePayload", "application/octet-stream")
        head = f"{first}{json.dumps(parameters)}\r\n{second}"
        return head.encode() + message.payload + f"\r\n--{boundary}--\r\n".encode()
