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
from connectors.m3.sandbox.quantities import is_number, plain
from connectors.m3.sandbox.rest import Rest
from connectors.m3.sandbox.state.items import Item
from connectors.m3.sandbox.state.orders import Order
from connectors.m3.sandbox.state.receivables import Invoice, Payment


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
            web.get("/_sandbox/calls", self._calls),
            web.get("/_sandbox/quiet", self._quiet),
            web.get("/_sandbox/ion", self._received),
            web.post("/_sandbox/reset", self._reset),
        ]

    async def _items(self, request: web.Request) -> web.Response:
        try:
            rows = json.loads(await request.text(), parse_float=str, parse_int=str)
            items = [_item(row) for row in rows]
        except (ValueError, KeyError, TypeError) as error:
            return web.json_response({"error": f"not a list of items: {error}"}, status=400)
        known = self._company.books.items.by_itno
        for item in items:
            before = known.get(item.ITNO)
            if before is not None:
                item.ALQT = before.ALQT
                if before.STQT != item.STQT:
                    self._company.announcer.balance(item)
            known[item.ITNO] = item
        self._company.life.stock_came()
        return web.json_response({"items": len(items)})

    async def _bod_target(self, request: web.Request) -> web.Response:
        try:
            body = json.loads(await request.text())
            url, secret = body["url"], body.get("secret") or self._company.settings.bod_secret
            self._outbox.aim(url, secret)
        except (ValueError, KeyError, TypeError, AttributeError):
            return web.json_response({"error": 'not {"url": ..., "secret": ...}'}, status=400)
        return web.json_response({"url": url})

    async def _bods(self, request: web.Request) -> web.Response:
        name = request.query.get("documentName")
        messages = [*self._outbox.sent, *self._outbox.kept]
        answer = {
            **self._outbox.counts,
            "messages": [_message(each) for each in messages if name in (None, each.document_name)],
        }
        return web.json_response(answer)

    async def _books(self, _request: web.Request) -> web.Response:
        return web.json_response(books(self._company))

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
        self._ion.received.clear()
        self._rest.requests = 0
        return web.json_response({"reset": True})


def books(company: Company) -> dict[str, Any]:
    """The company's books: orders and invoices by CUOR, payments, stock, counts and totals.

    Of several orders with one CUOR the first is under its key, the others under `duplicates`.
    """
    orders = {cuor: list(found) for cuor, found in company.books.orders.by_cuor.items()}
    receivables = company.books.receivables
    invoices, payments = list(receivables.invoices.values()), receivables.settled()
    every = [order for found in orders.values() for order in found]
    open_batches = [order for order in company.books.orders.batch.values() if not order.ORNO]
    return {
        "orders": {cuor: _order(found[0]) for cuor, found in orders.items()},
        "duplicates": [_order(order) for found in orders.values() for order in found[1:]],
        "unconfirmed": [{"ORNO": o.batch_ORNO, "CUOR": o.CUOR} for o in open_batches],
        "invoices": {invoice.order.CUOR: _invoice(invoice) for invoice in invoices},
        "payments": [_payment(payment) for payment in payments],
        "stock": {
            item.ITNO: {"STQT": plain(item.STQT), "ALQT": plain(item.ALQT)}
            for item in company.books.items.by_itno.values()
            if item.stocked
        },
        "counts": {
            "customers": len(company.books.customers.by_cuno),
            "items": len(company.books.items.by_itno),
            "orders": len(every),
            "invoices": len(invoices),
            "payments": len(payments),
        },
        "totals": {
            "ordered": sum(order.totals.gross for order in every),
            "invoiced": sum(invoice.totals.gross for invoice in invoices),
            "paid": sum(payment.amount for payment in payments),
            "outstanding": sum(invoice.outstanding for invoice in invoices),
        },
    }


def _item(row: dict[str, Any]) -> Item:
    itno, price, stock = row["ITNO"], str(row.get("price", "0")), row.get("STQT")
    if not isinstance(itno, str) or not 0 < len(itno) <= 15:
        raise ValueError(f"ITNO {itno!r} is not 1 to 15 characters")
    if not is_number(price) or not is_number(str(stock or "0")):
        raise ValueError(f"price or STQT of {itno} is no number")
    record = {"ITNO": itno, "ITDS": str(row.get("ITDS", ""))[:60], "UNMS": row.get("UNMS", "EA")}
    return Item(itno, record, Decimal(price), stock is not None, Decimal(stock or 0))


def _message(message: Message) -> dict[str, Any]:
    return {
        "documentName": message.document_name,
        "messageId": message.message_id,
        "tries": message.tries,
        "payload": message.payload.decode(),
    }


def _order(order: Order) -> dict[str, Any]:
    return {
        "ORNO": order.ORNO,
        "CUOR": order.CUOR,
        "CUNO": order.CUNO,
        "state": order.ORST,
        "total": order.totals.gross,
        "currency": order.currency,
        "lines": [
            {
                "ITNO": line.ITNO,
                "ORQT": plain(line.ORQT),
                "SAPR": f"{line.SAPR:f}",
                "total": line.totals.gross,
            }
            for line in order.lines
        ],
    }


def _invoice(invoice: Invoice) -> dict[str, Any]:
    return {
        "CINO": invoice.CINO,
        "INYR": invoice.INYR,
        "ORNO": invoice.order.ORNO,
        "gross": invoice.totals.gross,
        "net": invoice.totals.net,
        "vat": invoice.totals.vat,
        "outstanding": invoice.outstanding,
        "currency": invoice.order.currency,
    }


def _payment(payment: Payment) -> dict[str, Any]:
    return {
        "PBID": payment.PBID,
        "TRNO": payment.TRNO,
        "CINO": payment.invoice.CINO,
        "INYR": payment.invoice.INYR,
        "CUOR": payment.invoice.order.CUOR,
        "amount": payment.amount,
        "IRNO": payment.IRNO,
    }
