"""One poller at work: round after round, its cursor written only behind what is in Kafka."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from itertools import islice
from typing import NoReturn

from streams.core.connector import Poller
from streams.core.errors import Failure, Misconfigured, Transient
from streams.core.message import Message
from streams.core.retry import Backoff
from streams.core.topic import Topic
from streams.kafka.context import Context
from streams.kafka.cursors import Cursor, cursor_record
from streams.kafka.durable import NotDurable
from streams.kafka.outage import Outage
from streams.kafka.publisher import Publisher
from streams.messages.ops import DeadLetter

log = logging.getLogger(__name__)

FIRST_SECONDS, MOST_SECONDS = 0.5, 60.0
"""The waits between tries of a round that fails."""

ROUND_SECONDS = 600.0
"""A fetch that takes longer is given up and tried again."""

REMEMBERS = 10_000
"""So many messages that are in Kafka are known here and not sent again: rounds overlap."""

Refuse = Callable[[Poller, bytes, Exception], DeadLetter]
"""Makes the dead letter of an item that a poller's `translate` raised for."""


class Rounds:
    """Runs a poller.

    A round is: fetch from the cursor, translate, publish all of it and wait until Kafka has
    acknowledged; only then is the next cursor written. A crash in between repeats the round, and
    the ids of messages make that harmless.

    Args:
        poller: what fetches and translates.
        context: the cluster and the language.
        topic: of the cursors.
        refuse: makes dead letters of what cannot be translated.
        sleep: waits so many seconds.

    Attributes:
        cursor: how far it has come.
    """

    def __init__(
        self,
        poller: Poller,
        context: Context,
        topic: Topic,
        refuse: Refuse,
        cursor: Cursor = Cursor(),  # noqa: B008 (frozen)
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.cursor = cursor
        self._poller, self._context, self._topic = poller, context, topic
        self._refuse, self._sleep = refuse, sleep
        self._name = f"poller/{poller.source}"
        self._publisher = Publisher(context)
        self._outage = Outage(poller.source, context.metrics, "rounds wait")
        self._published: dict[str, None] = {}
        self._born_ms = context.clock.now_ms()
        self._bug = ""

    async def run(self) -> NoReturn:
        """Polls until cancelled.

        Raises:
            Misconfigured: the system refuses us; its text says what to set.
            NotDurable: Kafka did not take what was found, or the cursor.
        """
        backoff = Backoff(FIRST_SECONDS, MOST_SECONDS)
        while True:
            try:
                async with asyncio.timeout(ROUND_SECONDS):
                    more = await self.round()
            except (Misconfigured, NotDurable):
                raise
            except Exception as error:  # the one guard around every poller
                wait = self._failed(error, backoff)
            else:
                self._worked()
                backoff = Backoff(FIRST_SECONDS, MOST_SECONDS)
                wait = 0 if more else self._poller.every_seconds
            await self._sleep(wait)

    async def round(self) -> bool:
        """One fetch, with all that follows; whether there is more to fetch at once.

        Raises:
            Transient, Unknown, Rejected, Misconfigured: as the poller's `fetch` does.
            NotDurable: Kafka did not take something; nothing was passed over.
        """
        began = self._context.clock.now_ms()
        page = await self._poller.fetch(self.cursor.cursor)
        found = [each for item in page.items for each in self._translated(item)]
        new = [each for each in found if each.id not in self._published]
        if new:
            await self._publisher.publish(new)
            self._tell(new)
        self._remember(found)
        at = self.cursor.at if page.more else began
        cursor = Cursor(cursor=page.cursor, at=at)
        record = cursor_record(self._topic, self._poller.source, cursor)
        await self._context.flush.keep(-1, [record], {})
        self.cursor = cursor
        return page.more

    def age_seconds(self) -> float:
        """For how long the source has not been looked through up to the present."""
        since = self.cursor.at or self._born_ms
        return max(0, self._context.clock.now_ms() - since) / 1000

    def _translated(self, item: bytes) -> tuple[Message, ...]:
        try:
            return self._poller.translate(item)
        except Exception as error:  # refused, or a bug: a person must see it, the others go on
            return (self._refuse(self._poller, item, error),)

    def _tell(self, new: list[Message]) -> None:
        self._context.metrics.count("tandem_sent_total", self._name, by=len(new))
        for letter in new:
            if isinstance(letter, DeadLetter):
                self._context.metrics.count("tandem_dead_letters_total", self._name, letter.kind)
                log.warning("%s: dead letter %s: %s", self._name, letter.id, letter.reason)

    def _remember(self, found: list[Message]) -> None:
        for message in found:
            self._published.pop(message.id, None)
            self._published[message.id] = None
        for old in list(islice(self._published, max(0, len(self._published) - REMEMBERS))):
            del self._published[old]

    def _worked(self) -> None:
        self._bug = ""
        self._outage.worked()
        self._context.metrics.count("tandem_rounds_total", self._poller.source, "done")

    def _failed(self, error: Exception, backoff: Backoff) -> float:
        kind = type(error).__name__ if isinstance(error, Failure | TimeoutError) else "Bug"
        self._context.metrics.count("tandem_errors_total", self._name, kind)
        self._context.metrics.count("tandem_rounds_total", self._poller.source, "failed")
        if kind == "Bug":
            said = f"a bug of Tandem ({type(error).__name__}): report it"
            self._report(said, error)
        else:
            said = str(error) or f"no answer within {ROUND_SECONDS:g} s"
        self._outage.failed(said)
        return backoff.next(error.retry_after if isinstance(error, Transient) else None)

    def _report(self, said: str, error: Exception) -> None:
        """Once for each; where it happened, and not what with: that may hold anything."""
        where = "".join(traceback.format_tb(error.__traceback__))
        if where != self._bug:
            self._bug = where
            log.error("%s stumbled over %s\n%s", self._name, said, where)
