"""What a flow is told of its command."""

from typing import Literal

from streams.core.connector import Outcome
from streams.core.errors import Rejected
from streams.core.message import Command, message_id
from streams.messages.ops import Result


def result_of(command: Command, outcome: Outcome | Rejected, source: str, now: int) -> Result:
    """The result of a command, for its key; told again it has the same id.

    Args:
        command: what was asked.
        outcome: what became of it.
        source: the sink, e.g. `sink/m3`.
        now: ms UTC.
    """
    rejected = outcome if isinstance(outcome, Rejected) else Rejected("")
    done = outcome if isinstance(outcome, Outcome) else Outcome()
    said: Literal["done", "rejected"] = "done" if outcome is done else "rejected"
    return Result(
        id=message_id("result", command.id, said),
        key=command.key,
        occurred_at=now,
        received_at=now,
        source=source,
        correlation_id=command.correlation_id,
        causation_id=command.id,
        command_id=command.id,
        command_type=command.type,
        outcome=said,
        values=dict(done.values),
        minor_units=done.minor_units,
        currency=done.currency,
        reason=rejected.reason,
        field=rejected.field,
        code=rejected.code,
    )
