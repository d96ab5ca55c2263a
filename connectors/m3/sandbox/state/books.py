"""All that the simulated company keeps, in one place."""

from dataclasses import dataclass, field
from decimal import Decimal

from connectors.m3.sandbox.state.customers import Customers
from connectors.m3.sandbox.state.deliveries import Deliveries
from connectors.m3.sandbox.state.items import Item, Items
from connectors.m3.sandbox.state.orders import Orders
from connectors.m3.sandbox.state.receivables import Receivables
from connectors.m3.sandbox.state.returns import Returns

SERVICES = (
    ("POST", "Postage"),
    ("DOT", "Dotcom postage"),
    ("C2", "Carriage"),
    ("M", "Manual charge"),
    ("FREIGHT", "Freight"),
    ("FEE", "Fee"),
)


@dataclass
class Books:
    """Customers, items, orders, deliveries, receivables and returns of one company, in memory."""

    customers: Customers
    items: Items = field(default_factory=Items)
    orders: Orders = field(default_factory=Orders)
    deliveries: Deliveries = field(default_factory=Deliveries)
    receivables: Receivables = field(default_factory=Receivables)
    returns: Returns = field(default_factory=Returns)

    @classmethod
    def opened(cls, currency: str) -> "Books":
        """Fresh books: customer template, guest customer and service items, nothing else."""
        items = {itno: Item(itno, {"ITDS": name}, Decimal(0), False) for itno, name in SERVICES}
        return cls(Customers(currency), Items(items))

    def clear(self) -> None:
        """Back to fresh books; whoever holds these books holds the fresh ones."""
        fresh = Books.opened(self.customers.currency)
        self.customers, self.items = fresh.customers, fresh.items
        self.orders, self.deliveries = fresh.orders, fresh.deliveries
        self.receivables, self.returns = fresh.receivables, fresh.returns
