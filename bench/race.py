"""A race: the order flow's histories on topics of the race's own, and a process that runs it."""

import os
from collections.abc import Callable, Sequence
from functools import cached_property
from time import monotonic, process_time

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from pydantic import BaseModel

from streams.core.codec import Codec
from streams.core.flow import Flow
from streams.core.message import Message
from streams.flows.order.flow import order_flow
from streams.flows.order.state import OrderState
from streams.flows.policy import HOUR_MS, Policy
from streams.kafka.settings import KafkaSettings
from streams.kafka.table import WAKE_HEADER
from streams.kafka.topics_admin import apply_topics
from streams.messages.catalogue import MESSAGES
from streams.messages.ops import Result, WakeUp
from streams.topics import ORDER_RESULTS, TOPICS, table, topic_of, within

POLICY = Policy(tell_pause_ms=HOUR_MS)
"""Shops are told by wake-ups, which the plain loops do not have: not before a race is over."""


class Race(BaseModel):
    """What a contestant is told.

    Attributes:
        settings: the cluster; also how the engine makes batches durable.
        name: the namespace of its topics and groups, fresh for each race.
        waves: how many messages each wave has.
    """

    settings: KafkaSettings
    name: str
    waves: tuple[int, ...]

    @cached_property
    def flow(self) -> Flow[OrderState]:
        """What is raced through."""
        return order_flow(POLICY)

    @property
    def inputs(self) -> list[str]:
        """The topics that the flow reads."""
        return [within(topic, self.name).name for topic in self.flow.inputs]

    @cached_property
    def changelog(self) -> str:
        """The topic of the flow's table."""
        return within(table(self.flow.name), self.name).name

    @cached_property
    def topic_of(self) -> dict[type[Message], str]:
        """The topic that takes a message; results are the order flow's."""
        topics = {m: topic_of(m) for m in MESSAGES if m not in (Result, WakeUp)}
        topics[Result] = ORDER_RESULTS
        return {message: within(topic, self.name).name for message, topic in topics.items()}

    async def make_topics(self) -> None:
        """Creates the catalogue's topics in the race's namespace."""
        await apply_topics(self.settings, [within(topic, self.name) for topic in TOPICS])

    def drop_topics(self) -> None:
        """Deletes them, with what lies on them."""
        admin = AdminClient(self.settings.client())
        names = [within(topic, self.name).name for topic in TOPICS]
        for dropped in admin.delete_topics(names).values():
            dropped.result()

    def send(self, codec: Codec, producer: Producer, messages: Sequence[Message]) -> None:
        """Puts messages on the race's topics; returns when Kafka has them."""
        for message in messages:
            topic = self.topic_of[type(message)]
            producer.produce(topic, codec.encode(message), message.key.encode())
            producer.poll(0)
        producer.flush()


class Lap(BaseModel):
    """What a contestant says when it is ready, and after each wave.

    Attributes:
        at: the machine's monotonic clock, the same for all processes; seconds.
        cpu: the process's CPU time so far, all its threads; seconds.
        out: messages sent so far, the table's changelog left out.
    """

    at: float
    cpu: float
    out: int = 0


class Contestant:
    """A contestant's side of the race: it counts, and speaks in lines of JSON."""

    def __init__(self, race: Race) -> None:
        self._left = list(race.waves)
        self._applied = 0
        self.out = 0
        on_one_core()

    def ready(self) -> None:
        """Says that the first wave may come."""
        self._say()

    def applied(self, messages: int) -> bool:
        """Takes note of messages whose effects are in Kafka; False after the last wave."""
        self._applied += messages
        if self._left and self._applied >= self._left[0]:
            self._applied -= self._left.pop(0)
            self._say()
        return bool(self._left)

    def _say(self) -> None:
        lap = Lap(at=monotonic(), cpu=process_time(), out=self.out)
        print(lap.model_dump_json(), flush=True)


def wish(wake_at: int | None) -> list[tuple[str, str | bytes | None]]:
    """The headers of a state in the table's changelog: when its key wants to be woken, ms UTC."""
    return [] if wake_at is None else [(WAKE_HEADER, str(wake_at).encode())]


def on_one_core() -> None:
    """Keeps this process and its threads to one core, where the system can do that."""
    bind: Callable[[int, set[int]], None] | None = getattr(os, "sched_setaffinity", None)
    if bind:
        bind(0, {max(os.sched_getaffinity(0))})
