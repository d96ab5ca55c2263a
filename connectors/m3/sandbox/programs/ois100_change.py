"""OIS100MI, changing: what is done to an order after it was entered."""

from connectors.m3.sandbox import clerk
from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.mi import Handler, Record
from connectors.m3.sandbox.programs.ois100 import entered, price_quantity
from connectors.m3.sandbox.quantities import decimal, whole
from connectors.m3.sandbox.state.orders import Order
from connectors.m3.sandbox.state.pricing import DISCOUNTS


def delete_head(company: Company, fields: Record) -> list[Record]:
    """Deletes an order that is not delivered, or a batch order that is not confirmed."""
    orders = company.books.orders
    number = fields["ORNO"]
    order = orders.open_batch(number) if number in orders.batch else orders.get(number)
    clerk.delete_order(company, order)
    return []


def add_line(company: Company, fields: Record) -> list[Record]:
    """Adds a line to a confirmed order, under its own number or the one after the highest."""
    order = company.books.orders.get(fields["ORNO"])
    line = entered(company, order, _number(order, fields), fields)
    clerk.add_line(company, order, line)
    return [{"PONR": str(line.PONR), "POSX": "0"}]


def delete_line(company: Company, fields: Record) -> list[Record]:
    """Deletes a line of which nothing is delivered."""
    order = company.books.orders.get(fields["ORNO"])
    clerk.delete_line(company, order, order.line(fields["PONR"]))
    return []


def close_line(company: Company, fields: Record) -> list[Record]:
    """Closes a line: what of it is not delivered will not be."""
    order = company.books.orders.get(fields.get("ORNO", ""))
    clerk.close_line(company, order, order.line(fields.get("PONR", "")))
    return []


def update_price(company: Company, fields: Record) -> list[Record]:
    """Changes price, price quantity and discounts of a line; those that are not given stay."""
    order = company.books.orders.get(fields.get("ORNO", ""))
    line = order.line(fields.get("PONR", ""))
    price = decimal(fields["SAPR"], "SAPR", "WSA0101") if "SAPR" in fields else line.SAPR
    per = price_quantity(fields["SACD"]) if "SACD" in fields else line.SACD
    discounts = {name: fields[name] for name in DISCOUNTS if name in fields}
    clerk.price_line(company, order, line, price, per, discounts)
    return []


def change_reference(company: Company, fields: Record) -> list[Record]:
    """Changes references of an order's head, CUOR among them; those not given stay."""
    order = company.books.orders.get(fields["ORNO"])
    company.books.orders.refer(order, fields, company.now_ms())
    company.announcer.sales_order(order)
    return []


def _number(order: Order, fields: Record) -> int:
    taken = {line.PONR for line in order.lines}
    number = whole(fields.get("PONR", "0"), "PONR")
    if number in taken:
        raise Refused("WPO0104", "PONR", number)
    return number or max(taken) + 1


HANDLERS: dict[tuple[str, str], Handler] = {
    ("OIS100MI", "DelHead"): delete_head,
    ("OIS100MI", "AddOrderLine"): add_line,
    ("OIS100MI", "DelLine"): delete_line,
    ("OIS100MI", "CloLine"): close_line,
    ("OIS100MI", "UpdPriceInfo"): update_price,
    ("OIS100MI", "ChgOrderRef"): change_reference,
}
