"""Making a batch durable as one Kafka transaction: exactly once between topics and tables."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from streams.kafka.durable import NotDurable, Offsets, Record, produce
from streams.kafka.settings import LIBRDKAFKA, KafkaSettings

TAKE_OVER_SECONDS = 20
SIDE_BY_SIDE = 8


class Transaction:
    """Records, states and input offsets of a batch in one transaction a partition.

    Each partition has a producer of its own, made anew when the partition is taken over: that
    fences the former owner and ends what it left open, before table and committed offsets are read.
    Readers of what it writes must be `read_committed`, as all of ours are. Not on the embedded
    broker, which neither isolates transactions nor stores their offsets.

    Args:
        settings: the cluster.
        group: the consumer group whose offsets the batches carry; also names the producers.
    """

    commits = True

    def __init__(self, settings: KafkaSettings, group: str) -> None:
        self._settings, self._group = settings, group
        self._producers: dict[int, Producer] = {}
        self._executor = ThreadPoolExecutor(SIDE_BY_SIDE, "kafka-transaction")
        # Never subscribed, so its metadata names no generation: the fencing is the producers'.
        self._member = Consumer(settings.client() | {"group.id": group}, logger=LIBRDKAFKA)
        self._metadata = self._member.consumer_group_metadata()

    async def take_over(self, partition: int) -> None:
        """Fences the former owner; `NotDurable` if the transaction coordinator does not answer."""
        producer = Producer(
            self._settings.producer()
            | {
                "transactional.id": f"{self._group}-{partition}",
                "transaction.timeout.ms": round(self._settings.delivery_seconds * 1000),
            },
            logger=LIBRDKAFKA,
        )
        await self._in_thread(producer.init_transactions, TAKE_OVER_SECONDS)
        self._producers[partition] = producer

    async def keep(self, partition: int, records: Sequence[Record], offsets: Offsets) -> None:
        """See `Durable`; an owner that was fenced is told so here."""
        await self._in_thread(self._commit, self._producers[partition], records, offsets)

    async def leave(self) -> None:
        """Lets transactions in hand end, then forgets the producers."""
        await asyncio.to_thread(self._executor.shutdown)
        self._producers.clear()
        self._member.close()

    def _commit(self, producer: Producer, records: Sequence[Record], offsets: Offsets) -> None:
        seconds = self._settings.delivery_seconds
        producer.begin_transaction()
        try:
            for record in records:
                produce(producer, record)
            producer.send_offsets_to_transaction(
                [TopicPartition(topic, part, offset) for (topic, part), offset in offsets.items()],
                self._metadata,
                seconds,
            )
            producer.commit_transaction(seconds)
        except (KafkaException, BufferError):
            with suppress(KafkaException):
                producer.abort_transaction(seconds)
            raise

    async def _in_thread(self, work: Callable[..., object], *args: object) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._executor, work, *args)
        except (KafkaException, BufferError) as error:
            raise NotDurable(f"{self._group}: {error}") from error
