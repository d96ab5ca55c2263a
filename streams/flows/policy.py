"""What the companies decide, as the flows need it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import NonNegativeInt

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
BEATS = 4
"""Beats in a pause."""


def after_pause(at: int, pause_ms: int) -> int:
    """The beat on which a pause ends that begins at `at`, ms UTC.

    On a beat, so that what many keys wait for happens together and costs less.
    """
    beat = max(1, pause_ms // BEATS)
    return -(-(at + pause_ms) // beat) * beat


@dataclass(frozen=True)
class ShopPolicy:
    """What is agreed for one shop.

    Attributes:
        capture: `shipment` takes the money when M3 delivers, `order` at once.
        multiple_captures: the account may capture in parts (`capture_mode` MULTIPLE), so that each
            delivery is captured; else all is with the last.
        partial_approval: of what a card's issuer approves in part, `complete` asks for the rest and
            lets the part go only if that is refused, `reverse` wants all or nothing.
        guest_customer: M3's CUNO for orders without a customer.
        warehouse: M3's WHLO that the shop sells from.
        country: ISO 3166-1 alpha-2 of the merchant, as GP API wants it.
        oversell: `backorder` takes every order, `refuse` ends one whose items are not all there.
        safety_stock: pieces of each item that the shop is not shown.
        safety_stock_by_item: the same for single items, by M3's ITNO.
    """

    capture: Literal["shipment", "order"] = "shipment"
    multiple_captures: bool = False
    partial_approval: Literal["reverse", "complete"] = "reverse"
    guest_customer: str = "GUEST"
    warehouse: str = "001"
    country: str = "GB"
    oversell: Literal["backorder", "refuse"] = "backorder"
    safety_stock: NonNegativeInt = 0
    safety_stock_by_item: Mapping[str, NonNegativeInt] = field(default_factory=dict)

    def shows(self, item: str, free: int) -> int:
        """What the shop may sell of so many free pieces of an item: never below zero."""
        return max(0, free - self.safety_stock_by_item.get(item, self.safety_stock))


@dataclass(frozen=True)
class Policy:
    """What is agreed for all.

    Attributes:
        shops: by shop code.
        stock_pause_ms: changes of an item within this time are one update of the shops.
        tell_pause_ms: what happens to an order within this time is told to its shop together.
        authorization_days: after so many days an authorization is no longer good; a day before it
            is renewed or reported. 0: never.
        unclaimed_ms: how long a checkout's payment waits for its order before it is a case.
        repair_ms: how long a refused order waits for a person before it is undone.
        claim_ms: how long an order may claim stock.
        drift_ms: how long a shop's wrong figure stays the same before it is drift.
    """

    shops: Mapping[str, ShopPolicy] = field(default_factory=dict)
    stock_pause_ms: int = 1_000
    tell_pause_ms: int = 250
    repair_ms: int = 24 * HOUR_MS
    authorization_days: int = 7
    unclaimed_ms: int = HOUR_MS
    claim_ms: int = 14 * DAY_MS
    drift_ms: int = 5 * MINUTE_MS

    def shop(self, code: str) -> ShopPolicy:
        """What is agreed for a shop; the defaults for one that nobody named."""
        return self.shops.get(code) or ShopPolicy()
