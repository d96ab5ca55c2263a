"""What the machine says about itself: results, wake-ups, dead letters, exceptions."""

from typing import ClassVar, Literal

from pydantic import Field

from streams.core.message import Message


class Result(Message):
    """What became of a command; has the command's key and goes to the flow that sent it.

    Attributes:
        command_id: the command's id; `command_type` its type.
        outcome: done, or rejected for good (then `reason`, `field` and `code` say why).
        values: what the system answered, in its own field names.
        minor_units: the amount that was moved, if any, in minor units of `currency`.
    """

    type: ClassVar[str] = "ops.result"
    schema_file: ClassVar[str] = "ops/result.v1.avsc"

    command_id: str
    command_type: str
    outcome: Literal["done", "rejected"]
    values: dict[str, str] = Field(default_factory=dict)
    minor_units: int | None = None
    currency: str = ""
    reason: str = ""
    field: str = ""
    code: str = ""


class WakeUp(Message):
    """The time that a flow asked to be woken at has come. Made by the engine, never on a topic.

    Attributes:
        occurred_at: the time that was asked for; `received_at` is now.
    """

    type: ClassVar[str] = "ops.wake_up"
    schema_file: ClassVar[str] = "ops/wake_up.v1.avsc"


class DeadLetter(Message):
    """A message that could not be processed, as it came, for a person to repair and send again.

    Attributes:
        origin: where it was refused: `bridge/shop/uk`, `flow/order`, `sink/m3`.
        topic: the topic it stood in, with `partition` and `offset`; empty and -1 from a bridge.
        message_id: its id, if it could be read; `message_type` its type.
        original: its bytes, as they came (card numbers masked); `content_type` how to read them.
        headers: of a bridge's letter, the request's headers with `:method` and `:path`.
        kind: rejected, undecodable, card_data, waiting (for an earlier one of its key), bug.
        field: the field at fault; `code` the refusing system's own code.
        reason: in plain words, with what to do.
        minor_units: the money at risk, if known, in minor units of `currency`.
        waits_for: the dead letter of the same key that must be repaired first, if any.
    """

    type: ClassVar[str] = "ops.dead_letter"
    schema_file: ClassVar[str] = "ops/dead_letter.v1.avsc"

    origin: str
    topic: str = ""
    partition: int = -1
    offset: int = -1
    message_id: str = ""
    message_type: str = ""
    original: bytes
    content_type: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    kind: Literal["rejected", "undecodable", "card_data", "waiting", "bug"]
    reason: str
    field: str = ""
    code: str = ""
    minor_units: int | None = None
    currency: str = ""
    waits_for: str = ""


class Exceptional(Message):
    """A case for a person: something that the books cannot settle by themselves.

    Attributes:
        kind: what it is: return, adjustment, declined, late, refused, difference.
        reason: in plain words.
        minor_units: its amount in minor units of `currency`.
    """

    type: ClassVar[str] = "ops.exception"
    schema_file: ClassVar[str] = "ops/exception.v1.avsc"

    kind: str
    reason: str
    minor_units: int
    currency: str
