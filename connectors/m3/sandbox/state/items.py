"""Items and their balance in the one warehouse (M3: MITMAS, MITBAL)."""

from dataclasses import dataclass
from decimal import Decimal

from connectors.m3.sandbox.messages import Refused
from connectors.sandbox.keeping.shelves import MEMORY, Shelves

SERVICES = (
    ("POST", "Postage"),
    ("DOT", "Dotcom postage"),
    ("C2", "Carriage"),
    ("M", "Manual charge"),
    ("FREIGHT", "Freight"),
    ("FEE", "Fee"),
)


@dataclass
class Item:
    """An item with its balance.

    Attributes:
        price: SAPR used when an order line names none, major units.
        stocked: False for freight, charges and the like (M3: STCD 0): no balance is kept.
        STQT: on-hand balance.  ALQT: of it allocated to orders.
        changed_ms, moved_ms: when the item, and its balance, changed last.
    """

    ITNO: str
    record: dict[str, str]
    price: Decimal
    stocked: bool
    STQT: Decimal = Decimal(0)
    ALQT: Decimal = Decimal(0)
    changed_ms: int = 0
    moved_ms: int = 0

    @property
    def ITDS(self) -> str:
        """The item's name."""
        return self.record.get("ITDS", "")

    @property
    def UNMS(self) -> str:
        """The basic unit of measure."""
        return self.record.get("UNMS", "EA")

    @property
    def available(self) -> Decimal:
        """What can still be allocated."""
        return self.STQT - self.ALQT


class Items:
    """All items by number; the service items are there from the start."""

    def __init__(self, shelves: Shelves = MEMORY) -> None:
        self.by_itno: dict[str, Item] = shelves.shelf("items", Item, key="ITNO")
        self._begin()

    def clear(self) -> None:
        """Forgets all items but the service items."""
        self.by_itno.clear()
        self._begin()

    def _begin(self) -> None:
        for itno, name in SERVICES:
            self.by_itno.setdefault(itno, Item(itno, {"ITDS": name}, Decimal(0), False))

    def get(self, itno: str) -> Item:
        """The item `itno`.

        Raises:
            Refused: WIT0103 there is none.
        """
        item = self.by_itno.get(itno)
        if item is None:
            raise Refused("WIT0103", "ITNO", itno)
        return item

    def add(self, item: Item) -> None:
        """Adds an item.

        Raises:
            Refused: WIT0104 the number is taken.
        """
        if item.ITNO in self.by_itno:
            raise Refused("WIT0104", "ITNO", item.ITNO)
        self.by_itno[item.ITNO] = item
