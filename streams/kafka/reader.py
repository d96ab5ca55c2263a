"""Reading back what lies on topics: for `tandem order`, `tandem dlq` and tests. No group."""

from collections.abc import Iterator, Sequence
from time import monotonic
from typing import NamedTuple

from aiokafka.partitioner import murmur2
from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from streams.core.errors import Transient
from streams.kafka.settings import LIBRDKAFKA, KafkaSettings

BULK, BULK_SECONDS, ANSWER_SECONDS = 10_000, 0.05, 20.0


class Found(NamedTuple):
    """A record as it lies on its topic; `timestamp` in ms UTC."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


def read_topic(
    settings: KafkaSettings, topic: str, *, key: str = "", partitions: Sequence[int] = ()
) -> Iterator[Found]:
    """All committed records of a topic as of now, each partition's in order; blocks.

    Args:
        settings: the cluster.
        topic: which.
        key: only this key's records, from the one partition that it can be in.
        partitions: only these; by default all.

    Raises:
        Transient: the cluster does not answer, or has no such topic.
    """
    reader = Consumer(
        settings.client()
        | {
            "group.id": "tandem-reader",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            "fetch.wait.max.ms": settings.fetch_wait_ms,
            "queued.min.messages": 100_000,
        },
        logger=LIBRDKAFKA,
    )
    try:
        wanted = partitions or _partitions(reader, topic)
        if key:
            wanted = [partition_of(key.encode(), len(wanted))]
        for found in _all(reader, topic, wanted):
            if not key or found.key == key.encode():
                yield found
    finally:
        reader.close()


def partition_of(key: bytes, partitions: int) -> int:
    """The partition that Java's, Faust's and our producers put a key in."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions


def _partitions(reader: Consumer, topic: str) -> list[int]:
    try:
        known = reader.list_topics(topic, ANSWER_SECONDS).topics[topic]
    except KafkaException as error:
        raise Transient(f"Kafka does not answer: {error}") from error
    if known.error:
        raise Transient(f"{topic}: {known.error.str()} (`tandem topics apply`)")
    return sorted(known.partitions)


def _all(reader: Consumer, topic: str, partitions: Sequence[int]) -> Iterator[Found]:
    left = set(partitions)
    reader.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions])
    heard_at = monotonic()
    while left:
        for message in reader.consume(BULK, BULK_SECONDS):
            heard_at = monotonic()
            error = message.error()
            if error is None:
                yield found(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                left.discard(message.partition() or 0)
            else:
                raise Transient(f"{topic}: {error.str()}")
        if monotonic() > heard_at + ANSWER_SECONDS:
            raise Transient(f"{topic}: Kafka does not answer")


def found(message: Message) -> Found:
    """A consumed message as it is handed on."""
    headers = message.headers() or ()
    pairs = headers.items() if isinstance(headers, dict) else headers
    return Found(
        message.topic() or "",
        message.partition() or 0,
        message.offset() or 0,
        message.timestamp()[1],
        message.key() or b"",
        message.value(),
        tuple((name, each) for name, each in pairs if isinstance(each, bytes)),
    )
