"""M3 calls an order when M3 is what everything waits for: its commands lie ready on their topic.

So it is at a sale's peak, and after M3 was away.
"""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from time import monotonic
from typing import Any

from aiohttp import ClientSession

from bench.figures import Figure, Goal, Section, Table, number
from bench.orders import orders
from streams.bootstrap import connected
from streams.core.clock import SystemClock
from streams.core.message import Command, message_id
from streams.demo.documents import CURRENCY, Order
from streams.demo.people import People
from streams.demo.sandboxes import Sandboxes
from streams.demo.seeding import seed
from streams.demo.stage import Stage, stage
from streams.kafka.context import Context
from streams.kafka.follower import follow
from streams.kafka.publisher import Publisher
from streams.kafka.settings import KafkaSettings
from streams.messages.m3 import CreateOrder, EnsureCustomer, RecordPayment
from streams.messages.ops import Result
from streams.messages.parts import Line
from streams.topics import CUSTOMER_RESULTS, ORDER_RESULTS, within

SHOP, INVOICED_SECONDS = "uk", 60.0
Books = Mapping[str, Any]


async def measure(settings: KafkaSettings, count: int) -> Section:
    """Lets the M3 sink enter and settle `count` orders with their customers."""
    now = SystemClock().now_ms()
    some, people = orders(now // 1000, count, now), People(1)
    async with (
        stage(settings, SHOP) as set_,
        ClientSession() as http,
        connected(settings, set_.namespace) as context,
    ):
        sandboxes = Sandboxes(http, set_.systems)
        await seed(sandboxes, some, people)
        entering = [command for order in some for command in _entering(order, people)]
        calls, seconds = await _executed(set_, context, sandboxes, entering)
        books = await _invoiced(sandboxes, some)
        paying = [_paying(order, books[f"{SHOP}-{order.number}"]) for order in some]
        more_calls, more_seconds = await _executed(set_, context, sandboxes, paying)
    return section(count, (calls, more_calls), (seconds, more_seconds))


def section(count: int, calls: tuple[int, int], seconds: tuple[float, float]) -> Section:
    """The figures: of entering the orders, and of settling them."""
    total = sum(calls) / count
    rows = tuple(
        (title, number(count), number(made / count), number(count / spent))
        for title, made, spent in zip(
            ("entered, with a customer", "paid"), calls, seconds, strict=True
        )
    )
    about = (
        "Orders of about 9 lines whose commands lie ready on M3's topic: what an order costs when "
        "M3 is the bottleneck. The sandbox answers at once."
    )
    goal = Goal("at most", 0.3)
    figure = Figure("M3 calls an order when busy (its commands wait for M3)", total, goal=goal)
    columns = ("", "orders", "M3 calls an order", "orders a second")
    return Section((figure,), (Table("M3 when busy", columns, rows, about),))


async def _executed(
    set_: Stage, context: Context, sandboxes: Sandboxes, commands: Sequence[Command]
) -> tuple[int, float]:
    """M3's calls until all have their results, and the seconds that it took."""
    await Publisher(context).publish(commands)
    before = (await sandboxes.books()).m3_calls
    async with set_.roles("sinks"):
        started = monotonic()
        await _answered(set_, context, {command.id for command in commands})
        return (await sandboxes.books()).m3_calls - before, monotonic() - started


async def _answered(set_: Stage, context: Context, waiting: Collection[str]) -> None:
    left = set(waiting)
    topics = [within(topic, set_.namespace) for topic in (ORDER_RESULTS, CUSTOMER_RESULTS)]
    async for records in follow(set_.engine, topics):
        for record in records:
            result = context.codec.decode(record.value or b"")
            if isinstance(result, Result) and result.outcome == "done":
                left.discard(result.command_id)
        if not left:
            return


async def _invoiced(sandboxes: Sandboxes, some: Sequence[Order]) -> Books:
    keys = {f"{SHOP}-{order.number}" for order in some}
    async with asyncio.timeout(INVOICED_SECONDS):
        while not keys <= (books := (await sandboxes.books()).m3["invoices"]).keys():  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    return dict(books)


def _entering(order: Order, people: People) -> Iterator[Command]:
    address = people.of(order).billing
    yield EnsureCustomer(
        **_envelope(EnsureCustomer, f"{SHOP}-{order.customer}", order, "flow/customer"),
        shop=SHOP,
        customer_id=order.customer,
        currency=CURRENCY,
        address=address,
    )
    yield CreateOrder(
        **_envelope(CreateOrder, f"{SHOP}-{order.number}", order, "flow/order"),
        shop=SHOP,
        order_id=order.number,
        order_number=order.number,
        customer_number="GUEST",
        currency=CURRENCY,
        total=order.amount,
        ordered_at=order.placed_at,
        lines=tuple(
            Line(
                line_id=str(place),
                item=line.item,
                quantity=line.quantity,
                unit_price=str(line.unit_price),
                amount=line.amount,
            )
            for place, line in enumerate(order.lines)
        ),
        bill_to=address,
        ship_to=address,
    )


def _paying(order: Order, invoice: Books) -> Command:
    return RecordPayment(
        **_envelope(RecordPayment, f"{SHOP}-{order.number}", order, "flow/order"),
        invoice_number=str(invoice["CINO"]),
        invoice_year=int(invoice["INYR"]),
        customer_number="GUEST",
        amount=order.amount,
        currency=CURRENCY,
        transaction_id=f"TRN_{order.number}",
        paid_at=order.placed_at,
    )


def _envelope(kind: type[Command], key: str, order: Order, source: str) -> dict[str, Any]:
    return {
        "id": message_id(kind.type, key, order.number),
        "key": key,
        "occurred_at": order.placed_at,
        "received_at": order.placed_at,
        "source": source,
        "correlation_id": f"{SHOP}-{order.number}",
    }
