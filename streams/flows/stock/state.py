"""What is known of an item in a warehouse."""

from pydantic import BaseModel, ConfigDict


class Left(BaseModel):
    """Pieces that have left the warehouse; M3's balance may not say so yet.

    Attributes:
        at: when, ms UTC by M3; `until` when nobody waits for its balance any more, ms UTC by us.
    """

    model_config = ConfigDict(frozen=True)

    quantity: int
    at: int
    until: int


class Count(BaseModel):
    """What a shop showed that it should not, `at` the first look since anything changed, ms UTC."""

    model_config = ConfigDict(frozen=True)

    quantity: int
    at: int


class StockState(BaseModel):
    """What is known of an item in a warehouse; whole pieces.

    Attributes:
        on_hand: M3's balance; None until M3 has told it.
        variation: how new M3's report is; `moved_at` when the balance moved, ms UTC.
        claims: pieces that open orders claim, by order; `expires` when a claim ends that its order
            has not ended by then, ms UTC (an older version's claims never do).
        left: what has left, and is in `on_hand` perhaps.
        shown: what each shop was told last, unless it may show something else by now; `told_at`
            when (ms UTC), `times` how often.
        counted: what shops were seen to show that they were not told, since anything changed.
        due: when the shops will be told, ms UTC, if something changed.
    """

    model_config = ConfigDict(frozen=True)

    item: str = ""
    warehouse: str = ""
    on_hand: int | None = None
    variation: int = -1
    moved_at: int = 0
    claims: dict[str, int] = {}
    expires: dict[str, int] = {}
    left: tuple[Left, ...] = ()
    shown: dict[str, int] = {}
    told_at: int = 0
    times: int = 0
    counted: dict[str, Count] = {}
    due: int | None = None

    @property
    def unclaimed(self) -> int:
        """Pieces that nobody claims: below zero if more was promised than is there."""
        gone = sum(each.quantity for each in self.left)
        return (self.on_hand or 0) - sum(self.claims.values()) - gone

    def has(self, pieces: int) -> bool:
        """Whether so many more may be claimed; of what M3 tells no balance of, any number."""
        return self.on_hand is None or self.unclaimed >= pieces
