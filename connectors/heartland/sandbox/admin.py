"""`/_sandbox/`: what no real gateway has. Seeds, books, counts, reset. No bearer is needed."""

import json

from aiohttp import web

from connectors.heartland.sandbox.books import books
from connectors.heartland.sandbox.endpoints import Desk, json_response
from connectors.heartland.sandbox.notifications import Notifier
from connectors.heartland.sandbox.operations import Operations


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
            web.get("/_sandbox/books", self.show_books),
            web.get("/_sandbox/calls", self.show_calls),
            web.post("/_sandbox/reset", self.reset),
        ]

    async def seed_payment_methods(self, request: web.Request) -> web.Response:
        """Stores tokens: a list of `{id?, brand?, last4, outcome?}`; answers `{count, ids}`.

        400 `{error}` if one entry is not of that shape; then none is stored.
        """
        try:
            entries = json.loads(await request.read())
            if not isinstance(entries, list):
                raise ValueError("the body must be a list")
            now_ms = self._desk.clock.now_ms()
            ids = self._operations.payment_methods.seed(entries, now_ms)
        except ValueError as error:
            return json_response({"error": str(error)}, 400)
        return json_response({"count": len(ids), "ids": ids})

    async def show_books(self, _: web.Request) -> web.Response:
        """What this sandbox's books say: `{orders, totals}` in minor units."""
        self._operations.catch_up(self._desk.clock.now_ms())
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
