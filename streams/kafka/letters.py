"""Dead letters: records that could not be processed, kept as they came."""

from typing import Literal

from streams.core.clock import Clock
from streams.core.errors import Rejected
from streams.core.message import Message, message_id
from streams.kafka.waiting import Arrived
from streams.messages.ops import DeadLetter

REPAIR_HEADER = "tandem-repair"
"""A record that a person sends again carries the id of its dead letter in this Kafka header."""

CONTENT_TYPE = "application/vnd.apache.avro"


def repairs(record: Arrived) -> str:
    """The id of the dead letter that a record repairs; empty if it is none."""
    for name, value in record.headers:
        if name == REPAIR_HEADER:
            return value.decode(errors="replace")
    return ""


class Letters:
    """Writes the dead letters of one worker.

    A record's letter has the same id whenever it is refused, so a repeated batch adds none.
    """

    def __init__(self, origin: str, clock: Clock) -> None:
        self._origin, self._clock = origin, clock

    def undecodable(self, record: Arrived, why: Rejected) -> DeadLetter:
        """The letter of bytes that are none of Tandem's messages."""
        return self._letter(record, None, "undecodable", why)

    def refused(self, record: Arrived, message: Message, why: Rejected) -> DeadLetter:
        """The letter of a message that was rejected."""
        return self._letter(record, message, "rejected", why)

    def bug(self, record: Arrived, message: Message, error: Exception) -> DeadLetter:
        """The letter of a message that our own code stumbled over."""
        why = Rejected(
            f"a bug of Tandem ({type(error).__name__}: {error}): report it, then send it again",
            code=type(error).__name__,
        )
        return self._letter(record, message, "bug", why)

    def waiting(self, record: Arrived, message: Message, waits_for: str) -> DeadLetter:
        """The letter of a message whose key waits for the repair of an earlier one."""
        why = Rejected(f"waits for the repair of dead letter {waits_for}; then send it again")
        return self._letter(record, message, "waiting", why, waits_for)

    def _letter(
        self,
        record: Arrived,
        message: Message | None,
        kind: Literal["rejected", "undecodable", "waiting", "bug"],
        why: Rejected,
        waits_for: str = "",
    ) -> DeadLetter:
        key = (record.key or b"").decode(errors="replace")
        minor_units, currency = money(message)
        return DeadLetter(
            id=letter_id(self._origin, record),
            key=key,
            occurred_at=message.occurred_at if message else record.timestamp,
            received_at=self._clock.now_ms(),
            source=self._origin,
            correlation_id=message.correlation_id if message else key,
            causation_id=message.id if message else "",
            origin=self._origin,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            message_id=message.id if message else "",
            message_type=message.type if message else "",
            original=record.value or b"",
            content_type=CONTENT_TYPE,
            kind=kind,
            reason=why.reason,
            field=why.field,
            code=why.code,
            minor_units=minor_units,
            currency=currency,
            waits_for=waits_for,
        )


def letter_id(origin: str, record: Arrived) -> str:
    """The id of the dead letter that a record becomes at `origin`."""
    place = (record.topic, record.partition, record.offset, record.timestamp)
    return message_id("dead-letter", origin, *place, (record.key or b"").hex())


def money(message: Message | None) -> tuple[int | None, str]:
    """The money that a message is about, minor units and currency, if it is about any."""
    for name in ("total", "amount", "minor_units"):
        units = getattr(message, name, None)
        if isinstance(units, int):
            return units, str(getattr(message, "currency", ""))
    return None, ""
