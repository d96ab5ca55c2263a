"""Mounts a sink: one partition's commands, each with one effect, its result in Kafka."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from faust.types.tuples import TP

from streams.core.connector import Outcome, Sink
from streams.core.errors import Rejected
from streams.core.message import Command
from streams.core.topic import Topic
from streams.kafka.budget import Budget
from streams.kafka.changelog import Stored
from streams.kafka.context import Context
from streams.kafka.durable import Record
from streams.kafka.execution import Bug, Drained, Ended, Execution
from streams.kafka.journal import Entry, Journal
from streams.kafka.letters import Letters, repairs
from streams.kafka.outage import Outage
from streams.kafka.progress import Progress
from streams.kafka.reading import read
from streams.kafka.results import result_of
from streams.kafka.waiting import Arrived, Limits, Pause, Waiting
from streams.messages.ops import DeadLetter, Result


class _Asked(NamedTuple):
    """A command in hand, with the record it came in."""

    record: Arrived
    command: Command


class SinkPartition:
    """A sink at work on one partition of its commands.

    Intent before effect: that a command is started is in Kafka before its call leaves. Keys run
    side by side, the commands of one key in order; what is slow holds up nothing but its own key.
    A record may be committed when its result, and all before it, are in Kafka.

    Args:
        sink: what executes.
        context: the cluster and the language.
        outage: what is known of the system, shared by the sink's partitions.
        partition: the partition's number.
        changelog: the topic of its journal.
        stored: what the changelog holds.
        pause: told when fetching of the partition should pause or go on.
    """

    def __init__(
        self,
        sink: Sink,
        context: Context,
        outage: Outage,
        changelog: Topic,
        partition: int,
        stored: Mapping[bytes, Stored],
        pause: Pause,
    ) -> None:
        self._sink, self._context, self._partition = sink, context, partition
        self._outage = outage
        self._name = f"sink/{sink.system}"
        settings = context.settings
        self._journal = Journal(changelog, partition, stored, round(sink.call_seconds * 1000))
        self._letters = Letters(self._name, context.clock)
        self._budget = Budget.of(self._name, settings)
        self._waiting = Waiting(Limits.of(settings), pause)
        self._progress = Progress()
        self._chains: dict[str, deque[_Asked]] = {}
        self._slots = asyncio.Semaphore(sink.side_by_side)
        self._room, self._drained = asyncio.Event(), asyncio.Event()
        self._execution = Execution(
            self._name,
            sink.system,
            outage,
            context.metrics,
            sink.call_seconds,
            self._wait_seconds,
        )

    @property
    def committable(self) -> dict[TP, int]:
        """The offsets before which every command has its result in Kafka."""
        return self._progress.committable

    def deliver(self, records: Sequence[Arrived]) -> None:
        """Takes records, in order; they wait until there is room."""
        self._waiting.put(records)

    def drain(self) -> None:
        """Lets `run` return after the calls that are out; what waits is forgotten."""
        self._waiting.close()
        self._drained.set()

    async def run(self) -> None:
        """Works until drained.

        Raises:
            NotDurable: Kafka did not take what must be kept.
            Misconfigured: the system refuses us, or the dead-letter budget is spent.
        """
        try:
            async with asyncio.TaskGroup() as chains:
                while not self._waiting.closed:
                    batch = await self._waiting.take()
                    for asked in await self._begin(batch):
                        self._follow(asked, chains)
                    await self._until_room()
        except ExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _begin(self, batch: Sequence[Arrived]) -> list[_Asked]:
        """Notes the start of all new commands at once."""
        now = self._context.clock.now_ms()
        asked: list[_Asked] = []
        starts: dict[str, Record] = {}
        refused: list[Arrived] = []
        letters: list[DeadLetter] = []
        for record in batch:
            self._progress.begin(record)
            try:
                command = await self._command(record)
            except Rejected as why:
                self._budget.spend(dead=True)
                letters.append(self._letters.undecodable(record, why))
                refused.append(record)
                continue
            asked.append(_Asked(record, command))
            new = command.id not in starts and self._journal.entry(command.id) is None
            if new and type(command) not in self._sink.repeatable:
                starts[command.id] = self._journal.record(command, self._journal.started(now))
        await self._keep([*starts.values(), *map(self._dead, letters)])
        for start in starts.values():
            self._journal.keep(start)
        for record in refused:
            self._progress.end(record)
        self._journal.forget_old(now)
        return asked

    async def _command(self, record: Arrived) -> Command:
        message = await read(record, self._context)
        if not isinstance(message, Command) or type(message) not in self._sink.handles:
            raise Rejected(f"{self._name} does not execute {message.type}")
        return message

    def _follow(self, asked: _Asked, chains: asyncio.TaskGroup) -> None:
        chain = self._chains.get(asked.command.key)
        if chain is None:
            chain = self._chains[asked.command.key] = deque()
            chains.create_task(self._run_chain(asked.command.key, chain))
        chain.append(asked)

    async def _run_chain(self, key: str, chain: deque[_Asked]) -> None:
        try:
            while chain:
                await self._do(chain.popleft())
        except Drained:
            return
        del self._chains[key]

    async def _do(self, asked: _Asked) -> None:
        record, command = asked
        entry = self._journal.entry(command.id)
        repaired = bool(entry and entry.state == "rejected" and repairs(record))
        if entry and entry.result and not repaired:
            await self._keep([self._told(command, entry.result)])
        else:
            await self._execute(asked, entry)
        self._progress.end(record)
        self._room.set()

    async def _execute(self, asked: _Asked, entry: Entry | None) -> None:
        """Calls for a command; of one that was refused halfway, a part may be there already."""
        command, clock = asked.command, self._context.clock
        unknown = entry is not None and entry.state == "rejected"
        if entry and entry.state == "started" and self._journal.foreign(command.id):
            await self._wait_seconds((entry.until - clock.now_ms()) / 1000)
            unknown = True
        await self._tell(asked, await self._execution.run(command, self._call, unknown))

    async def _call(self, command: Command, *, unknown: bool) -> Outcome:
        async with self._slots:
            if self._drained.is_set():
                raise Drained
            if type(command) not in self._sink.repeatable:
                await self._cover(command)
            return await self._sink.handles[type(command)](command, unknown=unknown)

    async def _cover(self, command: Command) -> None:
        """Tells the start anew if a call could outlast what the journal has promised."""
        entry, now = self._journal.entry(command.id), self._context.clock.now_ms()
        if entry and entry.state == "started" and self._journal.covers(entry, now):
            return
        start = self._journal.record(command, self._journal.started(now))
        await self._keep([start])
        self._journal.keep(start)

    async def _tell(self, asked: _Asked, outcome: Ended) -> None:
        record, command = asked
        letter: DeadLetter | None = None
        if isinstance(outcome, Bug):
            letter = self._letters.bug(record, command, outcome.error)
            outcome = Rejected(letter.reason, code=letter.code)
        elif isinstance(outcome, Rejected):
            letter = self._letters.refused(record, command, outcome)
        self._budget.spend(dead=letter is not None)
        result = result_of(command, outcome, self._name, self._context.clock.now_ms())
        records = [self._dead(letter)] if letter else []
        if command.answered:
            records.append(self._told(command, result))
        if type(command) in self._sink.repeatable:
            await self._keep(records)
        else:
            ended = self._journal.record(command, self._journal.ended(result))
            await self._keep([*records, ended])
            self._journal.keep(ended)
        self._count(command, result, letter)

    def _told(self, command: Command, result: Result) -> Record:
        topic = self._context.results_of(command.source).name
        return Record(topic, result.key.encode(), self._context.codec.encode(result))

    def _dead(self, letter: DeadLetter) -> Record:
        self._context.metrics.count("tandem_dead_letters_total", self._name, letter.kind)
        topic = self._context.dead_letters.name
        return Record(topic, letter.key.encode(), self._context.codec.encode(letter))

    async def _keep(self, records: Sequence[Record]) -> None:
        await self._context.flush.keep(self._partition, records, {})

    def _count(self, command: Command, result: Result, letter: DeadLetter | None) -> None:
        metrics = self._context.metrics
        metrics.count("tandem_messages_total", self._name)
        metrics.count("tandem_sent_total", self._name, by=1 if letter is None else 2)
        seconds = max(0, result.occurred_at - command.received_at) / 1000
        metrics.observe("tandem_end_to_end_seconds", self._name, seconds=seconds)

    async def _until_room(self) -> None:
        """Begins nothing new while too much is in hand or the system is down."""
        while self._progress.open >= self._context.settings.in_flight_max:
            self._room.clear()
            if await self._drained_before(self._room):
                return
        if not self._outage.over.is_set():
            await self._drained_before(self._outage.over)

    async def _wait_seconds(self, seconds: float) -> None:
        """Waits for another try; not longer than an outage lasts."""
        down = not self._outage.over.is_set()
        events = [self._outage.over] if down else []
        if seconds > 0 and await self._drained_before(*events, within=seconds):
            raise Drained

    async def _drained_before(self, *events: asyncio.Event, within: float | None = None) -> bool:
        waits = [asyncio.ensure_future(event.wait()) for event in (self._drained, *events)]
        try:
            await asyncio.wait(waits, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return self._drained.is_set()
