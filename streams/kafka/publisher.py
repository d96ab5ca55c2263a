"""Publishing from outside the workers: for bridges and pollers."""

from collections.abc import Sequence

from streams.core.message import Message
from streams.kafka.context import Context
from streams.kafka.durable import Headers, Record


class Publisher:
    """Puts messages on their topics; safe to share within one event loop."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def publish(self, messages: Sequence[Message], *, topic: str = "") -> None:
        """Returns when Kafka has acknowledged every message.

        Args:
            messages: what to publish; those of one key stay in order.
            topic: where, if not on the topics that take messages of their types.

        Raises:
            NotDurable: Kafka did not take one; publish all again, their ids make it harmless.
        """
        context = self._context
        records = [
            Record(
                topic or context.topic_of(type(message)).name,
                message.key.encode(),
                context.codec.encode(message),
            )
            for message in messages
        ]
        await context.flush.keep(-1, records, {})

    async def resend(self, topic: str, key: str, value: bytes, headers: Headers = ()) -> None:
        """Puts the bytes of a message on a topic again, e.g. of a dead letter that was repaired.

        Give `((REPAIR_HEADER, <dead letter id>),)` as headers to let its key go on.

        Raises:
            NotDurable: Kafka did not take it.
        """
        await self._context.flush.keep(-1, [Record(topic, key.encode(), value, headers)], {})
