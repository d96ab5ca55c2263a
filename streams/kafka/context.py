"""What every worker of a process shares."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from streams.core.clock import Clock
from streams.core.codec import Codec
from streams.core.message import Message
from streams.core.metrics import Metrics
from streams.core.topic import Topic
from streams.kafka.durable import Flush
from streams.kafka.registry import Registry
from streams.kafka.settings import KafkaSettings
from streams.topics import DEAD_LETTERS, results_of, topic_of, within


@dataclass(frozen=True)
class Context:
    """The cluster and the language, as the workers see them.

    Attributes:
        settings: the cluster and the engine's measures.
        codec: encodes and decodes messages with their registered schemas.
        registry: where schemas of other versions come from.
        flush: the process's producer.
        metrics: where workers count; `clock` the time.
        topic_of: the topic that takes an event or a command.
        results_of: the topic that takes results of a command of this source.
        dead_letters: the topic of dead letters.
        namespace: what topics and consumer groups begin with; see `streams.topics.within`.
    """

    settings: KafkaSettings
    codec: Codec
    registry: Registry
    flush: Flush
    metrics: Metrics
    clock: Clock
    topic_of: Callable[[type[Message]], Topic] = topic_of
    results_of: Callable[[str], Topic] = results_of
    dead_letters: Topic = DEAD_LETTERS
    namespace: str = "tandem"

    @classmethod
    def of(
        cls,
        settings: KafkaSettings,
        codec: Codec,
        registry: Registry,
        flush: Flush,
        metrics: Metrics,
        clock: Clock,
        namespace: str,
    ) -> "Context":
        """The catalogue's topics as a namespace has them."""

        @cache
        def topic(message: type[Message]) -> Topic:
            return within(topic_of(message), namespace)

        @cache
        def results(source: str) -> Topic:
            return within(results_of(source), namespace)

        return cls(
            settings,
            codec,
            registry,
            flush,
            metrics,
            clock,
            topic,
            results,
            within(DEAD_LETTERS, namespace),
            namespace,
        )
