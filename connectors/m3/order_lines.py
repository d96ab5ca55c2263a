"""Lines of an order: the number by which M3 knows each, how much of it M3 delivers. Pure."""

from connectors.m3.documents import Document
from streams.messages.parts import OrderLine

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


def order_lines(order: Document, order_status: str) -> tuple[OrderLine, ...]:
    """The lines of a SalesOrder.

    One that was deleted is told by the one BOD that tells of its deletion (Canceled). Of a line
    whose status is said in other words than M3's, the whole order must be over first.
    """
    return tuple(_line(each, order_status in _OVER) for each in order.parts("SalesOrderLine"))


def _line(line: Document, order_is_over: bool) -> OrderLine:
    """A line of a BOD; nothing has left of one that is open, as far as it does not say.

    A line that is delivered and of which nothing left contradicts itself: M3 does not tell there
    what is meant here, so it is not believed.
    """
    status = line.text("Status/Code", "")
    deleted, final = status == _CANCELED, is_final(status) or order_is_over
    ordered = 0 if deleted else line.pieces("Quantity", 0)
    shipped = line.pieces("ShippedQuantity", ordered if final else 0)
    contradicts = not shipped and ordered > 0 and status[:1] in _DELIVERED
    return OrderLine(
        order_line=order_line(line),
        item=line.text("Item/ItemID/ID", ""),
        ordered=ordered,
        shipped=shipped,
        final=deleted or (final and not contradicts),
    )
