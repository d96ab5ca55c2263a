"""What a clerk does with an order in M3: add, delete, close, change; a BOD tells every change."""

from collections.abc import Mapping
from decimal import Decimal

from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.state.orders import RELEASED_BY_HAND, Line, Order
from connectors.m3.sandbox.state.pricing import line_amount


def delete_order(company: Company, order: Order) -> None:
    """Deletes an order of which nothing is delivered; its allocation is given back.

    Raises:
        Refused: WOR0301 something of it is delivered.
    """
    company.books.orders.delete(order)
    company.life.stop(order)
    if order.ORNO:
        order.changed_ms = company.now_ms()
        company.announcer.sales_order(order, deleted=True)


def add_line(company: Company, order: Order, line: Line) -> None:
    """Adds a line to an order of which something is still to be delivered.

    Raises:
        Refused: WOR0301 all of it is delivered or given up.
    """
    if not any(each.left or each.ALQT for each in order.lines):
        raise Refused("WOR0301", "ORNO", order.ORNO)
    order.lines.append(line)
    order.lines.sort(key=lambda each: each.PONR)
    order.moved(company.now_ms(), line)
    company.announcer.sales_order(order)
    company.life.go_on(order)


def delete_line(company: Company, order: Order, line: Line) -> None:
    """Deletes a line of which nothing is delivered; with its last line the order is deleted.

    Raises:
        Refused: WPO0301 something of it is delivered.
    """
    if line.DLQT:
        raise Refused("WPO0301", "PONR", line.PONR)
    if len(order.lines) == 1:
        delete_order(company, order)
        return
    order.lines.remove(line)
    company.life.unpick(order, line)
    order.moved(company.now_ms())
    company.announcer.sales_order(order, gone=(line,))


def close_line(company: Company, order: Order, line: Line) -> None:
    """Gives up what of a line is not delivered.

    Raises:
        Refused: WPO0301 all of it is delivered, or it is closed already.
    """
    if not line.left and not line.ALQT:
        raise Refused("WPO0301", "PONR", line.PONR)
    line.close()
    company.life.unpick(order, line)
    order.moved(company.now_ms(), line)
    company.announcer.sales_order(order)


def change_line(
    company: Company, order: Order, line: Line, quantity: Decimal, price: Decimal
) -> None:
    """Orders another quantity of a line, or at another price.

    Raises:
        Refused: WPO0301 the line is closed, less than is delivered is ordered, or the price
            changes of what is delivered; WDI0201 the discount is more than the line would cost.
    """
    delivered = line.DLQT
    if line.closed or quantity < delivered or (delivered and price != line.SAPR):
        raise Refused("WPO0301", "PONR", line.PONR)
    amount = line_amount(quantity, price, line.SACD, line.record, order.currency)
    if quantity < delivered + line.ALQT:
        company.life.unpick(order, line)
    line.reprice(quantity, price, amount)
    order.moved(company.now_ms(), line)
    company.announcer.sales_order(order)
    company.life.go_on(order)


def price_line(
    company: Company,
    order: Order,
    line: Line,
    price: Decimal,
    per: int,
    discounts: Mapping[str, str],
) -> None:
    """Sells a line of which nothing is delivered at a price for `per` units, less discounts.

    Raises:
        Refused: WPO0301 something of it is delivered, or it is closed; WDI0201 a discount is
            none, or more than the line costs.
    """
    if line.closed or line.DLQT:
        raise Refused("WPO0301", "PONR", line.PONR)
    record = {**line.record, **discounts}
    amount = line_amount(line.ORQT, price, per, record, order.currency)
    line.record, line.SACD = record, per
    line.reprice(line.ORQT, price, amount)
    order.moved(company.now_ms(), line)
    company.announcer.sales_order(order)


def stop(company: Company, order: Order, code: str) -> None:
    """Stops an order: what is not picked stays."""
    _set_stop(company, order, code)


def release(company: Company, order: Order) -> None:
    """Takes the stop off an order: it goes on.

    Raises:
        Refused: WOR0301 it is not stopped.
    """
    if not order.stopped:
        raise Refused("WOR0301", "ORNO", order.ORNO)
    _set_stop(company, order, RELEASED_BY_HAND)
    company.life.go_on(order)


def _set_stop(company: Company, order: Order, code: str) -> None:
    order.OBLC = code
    order.changed_ms = company.now_ms()
    company.announcer.sales_order(order)
