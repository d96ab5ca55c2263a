"""`/_sandbox/`: what no real gateway has. Seeds, books, counts, reset. No bearer is needed."""

import json
import re
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from connectors.heartland.sandbox.books import books
from connectors.heartland.sandbox.checkout import plant
from connectors.heartland.sandbox.deposits import STATUSES
from connectors.heartland.sandbox.dispute_admin import moved, opened
from connectors.heartland.sandbox.disputes import Dispute
from connectors.heartland.sandbox.endpoints import Desk, json_response
from connectors.heartland.sandbox.errors import GpApiError
from connectors.heartland.sandbox.ledger import Ledger
from connectors.heartland.sandbox.notifications import Notifier
from connectors.heartland.sandbox.operations import Operations
from connectors.heartland.sandbox.orders import read_url
from connectors.heartland.sandbox.pushes import TOPICS, Target
from connectors.heartland.sandbox.settled_books import settled_books

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
            web.post("/_sandbox/settle", self.settle),
            web.post("/_sandbox/deposits/{id}", self.mark_deposit),
            web.post("/_sandbox/disputes", self.open_dispute),
            web.post("/_sandbox/disputes/{id}", self.move_dispute),
            web.get("/_sandbox/books", self.show_books),
            web.post("/_sandbox/push-target", self.push_to),
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

    def books(self) -> dict[str, Any]:
        """What this sandbox's books say, in minor units.

        `{orders, totals}` of `books`, and what `settled_books` adds.
        """
        self._now_ms()
        traded = books(self._operations.ledger.all())
        settled = settled_books(self._operations.bank, traded["totals"])
        return {**traded, **settled}

    async def show_books(self, _: web.Request) -> web.Response:
        """The books."""
        return json_response(self.books())

    async def settle(self, _: web.Request) -> web.Response:
        """Closes every open batch and deposits all that is due, at once: `{batches, deposits}`."""
        now_ms = self._now_ms()
        batches, deposits = self._operations.bank.settle(now_ms)
        self._operations.tell_what_happened(now_ms)
        ids = {"batches": [batch.id for batch in batches], "deposits": [d.id for d in deposits]}
        return json_response(ids)

    async def mark_deposit(self, request: web.Request) -> web.Response:
        """Gives a deposit another `{status}`: `{id, status}`. The money stays where it is.

        404 `{error}` if there is none, 400 `{error}` if no deposit has such a status.
        """
        id = request.match_info["id"]
        if id not in self._operations.bank.deposits:
            return json_response({"error": "there is no such deposit"}, 404)
        try:
            status = _mapped(await request.read()).get("status")
            if status not in STATUSES:
                raise ValueError(f"status must be one of {', '.join(STATUSES)}")
        except ValueError as error:
            return json_response({"error": str(error)}, 400)
        return json_response({"id": id, "status": self._operations.bank.mark(id, status).status})

    async def open_dispute(self, request: web.Request) -> web.Response:
        """Opens a dispute as `dispute_admin.opened` says: `{id, status, stage, result, taken}`.

        400 `{error}` if it cannot be.
        """
        now_ms, seconds = self._now_ms(), self._desk.settings.dispute_seconds
        try:
            body = _mapped(await request.read())
            dispute = opened(body, self._operations.ledger, seconds, now_ms)
        except ValueError as error:
            return json_response({"error": str(error)}, 400)
        return self._put(dispute, now_ms)

    async def move_dispute(self, request: web.Request) -> web.Response:
        """Moves a dispute on as `dispute_admin.moved` says; answers as `open_dispute`.

        404 `{error}` if there is none, 400 `{error}` if it cannot be moved so.
        """
        now_ms, seconds = self._now_ms(), self._desk.settings.dispute_seconds
        dispute = self._operations.bank.disputes.get(request.match_info["id"])
        if dispute is None:
            return json_response({"error": "there is no such dispute"}, 404)
        try:
            dispute = moved(dispute, _mapped(await request.read()), seconds, now_ms)
        except ValueError as error:
            return json_response({"error": str(error)}, 400)
        return self._put(dispute, now_ms)

    def _put(self, dispute: Dispute, now_ms: int) -> web.Response:
        kept = self._operations.bank.put_dispute(dispute, now_ms)
        told = {"id": kept.id, "status": kept.status, "stage": kept.stage, "result": kept.result}
        return json_response({**told, "taken": kept.taken})

    async def push_to(self, request: web.Request) -> web.Response:
        """Where customers and settlement are pushed: `{url, topics?}`, url "" for nowhere.

        400 `{error}` if it is not of that shape.
        """
        pushes = self._operations.pushes
        try:
            body = _mapped(await request.read())
            topics = body.get("topics", list(TOPICS))
            if not isinstance(topics, list) or not set(TOPICS).issuperset(topics):
                raise ValueError(f"topics must be a list of {', '.join(TOPICS)}")
            wanted = frozenset(topic for topic in TOPICS if topic in topics)
            pushes.aim(Target(read_url(body, "url"), wanted))
        except GpApiError as error:
            return json_response({"error": error.description}, 400)
        except ValueError as error:
            return json_response({"error": str(error)}, 400)
        return json_response({"url": pushes.target.url, "topics": sorted(wanted)})

    async def show_calls(self, _: web.Request) -> web.Response:
        """`{calls: {"METHOD path": count}, notifications: {delivered, given_up}}`."""
        notifications = self._notifier.counts
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


def _mapped(raw: bytes) -> dict[str, object]:
    body = json.loads(raw)
    if not isinstance(body, dict):
        raise ValueError("the body must be an object")
    return body


def _check_ids(ids: Sequence[str], ledger: Ledger) -> None:
    """Refuses ids that are none, or are taken already."""
    seen: set[str] = set()
    for number, id in enumerate(ids):
        if not _TRANSACTION_ID.fullmatch(id):
            raise ValueError(f"entry {number}: id must be TRN_ and 32 hexadecimal digits")
        if id in seen or id in ledger:
            raise ValueError(f"entry {number}: {id} is there already")
        seen.add(id)
