"""Records of a worker's partitions through librdkafka: fetching costs Python nothing."""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from time import sleep

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, TopicPartition
from faust.types.tuples import TP

from streams.core.errors import Transient
from streams.kafka.reader import Found, found
from streams.kafka.settings import LIBRDKAFKA, Client, KafkaSettings

POLL_SECONDS = 0.1
"""For how long what is asked for may wait for the thread."""

COMPANY_BYTES = 1_000_000
BUSY, COMPANY_SECONDS = 20, 0.003
"""So many records at once are the beginning of more: a moment later they are one piece."""


Positions = Mapping[TP, int | None]
"""By partition, the offset of the first record to read; None for the first that there is."""

Deliver = Callable[[TP, Sequence[Found]], None]


class Fetch:
    """Fetches assigned partitions and hands records over on the event loop, in order.

    It is in no group: who owns what, and what is committed, is its caller's to know. Nothing that
    was fetched before a `start` or `stop` is delivered after it.

    Only its thread calls the client, and does what it is asked for between two polls: confluent's
    client holds Python's lock while it waits for a poll under way to end (`pause`, cached water
    marks), which stops both for good.

    Args:
        settings: the cluster.
        patience_ms: how long the broker may let records wait for company.
        deliver: takes the records of a partition; must not block.
        failed: told of what ends the fetching; the worker must stop.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        patience_ms: int,
        deliver: Deliver,
        failed: Callable[[Exception], None],
    ) -> None:
        self._deliver, self._failed = deliver, failed
        self._most = 4 * settings.batch_max
        self._loop = asyncio.get_running_loop()
        self._consumer = Consumer(_configuration(settings, patience_ms), logger=LIBRDKAFKA)
        self._wanted = _Assignment({})
        self._resting: frozenset[TP] = frozenset()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kafka-fetch", daemon=True)
        self._thread.start()

    def start(self, positions: Positions) -> None:
        """Fetches these partitions from now on, and no others."""
        self._resting = frozenset()
        self._wanted = _Assignment(positions)

    def stop(self) -> None:
        """Fetches nothing until the next `start`."""
        self.start({})

    def pause(self, tps: Collection[TP], paused: bool) -> None:
        """Lets partitions rest, or go on; what is on its way may still be delivered."""
        self._resting = self._resting.union(tps) if paused else self._resting.difference(tps)

    async def close(self) -> None:
        """Ends for good."""
        self._closed.set()
        await asyncio.to_thread(self._thread.join)
        await asyncio.to_thread(self._consumer.close)

    def _run(self) -> None:
        fetched, rested = self._wanted, self._resting
        while not self._closed.is_set():
            if fetched is not self._wanted:
                fetched, rested = self._wanted, frozenset()
                self._consumer.assign(fetched.partitions())
            if rested != self._resting:
                rested = self._rest(rested, self._resting)
            first = self._consumer.poll(POLL_SECONDS)
            if first is None:
                continue
            # `consume` waits until it has all that it is asked for, so only what is there is asked.
            messages = [first, *self._consumer.consume(self._most, 0)]
            if len(messages) >= BUSY:
                sleep(COMPANY_SECONDS)
                messages += self._consumer.consume(self._most, 0)
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._hand_over, fetched, messages)

    def _rest(self, before: frozenset[TP], now: frozenset[TP]) -> frozenset[TP]:
        self._consumer.pause(_partitions(now - before))
        self._consumer.resume(_partitions(before - now))
        return now

    def _hand_over(self, fetched: "_Assignment", messages: Sequence[Message]) -> None:
        if fetched is not self._wanted:
            return
        records: defaultdict[TP, list[Found]] = defaultdict(list)
        for message in messages:
            if error := message.error():
                self._stumbled(message, error)
            else:
                record = found(message)
                records[TP(record.topic, record.partition)].append(record)
        for tp, some in records.items():
            self._deliver(tp, some)

    def _stumbled(self, message: Message, error: KafkaError) -> None:
        if not error.retriable():
            self._failed(Transient(f"{message.topic()} cannot be read: {error.str()}"))


class _Assignment:
    """What is fetched; each start has one of its own."""

    def __init__(self, positions: Positions) -> None:
        self._positions = positions

    def partitions(self) -> list[TopicPartition]:
        return [
            TopicPartition(tp.topic, tp.partition, OFFSET_BEGINNING if at is None else at)
            for tp, at in self._positions.items()
        ]


def _partitions(tps: Collection[TP]) -> list[TopicPartition]:
    return [TopicPartition(tp.topic, tp.partition) for tp in tps]


def _configuration(settings: KafkaSettings, patience_ms: int) -> Client:
    wait_ms = min(patience_ms, settings.fetch_wait_ms) or settings.fetch_wait_ms
    return settings.client() | {
        "group.id": "tandem-fetch",
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "isolation.level": "read_committed",
        "fetch.wait.max.ms": wait_ms,
        "fetch.min.bytes": COMPANY_BYTES if patience_ms else 1,
        "fetch.queue.backoff.ms": 10,
    }
