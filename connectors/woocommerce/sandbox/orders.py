"""The order: its lines, the arithmetic of its totals, the life of its status (facts: 2)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from connectors.woocommerce.sandbox.meta import Meta
from connectors.woocommerce.sandbox.vat import Amount, Vat

STATUSES = {
    "pending": "Pending payment",
    "processing": "Processing",
    "on-hold": "On hold",
    "completed": "Completed",
    "cancelled": "Cancelled",
    "refunded": "Refunded",
    "failed": "Failed",
    "checkout-draft": "Draft",
}
TRASH = "trash"
"""Status of an order in the trash; no write sets it, `DELETE` does."""
TAKES_STOCK = frozenset({"processing", "completed", "on-hold"})
EDITABLE = ("pending", "on-hold")
"""Statuses in which the admin screen lets a clerk change lines; REST does not care."""
RETURNS_STOCK = frozenset({"cancelled", "pending"})
ADDRESS = (
    "first_name",
    "last_name",
    "company",
    "address_1",
    "address_2",
    "city",
    "state",
    "postcode",
    "country",
)
BILLING = (*ADDRESS, "email", "phone")
SHIPPING = (*ADDRESS, "phone")
TRANSACTION_ID_LENGTH = 100


@dataclass(slots=True)
class ProductLine:
    """Goods; `subtotal` is before discounts, `total` after. `product_id` 0: an unknown product.

    Of a variation `product_id` is its parent, and `parent_name` the parent's name.
    `reduced_stock` and `restocked` are the meta entries that say how many pieces the line holds of
    the product's stock, and how many of them refunds have put back; `meta` is all other entries.
    """

    id: int
    product_id: int
    sku: str | None
    name: str
    quantity: int
    subtotal: Amount
    total: Amount
    reduced_stock: Meta | None = None
    restocked: Meta | None = None
    variation_id: int = 0
    parent_name: str | None = None
    meta: list[Meta] = field(default_factory=list)

    @property
    def sold_id(self) -> int:
        """The product or variation that was sold."""
        return self.variation_id or self.product_id

    @property
    def entries(self) -> list[Meta]:
        """All meta entries, in the order that they are shown."""
        if self.restocked is None:
            return self.meta if self.reduced_stock is None else [*self.meta, self.reduced_stock]
        return [*self.meta, *filter(None, (self.reduced_stock, self.restocked))]

    @property
    def taken(self) -> int:
        """Pieces that the line holds of the product's stock."""
        return int(self.reduced_stock.value) if self.reduced_stock else 0


@dataclass(frozen=True, slots=True)
class ShippingLine:
    """Freight."""

    id: int
    method_id: str
    method_title: str
    total: Amount


@dataclass(frozen=True, slots=True)
class FeeLine:
    """A charge, or an allowance when negative."""

    id: int
    name: str
    total: Amount


Line = ProductLine | ShippingLine | FeeLine


