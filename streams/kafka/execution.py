"""Executing one command until there is something to tell the flow."""

import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import NamedTuple

from streams.core.connector import Execute, Outcome
from streams.core.errors import Failure, Misconfigured, Rejected, Transient, Unknown
from streams.core.message import Command
from streams.core.metrics import Metrics
from streams.core.retry import Backoff
from streams.kafka.durable import NotDurable
from streams.kafka.outage import Outage

log = logging.getLogger(__name__)

BUG_TRIES = 3


class Bug(NamedTuple):
    """Our own code failed again and again; a person must see it."""

    error: Exception


Ended = Outcome | Rejected | Bug


class Drained(Exception):
    """The partition goes away: what is not done is left to its next owner."""


class Execution:
    """Calls a handler by the error classes' rules: a connector judges, the trying is here.

    Args:
        worker: whose, for metrics and the log; `system` is the sink's.
        outage: told of every failure and answer.
        metrics: where failures are counted.
        call_seconds: a call whose reply was lost can have its effect so long after it began: only
            then is the system asked.
        wait: sleeps so many seconds; raises `Drained` when the partition goes away.
    """

    def __init__(
        self,
        worker: str,
        system: str,
        outage: Outage,
        metrics: Metrics,
        call_seconds: float,
        wait: Callable[[float], Awaitable[None]],
    ) -> None:
        self._worker, self._system = worker, system
        self._outage, self._metrics, self._wait = outage, metrics, wait
        self._call_seconds = call_seconds

    async def run(self, command: Command, execute: Execute, unknown: bool) -> Ended:
        """What became of a command.

        Args:
            command: what to do; `execute` does it.
            execute: see `streams.core.connector.Execute`.
            unknown: whether an earlier try may have had its effect.

        Raises:
            Misconfigured, NotDurable: the worker must stop.
            Drained: the partition goes away.
        """
        backoff, bugs = Backoff(), 0
        while True:
            began = monotonic()
            try:
                outcome = await execute(command, unknown=unknown)
            except Rejected as why:
                self._outage.worked()
                return why
            except (Misconfigured, NotDurable, Drained):
                raise
            except Exception as error:  # the one guard around every handler
                bugs += not isinstance(error, Transient | Unknown)
                unknown = unknown or not isinstance(error, Transient)
                if bugs >= BUG_TRIES:
                    log.exception("%s stumbled over %s %s", self._worker, command.type, command.id)
                    return Bug(error)
                wait = self._failed(error, backoff)
                if not isinstance(error, Transient):
                    wait = max(wait, began + self._call_seconds - monotonic())
                await self._wait(wait)
            else:
                self._outage.worked()
                return outcome

    def _failed(self, error: Exception, backoff: Backoff) -> float:
        kind = type(error).__name__ if isinstance(error, Failure) else "Bug"
        self._metrics.count("tandem_errors_total", self._worker, kind)
        self._metrics.count("tandem_retries_total", self._system, kind)
        if isinstance(error, Transient | Unknown):
            self._outage.failed(error.reason)
        return backoff.next(error.retry_after if isinstance(error, Transient) else None)
