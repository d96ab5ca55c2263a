"""What a webhook carries: the record as it is when the delivery leaves (facts: 4.1)."""

from typing import Any

from connectors.woocommerce.sandbox.errors import RestError
from connectors.woocommerce.sandbox.php_json import encode
from connectors.woocommerce.sandbox.product_views import ProductViews
from connectors.woocommerce.sandbox.record_views import customer_view
from connectors.woocommerce.sandbox.shop import Shop
from connectors.woocommerce.sandbox.views import Views


class Bodies:
    """Renders webhook bodies of a shop."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def body(self, topic: str, record: int) -> bytes:
        """The bytes to sign: the REST v3 representation, or `{id}` of a deleted record.

        For a record that is gone it is the error that REST would answer.
        """
        resource, _, event = topic.partition(".")
        if event == "deleted":
            return encode({"id": record})
        try:
            return encode(self._record(resource, record))
        except RestError as gone:
            return encode(gone.body())

    def _record(self, resource: str, record: int) -> dict[str, Any]:
        match resource:
            case "order":
                return Views(self._shop.settings).order(self._shop.order(record))
            case "product":
                return ProductViews(self._shop).product(self._shop.catalogue.get(record))
            case _:
                return customer_view(self._shop.settings, self._shop.customer(record))
