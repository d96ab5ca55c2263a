"""What several messages tell alike: of a payment, and that M3 has the order."""

from collections.abc import Mapping
from typing import Any

from streams.core.evolve import evolve
from streams.flows.order.state import OrderState
from streams.messages.m3 import CreateOrder

_HELD = ("PREAUTHORIZED", "CAPTURED", "FUNDED")
_TAKEN = ("CAPTURED", "FUNDED")
_FAILED = ("DECLINED", "REJECTED", "FAILED")


def paid(
    state: OrderState, transaction_id: str, status: str, amount: int, said: str, at: int
) -> OrderState:
    """The state with what Heartland said of a transaction, in GP API's statuses.

    What is said of a former attempt's, a renewed or an unknown transaction changes nothing.

    `amount` is what is authorized, or captured so far, minor units; `said` is why, if it was
    declined; `at` is ms UTC.
    """
    payment = state.payment
    current = payment.transaction_id or transaction_id
    if transaction_id != current or transaction_id in payment.past:
        return state
    update: dict[str, Any] = {"transaction_id": current}
    if status in _HELD:
        update["authorized"] = max(payment.authorized, amount)
        update["authorized_at"] = payment.authorized_at or at
    if status in _TAKEN:
        update["captured"] = max(payment.captured, amount)
        update["captured_at"] = payment.captured_at or at
    if status == "REVERSED":
        update["reversed"] = True
    if status in _FAILED and not payment.authorized:
        update["declined"] = said
    return evolve(state, payment=evolve(payment, **update))


def in_m3(state: OrderState, number: str) -> OrderState:
    """The state once M3 has the order, by its ORNO: whatever refused it before is repaired."""
    return evolve(
        state,
        m3_order=state.m3_order or number,
        refusals=without(state.refusals, CreateOrder.type),
    )


def without(refusals: Mapping[str, str], command_type: str) -> dict[str, str]:
    """The refusals but those of a command type."""
    return {key: reason for key, reason in refusals.items() if key != command_type}
