"""The whole product at work: each role a process of its own, the sandboxes in another."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientSession

from streams.core.flow import Kept
from streams.demo.checkout import checkout
from streams.demo.documents import Order
from streams.demo.people import People
from streams.demo.sandboxes import Sandboxes
from streams.demo.seeding import connect, seed
from streams.demo.stage import Stage, stage
from streams.flows.order.state import OrderState, Status
from streams.kafka.follower import follow
from streams.kafka.settings import KafkaSettings
from streams.topics import table, within

SHOP = "uk"
STALL_SECONDS = 60


@dataclass
class Product:
    """Takes orders in the shop and sees what becomes of them.

    Attributes:
        pids: the processes that play the roles.
        states: what is known of each order, by its number.
    """

    pids: tuple[int, ...]
    sandboxes: Sandboxes
    people: People
    states: dict[str, OrderState] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def place(self, order: Order) -> None:
        """A customer checks out."""
        await self.sandboxes.place(checkout(order, self.people.of(order)))

    async def place_at(self, orders: Sequence[Order], per_second: float) -> None:
        """Customers check out at a steady rate, however long the shop takes for each."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        async with asyncio.TaskGroup() as checkouts:
            for number, order in enumerate(orders):
                await asyncio.sleep(max(0.0, start + number / per_second - loop.time()))
                checkouts.create_task(self.place(order))

    async def closed(self, orders: Collection[Order]) -> None:
        """Returns when all these orders are closed.

        Raises:
            TimeoutError: nothing has moved for a minute.
        """
        while not all(self._is_closed(order) for order in orders):
            self._changed.clear()
            async with asyncio.timeout(STALL_SECONDS):
                await self._changed.wait()

    async def m3_calls(self) -> int:
        """HTTP requests that M3 has had."""
        return (await self.sandboxes.books()).m3_calls

    async def watch(self, stage: Stage) -> None:
        """Reads the order flow's table as it grows; until cancelled."""
        topic = within(table("order"), stage.namespace)
        async for records in follow(stage.engine, [topic]):
            for record in records:
                self._changed.set()
                state = Kept[OrderState].model_validate_json(record.value or b"{}").state
                if state:
                    self.states[state.key.removeprefix(f"{SHOP}-")] = state

    def _is_closed(self, order: Order) -> bool:
        state = self.states.get(order.number)
        return state is not None and state.status is Status.CLOSED


@asynccontextmanager
async def product(settings: KafkaSettings, orders: Sequence[Order]) -> AsyncIterator[Product]:
    """The product, ready to take these orders."""
    people = People(1)
    async with (
        stage(settings, SHOP) as set_,
        set_.roles("flows") as flows,
        set_.roles("sinks") as sinks,
        set_.roles("bridge") as bridge,
        ClientSession() as http,
    ):
        pids = tuple(each.process.pid for each in (flows, sinks, bridge))
        product_ = Product(pids, Sandboxes(http, set_.systems), people)
        await seed(product_.sandboxes, orders, people)
        await connect(product_.sandboxes)
        watching = asyncio.create_task(product_.watch(set_))
        try:
            yield product_
        finally:
            watching.cancel()
            await asyncio.wait((watching,))
