"""`/_sandbox/`: what no real gateway has. Seeds, books, counts, reset. No bearer is needed."""

import json
import re
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from connectors.heartland.sandbox.books import books
from connectors.heartland.sandbox.checkout import plant
from connectors.heartland.sandbox.endpoints import Desk, json_response
from connectors.heartland.sandbox.ledger import Ledger
from connectors.heartland.sandbox.notifications import Notifier
from connectors.heartland.sandbox.operations import Operations

_TRANSACTION_ID = re.compile(r"TRN_[0-9a-f]{32}")


class Admin:
    """The sandbox's own API."""

    def __init__(self, desk: Desk, operations: Operations, notifier: Notifier) -> None:
        self._desk = desk
        self._operations = operations
        self._notifier = notifier

    def routes(self) -> list[web.RouteDef]:
        """Its routes."""
        return [
            web.post("/_sandbox/payment-methods", self.seed_payment_methods),
            web.post("/_sandbox/transactions", self.plant_transactions),
            web.get("/_sandbox/books", self.show_books),
            web.get("/_sandbox/calls", self.show_calls),
            web.post("/_sandbox/reset", self.reset),
        ]

    async def seed_payment_methods(self, request: web.Request) -> web.Response:
        """Stores tokens: a list of `{id?, brand?, last4, outcome?}`; answers `{count, ids}`.

        400 `{error}` if one entry is not of that shape; then none is stored.
        """
        try:
            entries = _listed(await request.read())
            ids = self._operations.payment_methods.seed(entries, self._now_ms())
        except ValueError as error:
            return json_response({"error": str(error)}, 400)
        return json_response({"count": len(ids), "ids": ids})

    async def plant_transactions(self, request: web.Request) -> web.Response:
        """Makes transactions as a shop's checkout does: a list of `checkout.plant`'s entries.

        Answers `{count, transactions: [{id, reference, order_reference, status}]}`. 400 `{error}`
        if one entry is not of that shape or its id is taken; then none is made.
        """
        now_ms = self._now_ms()
        try:
            entries = _listed(await request.read())
            settings, ledger = self._desk.settings, self._operations.ledger
            made = [plant(number, entry, settings, now_ms) for number, entry in enumerate(entries)]
            _check_ids([transaction.id for transaction in made], ledger)
        except ValueError as error:
            return json_response({"error": str(error)}, 400)
        for transaction in made:
            self._operations.add(transaction)
        shown = [
            {
                "id": transaction.id,
                "reference": transaction.order.reference,
                "order_reference": transaction.order.order_reference,
                "status": transaction.status,
            }
            for transaction in made
        ]
        return json_response({"count": len(shown), "transactions": shown})

    async def show_books(self, _: web.Request) -> web.Response:
        """What this sandbox's books say: `{orders, totals}` in minor units."""
        self._now_ms()
        return json_response(books(self._operations.ledger.all()))

    async def show_calls(self, _: web.Request) -> web.Response:
        """`{calls: {"METHOD path": count}, notifications: {delivered, given_up}}`."""
        notifications = {
            "delivered": self._notifier.delivered,
            "given_up": self._notifier.given_up,
        }
        return json_response({"calls": dict(self._desk.calls), "notifications": notifications})

    async def reset(self, _: web.Request) -> web.Response:
        """Forgets everything but the access tokens, so that clients go on without a new sign-in."""
        self._operations.reset()
        self._desk.reset()
        return json_response({"reset": True})

    def _now_ms(self) -> int:
        """The time, after all that was due until then has happened."""
        now_ms = self._desk.clock.now_ms()
        self._operations.catch_up(now_ms)
        return now_ms


def _listed(raw: bytes) -> list[Any]:
    entries = json.loads(raw)
    if not isinstance(entries, list):
        raise ValueError("the body must be a list")
    return entries


def _check_ids(ids: Sequence[str], ledger: Ledger) -> None:
    """Refuses ids that are none, or are taken already."""
    seen: set[str] = set()
    for number, id in enumerate(ids):
        if not _TRANSACTION_ID.fullmatch(id):
            raise ValueError(f"entry {number}: id must be TRN_ and 32 hexadecimal digits")
        if id in seen or id in ledger:
            raise ValueError(f"entry {number}: {id} is there already")
        seen.add(id)
