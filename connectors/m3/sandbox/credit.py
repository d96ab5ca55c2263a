"""Credit: which orders are stopped when they are confirmed, and why.

A customer is blocked by BLCD 1; CRLM is its limit in the company's currency, major units, 0 being
none. What counts against it is what the customer owes and what is ordered and not yet invoiced.
Codes of OBLC are a tenant's own: 6, 7 and 9 are taken from one company's published list.
"""

from decimal import Decimal

from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.quantities import is_number
from connectors.m3.sandbox.state.books import Books
from connectors.m3.sandbox.state.customers import Customer
from connectors.m3.sandbox.state.orders import RELEASED, Order
from streams.core.money import to_minor

OVER_LIMIT, BLOCKED = "6", "7"


def stop_code(books: Books, order: Order) -> str:
    """OBLC of an order that is being confirmed: 0, or why it is stopped."""
    customer = books.customers.by_cuno[order.CUNO]
    if customer.record.get("BLCD", "0") != "0":
        return BLOCKED
    limit = _limit(customer, order.currency)
    return OVER_LIMIT if limit and _used(books, customer) > limit else RELEASED


def check(books: Books, customer: Customer, amount: int, currency: str) -> None:
    """Whether a customer may order for so much more (minor units).

    Raises:
        Refused: WBL0101 it is blocked, WCR0105 its limit would be exceeded.
    """
    if customer.record.get("BLCD", "0") != "0":
        raise Refused("WBL0101", "CUNO", customer.CUNO)
    limit = _limit(customer, currency)
    if limit and _used(books, customer) + amount > limit:
        raise Refused("WCR0105", "CUNO", customer.CUNO)


def _limit(customer: Customer, currency: str) -> int:
    text = customer.record.get("CRLM", "0")
    return to_minor(Decimal(text), currency) if is_number(text) else 0


def _used(books: Books, customer: Customer) -> int:
    invoices = books.receivables.by_payer.get(customer.CUNO, [])
    owed = sum(invoice.outstanding for invoice in invoices)
    billed = sum(invoice.totals.gross for invoice in invoices if not invoice.REPN)
    orders = (order for order in books.orders.final.values() if order.CUNO == customer.CUNO)
    return owed + sum(order.totals.gross for order in orders) - billed
