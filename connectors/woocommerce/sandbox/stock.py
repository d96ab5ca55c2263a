"""What orders take of the products' stock and put back (facts: 3.4, and WooCommerce's source)."""

from collections.abc import Iterator
from dataclasses import dataclass

from connectors.woocommerce.sandbox.meta import Meta
from connectors.woocommerce.sandbox.orders import Order, ProductLine
from connectors.woocommerce.sandbox.products import Product
from connectors.woocommerce.sandbox.webhooks import Subscriptions

REDUCED = "_reduced_stock"
RESTOCKED = "_restock_refunded_items"


@dataclass(frozen=True)
class Stock:
    """Moves stock; whatever moves fires `product.updated`.

    Args:
        products: products and variations by id.
        subscriptions: told of what moves.
        meta_ids: ids of the lines' meta entries.
    """

    products: dict[int, Product]
    subscriptions: Subscriptions
    meta_ids: Iterator[int]

    def keeper(self, product_id: int) -> Product | None:
        """Who keeps the stock of a product or variation: itself, its parent, or nobody."""
        product = self.products.get(product_id)
        if product is None or product.manage_stock:
            return product
        parent = self.products.get(product.parent_id)
        return parent if parent and parent.manage_stock else None

    def take(self, order: Order) -> None:
        """Takes what the order's lines have not taken yet, once; stock may fall below zero."""
        if order.stock_reduced:
            return
        order.stock_reduced = True
        for line in order.line_items:
            if not line.taken:
                self._move(line, line.quantity)

    def give_back(self, order: Order) -> None:
        """Puts back what the lines hold; the order may take stock again."""
        order.stock_reduced = False
        for line in order.line_items:
            if line.taken:
                self._move(line, -line.taken)
                line.reduced_stock = None

    def adjust(self, line: ProductLine, quantity: int) -> None:
        """Makes an edited line hold its new quantity, less what refunds have put back.

        Args:
            line: the line.
            quantity: pieces after the edit; 0 removes the line.
        """
        back = int(line.restocked.value) if line.restocked and quantity else 0
        self._move(line, quantity - back - line.taken)

    def restock(self, line: ProductLine, quantity: int) -> None:
        """Puts refunded pieces back, if the order had taken any of the line."""
        if not line.taken or not quantity or self.keeper(line.sold_id) is None:
            return
        self._move(line, -quantity)
        before = int(line.restocked.value) if line.restocked else 0
        meta_id = line.restocked.id if line.restocked else next(self.meta_ids)
        line.restocked = Meta(meta_id, RESTOCKED, str(before + quantity))

    def _move(self, line: ProductLine, pieces: int) -> None:
        keeper = self.keeper(line.sold_id)
        if keeper is None or not pieces:
            return
        keeper.take(pieces)
        meta_id = line.reduced_stock.id if line.reduced_stock else next(self.meta_ids)
        line.reduced_stock = Meta(meta_id, REDUCED, str(line.taken + pieces))
        self.subscriptions.fire("product.updated", keeper.id)
