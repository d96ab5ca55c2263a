"""A flow's table, one partition of it: every key's last state, in memory and in the changelog."""

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

from pydantic import BaseModel

from streams.core.flow import Flow, Kept
from streams.core.topic import Topic
from streams.kafka.changelog import Stored
from streams.kafka.durable import Record
from streams.kafka.wakes import Wakes

S = TypeVar("S", bound=BaseModel)

WAKE_HEADER = "wake-at"
"""When a key wants to be woken stands in a header, so that taking over parses no state."""


class Table(Generic[S]):
    """What a flow keeps for the keys of one partition.

    States rest as the JSON of the changelog; those of busy keys also stay parsed, since parsing an
    order of many lines costs more than deciding about it.

    Args:
        flow: whose table.
        changelog: its topic.
        partition: its number.
        stored: what the changelog holds.
        hot_keys: how many states stay parsed.
        repeats: whether a crash may have kept a state without what it led to, so that a key's first
            turn must send that again; False where both are one transaction.
    """

    def __init__(
        self,
        flow: Flow[S],
        changelog: Topic,
        partition: int,
        stored: Mapping[bytes, Stored],
        hot_keys: int,
        repeats: bool,
    ) -> None:
        self._flow, self._partition, self._hot_keys = flow, partition, hot_keys
        self._topic = changelog.name
        self._json = {key: each.value for key, each in stored.items()}
        self._hot: dict[bytes, Kept[S]] = {}
        self._untouched = set(self._json) if repeats else set()
        self.wakes = Wakes(
            {
                key: int(each.headers[WAKE_HEADER])
                for key, each in stored.items()
                if WAKE_HEADER in each.headers
            }
        )

    def __len__(self) -> int:
        return len(self._json)

    def get(self, key: bytes) -> Kept[S] | None:
        """What is kept for a key."""
        kept = self._hot.get(key)
        if kept is None and (text := self._json.get(key)) is not None:
            kept = self._flow.kept.model_validate_json(text)
        return kept

    def resumed(self, key: bytes) -> bool:
        """Whether the key's turn must send again what a former owner may have left unsent."""
        return key in self._untouched

    def record(self, key: bytes, kept: Kept[S]) -> Record:
        """The changelog's record of a state; what equals its default is not written (ADR 0004)."""
        at = _wish(kept)
        headers = () if at is None else ((WAKE_HEADER, str(at).encode()),)
        value = kept.model_dump_json(exclude_defaults=True).encode()
        return Record(self._topic, key, value, headers, self._partition)

    def keep(self, keys: Iterable[bytes], states: Iterable[tuple[Record, Kept[S]]]) -> None:
        """A batch is in Kafka: changes the `states` of what changed among the `keys` it touched."""
        self._untouched.difference_update(keys)
        for record, kept in states:
            key = record.key
            self._json[key] = record.value or b""
            self._hot.pop(key, None)
            self._hot[key] = kept
            self.wakes.set(key, _wish(kept))
        while len(self._hot) > self._hot_keys:
            del self._hot[next(iter(self._hot))]


def _wish(kept: Kept[S]) -> int | None:
    """When to wake a key: a held one sleeps until it is released."""
    return None if kept.held_by else kept.wake_at
