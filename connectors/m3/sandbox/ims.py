"""ION's side of the delivery: BODs go to the application by IMS until it accepts them.

At most eight at a time and in no order, as ION does; `variationID` tells which is newer. Which
status an application must answer with and how ION repeats are by analogy: any 2xx is accepted,
anything else is sent again after 0.2 s, then twice as long each time up to 10 s, without end.
"""

import asyncio
import json
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import uuid4

import aiohttp

from connectors.m3.sandbox.ims_forms import DISCOVERED, offered, pack
from connectors.m3.sandbox.oagis import LOGICAL_ID
from connectors.m3.sandbox.settings import SandboxSettings
from connectors.sandbox.injector import AS_IT_IS, Injector
from connectors.sandbox.keeping.shelves import MEMORY, Series, Shelves

_IN_FLIGHT = 8
_KEPT = 10_000
_REMEMBERED = 1_000
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 10.0
_TIMEOUT = aiohttp.ClientTimeout(total=30)


@dataclass
class Message:
    """A BOD: its name (`Sync.Invoice`), its id, its bytes, how often and whether it was sent."""

    document_name: str
    message_id: str
    payload: bytes
    tries: int = 0
    accepted: bool = False

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
    """Where BODs go: the application's IMS base, its password for ION, which Sync documents."""

    url: str
    secret: str
    documents: frozenset[str]


class Outbox:
    """BODs to be sent, being sent and lately sent.

    `put` never blocks. Without a target the latest 10,000 are kept and sent once one is set.

    Args:
        injector: says what goes wrong on the way; None for nothing.
        shelves: where BODs stand; those that wait when a sandbox stops are sent when it starts.
    """

    def __init__(
        self,
        settings: SandboxSettings,
        injector: Injector | None = None,
        shelves: Shelves = MEMORY,
    ):
        self._settings = settings
        self._injector = injector
        self._bods: dict[int, Message] = shelves.shelf("bods", Message)
        self._numbers = Series(shelves, "bods")
        self._targets: dict[str, Target] = shelves.shelf("bod_target", Target)
        self._tries: dict[str, int] = shelves.shelf("bod_tries", int)
        self._form = "" if settings.ims == DISCOVERED else settings.ims
        self._queue: asyncio.Queue[int] = asyncio.Queue()
        self._later: set[asyncio.TimerHandle] = set()
        self._kept: deque[int] = deque()
        self._sent = deque(number for number, each in self._bods.items() if each.accepted)
        self.pending = 0
        waiting = [number for number, each in self._bods.items() if not each.accepted]
        if self._target is None:
            self._kept.extend(waiting)
        else:
            self._wait(waiting)
        if settings.bod_url:
            self.aim(settings.bod_url, settings.bod_secret)

    def aim(self, url: str, secret: str, documents: Iterable[str] | None = None) -> None:
        """Sets where BODs go, and which; those kept so far go there too."""
        chosen = self.documents if documents is None else frozenset(documents)
        self._targets[""] = Target(url.rstrip("/"), secret, chosen)
        self._form = "" if self._settings.ims == DISCOVERED else self._settings.ims
        while self._kept:
            self._enqueue(self._bods.pop(self._kept.popleft()))

    @property
    def documents(self) -> frozenset[str]:
        """The Sync documents that are sent; others are dropped."""
        return self._target.documents if self._target else frozenset(self._settings.documents)

    def put(self, document_name: str, text: str) -> None:
        """Takes a BOD for delivery, if ION routes its kind to the application."""
        if document_name not in self.documents and document_name.startswith("Sync."):
            return
        message = Message(document_name, uuid4().hex, text.encode())
        if self._target is not None:
            self._enqueue(message)
            return
        self._kept.append(self._add(message))
        if len(self._kept) > _KEPT:
            del self._bods[self._kept.popleft()]

    @property
    def counts(self) -> dict[str, int]:
        """How many were `delivered` and `refused`, are `pending`, and `kept` for a target."""
        return {
            "delivered": self._tries.get("delivered", 0),
            "refused": self._tries.get("refused", 0),
            "pending": self.pending,
            "kept": len(self._kept),
        }

    @property
    def told(self) -> list[Message]:
        """BODs that were sent, then those that wait for a target, the oldest first."""
        every = dict(self._bods.items())
        return [every[number] for number in (*self._sent, *self._kept)]

    def clear(self) -> None:
        """Forgets what is kept and what was sent; what is on its way goes on."""
        for number in (*self._sent, *self._kept):
            del self._bods[number]
        self._kept.clear()
        self._sent.clear()
        self._tries.clear()

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
            number = self._add(message.cut_off() if copy.malformed else replace(message))
            if copy.wait_ms:
                self.pending += 1
                self._put_later(number, copy.wait_ms / 1000)
            else:
                self._wait([number])

    def _add(self, message: Message) -> int:
        number = next(self._numbers)
        self._bods[number] = message
        return number

    def _wait(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self.pending += 1
            self._queue.put_nowait(number)

    @property
    def _target(self) -> Target | None:
        return self._targets.get("")

    async def _deliver(self, session: aiohttp.ClientSession) -> None:
        while True:
            number = await self._queue.get()
            accepted = await self._accepted(session, self._bods[number])
            message = self._bods[number]
            message.tries += 1
            how = "delivered" if accepted else "refused"
            self._tries[how] = self._tries.get(how, 0) + 1
            if accepted:
                message.accepted = True
                self.pending -= 1
                self._remember(number)
            else:
                self._put_later(number, message.pause_s)

    def _remember(self, number: int) -> None:
        self._sent.append(number)
        if len(self._sent) > _REMEMBERED:
            del self._bods[self._sent.popleft()]

    def _put_later(self, number: int, seconds: float) -> None:
        def put() -> None:
            self._later.discard(handle)
            self._queue.put_nowait(number)

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
