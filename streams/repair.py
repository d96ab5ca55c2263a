"""Sending dead letters again."""

from collections.abc import Sequence
from contextlib import AsyncExitStack

from connectors.catalogue import CONNECTORS
from streams.core.connector import Bridge, Request
from streams.core.errors import Misconfigured
from streams.kafka.context import Context
from streams.kafka.letters import REPAIR_HEADER
from streams.kafka.publisher import Publisher
from streams.messages.ops import DeadLetter
from streams.settings import read


async def send_again(
    context: Context, letter: DeadLetter, all_letters: Sequence[DeadLetter], body: bytes | None
) -> int:
    """Sends a dead letter again, then what waited for its repair, in order; how many were sent.

    Args:
        context: the cluster.
        letter: the one that was repaired.
        all_letters: all there are, oldest first.
        body: the repaired bytes of a bridge's letter; the original if None.

    Raises:
        Misconfigured: the letter cannot be sent again this way.
        Rejected: the repaired bytes are still not usable.
    """
    publisher = Publisher(context)
    if not letter.topic:
        return await _through_its_bridge(context, publisher, letter, body)
    if body is not None:
        raise Misconfigured(
            "--body is for a bridge's letters: of a command or an event, repair the cause (the "
            "item, the mapping, the setting) and send it again as it is"
        )
    waiting = [each for each in all_letters if each.waits_for == letter.id]
    header = ((REPAIR_HEADER, letter.id.encode()),)
    for each in (letter, *waiting):
        await publisher.resend(each.topic, each.key, each.original, header)
    return 1 + len(waiting)


async def _through_its_bridge(
    context: Context, publisher: Publisher, letter: DeadLetter, body: bytes | None
) -> int:
    async with AsyncExitStack() as stack:
        bridge = await _bridge(context, stack, letter.origin.removeprefix("bridge/"))
        request = Request(
            method=letter.headers.get(":method", "POST"),
            path=letter.headers.get(":path", bridge.path),
            headers=letter.headers,
            query={},
            body=letter.original if body is None else body,
        )
        messages = bridge.translate(request).messages
        await publisher.publish(messages)
        return len(messages)


async def _bridge(context: Context, stack: AsyncExitStack, source: str) -> Bridge:
    for connector in CONNECTORS:
        opened = await stack.enter_async_context(
            connector.open(read(connector.settings), context.clock, context.metrics)
        )
        for bridge in opened.bridges:
            if bridge.source == source:
                return bridge
    raise Misconfigured(f"no bridge of this process receives from {source}")