@dataclass(frozen=True, slots=True)
class Totals:
    """An order's money, major units at the currency's digits."""

    discount_total: Decimal
    discount_tax: Decimal
    shipping_total: Decimal
    shipping_tax: Decimal
    cart_tax: Decimal
    total: Decimal
    total_tax: Decimal


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on an order; with `customer_note` a real shop mails it to the customer."""

    id: int
    created_ms: int
    note: str
    customer_note: bool
    author: str = "system"


@dataclass(frozen=True, slots=True)
class RefundLine:
    """What of an order's line was given back; amounts are positive here, negative in answers."""

    id: int
    of: Line
    quantity: int
    total: Amount
    meta_id: int


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back; `amount` is positive, gross, major units.

    `refunded_payment` says that the order's gateway moved the money.
    """

    id: int
    created_ms: int
    amount: Decimal
    reason: str
    lines: tuple[RefundLine, ...] = ()
    tax_line_id: int = 0
    meta: tuple[Meta, ...] = ()
    refunded_payment: bool = False


@dataclass(slots=True)
class Order:
    """An order as the shop keeps it; times are ms UTC.

    `tax_percent` is the rate that its taxes were calculated with; `trashed_from` the status that a
    trashed order had; `stock_reduced` says that it takes no more stock until it has put it back;
    `revision` grows with each change that an answer or a webhook would show.
    """

    id: int
    number: str
    order_key: str
    currency: str
    created_via: str
    created_ms: int
    modified_ms: int
    line_items: list[ProductLine]
    shipping_lines: list[ShippingLine]
    fee_lines: list[FeeLine]
    tax_line_id: int
    totals: Totals
    tax_percent: Decimal
    status: str = "pending"
    customer_id: int = 0
    customer_note: str = ""
    billing: dict[str, str] = field(default_factory=lambda: dict.fromkeys(BILLING, ""))
    shipping: dict[str, str] = field(default_factory=lambda: dict.fromkeys(SHIPPING, ""))
    payment_method: str = ""
    payment_method_title: str = ""
    transaction_id: str = ""
    paid_ms: int | None = None
    completed_ms: int | None = None
    meta: list[Meta] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    trashed_from: str | None = None
    stock_reduced: bool = False
    revision: int = 0

    @property
    def needs_payment(self) -> bool:
        """True while money is still asked of the customer."""
        return self.status in ("pending", "failed") and self.totals.total > 0

    @property
    def refundable(self) -> Decimal:
        """What may still be given back."""
        return self.totals.total - sum((r.amount for r in self.refunds), Decimal(0))

    @property
    def unreturned_goods(self) -> int:
        """Pieces that no refund has listed."""
        back = sum(
            line.quantity
            for refund in self.refunds
            for line in refund.lines
            if isinstance(line.of, ProductLine)
        )
        return sum(line.quantity for line in self.line_items) - back

    @property
    def fully_refunded(self) -> bool:
        """True when all money is given back, and of an order with free goods all pieces too."""
        free = any(line.total.net == 0 for line in self.line_items)
        return self.refundable == 0 and not (free and self.unreturned_goods > 0)

    def line(self, line_id: int) -> Line | None:
        """The order's line of that id, of any kind."""
        lines: tuple[Line, ...] = (*self.line_items, *self.shipping_lines, *self.fee_lines)
        return next((line for line in lines if line.id == line_id), None)

    def relink(self) -> None:
        """Lets refunds that were read from a file name the order's own lines, as they did."""
        for refund in self.refunds:
            for returned in refund.lines:
                line = self.line(returned.of.id)
                if line == returned.of:
                    object.__setattr__(returned, "of", line)

    def date_status(self, now_ms: int) -> None:
        """Sets `date_paid` and `date_completed` as the status asks.

        `date_paid` is set once; cash on delivery is paid only when completed.
        """
        if self.status == "completed":
            self.completed_ms = now_ms
        paid = self.status == "completed" or (
            self.status == "processing" and self.payment_method != "cod"
        )
        if paid and self.paid_ms is None:
            self.paid_ms = now_ms


def totals(
    vat: Vat,
    goods: Iterable[ProductLine],
    freight: Iterable[ShippingLine],
    fees: Iterable[FeeLine],
) -> Totals:
    """Sums the rounded lines, so that the total is exactly what the lines cost with tax."""
    zero = Decimal(0).quantize(vat.unit)
    net = tax = subtotal = subtotal_tax = fee = fee_tax = shipping = shipping_tax = zero
    for line in goods:
        net += vat.net(line.total)
        tax += vat.tax(line.total)
        subtotal += vat.net(line.subtotal)
        subtotal_tax += vat.tax(line.subtotal)
    for charge in fees:
        fee += vat.net(charge.total)
        fee_tax += vat.tax(charge.total)
    for leg in freight:
        shipping += vat.net(leg.total)
        shipping_tax += vat.tax(leg.total)
    cart_tax = tax + fee_tax
    return Totals(
        discount_total=subtotal - net,
        discount_tax=subtotal_tax - tax,
        shipping_total=shipping,
        shipping_tax=shipping_tax,
        cart_tax=cart_tax,
        total=net + fee + shipping + cart_tax + shipping_tax,
        total_tax=cart_tax + shipping_tax,
    )
