"""M3's REST API over ION API: one bulk request, one reply."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.http import Call, HttpClient
from connectors.m3 import wire
from connectors.m3.errors import ended
from connectors.m3.wire import MiError, MiResult, NotUnderstood, Reply, Transaction
from streams.core.errors import Unknown

BULK = 100
"""Transactions of a request at most; the clients that are known send no more."""

_REFUSED = 400
_BARE = MiError(
    "ION API answers 400 and does not say why; it does so for a transaction that M3 lacks",
    type="BadRequest",
)


@dataclass(frozen=True)
class MiClient:
    """Runs MI programs in one company and division.

    Attributes:
        http: signs, limits, retries and judges; its base address is ION API's.
        tenant: the tenant id.
        request_seconds: no try of a request is under way so long after it was asked for.
    """

    http: HttpClient
    tenant: str
    cono: int
    divi: str
    request_seconds: float

    async def read(self, transactions: Sequence[Transaction]) -> list[MiResult]:
        """Runs reading transactions of one program, a hundred a request; their lists are whole.

        Returns:
            One result a transaction.

        Raises:
            Transient, Unknown, Rejected, Misconfigured: as `execute`, or M3 ended a request.
        """
        results: list[MiResult] = []
        for start in range(0, len(transactions), BULK):
            some = transactions[start : start + BULK]
            reply = await self.execute(some[0].program, some)
            done = [each for each in reply.results if each]
            if reply.ended or len(done) < len(some):
                raise ended(reply.ended or MiError("M3 did not run all transactions"))
            results += done
        return results

    async def execute(self, program: str, transactions: Sequence[Transaction]) -> Reply:
        """Runs transactions of one program in one request, in their order; not atomic.

        Raises:
            Transient: none of them had an effect.
            Unknown: the reply is lost or not understood.
            Rejected: ION API refused the request.
            Misconfigured: ION API refused the account.
        """
        call = Call(
            name=f"POST {program}",
            method="POST",
            path=f"/{self.tenant}/M3/m3api-rest/v2/execute",
            body=wire.request(program, self.cono, self.divi, transactions),
            repeatable=all(each.reads for each in transactions),
        )
        try:
            async with asyncio.timeout(self.request_seconds):
                answer = await self.http.call(call)
        except TimeoutError:
            raise Unknown(f"M3 did not answer within {self.request_seconds:g} s") from None
        try:
            return wire.reply(answer.json(), len(transactions))
        except NotUnderstood as error:
            if answer.status == _REFUSED:
                return Reply((None,) * len(transactions), _BARE)
            raise Unknown(f"M3's answer is not understood: {error}") from error
