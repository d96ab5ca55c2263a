"""Topics are made on purpose: the catalogue applied to a cluster."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)
from confluent_kafka.cimpl import NewTopic

from streams.core.errors import Misconfigured, Transient
from streams.core.topic import Topic
from streams.kafka.settings import LIBRDKAFKA, KafkaSettings

SECONDS = 20.0
LARGEST_RECORD = 10_000_000
"""Bytes: a BOD of 5 MB as it came, in a dead letter, has room."""


@dataclass(frozen=True)
class Applied:
    """What became of a topic: `created`, `altered` or `as declared`."""

    topic: Topic
    what: str


async def apply_topics(settings: KafkaSettings, topics: Iterable[Topic]) -> list[Applied]:
    """Creates what is missing and alters what is declared differently; a second time does nothing.

    Raises:
        Misconfigured: a topic has another number of partitions; nothing was changed then.
        Transient: the cluster does not answer.
    """
    return await asyncio.to_thread(_apply, settings, list(topics))


async def list_topics(settings: KafkaSettings) -> dict[str, int]:
    """The partition count of every topic on the cluster, Kafka's own left out."""
    return await asyncio.to_thread(
        lambda: _existing(AdminClient(settings.client(), logger=LIBRDKAFKA))
    )


def config_of(topic: Topic) -> dict[str, str]:
    """The broker's configuration of a topic."""
    return {
        "cleanup.policy": topic.cleanup,
        "retention.ms": str(topic.retention_ms),
        "max.message.bytes": str(LARGEST_RECORD),
    }


def check_partitions(topics: Iterable[Topic], existing: Mapping[str, int]) -> None:
    """Refuses topics whose number of partitions is not the declared one.

    Raises:
        Misconfigured: names them; keys would be elsewhere than before, so it is not altered.
    """
    wrong = [
        f"{topic.name} has {existing[topic.name]}, declared are {topic.partitions}"
        for topic in topics
        if topic.name in existing and existing[topic.name] != topic.partitions
    ]
    if wrong:
        raise Misconfigured(
            f"Partition counts differ: {'; '.join(wrong)}. Kafka cannot move keys: start on new "
            "topics, or declare the count that is there."
        )


def _apply(settings: KafkaSettings, topics: list[Topic]) -> list[Applied]:
    admin = AdminClient(settings.client(), logger=LIBRDKAFKA)
    existing = _existing(admin)
    check_partitions(topics, existing)
    try:
        missing = [topic for topic in topics if topic.name not in existing]
        _create(admin, missing, settings.replication)
        altered = _alter(admin, [topic for topic in topics if topic.name in existing])
    except KafkaException as error:
        raise Transient(f"the cluster refused the topics: {error}") from error
    return [
        Applied(
            topic,
            "created" if topic in missing else "altered" if topic in altered else "as declared",
        )
        for topic in topics
    ]


def _existing(admin: AdminClient) -> dict[str, int]:
    try:
        topics = admin.list_topics(timeout=SECONDS).topics
    except KafkaException as error:
        raise Transient(f"Kafka does not answer: {error}") from error
    return {name: len(each.partitions) for name, each in topics.items() if name[:2] != "__"}


def _create(admin: AdminClient, topics: list[Topic], replication: int) -> None:
    if not topics:
        return
    new = [
        NewTopic(topic.name, topic.partitions, replication, config=config_of(topic))
        for topic in topics
    ]
    for made in admin.create_topics(new, request_timeout=SECONDS).values():
        try:
            made.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise


def _alter(admin: AdminClient, topics: list[Topic]) -> list[Topic]:
    if not topics:
        return []
    resources = {topic: ConfigResource(ResourceType.TOPIC, topic.name) for topic in topics}
    found = admin.describe_configs(list(resources.values()), request_timeout=SECONDS)
    differing = []
    for topic, resource in resources.items():
        is_now = found[resource].result()
        wanted = config_of(topic)
        if any(is_now[name].value != value for name, value in wanted.items()):
            differing.append(topic)
    changes = [
        ConfigResource(
            ResourceType.TOPIC,
            topic.name,
            incremental_configs=[
                ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
                for name, value in config_of(topic).items()
            ],
        )
        for topic in differing
    ]
    if changes:
        for done in admin.incremental_alter_configs(changes, request_timeout=SECONDS).values():
            done.result()
    return differing
