"""Telling the shop what it may sell: many items in one call, the newest quantity of each.

M3 has items that a shop does not sell, and a shop has products that it keeps no stock of. Neither
is a failure: the shop is left as it is.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from connectors.mapping.mapping import Mapping as Recipe
from connectors.woocommerce.client import BATCH, Record, WooCommerce
from connectors.woocommerce.company import Company
from connectors.woocommerce.errors import refusal
from streams.core.connector import Outcome
from streams.core.errors import Failure, Rejected, Transient
from streams.messages.shop import UpdateStock

GONE = frozenset(
    ("woocommerce_rest_product_invalid_id", "woocommerce_rest_product_variation_invalid_id")
)


class Place(NamedTuple):
    """Where the shop has an item: a product, or a variation of one (else `product` is 0)."""

    product: int
    id: int


class Figure(NamedTuple):
    """A batch entry on its way to its place."""

    place: Place
    entry: Record


class ShopStock:
    """One shop's stock.

    Args:
        shop: the shop's client.
        recipe: makes a batch entry of a command and its product's or variation's id.
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
        self._places: dict[str, Place] = {}
        self._unsold: set[str] = set()
        self._lookups: Company[str, Place | None] = Company(
            self._look_up, most=BATCH, patience=patience
        )
        self._updates: Company[Figure, Record] = Company(
            self._change, most=BATCH, patience=patience
        )

    async def set(self, command: UpdateStock) -> Outcome:
        """Sets an item's quantity, in company; answers `id` and `stock_quantity`.

        Nothing is answered of an item that the shop does not have, no quantity of one that it keeps
        no stock of, or that draws on its product's.
        """
        with self._updates.member():
            place = await self._place(command.item)
            if place is None:
                return Outcome()
            given = {"product_id": place.id, "manage": self._manage or None}
            entry = self._recipe({**command.model_dump(), **given})
            answer = await self._updates.travel(Figure(place, entry))
        if "error" in answer:
            raise self._refused(command.item, answer["error"])
        kept = str(answer["stock_quantity"]) if answer["manage_stock"] is True else ""
        return Outcome({"id": str(answer["id"]), "stock_quantity": kept})

    async def _place(self, sku: str) -> Place | None:
        if sku not in self._places:
            with self._lookups.member():
                found = await self._lookups.travel(sku)
            self._note(sku, found)
            return found
        return self._places[sku]

    def _note(self, sku: str, place: Place | None) -> None:
        if place is None:
            self._unsold.add(sku)
        else:
            self._places[sku] = place
            self._unsold.discard(sku)
        self._tell(len(self._unsold))

    async def _look_up(self, skus: Sequence[str]) -> list[Place | Exception | None]:
        products = await self._shop.products(skus)
        found = {each["sku"]: Place(int(each["parent_id"]), int(each["id"])) for each in products}
        return [found.get(sku) for sku in skus]

    async def _change(self, figures: Sequence[Figure]) -> list[Record | Exception]:
        newest = {figure.place: figure.entry for figure in figures}
        of_product: defaultdict[int, list[Record]] = defaultdict(list)
        for place, entry in newest.items():
            of_product[place.product].append(entry)
        answers: dict[int, Record | Exception] = {}
        for product, entries in of_product.items():
            said = await self._write(product, entries)
            answers |= zip((entry["id"] for entry in entries), said, strict=True)
        return [answers[figure.place.id] for figure in figures]

    async def _write(self, product: int, entries: list[Record]) -> Sequence[Record | Exception]:
        """What is wrong with one product's variations is not the others' fault."""
        try:
            if product:
                return await self._shop.change_variations(product, entries)
            return await self._shop.change_products(entries)
        except Rejected as error:
            return [{"error": {"code": error.code, "message": error.reason}}] * len(entries)
        except Failure as error:
            return [error] * len(entries)

    def _refused(self, sku: str, error: Record) -> Rejected | Transient:
        if error.get("code") not in GONE:
            return refusal(error, f"the shop refuses the stock of {sku}")
        self._places.pop(sku, None)
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
