"""An order's life after `Confirm`: allocation, delivery and invoice, by itself on the clock.

One delivery and one invoice an order. An order that cannot be allocated wholly waits until
stock comes.
"""

import asyncio
import heapq
from itertools import count

from connectors.m3.sandbox.announcer import Announcer
from connectors.m3.sandbox.settings import SandboxSettings
from connectors.m3.sandbox.state.books import Books
from connectors.m3.sandbox.state.items import Item
from connectors.m3.sandbox.state.orders import (
    ALLOCATED,
    DELIVERED,
    ENTERED,
    INVOICED,
    Line,
    Order,
)
from connectors.sandbox.clock import SandboxClock


class Life:
    """Moves confirmed orders on, each step `step_ms` after the one before."""

    def __init__(
        self,
        settings: SandboxSettings,
        clock: SandboxClock,
        books: Books,
        announcer: Announcer,
    ):
        self._step_ms = settings.step_ms
        self._clock = clock
        self._books = books
        self._announcer = announcer
        self._due: list[tuple[int, int, Order]] = []
        self._ticket = count()
        self._short: dict[str, Order] = {}
        self._changed = asyncio.Event()
        self._steps = {ENTERED: self._allocate, ALLOCATED: self._deliver, DELIVERED: self._bill}

    def start(self, order: Order) -> None:
        """Begins the life of an order that has just been confirmed."""
        self._announcer.sales_order(order)
        self._schedule(order)

    def stop(self, order: Order) -> None:
        """Ends the life of an order that was deleted; its allocation is given back."""
        self._due = [entry for entry in self._due if entry[2] is not order]
        heapq.heapify(self._due)
        self._short.pop(order.ORNO, None)
        if order.ORST == ALLOCATED:
            for line, item in self._stocked(order):
                item.ALQT -= line.ORQT
            self.stock_came()

    def stock_came(self) -> None:
        """Tries orders again that wait for stock."""
        short, self._short = self._short, {}
        for order in short.values():
            self._schedule(order)

    def clear(self) -> None:
        """Forgets all orders on their way."""
        self._due.clear()
        self._short.clear()

    @property
    def moving(self) -> int:
        """Orders that will move on by themselves."""
        return len(self._due)

    async def run(self) -> None:
        """Moves orders on until cancelled."""
        while True:
            self._changed.clear()
            while self._due and self._due[0][0] <= self._clock.now_ms():
                self._step(heapq.heappop(self._due)[2])
                await asyncio.sleep(0)
            await self._clock.wait_until(self._due[0][0] if self._due else None, self._changed)

    def _schedule(self, order: Order) -> None:
        heapq.heappush(self._due, (self._clock.now_ms() + self._step_ms, next(self._ticket), order))
        self._changed.set()

    def _step(self, order: Order) -> None:
        self._steps[order.ORST](order)

    def _allocate(self, order: Order) -> None:
        wanted = self._stocked(order)
        need: dict[str, tuple[Item, list[Line]]] = {}
        for line, item in wanted:
            need.setdefault(item.ITNO, (item, []))[1].append(line)
        if any(sum(line.ORQT for line in lines) > item.available for item, lines in need.values()):
            self._short[order.ORNO] = order
            return
        for line, item in wanted:
            item.ALQT += line.ORQT
        order.set_status(ALLOCATED, self._clock.now_ms())
        self._schedule(order)

    def _deliver(self, order: Order) -> None:
        for line, item in self._stocked(order):
            item.ALQT -= line.ORQT
            item.STQT -= line.ORQT
            self._announcer.balance(item)
        now = self._clock.now_ms()
        order.set_status(DELIVERED, now)
        self._announcer.shipment(self._books.receivables.deliver(order, now))
        self._announcer.sales_order(order)
        self._schedule(order)

    def _bill(self, order: Order) -> None:
        now = self._clock.now_ms()
        order.set_status(INVOICED, now)
        delivery = self._books.receivables.delivery_of(order)
        self._announcer.invoice(self._books.receivables.bill(delivery, now))
        self._announcer.sales_order(order)

    def _stocked(self, order: Order) -> list[tuple[Line, Item]]:
        items = self._books.items
        return [(line, items.get(line.ITNO)) for line in order.lines if line.stocked]
