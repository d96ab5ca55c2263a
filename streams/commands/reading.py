"""What the commands read back from Kafka."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from streams.bootstrap import connected
from streams.core.codec import UnknownSchema
from streams.core.errors import Misconfigured, Rejected
from streams.core.message import Message
from streams.kafka.context import Context
from streams.kafka.reader import Found, read_topic
from streams.messages.ops import DeadLetter
from streams.settings import Settings, read
from streams.topics import TOPICS, within


@dataclass(frozen=True)
class Read:
    """A message and the record that it lay in."""

    message: Message
    record: Found


@asynccontextmanager
async def cluster() -> AsyncIterator[Context]:
    """The cluster of the environment."""
    settings = read(Settings)
    async with connected(settings.engine(), settings.namespace) as context:
        yield context


async def decoded(context: Context, records: list[Found]) -> list[Read]:
    """The records that are messages; what is none is left out (it has its dead letter)."""
    found = []
    for record in records:
        try:
            found.append(Read(await _message(context, record.value or b""), record))
        except Rejected:
            continue
    return found


async def letters(context: Context) -> list[DeadLetter]:
    """All dead letters, oldest first, each once."""
    records = await asyncio.to_thread(
        lambda: list(read_topic(context.settings, context.dead_letters.name))
    )
    found = [r.message for r in await decoded(context, records)]
    each = {letter.id: letter for letter in found if isinstance(letter, DeadLetter)}
    return sorted(each.values(), key=lambda letter: letter.received_at)


async def last_messages(topic: str, kind: str, limit: int) -> list[Message]:
    """The last messages of a type on a topic.

    Raises:
        Misconfigured: there is no such topic.
    """
    async with cluster() as context:
        if topic not in {within(known, context.namespace).name for known in TOPICS}:
            raise Misconfigured(f"there is no topic {topic}; `tandem topics list` shows them")
        records = await asyncio.to_thread(lambda: list(_tail(context, topic)))
        messages = [r.message for r in await decoded(context, records)]
    return [message for message in messages if message.type == kind][-limit:]


def _tail(context: Context, topic: str) -> Iterator[Found]:
    yield from deque(read_topic(context.settings, topic), maxlen=10_000)


async def _message(context: Context, value: bytes) -> Message:
    try:
        return context.codec.decode(value)
    except UnknownSchema as unknown:
        schema = await context.registry.schema(unknown.schema_id)
        context.codec.learn(unknown.schema_id, schema)
        return context.codec.decode(value)
