"""A transaction and what its kinds have in common; `lifecycle` says what may be done with it.

    SALE, capture LATER:  PREAUTHORIZED ─capture→ CAPTURED ─deposit→ FUNDED
                                └────────reverse────┴→ REVERSED
    SALE, MULTIPLE:       as LATER, but FUNDED or CAPTURED ─capture→ CAPTURED, until the last
    SALE, capture AUTO:   CAPTURED
    REFUND:               CAPTURED ─deposit→ FUNDED
    declined:             DECLINED, for good

A refund does not change the status of the sale it belongs to; there is no REFUNDED (facts: UCP).
"""

from dataclasses import dataclass

from connectors.heartland.sandbox.cards import Card

PREAUTHORIZED, CAPTURED, REVERSED, DECLINED = "PREAUTHORIZED", "CAPTURED", "REVERSED", "DECLINED"
FUNDED = "FUNDED"
SALE, REFUND = "SALE", "REFUND"
AUTO, MULTIPLE = "AUTO", "MULTIPLE"
EXPIRED = "EXPIRED"
"""The `reversal_reason` of an authorization that nobody captured in time (the sandbox's own)."""


@dataclass(frozen=True)
class Payment:
    """How a transaction is paid: a card behind a token, or given in the request.

    Args:
        token: the `PMT_…`, "" for a card that is not stored.
        result: "00", or the decline's code.
        approved: what the issuer approved of the amount, minor units; 0 if declined.
    """

    card: Card
    result: str
    approved: int
    token: str = ""
    entry_mode: str = "ECOM"
    name: str = ""


@dataclass(frozen=True)
class Order:
    """What a client asked for when it created a transaction; amounts in minor units.

    Args:
        capture_count: how many captures were announced (`total_capture_count`), 0 if none were.
    """

    type: str
    capture_mode: str
    channel: str
    country: str
    amount: int
    currency: str
    reference: str
    account_id: str
    account_name: str
    order_reference: str = ""
    description: str = ""
    status_url: str = ""
    authorization_mode: str = ""
    capture_count: int = 0


@dataclass(frozen=True)
class Transaction:
    """A sale or refund as it stands; amounts in minor units of `order.currency`, times in ms UTC.

    Args:
        authorized: what the issuer holds or held for it, without what partial reversals let go.
        captured: what has been captured of it (of a refund: what was paid back).
        captures: how many captures it had.
        final: no capture can follow.
        let_go: what partial reversals gave back before or after its capture.
        refunded: what later refunds have paid back of it.
        batch_id: the batch of its latest capture.
        parent_id: the sale that a refund or renewed authorization belongs to, "" if none.
    """

    id: str
    order: Order
    payment: Payment
    status: str
    created_ms: int
    updated_ms: int
    authorized: int = 0
    captured: int = 0
    captures: int = 0
    final: bool = False
    let_go: int = 0
    refunded: int = 0
    batch_id: str = ""
    parent_id: str = ""
    reversal_reason: str = ""

    @property
    def amount(self) -> int:
        """Its amount now: what was captured, else what is authorized."""
        return self.captured if self.captures else self.authorized

    @property
    def held(self) -> int:
        """What the issuer still holds for a capture to come."""
        if self.final or self.status in (REVERSED, DECLINED):
            return 0
        return max(0, self.authorized - self.captured)

    @property
    def lapsed(self) -> int:
        """What was held and let go without a reversal: after the last capture, or by expiry."""
        if self.reversal_reason == EXPIRED:
            return self.authorized
        if not self.final or self.status == DECLINED:
            return 0
        return max(0, self.authorized - self.captured)

    @property
    def authcode(self) -> str:
        """The issuer's authorization code, "" if declined."""
        return "" if self.status == DECLINED else f"{int(self.id[-8:], 16) % 1_000_000:06d}"

    @property
    def brand_reference(self) -> str:
        """The card scheme's reference."""
        return self.id[4:20].upper()

    @property
    def arn(self) -> str:
        """The acquirer's reference number, 23 digits, "" until it is captured."""
        return f"{int(self.id[4:], 16) % 10**23:023d}" if self.captures else ""
