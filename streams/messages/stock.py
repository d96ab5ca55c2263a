"""Events of stock. Key: `{item}@{warehouse}`, but of an answer. Quantities are whole pieces."""

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
        asks: the order waits for `stock.answered`, and may be refused; else it has what it claims.
        left_at: when what it no longer claims left the warehouse, ms UTC by M3; 0 if it never did,
            or if nobody needs to know.
        until: when the claim ends if the order has not ended it by then, ms UTC; 0 for never.
    """

    type: ClassVar[str] = "stock.reserved"
    schema_file: ClassVar[str] = "events/stock/reserved.v2.avsc"

    item: str
    warehouse: str
    order_key: str
    quantity: int
    asks: bool = False
    left_at: int = 0
    until: int = 0


class StockAnswered(Message):
    """The answer to a claim that asks: all of it or nothing. Key: the order that waits.

    A claim has one answer; what is said again has the same id.

    Attributes:
        asked: pieces that it asked for; an order that asks for others by now has another answer.
        quantity: pieces that the order has from now on; 0 if it is refused.
    """

    type: ClassVar[str] = "stock.answered"
    schema_file: ClassVar[str] = "events/stock/answered.v1.avsc"

    item: str
    warehouse: str
    asked: int
    quantity: int


class StockCounted(Message):
    """What a shop itself shows of an item.

    Attributes:
        quantity: below zero if the shop has sold more than it had.
    """

    type: ClassVar[str] = "stock.counted"
    schema_file: ClassVar[str] = "events/stock/counted.v1.avsc"

    item: str
    warehouse: str
    shop: str
    quantity: int


class StockUnsure(Message):
    """A shop may have moved its own figure: it is to be told again."""

    type: ClassVar[str] = "stock.unsure"
    schema_file: ClassVar[str] = "events/stock/unsure.v1.avsc"

    item: str
    warehouse: str
    shop: str
