"""What the GlobalPayments plugin leaves on an order; the money itself is at GP API (facts: 5).

An authorization alone makes an order `processing` and dates its payment, as a charge does.
"""

from typing import Any

from connectors.woocommerce.sandbox.errors import RestError
from connectors.woocommerce.sandbox.meta import merged
from connectors.woocommerce.sandbox.orders import TRANSACTION_ID_LENGTH, Order
from connectors.woocommerce.sandbox.shop import Shop

METHOD = "globalpayments_gpapi"
ACTION = "_globalpayments_payment_action"
CAPTURED = "_globalpayments_payment_captured"
ACTIONS = ("authorize", "charge")


def mark_paid(shop: Shop, order: Order, payment: dict[str, Any]) -> None:
    """Notes on an order what the plugin has done at GP API.

    Args:
        shop: the shop.
        order: saved or not; its status is left to the caller.
        payment: `transaction_id` (`TRN_...`), `action` (`charge` unless given), `payment_method`
            (kept if the order has one) and `payment_method_title`.

    Raises:
        RestError: 400, no transaction is named, or the action is none of the plugin's here.
    """
    transaction, action = payment.get("transaction_id"), payment.get("action", "charge")
    if not isinstance(transaction, str) or not transaction:
        raise RestError(400, "tandem_sandbox_refused", "payment.transaction_id is missing")
    if action not in ACTIONS:
        why = f"payment.action {action!r} is not one of {', '.join(ACTIONS)}"
        raise RestError(400, "tandem_sandbox_refused", why)
    order.transaction_id = transaction[:TRANSACTION_ID_LENGTH]
    order.payment_method = payment.get("payment_method") or order.payment_method or METHOD
    title = payment.get("payment_method_title") or order.payment_method_title
    order.payment_method_title = title or "Credit or Debit Card"
    order.meta = merged(order.meta, [{"key": ACTION, "value": action}], shop.meta_ids)


def mark_captured(shop: Shop, order: Order) -> None:
    """Notes that a clerk captured the authorization from the order's screen.

    Raises:
        RestError: 409, the order has no authorization that waits.
    """
    if not any(entry.key == ACTION and entry.value == "authorize" for entry in order.meta):
        raise RestError(409, "tandem_sandbox_refused", "the order has nothing to capture")
    changes: list[dict[str, Any]] = [
        {"key": ACTION, "value": None},
        {"key": CAPTURED, "value": "is_captured"},
    ]
    order.meta = merged(order.meta, changes, shop.meta_ids)
