"""Whatever shop, clerk and warehouse do: money and stock are conserved, orders come to an end."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectors.m3.sandbox import clerk
from connectors.m3.sandbox.announcer import Announcer
from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.ims import Outbox
from connectors.m3.sandbox.life import Life
from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.programs import HANDLERS
from connectors.m3.sandbox.returning import Returning
from connectors.m3.sandbox.settings import SandboxSettings
from connectors.m3.sandbox.snapshot import books
from connectors.m3.sandbox.state.books import Books
from connectors.m3.sandbox.state.items import Item
from connectors.m3.sandbox.state.orders import Line, Order
from connectors.sandbox.clock import SandboxClock
from connectors.sandbox.keeping.shelves import MEMORY, Shelves
from streams.core.clock import SteppingClock

ITEMS = ("A", "B")
START = Decimal(10)


def company(split_percent: int, shelves: Shelves) -> Company:
    settings = SandboxSettings(
        step_ms=0, return_ms=0, coalesce_ms=60_000, split_percent=split_percent
    )
    clock, state = SteppingClock(), Books.opened("GBP", shelves)
    announcer = Announcer(settings, clock, Outbox(settings, None, shelves), shelves)
    life = Life(settings, SandboxClock(clock), state, announcer, shelves)
    returning = Returning(settings, clock, state, announcer, life)
    return Company(settings, clock, state, announcer, life, returning)


@dataclass
class World:
    """A company without HTTP, all steps of which are taken by hand."""

    company: Company
    orders: list[Order] = field(default_factory=list)
    added: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(ITEMS, START))

    @classmethod
    def fresh(cls, split_percent: int, shelves: Shelves = MEMORY) -> "World":
        world = cls(company(split_percent, shelves))
        for itno in ITEMS:
            world.company.books.items.add(Item(itno, {}, Decimal(1), stocked=True, STQT=START))
        return world

    def call(self, name: str, **fields: str) -> dict[str, str]:
        program, _, transaction = name.partition("/")
        rows = HANDLERS[program, transaction](self.company, fields)
        return rows[0] if rows else {}

    def order(self, ortp: str, lines: list[tuple[str, int, str]]) -> None:
        number = len(self.orders)
        orno = self.call("OIS100MI/AddBatchHead", CUNO="GUEST", CUOR=f"uk-{number}", ORTP=ortp)
        for itno, quantity, price in lines:
            line = {"ITNO": itno, "ORQT": str(quantity), "SAPR": price}
            self.call("OIS100MI/AddBatchLine", **orno, **line)
        final = self.call("OIS100MI/Confirm", **orno)["ORNO"]
        self.orders.append(self.company.books.orders.get(final))

    def do(self, kind: str, order: int, line: int, quantity: int, price: str) -> None:
        """One thing that may be refused, and then has changed nothing."""
        if kind == "step":
            self.steps(quantity)
        elif kind == "stock":
            self.stock(ITEMS[line % len(ITEMS)], quantity)
        elif self.orders:
            chosen = self.orders[order % len(self.orders)]
            if chosen.ORNO in self.company.books.orders.final and chosen.lines:
                chosen = self.company.books.orders.get(chosen.ORNO)
                part = chosen.lines[line % len(chosen.lines)]
                DEEDS[kind](self, chosen, part, quantity, Decimal(price))

    def steps(self, number: int) -> None:
        for _ in range(number):
            if self.company.life.due:
                self.company.life.step()

    def stock(self, itno: str, quantity: int) -> None:
        self.call("MMS850MI/AddAdjust", WHLO="001", ITNO=itno, QLQT=str(quantity))
        self.added[itno] += quantity

    def send_back(self, order: Order, line: Line, quantity: int) -> None:
        if quantity > line.DLQT - line.RTQT:
            return
        opened = self.call("OIS390MI/AddHead", WHLO="001", RORN=order.ORNO)
        fields = {"RORL": str(line.PONR), "REQ0": str(quantity)}
        self.call("OIS390MI/AddLine", WHLO="001", REPN=opened["REPN"], **fields)

    def check(self) -> dict[str, Any]:
        """What must hold at every moment; the books."""
        state = self.company.books
        lines = [line for order in state.orders.final.values() for line in order.lines]
        for itno in ITEMS:
            item = state.items.get(itno)
            mine = [line for line in lines if itno == line.ITNO]
            sent = sum(line.DLQT for line in mine)
            back = sum(
                entry.REQ0
                for returned in state.returns.by_repn.values()
                for entry in returned.lines
                if entry.received and itno == entry.line.ITNO
            )
            assert sum(line.ALQT for line in mine) == item.ALQT
            assert 0 <= item.ALQT <= item.STQT
            assert self.added[itno] - sent + back == item.STQT
        for line in lines:
            assert 0 <= line.IVQT <= line.DLQT
            assert line.DLQT + line.ALQT <= line.ORQT
            assert 0 <= line.RTQT <= line.DLQT
            assert line.status() == line.ORST
        told = books(self.company)
        totals = told["totals"]
        assert totals["outstanding"] == totals["invoiced"] - totals["credited"]
        assert totals["credited"] <= totals["invoiced"] <= totals["ordered"]
        return told

    def settle(self) -> dict[str, Any]:
        """Stock for all, no stops, all steps taken; the books."""
        for orno in list(self.company.books.orders.final):
            with suppress(Refused):
                clerk.release(self.company, self.company.books.orders.get(orno))
        for itno in ITEMS:
            self.stock(itno, 10_000)
        while self.company.life.due:
            self.company.life.step()
        return self.check()


Deed = Callable[[World, Order, Line, int, Decimal], None]
DEEDS: dict[str, Deed] = {
    "delete": lambda w, order, *_: clerk.delete_order(w.company, order),
    "delete line": lambda w, order, line, *_: clerk.delete_line(w.company, order, line),
    "close": lambda w, order, line, *_: clerk.close_line(w.company, order, line),
    "change": lambda w, order, line, quantity, _: clerk.change_line(
        w.company, order, line, Decimal(quantity), line.SAPR
    ),
    "price": lambda w, order, line, _, price: clerk.change_line(
        w.company, order, line, line.ORQT, price
    ),
    "stop": lambda w, order, *_: clerk.stop(w.company, order, "7"),
    "release": lambda w, order, *_: clerk.release(w.company, order),
    "return": lambda w, order, line, quantity, _: w.send_back(order, line, quantity),
}
LINES = st.lists(
    st.tuples(st.sampled_from([*ITEMS, "POST"]), st.integers(1, 8), st.sampled_from(["0.99", "7"])),
    min_size=1,
    max_size=3,
)
ORDERS = st.tuples(st.sampled_from(["WEB", "WBO", "STD", "SBO"]), LINES)
DONE = st.tuples(
    st.sampled_from([*DEEDS, "return", "stock", "step", "step", "step"]),
    st.integers(0, 5),
    st.integers(0, 3),
    st.integers(1, 9),
    st.sampled_from(["0.01", "3.33"]),
)


@given(
    split=st.sampled_from([0, 50]),
    history=st.lists(st.one_of(ORDERS, DONE), max_size=40),
)
def test_money_and_stock_are_conserved_and_orders_come_to_an_end(
    split: int, history: list[Any]
) -> None:
    async def play() -> None:
        world = World.fresh(split)
        for entry in history:
            with suppress(Refused):
                if len(entry) == 2:
                    world.order(*entry)
                else:
                    world.do(*entry)
            world.check()
        told = world.settle()
        world.company.announcer.clear()
        for order in told["orders"].values():
            assert order["lowest"] == order["state"]
            assert order["state"] in ("77", "99")
            billed = told["invoices"].get(order["CUOR"], {"gross": 0})
            assert billed["gross"] == order["total"]
        assert all(returned["state"] == "77" for returned in told["returns"])

    asyncio.run(play())
