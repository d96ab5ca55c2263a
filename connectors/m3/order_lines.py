"""Lines of an order: the number by which M3 knows them, and those that are cut short. Pure."""

from connectors.m3.documents import Document
from streams.messages.parts import Shortened

_CANCELED = "Canceled"
_OVER = frozenset(("Shipped", "Closed"))
_FINAL = frozenset("679")
_DELIVERED = frozenset("67")
_SUFFIXES = 1000


def order_line(line: Document) -> str:
    """PONR of a BOD's line, empty if it has no number: `LineNumber` is PONR x 1000 + POSX."""
    return str(line.whole("LineNumber", 0) // _SUFFIXES or "")


def is_final(line_status: str) -> bool:
    """Whether M3 delivers no more of a line than has left.

    A line's status begins with how far its least far quantity is: 6 delivered, 7 invoiced; 99 is
    completed without delivery (Infor's guide, "Status - Customer Order Line"). So a line that is
    closed is known while others of its order are open.
    """
    return line_status[:1] in _FINAL


def shortened(order: Document, order_status: str) -> tuple[Shortened, ...]:
    """The lines of a SalesOrder that are cut short.

    One that was deleted is told by the one BOD that tells of its deletion (Canceled). Of a line
    whose status is said in other words than M3's, the whole order must be over first.
    """
    return tuple(
        Shortened(
            order_line=order_line(line),
            item=line.text("Item/ItemID/ID"),
            shipped=line.whole("ShippedQuantity", 0),
        )
        for line in order.parts("SalesOrderLine")
        if _is_short(line, order_status)
    )


def _is_short(line: Document, order_status: str) -> bool:
    """Most lines are not: so texts are compared before numbers are made of them.

    A line that is delivered and of which nothing left contradicts itself: M3 does not tell there
    what is meant here, so it is not believed.
    """
    line_status = line.text("Status/Code", "")
    if line_status == _CANCELED:
        return True
    if not is_final(line_status) and order_status not in _OVER:
        return False
    ordered = line.text("Quantity", "")
    if line.text("ShippedQuantity", ordered) == ordered:
        return False
    shipped = line.whole("ShippedQuantity")
    return shipped < line.whole("Quantity") and (shipped > 0 or line_status[:1] not in _DELIVERED)
