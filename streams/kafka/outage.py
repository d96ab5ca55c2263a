"""Whether an outside system is held to be down."""

import asyncio
import logging
from time import monotonic

from streams.core.metrics import Metrics

log = logging.getLogger(__name__)

FAILURES, SECONDS = 5, 5.0
"""So many failures without one answer, for at least so long: the system is down."""


class Outage:
    """What all partitions of a sink, or the rounds of a poller, know of their system.

    While it is down, no new command is begun; those in hand are tried on at a slow pace, lag grows,
    the metric says 1, and one line is logged at either end.

    Args:
        system: its name in the metric and the log.
        metrics: where it is said.
        waiting: what waits for it, for the log.

    Attributes:
        over: set while the system is held to work.
    """

    def __init__(self, system: str, metrics: Metrics, waiting: str = "commands wait") -> None:
        self._system, self._metrics, self._waiting = system, metrics, waiting
        self._failures, self._since = 0, 0.0
        self.over = asyncio.Event()
        self.over.set()
        metrics.gauge("tandem_outage", system, to=0)

    def failed(self, reason: str) -> None:
        """A call had no answer that says anything about its command."""
        if not self._failures:
            self._since = monotonic()
        self._failures += 1
        lasts = monotonic() - self._since
        if self.over.is_set() and self._failures >= FAILURES and lasts >= SECONDS:
            self.over.clear()
            self._metrics.gauge("tandem_outage", self._system, to=1)
            log.error("%s is down, %s for it: %s", self._system, self._waiting, reason)

    def worked(self) -> None:
        """The system answered."""
        self._failures = 0
        if not self.over.is_set():
            self.over.set()
            self._metrics.gauge("tandem_outage", self._system, to=0)
            log.warning("%s works again", self._system)
