"""Following topics as they grow: for whoever watches. No group, nothing is committed."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from streams.core.errors import Transient
from streams.core.topic import Topic
from streams.kafka.reader import Found, found
from streams.kafka.settings import LIBRDKAFKA, KafkaSettings

MOST, SECONDS = 1_000, 0.1


async def follow(settings: KafkaSettings, topics: Sequence[Topic]) -> AsyncIterator[list[Found]]:
    """Records of topics from their beginning on and as they come, each partition's in order.

    Ends when the iteration is cancelled or closed.

    Raises:
        Transient: the cluster does not answer.
    """
    reader = Consumer(
        settings.client()
        | {
            "group.id": "tandem-follower",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "fetch.wait.max.ms": settings.fetch_wait_ms,
        },
        logger=LIBRDKAFKA,
    )
    reader.assign(
        [
            TopicPartition(topic.name, partition, OFFSET_BEGINNING)
            for topic in topics
            for partition in range(topic.partitions)
        ]
    )
    try:
        while True:
            records = await asyncio.to_thread(reader.consume, MOST, SECONDS)
            for record in records:
                if error := record.error():
                    raise Transient(f"{record.topic()}: {error.str()}")
            yield [found(record) for record in records]
    finally:
        await asyncio.to_thread(reader.close)
