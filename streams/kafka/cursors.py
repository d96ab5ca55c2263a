"""How far each poller has come: a compacted topic, by source.

A cursor may be trusted whoever wrote it: it is written only after all that was found before it is
in Kafka. An old one that comes late costs a round again, and loses nothing.
"""

from collections.abc import Collection

from pydantic import BaseModel, ConfigDict

from streams.core.topic import Topic
from streams.kafka.changelog import read_changelog
from streams.kafka.durable import Record
from streams.kafka.settings import KafkaSettings


class Cursor(BaseModel):
    """What the topic holds for a source, as JSON.

    Attributes:
        cursor: where the next round begins, in the poller's own words; empty for the first ever.
        at: up to when the source has been looked through, ms UTC; 0 for never.
    """

    model_config = ConfigDict(frozen=True)

    cursor: str = ""
    at: int = 0


def cursor_record(topic: Topic, source: str, cursor: Cursor) -> Record:
    """The topic's record of a cursor; the source decides the partition."""
    return Record(topic.name, source.encode(), cursor.model_dump_json().encode())


def read_cursors(
    settings: KafkaSettings, topic: Topic, partitions: Collection[int]
) -> dict[str, Cursor]:
    """The cursors of some partitions by source; blocks.

    Raises:
        Transient: the cluster does not answer.
    """
    if not partitions:
        return {}
    stored = read_changelog(settings, topic.name, partitions)
    return {
        source.decode(): Cursor.model_validate_json(each.value)
        for table in stored.values()
        for source, each in table.items()
    }
