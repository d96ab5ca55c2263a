"""Plays documents in their order: orders through the shop's checkout, the rest as exceptions."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from aiolimiter import AsyncLimiter

from streams.core.clock import Clock
from streams.core.message import Message, message_id
from streams.demo.checkout import checkout
from streams.demo.documents import CURRENCY, Adjustment, Document, Order, Return
from streams.demo.people import People
from streams.demo.sandboxes import Sandboxes
from streams.demo.settings import DemoSettings
from streams.demo.watch import Watch
from streams.messages.ops import Exceptional

Publish = Callable[[Sequence[Message]], Awaitable[None]]
"""Puts messages into their topics; returns when Kafka has acknowledged."""


class Stalled(Exception):
    """Nothing moved for `stall_seconds`."""


@dataclass
class Playback:
    """One run of documents; plays once.

    Attributes:
        placed: keys of the orders that the shop has taken, in order.
    """

    settings: DemoSettings
    sandboxes: Sandboxes
    people: People
    watch: Watch
    publish: Publish
    clock: Clock
    placed: list[str] = field(default_factory=list)
    _open: set[str] = field(default_factory=set)
    _told: set[str] = field(default_factory=set)

    async def play(self, documents: Iterable[Document]) -> bool:
        """Plays all documents and waits until every order is settled and every case was seen.

        Returns:
            False if nothing moved for `stall_seconds`; then what is open stays open.

        Raises:
            Misconfigured: the shop's sandbox is not there or refuses an order.
        """
        rate = self.settings.per_second
        pace = AsyncLimiter(1, 1 / rate) if rate else None
        try:
            for document in documents:
                if isinstance(document, Order):
                    if pace:
                        await pace.acquire()
                    await self._place(document)
                elif isinstance(document, Return | Adjustment):
                    await self._tell(document)
            while self._still_open() or self._told - self.watch.exceptions.keys():
                await self._progress()
        except Stalled:
            return False
        return True

    async def _place(self, order: Order) -> None:
        while self._still_open() >= self.settings.in_flight:
            await self._progress()
        key = self.settings.key(order.number)
        await self.sandboxes.place(checkout(order, self.people.of(order)))
        self.placed.append(key)
        self._open.add(key)

    async def _tell(self, document: Return | Adjustment) -> None:
        case = exceptional(document, self.settings.key(document.number), self.clock.now_ms())
        self._told.add(case.id)
        await self.publish([case])

    def _still_open(self) -> int:
        self._open = {key for key in self._open if not self.watch.settled(key)}
        return len(self._open)

    async def _progress(self) -> None:
        self.watch.changed.clear()
        try:
            async with asyncio.timeout(self.settings.stall_seconds):
                await self.watch.changed.wait()
        except TimeoutError:
            raise Stalled from None


def exceptional(document: Return | Adjustment, key: str, now_ms: int) -> Exceptional:
    """The case that a return or an adjustment is; the same document has the same id."""
    if isinstance(document, Return):
        whose = f"customer {document.customer}" if document.customer else "a guest"
        kind, reason = "return", f"Goods of {whose} came back; nobody has refunded them yet."
    else:
        kind, reason = "adjustment", "A ledger adjustment; it belongs to no order of the shop."
    return Exceptional(
        id=message_id("demo", key),
        key=key,
        occurred_at=document.placed_at,
        received_at=now_ms,
        source="demo",
        correlation_id=key,
        kind=kind,
        reason=reason,
        minor_units=document.amount,
        currency=CURRENCY,
    )
