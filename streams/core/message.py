"""The envelope that every message has, and ids that the same cause gives again."""

from hashlib import blake2b
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict

M = TypeVar("M", bound="Message")


class Part(BaseModel):
    """A piece of a message: frozen, and refuses fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Message(Part):
    """A fact, a command or a result on its way through Kafka.

    Amounts are minor units with an ISO 4217 `currency`; times are milliseconds UTC.

    Attributes:
        id: deterministic (`message_id`): the same cause gives the same id.
        key: the business key, which is also the Kafka key.
        occurred_at: when it happened in the system it comes from.
        received_at: when Tandem learnt of it.
        source: who says it, e.g. `shop/uk`, `m3`, `heartland`, `flow/order`, `sink/m3`.
        correlation_id: the business key of the whole story.
        causation_id: the id of the message that led to this one; empty for what comes from outside.
    """

    type: ClassVar[str]
    schema_file: ClassVar[str]

    id: str
    key: str
    occurred_at: int
    received_at: int
    source: str
    correlation_id: str
    causation_id: str = ""


class Command(Message):
    """Asks a sink for exactly one effect; its `id` is the idempotency key of that effect.

    Attributes:
        answered: whether its flow waits for the result. Of what is absolute and soon replaced (a
            stock figure) none is wanted: it waits in no outbox, and only a refusal is told, as a
            dead letter.
    """

    answered: ClassVar[bool] = True


def following(
    message: type[M], cause: Message, source: str, id: str, key: str, about: str = "", **fields: Any
) -> M:
    """A message that `cause` led to: its times are the cause's, and it names it.

    `source` is who says it, e.g. `flow/stock`; `key` where it goes; `about` the key of the whole
    story, if that is another one; `fields` are the message's own.
    """
    return message(
        id=id,
        key=key,
        occurred_at=cause.occurred_at,
        received_at=cause.received_at,
        source=source,
        correlation_id=about or key,
        causation_id=cause.id,
        **fields,
    )


def message_id(*cause: str | int) -> str:
    """The id of what `cause` brings about: 32 hex digits, equal for equal causes (RFC 7693)."""
    return blake2b("\x1f".join(map(str, cause)).encode(), digest_size=16).hexdigest()
