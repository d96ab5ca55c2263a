"""What a Kafka topic is, declared as data."""

from dataclasses import dataclass
from typing import Literal

from streams.core.message import Message

DAY_MS = 86_400_000


@dataclass(frozen=True)
class Topic:
    """A topic of the catalogue.

    Attributes:
        name: its name on the cluster.
        messages: what it carries; empty for the engine's own tables and journals.
        purpose: one line for the generated documentation.
        partitions: all topics that one flow reads have the same number.
        retention_ms: how long records are kept; -1 is for ever.
        cleanup: Kafka's `cleanup.policy`.
    """

    name: str
    messages: tuple[type[Message], ...]
    purpose: str
    partitions: int = 4
    retention_ms: int = 7 * DAY_MS
    cleanup: Literal["delete", "compact", "compact,delete"] = "delete"
