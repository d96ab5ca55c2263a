"""Telling the shop what it may sell: many items in one call, the newest quantity of each.

M3 has items that a shop does not sell, and a shop has products that it keeps no stock of. Neither
is a failure: the shop is left as it is.
"""

from collections.abc import Callable, Mapping, Sequence

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
        manage: switches stock management on where the shop has it off.
        unsold: hears how many of the items that were told the shop does not have.
    """

    def __init__(
        self,
        shop: WooCommerce,
        recipe: Recipe,
        patience: float,
        *,
        manage: bool,
        unsold: Callable[[int], None],
    ) -> None:
        self._shop, self._recipe, self._manage, self._tell = shop, recipe, manage, unsold
        self._ids: dict[str, int] = {}
        self._unsold: set[str] = set()
        self._lookups: Company[str, int | None] = Company(
            self._look_up, most=BATCH, patience=patience
        )
        self._updates: Company[Record, Record] = Company(
            self._change, most=BATCH, patience=patience
        )

    async def set(self, command: UpdateStock) -> Outcome:
        """Sets a product's quantity, in company; answers `id` and `stock_quantity`.

        Nothing is answered of an item that the shop does not have, no quantity of one that it keeps
        no stock of.
        """
        with self._updates.member():
            product_id = await self._product_id(command.item)
            if product_id is None:
                return Outcome()
            given = {"product_id": product_id, "manage": self._manage or None}
            answer = await self._updates.travel(self._recipe({**command.model_dump(), **given}))
        if "error" in answer:
            raise self._refused(command.item, answer["error"])
        quantity = answer["stock_quantity"]
        kept = "" if quantity is None else str(quantity)
        return Outcome({"id": str(answer["id"]), "stock_quantity": kept})

    async def _product_id(self, sku: str) -> int | None:
        if sku not in self._ids:
            with self._lookups.member():
                found = await self._lookups.travel(sku)
            self._note(sku, found)
            return found
        return self._ids[sku]

    def _note(self, sku: str, product_id: int | None) -> None:
        if product_id is None:
            self._unsold.add(sku)
        else:
            self._ids[sku] = product_id
            self._unsold.discard(sku)
        self._tell(len(self._unsold))

    async def _look_up(self, skus: Sequence[str]) -> list[int | Exception | None]:
        found = {each["sku"]: int(each["id"]) for each in await self._shop.products(skus)}
        return [found.get(sku) for sku in skus]

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
            Rejected: the shop refuses it, or is not set up.
            Transient, Unknown, Misconfigured: as the client says.
        """
        if command.shop not in self._shops:
            raise Rejected(f"no shop {command.shop!r} is set up", "shop")
        return await self._shops[command.shop].set(command)
