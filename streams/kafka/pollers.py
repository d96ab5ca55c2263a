"""The pollers of a process: whoever owns a source's partition of the cursors polls it."""

import asyncio
from collections.abc import Sequence
from time import monotonic
from typing import NoReturn

from streams.core.connector import Poller
from streams.kafka.context import Context
from streams.kafka.cursors import Cursor, read_cursors
from streams.kafka.member import Member
from streams.kafka.reader import partition_of
from streams.kafka.rounds import Refuse, Rounds
from streams.topics import CURSORS, within

AGE_SECONDS = 1.0


class Pollers:
    """Runs pollers, each in one process of the group `<namespace>-pollers`; `run` once.

    Args:
        pollers: those that are not switched off.
        context: the cluster and the language.
        refuse: makes dead letters of what cannot be translated.

    Attributes:
        name: `pollers`.
        ready: set while it knows which sources are its own and how far they have come.
    """

    def __init__(self, pollers: Sequence[Poller], context: Context, refuse: Refuse) -> None:
        self.name, self.ready = "pollers", asyncio.Event()
        self._pollers, self._context, self._refuse = pollers, context, refuse
        self._topic = within(CURSORS, context.namespace)
        self._shift: asyncio.Task[None] | None = None
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._member: Member | None = None

    async def run(self) -> None:
        """Polls until cancelled.

        Raises:
            Misconfigured: a system refuses us; its text says what to set.
            NotDurable: Kafka does not take what was found.
            Transient: the cluster does not answer.
        """
        group = f"{self._context.namespace}-pollers"
        settings = self._context.settings
        self._member = Member(settings, group, self._topic, self._take, self._give, self._fail)
        try:
            await asyncio.shield(self._failure)
        finally:
            await self._give()
            await self._member.close()

    def idle_seconds(self) -> float:
        """For how long its place in the group was not looked after: nothing of ours takes long."""
        return monotonic() - self._member.alive_at if self._member else 0.0

    async def _take(self, partitions: frozenset[int]) -> None:
        await self._give()
        self._shift = asyncio.create_task(self._work(partitions))
        self._shift.add_done_callback(self._ended)

    async def _give(self) -> None:
        self._set_ready(False)
        shift, self._shift = self._shift, None
        if shift:
            shift.cancel()
            await asyncio.wait([shift])

    async def _work(self, partitions: frozenset[int]) -> None:
        stored = await asyncio.to_thread(
            read_cursors, self._context.settings, self._topic, partitions
        )
        rounds = {
            each.source: Rounds(
                each,
                self._context,
                self._topic,
                self._refuse,
                stored.get(each.source, Cursor()),
            )
            for each in self._pollers
            if partition_of(each.source.encode(), self._topic.partitions) in partitions
        }
        self._set_ready(True)
        try:
            async with asyncio.TaskGroup() as together:
                for each in rounds.values():
                    together.create_task(each.run())
                together.create_task(self._watch(rounds))
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        finally:
            for source in rounds:
                self._context.metrics.gauge("tandem_cursor_age_seconds", source, to=0)

    async def _watch(self, rounds: dict[str, Rounds]) -> NoReturn:
        while True:
            for source, each in rounds.items():
                age = each.age_seconds()
                self._context.metrics.gauge("tandem_cursor_age_seconds", source, to=age)
            await asyncio.sleep(AGE_SECONDS)

    def _ended(self, shift: "asyncio.Task[None]") -> None:
        if not shift.cancelled() and (error := shift.exception()):
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if not self._failure.done():
            kind = type(error).__name__
            self._context.metrics.count("tandem_errors_total", self.name, kind)
            self._failure.set_exception(error)

    def _set_ready(self, ready: bool) -> None:
        (self.ready.set if ready else self.ready.clear)()
        self._context.metrics.gauge("tandem_ready", self.name, to=float(ready))
