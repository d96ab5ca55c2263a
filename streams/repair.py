"""Sending dead letters again."""

from collections.abc import Sequence
from contextlib import AsyncExitStack

from connectors.catalogue import CONNECTORS
from streams.core.connector import Bridge, Opened, Poller, Request
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
        body: the repaired bytes of a bridge's or poller's letter; the original if None.

    Raises:
        Misconfigured: the letter cannot be sent again this way.
        Rejected: the repaired bytes are still not usable.
    """
    publisher = Publisher(context)
    if not letter.topic:
        return await _through_its_door(context, publisher, letter, body)
    if body is not None:
        raise Misconfigured(
            "--body is for letters of a bridge or poller: of a command or an event, repair the "
            "cause (the item, the mapping, the setting) and send it again as it is"
        )
    waiting = [each for each in all_letters if each.waits_for == letter.id]
    header = ((REPAIR_HEADER, letter.id.encode()),)
    for each in (letter, *waiting):
        await publisher.resend(each.topic, each.key, each.original, header)
    return 1 + len(waiting)


async def _through_its_door(
    context: Context, publisher: Publisher, letter: DeadLetter, body: bytes | None
) -> int:
    kind, _, source = letter.origin.partition("/")
    original = letter.original if body is None else body
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(
                connector.open(read(connector.settings), context.clock, context.metrics)
            )
            for connector in CONNECTORS
        ]
        if kind == "poller":
            messages = _poller(opened, source).translate(original)
        else:
            bridge = _bridge(opened, source)
            messages = bridge.translate(_request(bridge, letter, original)).messages
        await publisher.publish(messages)
        return len(messages)


def _request(bridge: Bridge, letter: DeadLetter, body: bytes) -> Request:
    return Request(
        method=letter.headers.get(":method", "POST"),
        path=letter.headers.get(":path", bridge.path),
        headers=letter.headers,
        query={},
        body=body,
    )


def _bridge(opened: Sequence[Opened], source: str) -> Bridge:
    for bridge in (bridge for each in opened for bridge in each.bridges):
        if bridge.source == source:
            return bridge
    raise Misconfigured(f"no bridge of this process receives from {source}")


def _poller(opened: Sequence[Opened], source: str) -> Poller:
    for poller in (poller for each in opened for poller in each.pollers):
        if poller.source == source:
            return poller
    raise Misconfigured(f"no poller of this process asks {source}")
