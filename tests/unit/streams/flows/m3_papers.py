"""What M3 keeps of an order: its lines, invoices and credit notes, returns."""

from dataclasses import dataclass


@dataclass
class OrderLine:
    """A line by its PONR; `amount` is what all of it costs, minor units.

    Attributes:
        cut: no more of it will be delivered: closed, or deleted.
        deleted: it is there no longer, which is told once.
        billed: what of it is invoiced or will be; `returned` pieces that are to come back.
    """

    ponr: str
    item: str
    ordered: int
    amount: int
    service: bool = False
    cut: bool = False
    deleted: bool = False
    delivered: int = 0
    billed: int = 0
    returned: int = 0

    @property
    def left(self) -> int:
        """Pieces that are still to be delivered."""
        return 0 if self.cut else self.ordered - self.delivered

    def deliver(self, pieces: int) -> int:
        """What the pieces cost: the line's share so far, rounded half up, less what was before."""
        self.delivered += pieces
        share = self.amount
        if self.delivered < self.ordered:
            share = (2 * self.amount * self.delivered + self.ordered) // (2 * self.ordered)
        part, self.billed = share - self.billed, share
        return part


@dataclass
class Bill:
    """An invoice, or a credit note (negative); `pieces` it is of, by PONR, less what came back."""

    number: str
    amount: int
    outstanding: int
    pieces: dict[str, int]


@dataclass
class Return:
    """Pieces and what they are credited with, by PONR; `reference` is YREF."""

    number: str
    reference: str
    lines: list[tuple[str, int, int]]
    credited: bool = False
