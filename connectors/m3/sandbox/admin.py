"""What M3 does not have: seeding, the books as JSON, counters, a fresh start.

Under `/_sandbox/`, without a token. Money is minor units, quantities are text.
"""

import json
from decimal import Decimal
from typing import Any

from aiohttp import web

from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.ims import Message, Outbox
from connectors.m3.sandbox.ion import Ion
from connectors.m3.sandbox.quantities import is_number
from connectors.m3.sandbox.rest import Rest
from connectors.m3.sandbox.snapshot import books, entered
from connectors.m3.sandbox.state.items import Item


class Admin:
    """Handlers of `/_sandbox/`."""

    def __init__(self, company: Company, rest: Rest, outbox: Outbox, ion: Ion):
        self._company = company
        self._rest = rest
        self._outbox = outbox
        self._ion = ion

    def routes(self) -> list[web.RouteDef]:
        """What is served under `/_sandbox`."""
        return [
            web.post("/_sandbox/items", self._items),
            web.post("/_sandbox/bod-target", self._bod_target),
            web.get("/_sandbox/bods", self._bods),
            web.get("/_sandbox/books", self._books),
            web.get("/_sandbox/entered", self._entered),
            web.get("/_sandbox/calls", self._calls),
            web.get("/_sandbox/quiet", self._quiet),
            web.get("/_sandbox/ion", self._received),
            web.post("/_sandbox/reset", self._reset),
        ]

    async def _items(self, request: web.Request) -> web.Response:
        try:
            rows = json.loads(await request.text(), parse_float=str, parse_int=str)
            known, now = self._company.books.items.by_itno, self._company.now_ms()
            items = [_item(row, known.get(row["ITNO"]), now) for row in rows]
        except (ValueError, KeyError, TypeError) as error:
            return web.json_response({"error": f"not a list of items: {error}"}, status=400)
        for item in items:
            before = known.get(item.ITNO)
            known[item.ITNO] = item
            if before is not None:
                self._replaced(before, item)
        self._company.life.stock_came()
        return web.json_response({"items": len(items)})

    def _replaced(self, before: Item, item: Item) -> None:
        announcer = self._company.announcer
        item.ALQT = before.ALQT
        item.changed_ms, item.moved_ms = before.changed_ms, before.moved_ms
        if before.STQT != item.STQT:
            announcer.balance(item)
        if (before.price, before.record) != (item.price, item.record):
            item.changed_ms = self._company.now_ms()
            announcer.item(item)

    async def _bod_target(self, request: web.Request) -> web.Response:
        try:
            body = json.loads(await request.text())
            url, secret = body["url"], body.get("secret") or self._company.settings.bod_secret
            self._outbox.aim(url, secret, body.get("documents"))
        except (ValueError, KeyError, TypeError, AttributeError):
            return web.json_response({"error": 'not {"url": ..., "secret": ...}'}, status=400)
        return web.json_response({"url": url})

    async def _bods(self, request: web.Request) -> web.Response:
        name = request.query.get("documentName")
        messages = [each for each in self._outbox.told if name in (None, each.document_name)]
        answer = {**self._outbox.counts, "messages": [_message(each) for each in messages]}
        return web.json_response(answer)

    async def _books(self, _request: web.Request) -> web.Response:
        return web.json_response(books(self._company))

    async def _entered(self, request: web.Request) -> web.Response:
        found = self._company.books.orders.by_cuor.get(request.query.get("CUOR", ""), [])
        customer = self._company.books.customers.by_cuno.get(request.query.get("CUNO", ""))
        answer = {
            "orders": [entered(order) for order in found],
            "customers": [customer.record] if customer else [],
        }
        return web.json_response(answer)

    async def _calls(self, _request: web.Request) -> web.Response:
        by_name = self._company.calls
        answer = {
            "requests": self._rest.requests,
            "transactions": sum(by_name.values()),
            "by_name": by_name,
        }
        return web.json_response(answer)

    async def _quiet(self, _request: web.Request) -> web.Response:
        left = {
            "orders": self._company.life.moving,
            "balances": self._company.announcer.waiting,
            "bods": self._outbox.pending,
            "processes": self._ion.waiting,
        }
        return web.json_response({"quiet": not any(left.values()), **left})

    async def _received(self, _request: web.Request) -> web.Response:
        return web.json_response(self._ion.received)

    async def _reset(self, _request: web.Request) -> web.Response:
        company = self._company
        company.life.clear()
        company.announcer.clear()
        company.books.clear()
        company.calls.clear()
        self._outbox.clear()
        self._ion.clear()
        self._rest.clear()
        return web.json_response({"reset": True})


def _item(row: dict[str, Any], before: Item | None, now_ms: int) -> Item:
    """An item as seeded; a known one keeps name, unit and price that are not given."""
    itno, stock = row["ITNO"], row.get("STQT")
    price = str(row.get("price", before.price if before else "0"))
    if not isinstance(itno, str) or not 0 < len(itno) <= 15:
        raise ValueError(f"ITNO {itno!r} is not 1 to 15 characters")
    if not is_number(price) or not is_number(str(stock or "0")):
        raise ValueError(f"price or STQT of {itno} is no number")
    record = {"ITNO": itno, "ITDS": "", "UNMS": "EA", **(before.record if before else {})}
    record |= {name: str(row[name])[:60] for name in ("ITDS", "UNMS") if name in row}
    stocked, quantity = stock is not None, Decimal(stock or 0)
    return Item(itno, record, Decimal(price), stocked, quantity, Decimal(0), now_ms, now_ms)


def _message(message: Message) -> dict[str, Any]:
    return {
        "documentName": message.document_name,
        "messageId": message.message_id,
        "tries": message.tries,
        "payload": message.payload.decode(),
    }
