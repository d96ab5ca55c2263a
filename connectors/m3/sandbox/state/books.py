"""All that the simulated company keeps, in one place."""

from dataclasses import dataclass

from connectors.m3.sandbox.state.customers import Customers
from connectors.m3.sandbox.state.deliveries import Deliveries
from connectors.m3.sandbox.state.items import Items
from connectors.m3.sandbox.state.orders import Orders
from connectors.m3.sandbox.state.receivables import Receivables
from connectors.m3.sandbox.state.returns import Returns
from connectors.sandbox.keeping.shelves import MEMORY, Shelves


@dataclass(frozen=True)
class Books:
    """Customers, items, orders, deliveries, receivables and returns of one company."""

    customers: Customers
    items: Items
    orders: Orders
    deliveries: Deliveries
    receivables: Receivables
    returns: Returns

    @classmethod
    def opened(cls, currency: str, shelves: Shelves = MEMORY) -> "Books":
        """The books on the shelves; fresh ones have a guest customer and service items."""
        return cls(
            Customers(currency, shelves),
            Items(shelves),
            Orders(shelves),
            Deliveries(shelves),
            Receivables(shelves),
            Returns(shelves),
        )

    def clear(self) -> None:
        """Back to fresh books; numbers begin again."""
        self.returns.clear()
        self.receivables.clear()
        self.deliveries.clear()
        self.orders.clear()
        self.items.clear()
        self.customers.clear()
