"""The admin API's clerk and warehouse: what people do in M3, for tests to do at will.

Under `/_sandbox/`, without a token. Quantities and prices are text or JSON numbers.
"""

import json
from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from connectors.m3.sandbox import clerk
from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.credit import BLOCKED
from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.picking import Wish
from connectors.m3.sandbox.quantities import decimal, plain, positive
from connectors.m3.sandbox.snapshot import order_entry, return_entry
from connectors.m3.sandbox.state.orders import Line, Order

Body = dict[str, Any]
_CHOICE = ("split_percent", "seed")


class Clerk:
    """Handlers of `/_sandbox/orders/…` and `/_sandbox/deliveries`."""

    def __init__(self, company: Company):
        self._company = company

    def routes(self) -> list[web.RouteDef]:
        """What is served under `/_sandbox`."""
        return [
            web.post("/_sandbox/orders/cancel", self._handler(self._cancel)),
            web.post("/_sandbox/orders/change", self._handler(self._change)),
            web.post("/_sandbox/orders/stop", self._handler(self._stop)),
            web.post("/_sandbox/orders/release", self._handler(self._release)),
            web.post("/_sandbox/returns", self._handler(self._return)),
            web.post("/_sandbox/deliveries", self._handler(self._plan)),
            web.get("/_sandbox/deliveries", self._rules),
        ]

    def _handler(self, act: Callable[[Body], Body]) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            try:
                body = json.loads(await request.text() or "{}", parse_float=str, parse_int=str)
                return web.json_response(act(dict(body)))
            except Refused as refused:
                answer = {"error": refused.text, "code": refused.code, "field": refused.field}
                return web.json_response(answer, status=409)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                return web.json_response({"error": f"not understood: {error!r}"}, status=400)

        return handle

    def _cancel(self, body: Body) -> Body:
        order = self._order(body)
        lines = [_line(order, body)] if "PONR" in body or "ITNO" in body else []
        if body.get("rest"):
            for line in lines or [each for each in order.lines if each.left or each.ALQT]:
                clerk.close_line(self._company, order, line)
        elif lines:
            clerk.delete_line(self._company, order, lines[0])
        else:
            clerk.delete_order(self._company, order)
        return order_entry(order)

    def _change(self, body: Body) -> Body:
        order = self._order(body)
        line = _line(order, body)
        quantity, price = line.ORQT, line.SAPR
        if "ORQT" in body:
            quantity = _pieces(body["ORQT"])
        if "SAPR" in body:
            price = decimal(body["SAPR"], "SAPR", "WSA0101")
        clerk.change_line(self._company, order, line, quantity, price)
        return order_entry(order)

    def _stop(self, body: Body) -> Body:
        order = self._order(body)
        clerk.stop(self._company, order, str(body.get("OBLC", BLOCKED))[:1])
        return order_entry(order)

    def _release(self, body: Body) -> Body:
        order = self._order(body)
        clerk.release(self._company, order)
        return order_entry(order)

    def _return(self, body: Body) -> Body:
        order = self._order(body)
        fields = {"YREF": str(body.get("YREF", ""))}
        returned = self._company.books.returns.add("", order, None, fields, self._company.now_ms())
        for row in body["lines"]:
            price = decimal(row["SAPR"], "SAPR", "WSA0101") if "SAPR" in row else None
            returned.add(_line(order, row), _pieces(row["REQ0"]), price, {})
            self._company.returning.announced(returned)
        return return_entry(returned)

    def _plan(self, body: Body) -> Body:
        picking, wishes = self._company.life.picking, body.get("deliveries", [])
        rules = picking.rules
        plan: deque[Wish] = deque(
            {itno: _pieces(text) for itno, text in wish.items()} for wish in wishes
        )
        percent, seed = (int(body.get(each, getattr(rules, each))) for each in _CHOICE)
        if plan:
            picking.plans[str(body["CUOR"])] = plan
        rules.split_percent, rules.seed = percent, seed
        if "back_orders" in body:
            rules.back_orders = bool(body["back_orders"])
            self._company.life.stock_came()
        return self._told()

    async def _rules(self, _request: web.Request) -> web.Response:
        return web.json_response(self._told())

    def _told(self) -> Body:
        picking = self._company.life.picking
        return {
            "back_orders": picking.rules.back_orders,
            "split_percent": picking.rules.split_percent,
            "seed": picking.rules.seed,
            "plans": {
                cuor: [{itno: plain(number) for itno, number in wish.items()} for wish in plan]
                for cuor, plan in picking.plans.items()
                if plan
            },
        }

    def _order(self, body: Body) -> Order:
        orders = self._company.books.orders
        if "ORNO" in body:
            return orders.get(body["ORNO"])
        found = orders.by_cuor.get(body["CUOR"])
        if not found:
            raise Refused("WOR0303", "CUOR", body["CUOR"])
        return orders.get(found[0].ORNO)


def _pieces(text: str) -> Decimal:
    return positive(text, "ORQT", "WQT0101")


def _line(order: Order, body: Body) -> Line:
    if "PONR" in body:
        return order.line(body["PONR"])
    found = [line for line in order.lines if body["ITNO"] == line.ITNO]
    if not found:
        raise Refused("WPO0103", "ITNO", body["ITNO"])
    return found[0]
