"""State comes back in bulk: whole changelog partitions through librdkafka.

Faust reads a changelog record by record, at 265 microseconds each: a minute for 200,000 keys.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from streams.kafka.reader import read_topic
from streams.kafka.settings import KafkaSettings


class Stored(NamedTuple):
    """The last record of a key."""

    value: bytes
    headers: Mapping[str, bytes]


def read_changelog(
    settings: KafkaSettings, topic: str, partitions: Collection[int]
) -> dict[int, dict[bytes, Stored]]:
    """The newest value of each key by partition, the one changed last at the end; blocks.

    Only what is committed; tombstones are left out.

    Raises:
        Transient: the cluster does not answer.
    """
    tables: dict[int, dict[bytes, Stored]] = {partition: {} for partition in partitions}
    for found in read_topic(settings, topic, partitions=sorted(partitions)):
        table = tables[found.partition]
        table.pop(found.key, None)
        if found.value is not None:
            table[found.key] = Stored(found.value, dict(found.headers))
    return tables
