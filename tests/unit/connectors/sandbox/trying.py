"""What Tandem's engine does with a command whose fate is in doubt: again, asking first."""

from streams.core.connector import Execute, Outcome
from streams.core.errors import Transient, Unknown
from streams.core.message import Command

MOST = 12


async def through(execute: Execute, command: Command) -> Outcome:
    """Executes a command until it is done; fails after too many tries."""
    unknown = False
    for _ in range(MOST):
        try:
            return await execute(command, unknown=unknown)
        except (Transient, Unknown) as doubt:
            unknown = unknown or isinstance(doubt, Unknown)
    raise AssertionError(f"{command.key} never got through")
