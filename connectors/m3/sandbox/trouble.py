"""M3 as the sandboxes' harness sees it: its troubles in ION API's words, and those of a bulk call.

A command is known by what it is about: an order's CUOR, also while the order has only its
temporary number, a payment batch's PBID, a customer's CUNO. ION API's own 429, 503 and 504 were
not found: a gateway's, by analogy.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from connectors.m3.sandbox.state.orders import Orders
from connectors.sandbox.face import Answer, Face, route_of
from connectors.sandbox.injector import BulkHit, Injector, Subject
from connectors.sandbox.meddling import FAULT

_NAMING = ("CUOR", "PBID", "CUNO", "CINO", "QERY", "SQRY")
REFUSAL, CUT_504, CUT_ENDED = "bulk-refusal", "bulk-cut-504", "bulk-cut-ended"
_READS = ("Get", "Lst", "Sel", "Search")
_UNAUTHORIZED = Answer(401, json.dumps({"error": "Unauthorized"}), "application/json")
_THROTTLED = Answer(429, json.dumps({"error": "Too Many Requests"}), "application/json")


class Trouble:
    """What befalls M3's calls.

    Attributes:
        injector: says what; None for nothing.
        orders: tell which order a temporary number belongs to.
    """

    def __init__(self, tenant: str) -> None:
        self.orders = Orders()
        self.face = Face("m3", (f"/{tenant}/",), self._subject, _UNAUTHORIZED, _THROTTLED)
        self.injector: Injector | None = None

    def of_bulk(
        self, request: web.Request, program: str, entries: Sequence[Mapping[str, Any]]
    ) -> BulkHit | None:
        """What befalls a bulk call of these transactions, None for nothing."""
        if self.injector is None or self.injector.calm:
            return None
        keys = [self._command(entry.get("record") or {}) for entry in entries]
        writes = [not str(entry.get("transaction")).startswith(_READS) for entry in entries]
        hit = self.injector.bulk(program, keys, writes)
        if hit:
            request[FAULT] = hit.fault
        return hit

    def _subject(self, request: web.Request, body: bytes) -> Subject:
        if "program" in request.match_info:
            names = request.match_info
            name = names["transaction"].partition(";")[0]
            return self._named(names["program"], name, [request.query])
        if not request.path.endswith("/execute"):
            return Subject(route_of(request))
        try:
            asked = json.loads(body)
            entries = asked["transactions"]
            records = [entry.get("record") or {} for entry in entries]
            return self._named(asked["program"], entries[0]["transaction"], records)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            return Subject(route_of(request))

    def _named(self, program: str, name: str, records: Sequence[Mapping[str, Any]]) -> Subject:
        keys = dict.fromkeys(filter(None, map(self._command, records)))
        return Subject(f"{program}/{name}", tuple(keys))

    def _command(self, record: Mapping[str, Any]) -> str:
        number = str(record.get("ORNO") or "")
        orders = self.orders
        order = orders.batch.get(number) or orders.final.get(number)
        if order:
            return f"CUOR {order.CUOR}"
        return next((f"{name} {record[name]}" for name in _NAMING if record.get(name)), number)
