"""Dead letters of what comes from outside: what a bridge was sent, or a poller has fetched."""

import logging
import traceback
from collections.abc import Mapping
from typing import Literal

from connectors.carddata import mask
from streams.core.clock import Clock
from streams.core.connector import Poller
from streams.core.errors import CardData, Rejected
from streams.core.message import message_id
from streams.kafka.rounds import Refuse
from streams.messages.ops import DeadLetter

LOG = logging.getLogger("tandem.refused")


def letter_of(
    origin: str, original: bytes, headers: Mapping[str, str], error: Exception, now_ms: int
) -> DeadLetter:
    """The dead letter of bytes that could not be translated; masked, and with the same id again.

    Args:
        origin: where they were refused, e.g. `bridge/shop/uk`.
        original: the bytes as they came.
        headers: what is needed to read them again.
        error: why; what is no `Rejected` is a bug of ours.
        now_ms: ms UTC.
    """
    kind, failure = _judged(error)
    original = mask(original)
    cause = message_id("dead letter", origin, original.hex())
    return DeadLetter(
        id=cause,
        key=cause,
        occurred_at=now_ms,
        received_at=now_ms,
        source=origin,
        correlation_id="",
        origin=origin,
        original=original,
        content_type=safe(headers.get("content-type", "")),
        headers=dict(headers),
        kind=kind,
        reason=safe(failure.reason),
        field=safe(failure.field),
        code=safe(failure.code),
    )


def polled(clock: Clock) -> Refuse:
    """Makes the dead letters of what pollers fetch."""

    def refuse(poller: Poller, item: bytes, error: Exception) -> DeadLetter:
        headers = {"content-type": "application/json", **poller.headers}
        letter = letter_of(poller.origin, item, headers, error, clock.now_ms())
        if letter.kind == "bug":
            LOG.error(safe("".join(traceback.format_exception(error))))
        return letter

    return refuse


def safe(text: str) -> str:
    """Without card data, and without the halves of characters that UTF-8 cannot say."""
    return mask(text.encode(errors="backslashreplace")).decode()


def _judged(error: Exception) -> tuple[Literal["card_data", "rejected", "bug"], Rejected]:
    if isinstance(error, CardData):
        return "card_data", error
    if isinstance(error, Rejected):
        return "rejected", error
    name = type(error).__name__
    reason = f"a bug of Tandem ({name}: {error}): report it, then send the message again"
    return "bug", Rejected(reason, code=name)
