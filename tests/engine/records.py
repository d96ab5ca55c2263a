"""Records as the fetching client gives them, and a Kafka that takes them without a broker."""

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from streams.kafka.durable import NotDurable, Offsets, Record


class Fetched(NamedTuple):
    """A record as aiokafka gives it."""

    offset: int
    value: bytes | None
    key: bytes | None = b"k"
    topic: str = "events"
    partition: int = 0
    timestamp: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()


class Taken:
    """A `Durable` that keeps what it is given; or refuses, as a broken broker does.

    Attributes:
        records: what was kept, in order.
        offsets: of each batch, as it came.
        broken: whether it refuses.
        open: cleared, it lets callers wait.
    """

    def __init__(self, commits: bool = False) -> None:
        self.commits = commits
        self.records: list[Record] = []
        self.offsets: list[Offsets] = []
        self.broken = False
        self.open = asyncio.Event()
        self.open.set()

    async def take_over(self, partition: int) -> None:
        """Nothing to fence."""

    async def keep(self, partition: int, records: Sequence[Record], offsets: Offsets) -> None:
        await self.open.wait()
        if self.broken:
            raise NotDurable("broken")
        self.records += records
        self.offsets.append(offsets)

    async def leave(self) -> None:
        """Nothing to give back."""

    def on(self, topic: str) -> list[Record]:
        """What was kept of a topic."""
        return [record for record in self.records if record.topic == topic]


async def until(done: Callable[[], bool]) -> None:
    """Lets the event loop run until `done`."""
    async with asyncio.timeout(5):
        while not done():  # noqa: ASYNC110 (what is waited for has no event)
            await asyncio.sleep(0)
