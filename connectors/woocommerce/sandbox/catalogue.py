"""The shop's products and variations: kept by id and SKU, saved, deleted (facts: 3.4, 6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.woocommerce.sandbox.errors import RestError, invalid_id
from connectors.woocommerce.sandbox.meta import merged
from connectors.woocommerce.sandbox.products import Product, duplicate_sku
from connectors.woocommerce.sandbox.webhooks import Subscriptions
from streams.core.clock import Clock

VARIATION = "variation"


@dataclass(frozen=True)
class Catalogue:
    """Writes products; every save fires.

    Args:
        clock: dates what is saved.
        subscriptions: told of what is saved.
        by_id: products and variations.
        by_sku: those that have a SKU; it is unique over both.
        meta_ids: ids of meta entries.
    """

    clock: Clock
    subscriptions: Subscriptions
    by_id: dict[int, Product]
    by_sku: dict[str, Product]
    meta_ids: Iterator[int]

    def new(self, product_id: int, parent: Product | None = None) -> Product:
        """A product, or a variation of `parent`, that is not yet saved."""
        now = self.clock.now_ms()
        product = Product(product_id, created_ms=now, modified_ms=now)
        if parent is not None:
            product.type, product.parent_id = VARIATION, parent.id
        return product

    def save(self, product: Product, fields: dict[str, Any]) -> Product:
        """Saves a product, new or known, with the named fields changed, and fires.

        Raises:
            RestError: 400, a wrong value or another product's SKU; nothing is changed.
        """
        sku = fields.get("sku") or product.sku
        owner = self.by_sku.get(sku)
        if owner is not None and owner.id != product.id:
            raise duplicate_sku(owner.id, sku)
        saved = product.changed(fields, self.clock.now_ms())
        saved.meta = merged(product.meta, fields.get("meta_data", ()), self.meta_ids)
        self.by_sku.pop(product.sku, None)
        if saved.sku:
            self.by_sku[saved.sku] = saved
        known = saved.id in self.by_id
        self.by_id[saved.id] = saved
        self.subscriptions.fire("product.updated" if known else "product.created", saved.id)
        if saved.type == VARIATION:
            self._told_by(saved)
        return saved

    def get(self, product_id: int, status: int = 404) -> Product:
        """A product or variation, or the refusal with that HTTP status."""
        try:
            return self.by_id[product_id]
        except KeyError:
            raise invalid_id("product", status) from None

    def writable(self, product_id: int, status: int = 400) -> Product:
        """A product that the products' own routes may change; a variation is refused with 404."""
        product = self.get(product_id, status)
        if product.type == VARIATION:
            raise RestError(
                404,
                "woocommerce_rest_invalid_product_id",
                "To manipulate product variations you should use the "
                "/products/&lt;product_id&gt;/variations/&lt;id&gt; endpoint.",
            )
        return product

    def variation(self, parent: Product, variation_id: int, status: int = 404) -> Product:
        """A variation of that product, or the refusal with that HTTP status."""
        if variation_id not in parent.variations:
            raise invalid_id("product_variation", status)
        return self.by_id[variation_id]

    def delete(self, product: Product) -> None:
        """Deletes a product with its variations, or a variation, for good."""
        for variation_id in list(product.variations):
            self.delete(self.by_id[variation_id])
        del self.by_id[product.id]
        self.by_sku.pop(product.sku, None)
        parent = self.by_id.get(product.parent_id)
        if parent is not None:
            parent.variations.remove(product.id)
        self.subscriptions.fire("product.deleted", product.id)

    def name(self, product: Product) -> str:
        """A product's name; a variation without one is its parent's with the chosen options."""
        parent = self.by_id.get(product.parent_id)
        if product.name or parent is None:
            return product.name
        options = ", ".join(str(each.get("option", "")) for each in product.attributes)
        return f"{parent.name} - {options}"

    def price(self, product: Product) -> Decimal:
        """Gross; an unset one is 0, a variable product's is that of its cheapest variation."""
        if product.variations:
            return min(self.price(self.by_id[each]) for each in product.variations)
        return Decimal(product.regular_price or 0)

    def _told_by(self, variation: Product) -> None:
        parent = self.by_id[variation.parent_id]
        if variation.id not in parent.variations:
            parent.variations.append(variation.id)
        if not parent.manage_stock:
            kept = {self.by_id[each].stock_status for each in parent.variations}
            known = (status for status in ("instock", "onbackorder") if status in kept)
            parent.stock_status = next(known, "outofstock")
        parent.modified_ms = variation.modified_ms
        self.subscriptions.fire("product.updated", parent.id)
