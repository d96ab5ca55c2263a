"""Looking whether a payment that a shop's checkout made is an order's.

The id comes from the shop, so anybody who can write to an order could name somebody else's payment:
it must be of the order's amount and currency, and must not name another order.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from connectors.heartland.client import GpApi
from connectors.heartland.transactions import (
    HOLDS_MONEY,
    amount_of,
    order_reference_of,
    outcome_of,
    reference_of,
)
from streams.core.connector import Outcome
from streams.core.errors import Rejected
from streams.core.money import show
from streams.messages.heartland import CheckPayment

CUT = 50
"""Characters of a reference: the plugin's hosted page cuts what it writes."""

_BY_NUMBER = "WooCommerce_Order_"
_HOSTED = re.compile(r".* Order #(\d*)", re.DOTALL)
_GUID = re.compile(r"[0-9a-fA-F]{8}(-?)(?:[0-9a-fA-F]{4}\1){3}[0-9a-fA-F]{12}")


@dataclass(frozen=True)
class Checks:
    """The executor of `heartland.check_payment`.

    Args:
        gp: GP API's transactions.
    """

    gp: GpApi

    async def check(self, command: CheckPayment, *, unknown: bool) -> Outcome:
        """Answers the payment as `heartland.authorize` does, and its `capture_mode`.

        To look again changes nothing.

        A payment that is not decided yet (INITIATED, PENDING, FOR_REVIEW) is refused like one that
        holds no money: that can last for days, and what waits for an answer holds up its key. When
        it is decided, `payment.taken` says so, and it can be looked at again.

        Raises:
            Rejected: GP API has no such transaction, or it is not the order's; `field` says by
                what, `code` is the status of one that holds no money.
            Transient, Unknown, Misconfigured: as the client says.
        """
        if not command.transaction_id:
            raise Rejected("the order names no transaction", "transaction_id")
        transaction = await self.gp.get(command.transaction_id)
        refuse_anothers(transaction, command)
        outcome = outcome_of(transaction, command.currency)
        mode = str(transaction.get("capture_mode") or "")
        return replace(outcome, values={**outcome.values, "capture_mode": mode})


def refuse_anothers(transaction: Mapping[str, Any], command: CheckPayment) -> None:
    """Makes sure that a transaction pays for an order.

    Raises:
        Rejected: it does not; says why.
    """
    id, status = command.transaction_id, str(transaction.get("status"))
    if transaction.get("type") == "REFUND":
        raise Rejected(f"{id} gives money back, it is no payment: charge the order anew", "status")
    if status not in HOLDS_MONEY:
        raise Rejected(f"{id} is {status}: it holds no money for the order", "status", status)
    order_reference, reference = order_reference_of(transaction), reference_of(transaction)
    if names_another(order_reference, reference, command):
        raise Rejected(
            f"{id} is of another order: it names {order_reference or reference!r}, this one has the"
            f" number {command.order_number!r} and the id {command.order_id!r}",
            "order_reference",
        )
    currency = str(transaction.get("currency"))
    if currency != command.currency:
        raise Rejected(f"{id} is in {currency}, the order in {command.currency}", "currency")
    amount = amount_of(transaction)
    if amount != command.amount:
        paid, due = show(amount, currency), show(command.amount, currency)
        raise Rejected(f"{id} is of {paid}, the order of {due}", "amount")


def names_another(order_reference: str, reference: str, command: CheckPayment) -> bool:
    """Whether a payment's references name an order that is not the command's.

    What the plugin writes depends on the gateway (facts: woocommerce.md, section 5). An order
    reference is of an order, whatever it says, unless it is a GUID, or so long that its end with
    the order's id may have been cut; other references count if they are of the plugin's forms. A
    payment that names no order is not another's.
    """
    said = {_names(order_reference, command), _names(reference, command)}
    if False in said or True in said:
        return False in said
    anonymous = not order_reference or _GUID.fullmatch(order_reference)
    return not anonymous and len(order_reference) < CUT


def _names(text: str, command: CheckPayment) -> bool | None:
    """Whether it names the order; None if it is of no form that is known."""
    number, id = command.order_number, command.order_id
    if not text:
        return None
    if text in (number, id, command.key, _BY_NUMBER + number):
        return True
    if hosted := _HOSTED.fullmatch(text):
        return hosted[1] == id or (len(text) == CUT and id.startswith(hosted[1]))
    return False if text.startswith(_BY_NUMBER) else None
