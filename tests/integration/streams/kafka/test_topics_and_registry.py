"""Topics and schemas on a real cluster."""

from dataclasses import replace
from pathlib import Path

import pytest

from streams.core.errors import Misconfigured
from streams.core.topic import Topic
from streams.kafka.durable import Flush, NotDurable, Record
from streams.kafka.reader import read_topic
from streams.kafka.settings import KafkaSettings
from streams.kafka.topics_admin import apply_topics, list_topics
from tests.brokers import Cluster
from tests.engine.registering import a_registry_serves


def settings(cluster: Cluster) -> KafkaSettings:
    return KafkaSettings(
        bootstrap_servers=cluster.bootstrap_servers, registry_url=cluster.registry_url
    )


async def test_topics_become_as_declared(cluster: Cluster, unique: str) -> None:
    here = settings(cluster)
    declared = (Topic(unique, (), "", 3), Topic(f"{unique}-2", (), "", 1, cleanup="compact"))

    async def applied(*topics: Topic) -> list[str]:
        return [each.what for each in await apply_topics(here, topics)]

    assert await applied(*declared) == ["created", "created"]
    assert await applied(*declared) == ["as declared", "as declared"]
    shorter = replace(declared[0], retention_ms=60_000)
    assert await applied(shorter, declared[1]) == ["altered", "as declared"]
    assert await applied(shorter) == ["as declared"]
    assert (await list_topics(here))[unique] == 3


async def test_another_number_of_partitions_is_refused_and_nothing_is_changed(
    cluster: Cluster, unique: str
) -> None:
    here = settings(cluster)
    await apply_topics(here, [Topic(unique, (), "", 3)])

    with pytest.raises(Misconfigured, match=f"{unique} has 3, declared are 4"):
        await apply_topics(here, [Topic(unique, (), "", 4), Topic(f"{unique}-new", (), "")])

    assert f"{unique}-new" not in await list_topics(here)


async def test_the_registry_lets_schemas_grow_but_never_break(
    cluster: Cluster, unique: str, tmp_path: Path
) -> None:
    name = "T" + unique.replace("-", "")
    await a_registry_serves(cluster.registry_url, name, tmp_path)


async def test_what_kafka_cannot_take_is_not_durable(cluster: Cluster, unique: str) -> None:
    here = settings(cluster)
    await apply_topics(here, [Topic(unique, (), "", 1)])
    flush = Flush(here)

    with pytest.raises(NotDurable):
        await flush.keep(0, [Record(unique, b"k", b"x" * 20_000_000)], {})
    await flush.keep(0, [Record(unique, b"k", b"fits")], {})

    await flush.close()
    assert [found.value for found in read_topic(here, unique)] == [b"fits"]
