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
TAKES_STOCK = frozenset({"processing", "completed", "on-hold"})
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

    `reduced_stock` is the meta entry that says how many pieces the order has taken, once.
    """

    id: int
    product_id: int
    sku: str | None
    name: str
    quantity: int
    subtotal: Amount
    total: Amount
    reduced_stock: Meta | None = None


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
    of: ProductLine
    quantity: int
    total: Amount
    meta_id: int


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back; `amount` is positive, gross, major units."""

    id: int
    created_ms: int
    amount: Decimal
    reason: str
    lines: tuple[RefundLine, ...] = ()
    tax_line_id: int = 0
    meta: tuple[Meta, ...] = ()


@dataclass(slots=True)
class Order:
    """An order as the shop keeps it; times are ms UTC."""

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

    @property
    def needs_payment(self) -> bool:
        """True while money is still asked of the customer."""
        return self.status in ("pending", "failed") and self.totals.total > 0

    @property
    def refundable(self) -> Decimal:
        """What may still be given back."""
        return self.totals.total - sum((r.amount for r in self.refunds), Decimal(0))

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
