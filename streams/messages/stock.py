"""Events of stock. Key: `{item}@{warehouse}`. Quantities are whole pieces."""

from typing import ClassVar

from streams.core.message import Message


class StockReported(Message):
    """M3 told an item's balance (Inventory BOD).

    Attributes:
        on_hand: pieces on hand after the movement; `variation` orders the reports of one item.
    """

    type: ClassVar[str] = "stock.reported"
    schema_file: ClassVar[str] = "events/stock/reported.v1.avsc"

    item: str
    warehouse: str
    on_hand: int
    variation: int = 0


class StockReserved(Message):
    """An open order claims pieces of an item; released when they left the warehouse or never will.

    Attributes:
        order_key: the order that claims.
        quantity: pieces that the order claims from now on; 0 releases its claim.
    """

    type: ClassVar[str] = "stock.reserved"
    schema_file: ClassVar[str] = "events/stock/reserved.v1.avsc"

    item: str
    warehouse: str
    order_key: str
    quantity: int
