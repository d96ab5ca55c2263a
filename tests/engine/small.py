"""A small flow and a small sink of the tests' own, in a process that can be killed.

`python -m tests.engine.small JSON`: see `Run`.
"""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal

import uvloop
from pydantic import BaseModel

from streams.core.clock import SystemClock
from streams.core.connector import Outcome, Page, Poller, Sink
from streams.core.errors import Rejected
from streams.core.flow import Decision, Flow
from streams.core.message import Command, Message, message_id
from streams.core.metrics import Metrics
from streams.core.topic import Topic
from streams.kafka.context import Context
from streams.kafka.durable import Flush
from streams.kafka.engine import flow_worker, sink_worker
from streams.kafka.pollers import Pollers
from streams.kafka.registry import Registry
from streams.kafka.settings import KafkaSettings
from streams.kafka.worker import Worker
from streams.messages.ops import DeadLetter, Result, WakeUp
from streams.refused import polled
from streams.topics import CURSORS, journal, table, within

HERE = Path(__file__).parent


class Added(Message):
    type: ClassVar[str] = "test.added"
    schema_file: ClassVar[str] = str(HERE / "added.avsc")
    amount: int


class Do(Command):
    type: ClassVar[str] = "test.do"
    schema_file: ClassVar[str] = str(HERE / "do.avsc")
    amount: int


MESSAGES: tuple[type[Message], ...] = (Added, Do, Result, DeadLetter, WakeUp)


class Sum(BaseModel):
    events: int = 0
    total: int = 0
    done: int = 0


def decide(state: Sum | None, message: Message) -> Decision[Sum]:
    state = state or Sum()
    if isinstance(message, Added):
        if message.amount < 0:
            raise Rejected("must not be negative", field="amount")
        after = state.model_copy(
            update={"events": state.events + 1, "total": state.total + message.amount}
        )
        do = Do(
            **message.model_dump(include={"key", "occurred_at", "received_at", "correlation_id"}),
            id=message_id("do", message.id),
            source="flow/test",
            causation_id=message.id,
            amount=message.amount,
        )
        return Decision(after, (do,))
    return Decision(state.model_copy(update={"done": state.done + 1}))


class Run(BaseModel):
    """What a process of the test does.

    Attributes:
        name: makes topics, tables and groups the test's own.
        effects: a file to which the fake system writes a line an effect, or a fetch.
        sources, facts: how many systems are polled, and how many facts each has to tell.
    """

    settings: KafkaSettings
    name: str
    roles: tuple[Literal["flow", "sink", "pollers"], ...] = ("flow",)
    effects: str = ""
    sources: int = 0
    facts: int = 0
    partitions: int = 4

    @property
    def events(self) -> Topic:
        return Topic(f"tandem.{self.name}.events", (Added,), "", self.partitions)

    @property
    def commands(self) -> Topic:
        return Topic(f"tandem.commands.{self.name}", (Do,), "", self.partitions)

    @property
    def results(self) -> Topic:
        return Topic(f"tandem.{self.name}.results", (Result,), "", self.partitions)

    @property
    def letters(self) -> Topic:
        return Topic(f"tandem.{self.name}.letters", (DeadLetter,), "", self.partitions)

    @property
    def topics(self) -> tuple[Topic, ...]:
        return (
            self.events,
            self.commands,
            self.results,
            self.letters,
            table(self.name),
            journal(self.name),
        )

    @property
    def flow(self) -> Flow[Sum]:
        return Flow(self.name, (self.events, self.results), Sum, decide)

    def sink(self) -> Sink:
        """Writes a line an effect: as a system that is asked first, it has each id once."""
        path = Path(self.effects)

        async def execute(command: Do, *, unknown: bool) -> Outcome:
            if unknown and command.id in path.read_text():  # noqa: ASYNC240
                return Outcome({"found": "1"})
            await asyncio.sleep(0.01)
            with path.open("a") as effects:  # noqa: ASYNC230
                effects.write(f"{command.id}\n")
            return Outcome({"done": "1"}, command.amount, "GBP")

        return Sink(self.name, {Do: execute}, call_seconds=1)

    @property
    def cursors(self) -> Topic:
        return within(CURSORS, self.name)

    def pollers(self) -> list[Poller]:
        return [self._poller(f"source-{number}") for number in range(self.sources)]

    def _poller(self, source: str) -> Poller:
        """Five facts a fetch, the last two of them again; each fetch is a line of `effects`."""
        path = Path(self.effects)

        async def fetch(cursor: str) -> Page:
            known = int(cursor or 0)
            await asyncio.sleep(0.01)
            with path.open("a") as effects:  # noqa: ASYNC230
                effects.write(f"{source} {known} {os.getpid()}\n")
            end = min(known + 5, self.facts)
            items = (f"{source} {number}".encode() for number in range(max(0, known - 2), end))
            return Page(tuple(items), str(end), more=end < self.facts)

        def translate(item: bytes) -> tuple[Message, ...]:
            fact = item.decode()
            event = Added(
                id=message_id(fact),
                key=source,
                occurred_at=1,
                received_at=2,
                source=source,
                correlation_id=fact,
                amount=1,
            )
            return (event,)

        return Poller(source, 60, fetch, translate)

    def context(self, registry: Registry, codec: object, flush: Flush) -> Context:
        takes = {Added: self.events, Do: self.commands, DeadLetter: self.letters}
        return Context(
            self.settings,
            codec,  # type: ignore[arg-type]
            registry,
            flush,
            Metrics(),
            SystemClock(),
            topic_of=takes.__getitem__,
            results_of=lambda source: self.results,
            dead_letters=self.letters,
        )

    async def work(self) -> None:
        flush = Flush(self.settings)
        async with Registry(self.settings) as registry:
            context = self.context(registry, await registry.codec(MESSAGES), flush)
            workers: list[Worker | Pollers] = []
            if "pollers" in self.roles:
                here = replace(context, namespace=self.name)
                workers.append(Pollers(self.pollers(), here, polled(here.clock)))
            if "flow" in self.roles:
                workers.append(flow_worker(self.flow, context))
            if "sink" in self.roles:
                workers.append(sink_worker(self.sink(), context, self.commands))
            running = [asyncio.create_task(worker.run()) for worker in workers]
            await asyncio.gather(*(worker.ready.wait() for worker in workers))
            print("ready", os.getpid(), flush=True)  # noqa: T201
            everything = asyncio.gather(*running)
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, everything.cancel)
            with suppress(asyncio.CancelledError):
                await everything
        await flush.close()


if __name__ == "__main__":
    uvloop.run(Run.model_validate_json(sys.argv[1]).work())
