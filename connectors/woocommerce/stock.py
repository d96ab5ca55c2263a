"""Telling the shop what it may sell: many items in one call, the newest quantity of each."""

from collections.abc import Mapping, Sequence

from connectors.mapping.mapping import Mapping as Recipe
from connectors.woocommerce.client import BATCH, Record, WooCommerce
from connectors.woocommerce.company import Company
from connectors.woocommerce.errors import refusal
from streams.core.connector import Outcome
from streams.core.errors import Rejected, Transient
from streams.messages.shop import UpdateStock

GONE = "woocommerce_rest_product_invalid_id"


class ShopStock:
    """One shop's stock.

    Args:
        shop: the shop's client.
        recipe: makes a batch entry of a command and its product's id.
        patience: seconds that an item waits for others at the most.
    """

    def __init__(self, shop: WooCommerce, recipe: Recipe, patience: float) -> None:
        self._shop, self._recipe = shop, recipe
        self._ids: dict[str, int] = {}
        self._lookups: Company[str, int] = Company(self._look_up, most=BATCH, patience=patience)
        self._updates: Company[Record, Record] = Company(
            self._change, most=BATCH, patience=patience
        )

    async def set(self, command: UpdateStock) -> Outcome:
        """Sets a product's quantity, in company; answers `id` and `stock_quantity`."""
        with self._updates.member():
            body = self._recipe(
                {**command.model_dump(), "product_id": await self._product_id(command.item)}
            )
            answer = await self._updates.travel(body)
        if "error" in answer:
            raise self._refused(command.item, answer["error"])
        return Outcome({name: str(answer[name]) for name in ("id", "stock_quantity")})

    async def _product_id(self, sku: str) -> int:
        if sku not in self._ids:
            with self._lookups.member():
                self._ids[sku] = await self._lookups.travel(sku)
        return self._ids[sku]

    async def _look_up(self, skus: Sequence[str]) -> list[int | Exception]:
        found = {each["sku"]: int(each["id"]) for each in await self._shop.products(skus)}
        return [found.get(sku) or _unknown(sku) for sku in skus]

    async def _change(self, updates: Sequence[Record]) -> list[Record | Exception]:
        newest = {each["id"]: each for each in updates}
        answers = await self._shop.change_products(list(newest.values()))
        by_id = dict(zip(newest, answers, strict=True))
        return [by_id[each["id"]] for each in updates]

    def _refused(self, sku: str, error: Record) -> Rejected | Transient:
        if error.get("code") != GONE:
            return refusal(error, f"the shop refuses the stock of {sku}")
        self._ids.pop(sku, None)
        return Transient(f"the shop's product of {sku} is another now: look it up again")


class Stock:
    """The executor of `shop.update_stock`."""

    def __init__(self, shops: Mapping[str, ShopStock]) -> None:
        self._shops = shops

    async def update(self, command: UpdateStock, *, unknown: bool) -> Outcome:
        """Sets what the shop may sell; to set it again changes nothing, so a doubt is no matter.

        Raises:
            Rejected: the shop has no such SKU, or refuses it.
            Transient, Unknown, Misconfigured: as the client says.
        """
        if command.shop not in self._shops:
            raise Rejected(f"no shop {command.shop!r} is set up", "shop")
        return await self._shops[command.shop].set(command)


def _unknown(sku: str) -> Rejected:
    return Rejected(
        f"the shop has no product with the SKU {sku!r}: create it there, or leave the item out",
        "sku",
    )
