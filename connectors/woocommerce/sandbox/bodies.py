"""Records as bytes: what a webhook carries and a write of an order answers (facts: 4.1)."""

from typing import Any

from connectors.woocommerce.sandbox.errors import RestError
from connectors.woocommerce.sandbox.orders import Order
from connectors.woocommerce.sandbox.php_json import encode
from connectors.woocommerce.sandbox.product_views import ProductViews
from connectors.woocommerce.sandbox.record_views import customer_view
from connectors.woocommerce.sandbox.settings import SandboxSettings
from connectors.woocommerce.sandbox.shop import Shop
from connectors.woocommerce.sandbox.views import Views

KEPT = 256
"""Orders whose bytes are kept: deliveries and an answer often tell one and the same state."""


class Bodies:
    """Renders the records of a shop as they are at that moment."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._kept: dict[int, tuple[Order, int, SandboxSettings, bytes]] = {}

    def body(self, topic: str, record: int) -> bytes:
        """The bytes to sign: the REST v3 representation, or `{id}` of a deleted record.

        For a record that is gone it is the error that REST would answer.
        """
        resource, _, event = topic.partition(".")
        if event == "deleted":
            return encode({"id": record})
        try:
            if resource == "order":
                return self.order(self._shop.order(record))
            return encode(self._record(resource, record))
        except RestError as gone:
            return encode(gone.body())

    def order(self, order: Order) -> bytes:
        """An order with the currency's digits."""
        settings = self._shop.settings
        kept = self._kept.pop(order.id, None)
        if kept is None or kept[:3] != (order, order.revision, settings):
            kept = (order, order.revision, settings, encode(Views(settings).order(order)))
            if len(self._kept) == KEPT:
                del self._kept[next(iter(self._kept))]
        self._kept[order.id] = kept
        return kept[3]

    def _record(self, resource: str, record: int) -> dict[str, Any]:
        if resource == "product":
            return ProductViews(self._shop).product(self._shop.catalogue.get(record))
        return customer_view(self._shop.settings, self._shop.customer(record))
