"""The packer at work: transactions of many commands travel in one bulk request."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from connectors.m3.errors import ended
from connectors.m3.packing import Packing, Parcel, Part, Ticket
from connectors.m3.wire import MiResult, Reply, Transaction
from streams.core.errors import Failure, Transient, Unknown

Send = Callable[[str, Sequence[Transaction]], Awaitable[Reply]]
"""Sends one bulk request of a program."""


class Bulk:
    """Runs transactions for many commands at once in few requests.

    Args:
        send: sends one request.
        packing: says what goes into it and when.
        command_seconds: how long a command may take.
    """

    def __init__(self, send: Send, packing: Packing, command_seconds: float) -> None:
        self._send, self._packing, self._command_seconds = send, packing, command_seconds
        self._answers: dict[Ticket, asyncio.Future[list[MiResult]]] = {}
        self._requests: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._turn_is_due = False

    @asynccontextmanager
    async def command(self) -> AsyncIterator[None]:
        """A command at work: within it, one `run` or `run_all` at a time.

        Raises:
            Unknown: it took longer than a command may.
        """
        self._packing.active += 1
        try:
            async with asyncio.timeout(self._command_seconds):
                yield
        except TimeoutError:
            raise Unknown(f"M3 did not finish within {self._command_seconds:g} s") from None
        finally:
            self._packing.active -= 1
            self._soon()

    async def run(self, transaction: Transaction) -> MiResult:
        """Runs one transaction; as `run_all`."""
        return (await self.run_all([transaction]))[0]

    async def run_all(self, transactions: Sequence[Transaction]) -> list[MiResult]:
        """Runs transactions of one program in their order; a refused one does not stop the rest.

        They may travel in several requests, and with those of other commands.

        Returns:
            One result a transaction.

        Raises:
            Transient: M3 did not run all of them, and the first that it did not run had no effect.
            Unknown: a reply was lost.
            Rejected: M3 refused the request.
            Misconfigured: M3 refused the account, or lacks a transaction.
        """
        ticket = Ticket(transactions[0].program, tuple(transactions), self._now_ms())
        answer: asyncio.Future[list[MiResult]] = asyncio.get_running_loop().create_future()
        self._answers[ticket] = answer
        self._packing.wait(ticket)
        self._soon()
        try:
            return await answer
        finally:
            self._packing.drop(ticket)
            del self._answers[ticket]

    async def aclose(self) -> None:
        """Ends the requests under way, whose effect is then not known; what waits does not go."""
        if self._timer:
            self._timer.cancel()
        for request in self._requests:
            request.cancel()
        await asyncio.gather(*self._requests, return_exceptions=True)
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(Transient("Tandem stopped before M3 was called"))

    def _now_ms(self) -> int:
        return int(asyncio.get_running_loop().time() * 1000)

    def _soon(self) -> None:
        """Looks what must go, after all that is ready to run now has had its say."""
        if not self._turn_is_due:
            self._turn_is_due = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        self._turn_is_due = False
        if self._timer:
            self._timer.cancel()
            self._timer = None
        now_ms = self._now_ms()
        while parcel := self._packing.next(now_ms):
            request = asyncio.create_task(self._deliver(parcel))
            self._requests.add(request)
            request.add_done_callback(self._requests.discard)
        wake_ms = self._packing.wake_ms()
        if wake_ms is not None:
            delay = max(1, wake_ms - now_ms) / 1000
            self._timer = asyncio.get_running_loop().call_later(delay, self._turn)

    async def _deliver(self, parcel: Parcel) -> None:
        try:
            await self._exchange(parcel)
        except asyncio.CancelledError:
            self._fail(parcel.parts, Unknown("Tandem stopped before M3's reply came"))
            raise
        except Exception as failure:
            self._fail(parcel.parts, failure)
        finally:
            self._packing.under_way -= 1
            self._soon()

    async def _exchange(self, parcel: Parcel) -> None:
        reply = await self._send(parcel.program, parcel.transactions)
        if reply.ended and not any(reply.results) and len(parcel.parts) > 1:
            for part in parcel.parts:
                await self._exchange_alone(Parcel(parcel.program, (part,)))
        else:
            self._hand_out(parcel, reply)

    async def _exchange_alone(self, parcel: Parcel) -> None:
        """M3 refused all for one's sake: each by itself, so that only that one hears of it."""
        if not any(part.ticket in self._answers for part in parcel.parts):
            return
        try:
            await self._exchange(parcel)
        except Failure as failure:
            self._fail(parcel.parts, failure)

    def _hand_out(self, parcel: Parcel, reply: Reply) -> None:
        start, blamed = 0, False
        for part in parcel.parts:
            results = reply.results[start : start + len(part.transactions)]
            start += len(part.transactions)
            done = [each for each in results if each is not None]
            if len(done) == len(results):
                self._arrived(part.ticket, done)
            elif reply.ended and not blamed:
                blamed = True
                self._fail((part,), ended(reply.ended))
            else:
                self._fail((part,), Transient("M3 ended the request before this transaction"))

    def _arrived(self, ticket: Ticket, results: list[MiResult]) -> None:
        ticket.results.extend(results)
        answer = self._answers.get(ticket)
        if answer is None or answer.done():
            return
        if ticket.left:
            ticket.since_ms = self._now_ms()
            self._packing.wait(ticket)
        else:
            answer.set_result(ticket.results)

    def _fail(self, parts: Sequence[Part], failure: Exception) -> None:
        for part in parts:
            answer = self._answers.get(part.ticket)
            if answer and not answer.done():
                answer.set_exception(failure)
