"""Products and their stock (facts: 3.4, 6)."""

from dataclasses import dataclass, field, replace
from typing import Any

from connectors.woocommerce.sandbox.errors import RestError, invalid_param
from connectors.woocommerce.sandbox.meta import Meta

BACKORDERS = ("no", "notify", "yes")
STOCK_STATUSES = ("instock", "outofstock", "onbackorder")


TYPES = ("simple", "variable")


@dataclass(slots=True)
class Product:
    """A simple product, a variable one, or one of its variations.

    Args:
        regular_price: gross, major units as text, "" when unset; a variable product has none.
        type: `simple`, `variable` or `variation`.
        parent_id: a variation's variable product, else 0.
        attributes: `[{id, name, option}]` of a variation, REST's entries of a variable product.
        variations: ids of a variable product's variations.
        stock_quantity: None unless `manage_stock`.
        low_stock_amount: None when unset; kept only while stock is managed.
    """

    id: int
    created_ms: int
    modified_ms: int
    sku: str = ""
    name: str = ""
    regular_price: str = ""
    type: str = "simple"
    parent_id: int = 0
    attributes: list[dict[str, Any]] = field(default_factory=list)
    variations: list[int] = field(default_factory=list)
    manage_stock: bool = False
    stock_quantity: int | None = None
    stock_status: str = "instock"
    backorders: str = "no"
    low_stock_amount: int | None = None
    total_sales: int = 0
    meta: list[Meta] = field(default_factory=list)

    def take(self, quantity: int) -> None:
        """Moves the stock by an order's quantity; negative puts it back. It may fall below zero."""
        if self.stock_quantity is not None:
            self.stock_quantity -= quantity
            self._restate()

    def changed(self, fields: dict[str, Any], now_ms: int) -> "Product":
        """The product after a REST write or a seed; what that does not name stays.

        While stock is managed `stock_status` is recomputed; while not, a quantity is dropped, and
        so are backorders and the low stock amount.

        Raises:
            RestError: 400, a value of the wrong type.
        """
        after = replace(self, modified_ms=now_ms)
        for name in ("sku", "name", "regular_price"):
            if name in fields:
                setattr(after, name, _text(fields, name))
        if self.type != "variation":
            after.type = _one_of(fields, "type", TYPES, self.type)
        after.attributes = _entries(fields, "attributes", self.attributes)
        after.backorders = _one_of(fields, "backorders", BACKORDERS, self.backorders)
        after.stock_status = _one_of(fields, "stock_status", STOCK_STATUSES, self.stock_status)
        after.manage_stock = _flag(fields, "manage_stock", self.manage_stock)
        after.stock_quantity = after._quantity(fields)
        after.low_stock_amount = after._low_stock(fields)
        if not after.manage_stock:
            after.backorders = "no"
        after._restate()
        return after

    def _quantity(self, fields: dict[str, Any]) -> int | None:
        if not self.manage_stock:
            return None
        present = self.stock_quantity or 0
        if fields.get("stock_quantity") is not None:
            return _integer(fields, "stock_quantity")
        if fields.get("inventory_delta") is not None:
            return present + _integer(fields, "inventory_delta")
        return present

    def _low_stock(self, fields: dict[str, Any]) -> int | None:
        if not self.manage_stock or fields.get("low_stock_amount", 0) is None:
            return None
        if "low_stock_amount" not in fields:
            return self.low_stock_amount
        return _integer(fields, "low_stock_amount")

    def _restate(self) -> None:
        if self.stock_quantity is None:
            return
        if self.stock_quantity > 0:
            self.stock_status = "instock"
        else:
            self.stock_status = "outofstock" if self.backorders == "no" else "onbackorder"


def duplicate_sku(owner: int, sku: str) -> RestError:
    """Another product has the SKU: 400 `product_invalid_sku`."""
    return RestError(
        400,
        "product_invalid_sku",
        "Invalid or duplicated SKU.",
        resource_id=owner,
        unique_sku=f"{sku}-1",
    )


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields[name]
    if not isinstance(value, str):
        raise invalid_param(name, f"{name} is not of type string.")
    return value


def _entries(fields: dict[str, Any], name: str, default: list[Any]) -> list[dict[str, Any]]:
    value = fields.get(name, default)
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise invalid_param(name, f"{name} is not of type array.")
    return value


def _integer(fields: dict[str, Any], name: str) -> int:
    value = fields[name]
    if isinstance(value, str) and value.removeprefix("-").isdecimal():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid_param(name, f"{name} is not of type integer.")
    return value


def _flag(fields: dict[str, Any], name: str, default: bool) -> bool:
    value = fields.get(name, default)
    if not isinstance(value, bool):
        raise invalid_param(name, f"{name} is not of type boolean.")
    return value


def _one_of(fields: dict[str, Any], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = fields.get(name, default)
    if value not in allowed:
        raise invalid_param(name, f"{name} is not one of {', '.join(allowed)}.", "rest_not_in_enum")
    return str(value)
