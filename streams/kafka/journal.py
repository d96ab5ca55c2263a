"""A sink's journal: by command, what was started and what came of it. Intent before effect."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from streams.core.message import Command
from streams.core.topic import Topic
from streams.kafka.changelog import Stored
from streams.kafka.durable import Record
from streams.messages.ops import Result

SLACK_MS = 1_000
"""A started command may wait so long for its turn before its start must be told anew."""


class Entry(BaseModel):
    """What the journal holds for a command.

    Attributes:
        state: started (an effect may have happened), done, or rejected for good.
        at: when, ms UTC.
        until: no call that was started before can still have an effect after this, ms UTC.
        result: what the flow was told, once there is something to tell.
    """

    model_config = ConfigDict(frozen=True)

    state: Literal["started", "done", "rejected"]
    at: int
    until: int
    result: Result | None = None


class Journal:
    """One partition of a sink's journal: in memory and in its changelog.

    Args:
        changelog: its topic.
        partition: its number, which is the commands'.
        stored: what the changelog holds.
        call_ms: how long a call can still have an effect.
    """

    def __init__(
        self, changelog: Topic, partition: int, stored: Mapping[bytes, Stored], call_ms: int
    ) -> None:
        self._topic, self._retention_ms = changelog.name, changelog.retention_ms
        self._partition, self._call_ms = partition, call_ms
        self._json = {key.decode(): each.value for key, each in stored.items()}
        self._foreign = set(self._json)

    def entry(self, command_id: str) -> Entry | None:
        """What is known of a command."""
        text = self._json.get(command_id)
        return Entry.model_validate_json(text) if text else None

    def foreign(self, command_id: str) -> bool:
        """Whether an earlier owner of the partition, or life of ours, wrote the entry."""
        return command_id in self._foreign

    def started(self, now: int) -> Entry:
        """The entry of a command that is to be called now."""
        return Entry(state="started", at=now, until=now + self._call_ms + SLACK_MS)

    def covers(self, entry: Entry, now: int) -> bool:
        """Whether a call that is made now ends within what a started entry has promised."""
        return now + self._call_ms <= entry.until

    def ended(self, result: Result) -> Entry:
        """The entry of a command with a result."""
        at = result.occurred_at
        return Entry(state=result.outcome, at=at, until=at, result=result)

    def record(self, command: Command, entry: Entry) -> Record:
        """The changelog's record of an entry."""
        value = entry.model_dump_json(exclude_defaults=True).encode()
        return Record(self._topic, command.id.encode(), value, partition=self._partition)

    def keep(self, record: Record) -> None:
        """Changes an entry whose record is in Kafka."""
        key = record.key.decode()
        self._json.pop(key, None)
        self._json[key] = record.value or b""
        self._foreign.discard(key)

    def forget_old(self, now: int) -> None:
        """Drops entries that the changelog's retention has passed, oldest first."""
        while self._json:
            oldest = next(iter(self._json))
            entry = self.entry(oldest)
            if entry is None or entry.at + self._retention_ms > now:
                return
            del self._json[oldest]
