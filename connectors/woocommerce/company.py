"""Calls that come together travel together: how long one waits for company, and no longer.

A system with a quota of calls takes many things in one. Whoever is at work here and has something
to send waits for the others, but only while another one is still at work and may bring more: when
all wait, there is nothing to wait for.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

Send = Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]]
"""Sends items in one call; answers one by one, in their order. What it raises is everyone's."""


def full_house(queued: int, at_work: int, late: bool, most: int) -> bool:
    """Whether to send now: a call is full, nobody can bring more, or the first has waited enough.

    Args:
        queued: items that wait to be sent.
        at_work: members that wait for nothing here, so may still bring an item.
        late: the time for waiting is over.
        most: items that one call takes.
    """
    return queued > 0 and (queued >= most or at_work == 0 or late)


class Company(Generic[Item, Answer]):
    """Gathers what many tasks of one event loop want to send.

    Args:
        send: sends items in one call.
        most: items that one call takes.
        patience: seconds that an item waits for company at the most.
        lanes: calls under way at once; what comes meanwhile waits for the next and fills it.
    """

    def __init__(
        self, send: Send[Item, Answer], *, most: int, patience: float = 0.05, lanes: int = 1
    ) -> None:
        self._send, self._most, self._patience, self._lanes = send, most, patience, lanes
        self._queue: deque[tuple[Item, asyncio.Future[Answer]]] = deque()
        self._under_way: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._at_work = 0

    @contextmanager
    def member(self) -> Iterator[None]:
        """While in it, the others count on an item from here."""
        self._at_work += 1
        try:
            yield
        finally:
            self._at_work -= 1
            self._look_soon()

    async def travel(self, item: Item) -> Answer:
        """Sends an item with others and returns its own answer; only within `member`.

        Raises:
            Exception: what `send` raised, or gave for this item.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._queue.append((item, future))
        self._at_work -= 1
        if self._timer is None:
            self._timer = loop.call_later(self._patience, self._look, True)
        self._look_soon()
        try:
            return await future
        finally:
            self._at_work += 1

    def _look_soon(self) -> None:
        """After the tasks that are ready have run: they may become members."""
        asyncio.get_running_loop().call_soon(self._look, False)

    def _look(self, late: bool) -> None:
        if late:
            self._timer = None
        while len(self._under_way) < self._lanes and full_house(
            len(self._queue), self._at_work, late or self._timer is None, self._most
        ):
            batch = [self._queue.popleft() for _ in range(min(self._most, len(self._queue)))]
            task = asyncio.get_running_loop().create_task(self._call(batch))
            self._under_way.add(task)
            task.add_done_callback(self._arrived)
        if not self._queue and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arrived(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._look_soon()

    async def _call(self, batch: list[tuple[Item, asyncio.Future[Answer]]]) -> None:
        wanted = [(item, future) for item, future in batch if not future.done()]
        answers: Sequence[Answer | Exception]
        try:
            answers = await self._send([item for item, _ in wanted]) if wanted else ()
            settled = list(zip(wanted, answers, strict=True))
        except Exception as error:  # whatever it is, those who wait must hear it
            settled = [(one, error) for one in wanted]
        for (_, future), answer in settled:
            if future.done():
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
