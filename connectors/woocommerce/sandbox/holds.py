"""Stock that unpaid orders hold: `wc_reserved_stock`, which REST does not show (facts: 3.4)."""

from collections.abc import Iterator
from dataclasses import dataclass

from connectors.sandbox.keeping.shelves import MEMORY, Shelves
from connectors.woocommerce.sandbox.errors import RestError
from connectors.woocommerce.sandbox.orders import Order
from connectors.woocommerce.sandbox.products import Product
from connectors.woocommerce.sandbox.stock import Stock

HOLDING = ("pending", "checkout-draft")
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Hold:
    """Pieces that an order holds until `expires_ms`, as long as it waits for its payment."""

    order: Order
    product_id: int
    quantity: int
    expires_ms: int

    def counts(self, now_ms: int) -> bool:
        """True while it keeps others from the stock."""
        return self.expires_ms > now_ms and self.order.status in HOLDING


class Holds:
    """All holds, by product and order.

    Args:
        stock: says who keeps a product's stock.
        shelves: where the holds stand, after the orders.
    """

    def __init__(self, stock: Stock, shelves: Shelves = MEMORY) -> None:
        self.stock = stock
        self._rows: dict[str, Hold] = shelves.shelf("holds", Hold)
        self._by_product: dict[int, dict[int, Hold]] = {}
        self._of_order: dict[int, list[int]] = {}
        for hold in self._rows.values():
            self._index(hold)

    def hold(self, order: Order, now_ms: int, minutes: int) -> None:
        """Holds the stock of an order's goods, all or none.

        Args:
            order: not yet paid.
            now_ms: the shop's time.
            minutes: how long; 0 only looks whether the stock is there.

        Raises:
            RestError: 409, a product is out of stock or less of it is left than the order wants.
                The codes and texts are WooCommerce's; its own checkout answers them as 403 or as a
                page's notice.
        """
        for product, quantity in self._wanted(order):
            if quantity > self.available(product, now_ms):
                raise _refused(
                    "not_enough_stock",
                    f"Not enough units of {product.name} are available in stock to fulfil this "
                    "order.",
                )
        if minutes:
            for product, quantity in self._wanted(order):
                row = Hold(order, product.id, quantity, now_ms + minutes * MINUTE_MS)
                self._rows[_place(product.id, order.id)] = row
                self._index(row)

    def release(self, order: Order) -> None:
        """Drops what an order holds."""
        for product_id in self._of_order.pop(order.id, ()):
            self._by_product[product_id].pop(order.id, None)
            self._rows.pop(_place(product_id, order.id), None)

    def held(self, product: Product, now_ms: int) -> int:
        """Pieces of a stock keeper that orders hold."""
        rows = self._by_product.get(product.id, {}).values()
        return sum(row.quantity for row in rows if row.counts(now_ms))

    def available(self, product: Product, now_ms: int) -> int:
        """Pieces of a stock keeper that a checkout may still sell."""
        return (product.stock_quantity or 0) - self.held(product, now_ms)

    def clear(self) -> None:
        """Forgets all holds."""
        self._rows.clear()
        self._by_product.clear()
        self._of_order.clear()

    def _index(self, hold: Hold) -> None:
        self._by_product.setdefault(hold.product_id, {})[hold.order.id] = hold
        self._of_order.setdefault(hold.order.id, []).append(hold.product_id)

    def _wanted(self, order: Order) -> Iterator[tuple[Product, int]]:
        wanted: dict[int, int] = {}
        for line in order.line_items:
            product = self.stock.products.get(line.sold_id)
            keeper = self.stock.keeper(line.sold_id)
            if product and (keeper or product).stock_status == "outofstock":
                raise _refused(
                    "out_of_stock",
                    f"&quot;{line.name}&quot; is out of stock and cannot be purchased.",
                )
            if keeper and keeper.backorders == "no":
                wanted[keeper.id] = wanted.get(keeper.id, 0) + line.quantity
        return ((self.stock.products[each], quantity) for each, quantity in wanted.items())


def _place(product_id: int, order_id: int) -> str:
    return f"{product_id}/{order_id}"


def _refused(what: str, message: str) -> RestError:
    return RestError(409, f"woocommerce_product_{what}", message)
