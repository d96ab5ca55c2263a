"""A place in a consumer group: which partitions of a topic are ours. Nothing is read from them."""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import CancelledError, TimeoutError
from contextlib import suppress
from time import monotonic

from confluent_kafka import OFFSET_END, Consumer, KafkaException, TopicPartition

from streams.core.errors import Transient
from streams.core.topic import Topic
from streams.kafka.settings import LIBRDKAFKA, Client, KafkaSettings

log = logging.getLogger(__name__)

POLL_SECONDS = 0.2

Took = Callable[[frozenset[int]], Awaitable[None]]
Gave = Callable[[], Awaitable[None]]


class Member:
    """Keeps a place in a group from its making until `close`.

    A thread of its own serves the client, as in `streams.kafka.fetch`. Kafka gives the partitions
    to the next owner only when `gave` has returned, or has had its time.

    Args:
        settings: the cluster.
        group: the consumer group.
        topic: whose partitions are shared out.
        took: told of the partitions that are ours from now on; must not block for long.
        gave: told that none is ours any more; returns when nothing is done for them.
        failed: told of what ends the membership.

    Attributes:
        alive_at: when the client was last served, by `time.monotonic`.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        group: str,
        topic: Topic,
        took: Took,
        gave: Gave,
        failed: Callable[[BaseException], None],
    ) -> None:
        self._took, self._gave, self._failed = took, gave, failed
        self._patience = settings.drain_seconds
        self._loop = asyncio.get_running_loop()
        self._consumer = Consumer(_configuration(settings, group), logger=LIBRDKAFKA)
        self._topic = topic.name
        self._closed = threading.Event()
        self.alive_at = monotonic()
        self._thread = threading.Thread(target=self._run, name="kafka-member", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """Leaves the group; a static member keeps its place until its session ends."""
        self._closed.set()
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        self._consumer.subscribe(
            [self._topic],
            on_assign=self._assigned,
            on_revoke=self._revoked,
            on_lost=self._revoked,
        )
        while not self._closed.is_set():
            message = self._consumer.poll(POLL_SECONDS)
            self.alive_at = monotonic()
            error = message.error() if message else None
            if error and not error.retriable():
                failure = Transient(f"{self._topic}: {error.str()}")
                self._loop.call_soon_threadsafe(self._failed, failure)
                break
        with suppress(KafkaException, RuntimeError):
            self._consumer.close()

    def _assigned(self, consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
        """Takes them, from their ends: cursors are read in bulk, by `cursors`."""
        for each in partitions:
            each.offset = OFFSET_END
        consumer.assign(list(partitions))
        ours = frozenset(each.partition for each in partitions)
        self._wait_for(lambda: self._took(ours))

    def _revoked(self, consumer: Consumer, _: Sequence[TopicPartition]) -> None:
        self._wait_for(self._gave)
        consumer.unassign()

    def _wait_for(self, call: Gave) -> None:
        async def called() -> None:
            await call()

        if self._loop.is_closed():
            return
        future = asyncio.run_coroutine_threadsafe(called(), self._loop)
        try:
            future.result(self._patience)
        except (TimeoutError, CancelledError):
            log.warning("%s: a rebalance did not wait for a round under way", self._topic)
        except Exception as error:
            self._loop.call_soon_threadsafe(self._failed, error)


def _configuration(settings: KafkaSettings, group: str) -> Client:
    session_ms = round(settings.session_seconds * 1000)
    static: Client = {"group.instance.id": settings.instance} if settings.instance else {}
    return (
        settings.client()
        | {
            "group.id": group,
            "enable.auto.commit": False,
            "session.timeout.ms": session_ms,
            "heartbeat.interval.ms": max(1, session_ms // 6),
        }
        | static
    )
