"""Making a batch durable: nothing is acknowledged before this returned.

Two forms behind `Durable`:

- `Flush`: all records through one idempotent producer, and wait until the broker has acknowledged
  every one; offsets are committed later. At least once: a crash repeats whole batches, which the
  laws of flows make harmless.
- `Transaction` (`streams.kafka.transaction`): records and offsets of a batch are one transaction.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from time import monotonic
from typing import NamedTuple, Protocol

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from faust.types.tuples import TP

from streams.kafka.settings import LIBRDKAFKA, KafkaSettings

Headers = tuple[tuple[str, bytes], ...]
Offsets = Mapping[TP, int]
"""By topic and partition: the offset of the next record to read."""


REPORTS_SECONDS = 0.2
FULL_SECONDS = 0.01
"""How long to wait when the producer's queue is full."""

Report = Callable[[KafkaError | None, Message], None]


class Record(NamedTuple):
    """What goes to Kafka; without a `partition` the key decides."""

    topic: str
    key: bytes
    value: bytes | None
    headers: Headers = ()
    partition: int = -1


class NotDurable(Exception):
    """Kafka has not taken a record; the batch must not be acknowledged and the worker must stop."""


class Durable(Protocol):
    """How a worker makes what it decided durable."""

    commits: bool
    """True if `keep` commits the offsets; else the worker's group does it afterwards."""

    async def take_over(self, partition: int) -> None:
        """Makes sure that no former owner of the partition can write any more."""

    async def keep(self, partition: int, records: Sequence[Record], offsets: Offsets) -> None:
        """Returns when Kafka has all `records`, in order by partition of each topic.

        Raises:
            NotDurable: it has not, or may not have.
        """

    async def leave(self) -> None:
        """The worker ends: gives back what is the worker's own."""


class Flush:
    """One idempotent producer for all workers of a process; safe to share within one event loop.

    A thread serves the delivery reports, so a batch costs no flush and no executor: many batches
    travel together and each one is told when its own last record is acknowledged.
    """

    commits = False

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._producer = Producer(settings.producer(), logger=LIBRDKAFKA)
        self._closed = threading.Event()
        self._seen_alive, self._frozen = monotonic(), False
        self._reports = threading.Thread(target=self._serve, name="kafka-reports", daemon=True)
        self._reports.start()

    async def take_over(self, partition: int) -> None:
        """Nothing: a former owner that is still alive stops by itself (`_refuse_if_frozen`)."""

    async def keep(self, partition: int, records: Sequence[Record], offsets: Offsets) -> None:
        """See `Durable`; offsets are the group's to commit."""
        if not records:
            return
        if partition >= 0:
            self._refuse_if_frozen()
        batch = _Batch(len(records))
        for record in records:
            try:
                produce(self._producer, record, batch.reported)
            except BufferError:
                await self._wait_and_produce(record, batch)
            except KafkaException as error:
                raise NotDurable(f"{record.topic}: {error.args[0].str()}") from error
        await batch.acknowledged

    async def leave(self) -> None:
        """Nothing: other workers go on."""

    async def close(self) -> None:
        """The process ends. Waits for what is still on its way, within the drain time."""
        await asyncio.to_thread(self._producer.flush, self._settings.drain_seconds)
        self._closed.set()
        await asyncio.to_thread(self._reports.join)

    async def _wait_and_produce(self, record: Record, batch: "_Batch") -> None:
        while True:
            await asyncio.sleep(FULL_SECONDS)
            with suppress(BufferError):
                return produce(self._producer, record, batch.reported)

    def _serve(self) -> None:
        while not self._closed.is_set():
            self._producer.poll(REPORTS_SECONDS)
            self._look_alive()

    def _look_alive(self) -> None:
        now = monotonic()
        self._frozen |= now - self._seen_alive > self._settings.session_seconds
        self._seen_alive = now

    def _refuse_if_frozen(self) -> None:
        """Nothing fences a former owner here, so one that was stopped too long fences itself.

        Whichever thread runs first after a freeze sees how long it was.
        """
        self._look_alive()
        if self._frozen:
            raise NotDurable(
                "the process was stopped for longer than its session: others own its partitions"
            )


class _Batch:
    """Counts the delivery reports of one batch, in the reports' thread."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._error: KafkaError | None = None
        self._loop = asyncio.get_running_loop()
        self.acknowledged: asyncio.Future[None] = self._loop.create_future()

    def reported(self, error: KafkaError | None, _message: Message) -> None:
        self._left -= 1
        self._error = self._error or error
        if not self._left and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._resolve)

    def _resolve(self) -> None:
        if self.acknowledged.done():
            return
        if self._error is None:
            self.acknowledged.set_result(None)
        else:
            self.acknowledged.set_exception(NotDurable(self._error.str()))


def produce(producer: Producer, record: Record, on_delivery: Report | None = None) -> None:
    """Hands a record to a producer.

    Raises:
        BufferError: its queue is full.
        KafkaException: it can never be sent, e.g. because it is too large.
    """
    producer.produce(
        record.topic,
        key=record.key,
        value=record.value,
        headers=list(record.headers),
        partition=record.partition,
        on_delivery=on_delivery,
    )
