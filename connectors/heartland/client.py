"""GP API's transactions over HTTP. It speaks GP API's words and knows nothing of our messages."""

import json
import re
from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any
from urllib.parse import quote

from connectors.elements import elements
from connectors.heartland.errors import error_of
from connectors.heartland.tokens import VERSION
from connectors.heartland.transactions import Transaction, moment_of
from connectors.http import Call, HttpClient
from streams.core.clock import iso
from streams.core.errors import Unknown

PAGE = 100
"""Rows of a page (facts: the vendor names no most)."""

_NAMED_ID = re.compile(r"\bid=(\w+)")


class GpApi:
    """Transactions: made, raised, captured, reversed and looked up.

    Every POST carries an idempotency key, so that a lost reply is just another try: GP API does not
    replay its first answer to a key that it saw (24 hours), it names the transaction, and that is
    fetched. So a POST returns what the transaction is now, however often it was sent.

    Args:
        http: signs with the bearer token and judges by the error table.
        root: the path of transactions.
    """

    def __init__(self, http: HttpClient, root: str) -> None:
        self._http, self._root = http, root

    async def create(self, body: Transaction, key: str) -> Transaction:
        """`POST /transactions`; a decline is an answer like others (facts: dotnet-sdk #92)."""
        return await self._post("POST /transactions", self._root, body, key)

    async def increment(self, id: str, body: Transaction, key: str) -> Transaction:
        """`POST /transactions/{id}/incremental`; the answer's `amount` is the sum (facts: PHP)."""
        name = "POST /transactions/{id}/incremental"
        return await self._post(name, f"{self._path(id)}/incremental", body, key)

    async def capture(self, id: str, body: Transaction, key: str) -> Transaction:
        """`POST /transactions/{id}/capture`."""
        name = "POST /transactions/{id}/capture"
        return await self._post(name, f"{self._path(id)}/capture", body, key)

    async def reverse(self, id: str, body: Transaction, key: str) -> Transaction:
        """`POST /transactions/{id}/reversal`; the merchant's reference may stand for the id."""
        name = "POST /transactions/{id}/reversal"
        return await self._post(name, f"{self._path(id)}/reversal", body, key)

    async def refund(self, id: str, body: Transaction, key: str) -> Transaction:
        """`POST /transactions/{id}/refund`: a new transaction of type REFUND."""
        name = "POST /transactions/{id}/refund"
        return await self._post(name, f"{self._path(id)}/refund", body, key)

    async def get(self, id: str) -> Transaction:
        """`GET /transactions/{id}`: the transaction as it is now."""
        return await self._json(self._call("GET /transactions/{id}", "GET", self._path(id)))

    async def find(self, reference: str) -> Transaction | None:
        """The newest transaction with this `reference`, None if there is none."""
        params = {"reference": reference, "page_size": "1"}
        call = self._call("GET /transactions", "GET", self._root, params=params)
        found = (await self._json(call))["transactions"]
        return found[0] if found else None

    async def reached(self, id: str, statuses: Collection[str]) -> Transaction | None:
        """The transaction as it is now, None if it is in none of these statuses."""
        now = await self.get(id)
        return now if now["status"] in statuses else None

    async def created(self, start: int, end: int, **filters: str) -> AsyncIterator[bytes]:
        """`GET /transactions`: all that were created from `start` to `end` (ms UTC), as they came.

        In the order of their creation. Where they are filtered by what changes, rows come and go
        meanwhile; so it goes on from the time of the last row, and by page only within a moment.
        """
        known: set[str] = set()
        page = 1
        while True:
            rows = await self._listed(start, end, page, filters)
            read = [_read(row) for row in rows]
            for row, transaction in zip(rows, read, strict=True):
                if (id := str(transaction.get("id"))) not in known:
                    known.add(id)
                    yield row
            if len(rows) < PAGE:
                return
            before = (moment_of(read[-1], "time_created") or 0) - 1
            page, start = (1, before) if before > start else (page + 1, start)

    async def _listed(
        self, start: int, end: int, page: int, filters: Mapping[str, str]
    ) -> list[bytes]:
        params = {
            "from_time_created": iso(start),
            "to_time_created": iso(end),
            "order": "ASC",
            "order_by": "TIME_CREATED",
            "page": str(page),
            "page_size": str(PAGE),
            **filters,
        }
        call = self._call("GET /transactions", "GET", self._root, params=params)
        return self._elements(call, (await self._http.call(call)).body)

    def _elements(self, call: Call, body: bytes) -> list[bytes]:
        try:
            return elements(body, "transactions")
        except ValueError as error:
            raise Unknown(f"GP API answers {call.name} with no list: {error}") from error

    async def _post(self, name: str, path: str, body: Transaction, key: str) -> Transaction:
        call = self._call(name, "POST", path, key=key, body=body)
        answer = await self._http.call(call)
        if answer.status != 409:
            return self._object(call, answer.json())
        named = _NAMED_ID.search(str(error_of(answer).get("detailed_error_description")))
        if not named:
            raise Unknown(f"GP API has seen the key of {name} and names no transaction")
        return await self.get(named[1])

    async def _json(self, call: Call) -> Transaction:
        return self._object(call, (await self._http.call(call)).json())

    def _object(self, call: Call, body: Any) -> Transaction:
        if not isinstance(body, dict):
            raise Unknown(f"GP API answers {call.name} with something that is no JSON object")
        return body

    def _call(self, name: str, method: str, path: str, key: str = "", **rest: Any) -> Call:
        headers = {"X-GP-Version": VERSION, "Accept": "application/json"}
        if key:
            headers["X-GP-Idempotency"] = key
        return Call(name, method, path, headers=headers, repeatable=True, **rest)

    def _path(self, id: str) -> str:
        return f"{self._root}/{quote(id, safe='')}"


def _read(row: bytes) -> Transaction:
    """A row of a list; what is no object is one that has nothing but itself as its name."""
    read = json.loads(row)
    return read if isinstance(read, dict) else {"id": row}
