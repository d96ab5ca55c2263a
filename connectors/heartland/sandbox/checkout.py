"""Transactions as a shop's checkout makes them, without Tandem: planted by the admin API.

GlobalPayments' plugin for WooCommerce pays with the order's number as `order.reference` and a
random GUID as `reference`, authorized only or charged at once (facts: woocommerce.md, section 5).
Its hosted page and other gateways fill both otherwise: say them.
"""

import uuid
from collections.abc import Mapping

from connectors.heartland.sandbox import fields
from connectors.heartland.sandbox.cards import APPROVED, MESSAGES, Card
from connectors.heartland.sandbox.errors import GpApiError
from connectors.heartland.sandbox.ids import new_id
from connectors.heartland.sandbox.lifecycle import create
from connectors.heartland.sandbox.orders import read_url
from connectors.heartland.sandbox.settings import SandboxSettings
from connectors.heartland.sandbox.tokens import PROCESSING
from connectors.heartland.sandbox.transactions import AUTO, SALE, Order, Payment, Transaction

_FIELDS = frozenset(
    (
        "id",
        "order_number",
        "amount",
        "currency",
        "payment_action",
        "reference",
        "order_reference",
        "brand",
        "last4",
        "result",
        "status_url",
    )
)
_CAPTURE_MODES = {"authorize": "LATER", "charge": AUTO}
"""The plugin's `_globalpayments_payment_action`, and what it asks the gateway for."""


def plant(number: int, entry: object, settings: SandboxSettings, now_ms: int) -> Transaction:
    """A transaction of a checkout.

    Args:
        number: the entry's place in what was sent, for the error.
        entry: `{order_number, amount, currency, payment_action, id?, reference?, order_reference?,
            brand?, last4?, result?, status_url?}`; `amount` is a string of minor units,
            `payment_action` is authorize or charge, `result` "00" or a decline's code.
        settings: whose merchant it is.
        now_ms: when it is made.

    Raises:
        ValueError: the entry is not of that shape; says which and why.
    """
    if not isinstance(entry, Mapping) or not _FIELDS.issuperset(entry):
        raise ValueError(f"entry {number}: must be an object of {', '.join(sorted(_FIELDS))} only")
    try:
        fields.require(entry, "order_number", "amount", "currency", "payment_action")
        return _read(entry, settings, now_ms)
    except GpApiError as error:
        raise ValueError(f"entry {number}: {error.description}") from None


def _read(entry: fields.Body, settings: SandboxSettings, now_ms: int) -> Transaction:
    action = fields.choice(entry, "payment_action", _CAPTURE_MODES)
    order_number = fields.text(entry, "order_number")
    amount = fields.amount(entry) or 0
    order = Order(
        type=SALE,
        capture_mode=_CAPTURE_MODES[action],
        channel="CNP",
        country=settings.country,
        amount=amount,
        currency=fields.currency(entry),
        reference=fields.text(entry, "reference", shortest=8) or str(uuid.uuid4()),
        account_id=PROCESSING.id,
        account_name=PROCESSING.name,
        order_reference=fields.text(entry, "order_reference") or order_number,
        status_url=read_url(entry, "status_url"),
    )
    last4 = fields.text(entry, "last4", shortest=4, longest=4) or "5262"
    result = fields.choice(entry, "result", MESSAGES, APPROVED)
    card = Card(fields.text(entry, "brand") or "VISA", last4, result, cvv_given=True)
    payment = Payment(card, result, amount if result == APPROVED else 0)
    return create(order, payment, fields.text(entry, "id") or new_id("TRN"), now_ms)
