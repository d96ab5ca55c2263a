"""An order's life after `Confirm`, by itself on the clock: allocation, delivery, invoice.

Several deliveries and invoices an order, if what is picked is not all of it: the rest is picked
when the delivery before has left, or when stock comes.
"""

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from connectors.m3.sandbox.announcer import Announcer
from connectors.m3.sandbox.picking import Picking
from connectors.m3.sandbox.settings import SandboxSettings
from connectors.m3.sandbox.state.books import Books
from connectors.m3.sandbox.state.orders import Line, Order
from connectors.sandbox.clock import SandboxClock
from connectors.sandbox.keeping.shelves import MEMORY, Series, Shelves

Kind = Literal["allocate", "deliver", "bill", "receive", "credit"]


@dataclass(frozen=True, order=True)
class Step:
    """A step of an order's life that will be taken by itself.

    Attributes:
        at_ms: when.
        number: of two steps at one moment, the lower is taken first.
        ORNO: of the order.
        subject: what it is about: DLIX of a delivery, REPN of a return.
        lines: RELI of the return's lines that it is about.
    """

    at_ms: int
    number: int
    kind: Kind
    ORNO: str
    subject: str = ""
    lines: tuple[int, ...] = ()


class Life:
    """Moves confirmed orders on, each step `step_ms` after the one before.

    Attributes:
        picking: the rules by which deliveries are put together.
    """

    def __init__(
        self,
        settings: SandboxSettings,
        clock: SandboxClock,
        books: Books,
        announcer: Announcer,
        shelves: Shelves = MEMORY,
    ):
        self.picking = Picking(settings, shelves)
        self._settings = settings
        self._clock = clock
        self._books = books
        self._announcer = announcer
        self._steps: dict[int, Step] = shelves.shelf("steps", Step)
        self._due = sorted(self._steps.values())
        self._tickets = Series(shelves, "steps")
        self._short: dict[str, bool] = shelves.shelf("orders_short_of_stock", bool)
        self._changed = asyncio.Event()
        self._take: dict[Kind, Callable[[Step], None]] = {
            "allocate": self._allocate,
            "deliver": self._deliver,
            "bill": self._bill,
        }

    def takes(self, kind: Kind, take: Callable[[Step], None]) -> None:
        """Says who takes the steps of a kind."""
        self._take[kind] = take

    def start(self, order: Order) -> None:
        """Begins the life of an order that has just been confirmed; a stopped one stays."""
        self.picking.plan(order)
        self._announcer.sales_order(order)
        self.go_on(order)

    def go_on(self, order: Order) -> None:
        """Lets an order try its next allocation."""
        if not order.stopped:
            self.later(order, "allocate")

    def stop(self, order: Order) -> None:
        """Ends the life of an order that was deleted; its allocation is given back."""
        for step in [each for each in self._due if order.ORNO == each.ORNO]:
            self._due.remove(step)
            del self._steps[step.number]
        heapq.heapify(self._due)
        self._short.pop(order.ORNO, None)
        for line in order.lines:
            self._unpick(order, line)
        self._books.deliveries.forget(order)
        self.stock_came()

    def unpick(self, order: Order, line: Line) -> None:
        """Gives a line's allocation back; a delivery of services alone does not leave for it."""
        self._unpick(order, line)
        for delivery in self._books.deliveries.waiting(order):
            if not any(each.stocked for each, _ in delivery.picked):
                services = [each for each, _ in delivery.picked]
                for each in services:
                    delivery.drop(each)
                order.moved(self._clock.now_ms(), *services)
                self.go_on(order)
        self.stock_came()

    def stock_came(self) -> None:
        """Tries orders again that wait for stock."""
        short = list(self._short)
        self._short.clear()
        for orno in short:
            self.go_on(self._books.orders.get(orno))

    def clear(self) -> None:
        """Forgets all orders on their way, and the plans; the rules are as at the start."""
        self._due.clear()
        self._steps.clear()
        self._short.clear()
        self.picking.clear()

    @property
    def moving(self) -> int:
        """Steps that will be taken by themselves."""
        return len(self._due)

    @property
    def due(self) -> bool:
        """Whether a step is to be taken now."""
        return bool(self._due) and self._due[0].at_ms <= self._clock.now_ms()

    def step(self) -> None:
        """Takes the next step."""
        step = heapq.heappop(self._due)
        del self._steps[step.number]
        self._take[step.kind](step)

    async def run(self) -> None:
        """Moves orders on until cancelled."""
        while True:
            self._changed.clear()
            while self.due:
                self.step()
                await asyncio.sleep(0)
            await self._clock.wait_until(self._due[0].at_ms if self._due else None, self._changed)

    def later(
        self,
        order: Order,
        kind: Kind,
        subject: object = "",
        lines: tuple[int, ...] = (),
        delay_ms: int | None = None,
    ) -> None:
        """Takes a step of an order's life `step_ms` from now, or after another delay."""
        delay_ms = self._settings.step_ms if delay_ms is None else delay_ms
        at_ms, number = self._clock.now_ms() + delay_ms, next(self._tickets)
        step = Step(at_ms, number, kind, order.ORNO, str(subject), lines)
        self._steps[number] = step
        heapq.heappush(self._due, step)
        self._changed.set()

    def _allocate(self, step: Step) -> None:
        order = self._books.orders.get(step.ORNO)
        if order.stopped or not order.open:
            return
        picked = self.picking.pick(order, self._books)
        if not picked:
            self._short[order.ORNO] = True
            return
        now, items = self._clock.now_ms(), self._books.items
        delivery = self._books.deliveries.pick(order, picked, now)
        for line, quantity in picked:
            if line.stocked:
                items.get(line.ITNO).ALQT += quantity
        order.moved(now, *(line for line, _ in picked))
        self.later(order, "deliver", delivery.DLIX)

    def _deliver(self, step: Step) -> None:
        delivery = self._books.deliveries.get(int(step.subject))
        if not delivery.picked:
            return
        now, order = self._clock.now_ms(), delivery.order
        delivery.leave(now)
        for part in delivery.parts:
            if part.line.stocked:
                item = self._books.items.get(part.line.ITNO)
                item.ALQT -= part.quantity
                item.STQT -= part.quantity
                self._announcer.balance(item)
        order.moved(now, *(part.line for part in delivery.parts))
        self._announcer.shipment(delivery)
        self._announcer.sales_order(order)
        self.later(order, "bill", delivery.DLIX)
        if order.open:
            self.go_on(order)

    def _bill(self, step: Step) -> None:
        delivery = self._books.deliveries.get(int(step.subject))
        now, order = self._clock.now_ms(), delivery.order
        self._announcer.invoice(self._books.receivables.bill(delivery, now))
        order.moved(now, *(part.line for part in delivery.parts))
        self._announcer.sales_order(order)

    def _unpick(self, order: Order, line: Line) -> None:
        for delivery in self._books.deliveries.waiting(order):
            dropped = delivery.drop(line)
            if line.stocked:
                self._books.items.get(line.ITNO).ALQT -= dropped
