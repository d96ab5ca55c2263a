"""Reading records as messages, with schemas that other versions of Tandem wrote with."""

import asyncio

from streams.core.codec import UnknownSchema
from streams.core.errors import Transient
from streams.core.message import Message
from streams.core.retry import Backoff
from streams.kafka.context import Context
from streams.kafka.waiting import Arrived

TRIES = 8


async def read(record: Arrived, context: Context) -> Message:
    """The message of a record; a schema that is not known yet is fetched, once.

    Raises:
        Rejected: the bytes are none of Tandem's messages.
        Transient: the registry did not answer for long; the record is not to blame.
    """
    value = record.value or b""
    try:
        return context.codec.decode(value)
    except UnknownSchema as unknown:
        context.codec.learn(unknown.schema_id, await _fetch(unknown.schema_id, context))
        return context.codec.decode(value)


async def _fetch(schema_id: int, context: Context) -> str:
    backoff = Backoff()
    for _ in range(TRIES):
        try:
            return await context.registry.schema(schema_id)
        except Transient as busy:
            await asyncio.sleep(backoff.next(busy.retry_after))
    return await context.registry.schema(schema_id)
