"""Mounts a flow: one partition's batches, decided in memory, made durable, then kept."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from faust.types.tuples import TP
from pydantic import BaseModel

from streams.core.errors import Rejected
from streams.core.flow import Flow, Turn
from streams.core.message import Message, message_id
from streams.core.topic import Topic
from streams.kafka.budget import Budget
from streams.kafka.changelog import Stored
from streams.kafka.context import Context
from streams.kafka.decided import Decided
from streams.kafka.durable import Durable
from streams.kafka.letters import Letters, repairs
from streams.kafka.reading import read
from streams.kafka.table import Table
from streams.kafka.waiting import Arrived, Limits, Pause, Waiting
from streams.messages.ops import DeadLetter, Result, WakeUp

S = TypeVar("S", bound=BaseModel)
log = logging.getLogger(__name__)

BREATH = 25
"""Records after which a long batch lets others of the process have the event loop."""


class _Woken(NamedTuple):
    """A wake-up as a record: if it is refused, its dead letter can be sent again like any other."""

    topic: str
    partition: int
    timestamp: int
    key: bytes
    value: bytes
    offset: int = -1
    headers: tuple[tuple[str, bytes], ...] = ()


class FlowPartition(Generic[S]):
    """A flow at work on one partition number of all its inputs.

    Wake-ups come first in a batch, so that a flow that is woken sees its state as Kafka has it, and
    after a crash decides the same again.

    The law of a batch: everything decided goes to Kafka with the last state of each changed key;
    only when Kafka has it do the table and the offsets change. Whatever else happens is raised by
    `run`, and the worker stops.

    Args:
        flow: what decides.
        context: the cluster and the language.
        durable: how a batch is made durable.
        partition: the partition's number.
        changelog: the topic of its table.
        stored: what the changelog holds.
        pause: told when fetching of the partition should pause or go on.
    """

    def __init__(
        self,
        flow: Flow[S],
        context: Context,
        durable: Durable,
        changelog: Topic,
        partition: int,
        stored: Mapping[bytes, Stored],
        pause: Pause,
    ) -> None:
        self._flow, self._context, self._durable = flow, context, durable
        self._partition = partition
        self._name = f"flow/{flow.name}"
        settings = context.settings
        self._table = Table(
            flow, changelog, partition, stored, settings.hot_keys, repeats=not durable.commits
        )
        self._letters = Letters(self._name, context.clock)
        self._budget = Budget.of(self._name, settings)
        self._waiting = Waiting(Limits.of(settings), pause)
        self.committable: dict[TP, int] = {}

    def deliver(self, records: Sequence[Arrived]) -> None:
        """Takes records, in order; they wait for the next batch."""
        self._waiting.put(records)

    def drain(self) -> None:
        """Lets `run` return after the batch in hand; what waits is forgotten."""
        self._waiting.close()

    async def run(self) -> None:
        """Works until drained.

        Raises:
            NotDurable: Kafka did not take a batch.
            Misconfigured: the dead-letter budget is spent.
        """
        while not self._waiting.closed:
            batch = await self._waiting.take(self._until_next_wake())
            if not self._waiting.closed:
                await self._work(batch)

    def _until_next_wake(self) -> float | None:
        at = self._table.wakes.next()
        if at is None:
            return None
        return max(0.0, (at - self._context.clock.now_ms()) / 1000)

    async def _work(self, batch: Sequence[Arrived]) -> None:
        started = self._context.clock.now_ms()
        decided = Decided(self._flow, self._context, self._table)
        due = self._table.wakes.due(started, self._context.settings.batch_max)
        for number, (key, at) in enumerate(due):
            await _breathe(number)
            self._wake(decided, key, at, started)
        for number, record in enumerate(batch):
            await _breathe(number)
            await self._apply(decided, record)
        if batch or due:
            await self._keep(decided, batch, started)

    async def _apply(self, decided: Decided[S], record: Arrived) -> None:
        try:
            message = await read(record, self._context)
        except Rejected as why:
            decided.letters.append(self._letters.undecodable(record, why))
            self._budget.spend(dead=True)
            return
        turn = decided.turn(record.key or b"")
        if turn.held_by:
            if repairs(record) != turn.held_by:
                decided.letters.append(self._letters.waiting(record, message, turn.held_by))
                return
            turn.release()
        letter = self._decide(turn, record, message)
        self._budget.spend(dead=letter is not None)
        if letter:
            decided.letters.append(letter)
            turn.hold(letter.id)
        else:
            decided.applied.append(message)

    def _decide(self, turn: Turn[S], record: Arrived, message: Message) -> DeadLetter | None:
        answers = message.command_id if isinstance(message, Result) else ""
        try:
            turn.apply(message, answers)
        except Rejected as why:
            return self._letters.refused(record, message, why)
        except Exception:
            log.exception("%s stumbled over %s %s", self._name, message.type, message.id)
        else:
            return None
        try:
            turn.apply(message, answers)
        except Exception as error:  # a bug twice: a person must see it, others go on
            return self._letters.bug(record, message, error)
        return None

    def _wake(self, decided: Decided[S], key: bytes, at: int, now: int) -> None:
        turn = decided.turn(key)
        if turn.held_by or turn.wake_at != at:
            return
        text = key.decode()
        message = WakeUp(
            id=message_id("wake", self._flow.name, text, at),
            key=text,
            occurred_at=at,
            received_at=now,
            source=self._name,
            correlation_id=text,
        )
        topic, value = self._flow.inputs[0].name, self._context.codec.encode(message)
        record = _Woken(topic, self._partition, at, key, value)
        letter = self._decide(turn, record, message)
        if letter:
            decided.letters.append(letter)
            turn.hold(letter.id)

    async def _keep(self, decided: Decided[S], batch: Sequence[Arrived], started: int) -> None:
        states = decided.states()
        records = [*decided.outputs(), *(record for record, _ in states)]
        offsets = {TP(each.topic, each.partition): each.offset + 1 for each in batch}
        await self._durable.keep(self._partition, records, offsets)
        booked = decided.booked()
        self._table.keep(decided.keys(), states)
        self.committable |= offsets
        self._count(decided, len(records) - len(states), booked, started)

    def _count(
        self,
        decided: Decided[S],
        sent: int,
        booked: Mapping[tuple[str, str], int],
        started: int,
    ) -> None:
        metrics, now = self._context.metrics, self._context.clock.now_ms()
        metrics.count("tandem_messages_total", self._name, by=len(decided.applied))
        metrics.count("tandem_sent_total", self._name, by=sent)
        metrics.observe("tandem_batch_seconds", self._name, seconds=(now - started) / 1000)
        for message in decided.applied:
            seconds = max(0, now - message.received_at) / 1000
            metrics.observe("tandem_end_to_end_seconds", self._name, seconds=seconds)
        for case in decided.cases:
            metrics.count("tandem_exceptions_total", case.kind)
        for letter in decided.letters:
            metrics.count("tandem_dead_letters_total", self._name, letter.kind)
        for (currency, what), units in booked.items():
            metrics.count("tandem_money_minor_units_total", currency, what, by=units)


async def _breathe(number: int) -> None:
    if number % BREATH == BREATH - 1:
        await asyncio.sleep(0)
