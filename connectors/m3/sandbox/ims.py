"""ION's side of the delivery: BODs go to the application by IMS until it accepts them.

At most eight at a time and in no order, as ION does; `variationID` tells which is newer. Which
status an application must answer with and how ION repeats are by analogy: any 2xx is accepted,
anything else is sent again after 0.2 s, then twice as long each time up to 10 s, without end.
"""

import asyncio
import json
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import uuid4

import aiohttp

from connectors.m3.sandbox.ims_forms import DISCOVERED, offered, pack
from connectors.m3.sandbox.oagis import LOGICAL_ID
from connectors.m3.sandbox.settings import SandboxSettings
from connectors.sandbox.injector import AS_IT_IS, Injector

_IN_FLIGHT = 8
_KEPT = 10_000
_REMEMBERED = 1_000
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 10.0
_TIMEOUT = aiohttp.ClientTimeout(total=30)


@dataclass
class Message:
    """A BOD on its way: its name (`Sync.Invoice`), its id, its bytes, how often it was sent."""

    document_name: str
    message_id: str
    payload: bytes
    tries: int = 0

    def cut_off(self) -> "Message":
        """The first half of it."""
        half = self.payload[: len(self.payload) // 2]
        return replace(self, payload=half.decode(errors="ignore").encode())

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

    Attributes:
        documents: the Sync documents that are sent; others are dropped.
    """

    def __init__(self, settings: SandboxSettings, injector: Injector | None = None):
        self._settings = settings
        self._injector = injector
        self.documents = frozenset(settings.documents)
        self._queue: asyncio.Queue[Message] = asyncio.Queue()
        self._kept: deque[Message] = deque(maxlen=_KEPT)
        self._target: Target | None = None
        self._form = ""
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
        self._form = "" if self._settings.ims == DISCOVERED else self._settings.ims
        while self._kept:
            self._enqueue(self._kept.popleft())

    def put(self, document_name: str, text: str) -> None:
        """Takes a BOD for delivery, if ION routes its kind to the application."""
        if document_name not in self.documents and document_name.startswith("Sync."):
            return
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
            told = message.cut_off() if copy.malformed else message
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
        try:
            form = self._form or await self._discovered(session, target)
            packed = pack(form, self._parameters(message), message.payload)
            url = f"{target.url}/service/{packed.path}"
            headers = {**packed.headers, **self._headers(target)}
            async with session.post(url, data=packed.body, headers=headers) as answer:
                return 200 <= answer.status < 300
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def _discovered(self, session: aiohttp.ClientSession, target: Target) -> str:
        """Asks the application what it offers: its protocol, else its versions, else the oldest."""
        told = None
        for name in ("protocol", "versions"):
            url = f"{target.url}/service/{name}"
            async with session.get(url, headers=self._headers(target)) as answer:
                if answer.status == 200:
                    with suppress(ValueError):
                        told = json.loads(await answer.text())
                        break
        self._form = offered(told)
        return self._form

    def _headers(self, target: Target) -> dict[str, str]:
        return {
            "X-TenantId": self._settings.tenant,
            "Authorization": aiohttp.encode_basic_auth("ion", target.secret),
        }

    def _parameters(self, message: Message) -> dict[str, str]:
        return {
            "documentName": message.document_name,
            "messageId": message.message_id,
            "fromLogicalId": LOGICAL_ID,
            "toLogicalId": self._settings.bod_to,
            "encoding": "NONE",
            "characterSet": "UTF-8",
        }
