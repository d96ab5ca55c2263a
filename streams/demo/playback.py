"""Plays documents in their order: orders through the checkout, returns by the shop's clerk.

What belongs to no order is a case for a person.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiolimiter import AsyncLimiter

from streams.core.clock import Clock
from streams.core.message import Message, message_id
from streams.core.money import to_major
from streams.demo.checkout import checkout
from streams.demo.documents import CURRENCY, Adjustment, Document, Order, Return
from streams.demo.people import People
from streams.demo.returns import GivenBack, Matched
from streams.demo.sandboxes import Sandboxes
from streams.demo.settings import DemoSettings
from streams.demo.watch import Watch
from streams.messages.ops import Exceptional

Publish = Callable[[Sequence[Message]], Awaitable[None]]
"""Puts messages into their topics; returns when Kafka has acknowledged."""


class Stalled(Exception):
    """Nothing moved for `stall_seconds`, or what is open waits for a person."""


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
    returns: Mapping[str, Matched]
    placed: list[str] = field(default_factory=list)
    _open: set[str] = field(default_factory=set)
    _told: set[str] = field(default_factory=set)
    _owed: Counter[str] = field(default_factory=Counter)

    async def play(self, documents: Iterable[Document]) -> bool:
        """Plays all documents and waits until every order is settled and every case was seen.

        Returns:
            False if nothing moved any more; then what is open stays open.

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
                elif isinstance(document, Return):
                    await self._take_back(document)
                elif isinstance(document, Adjustment):
                    await self._tell(document, document.amount)
            while self._still_open() or self._told - self.watch.exceptions.keys():
                await self._progress()
        except Stalled:
            return False
        return True

    async def _place(self, order: Order) -> None:
        while self._on_their_way() >= self.settings.in_flight:
            await self._progress()
        key = self.settings.key(order.number)
        await self.sandboxes.place(checkout(order, self.people.of(order)))
        self.placed.append(key)
        self._open.add(key)

    async def _take_back(self, document: Return) -> None:
        """A clerk of the shop gives goods back; what belongs to no order is a case."""
        match = self.returns[document.number]
        for number, given in match.by_order().items():
            key = self.settings.key(number)
            while key not in self.watch.orders:  # nobody returns what nobody has taken
                await self._progress()
            self._owed[key] += sum(each.amount for each in given)
            self._open.add(key)
            await self.sandboxes.refund(number, refund(document.number, given))
        if match.left:
            await self._tell(document, match.left)

    async def _tell(self, document: Return | Adjustment, amount: int) -> None:
        key, now = self.settings.key(document.number), self.clock.now_ms()
        case = exceptional(document, amount, key, now)
        self._told.add(case.id)
        await self.publish([case])

    def _still_open(self) -> int:
        settled, owed = self.watch.settled, self._owed
        self._open = {key for key in self._open if not settled(key, owed[key])}
        return len(self._open)

    def _on_their_way(self) -> int:
        """Orders that are open and go on by themselves."""
        return self._still_open() and sum(not self.watch.for_a_person(key) for key in self._open)

    async def _progress(self) -> None:
        settings = self.settings
        alive = self._on_their_way() or not self._open
        self.watch.changed.clear()
        try:
            async with asyncio.timeout(settings.stall_seconds if alive else settings.quiet_seconds):
                await self.watch.changed.wait()
        except TimeoutError:
            raise Stalled from None


def refund(number: str, given: Sequence[GivenBack]) -> dict[str, Any]:
    """The seed of `POST /_sandbox/orders/{id}/refunds`: gross amounts, as text."""
    lines = [
        {
            "place": each.place,
            "quantity": each.quantity,
            "amount": f"{to_major(each.amount, CURRENCY):f}",
        }
        for each in given
    ]
    return {"reason": number, "lines": lines}


def exceptional(document: Return | Adjustment, amount: int, key: str, now_ms: int) -> Exceptional:
    """The case that is left of a return, or that an adjustment is; one document, one id."""
    if isinstance(document, Return):
        whose = f"customer {document.customer}" if document.customer else "a guest"
        kind, reason = "return", f"Goods of {whose} came back that belong to no order seen here."
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
        minor_units=amount,
        currency=CURRENCY,
    )
