"""Executing payment commands: authorize, capture, reverse, refund, each exactly once.

The command's id is GP API's idempotency key, and an authorization's `reference` too. A doubt is
settled by asking: the transaction of that reference (for ever), or the same key again (24 hours,
409 names the transaction); if neither is known there, the call never arrived and is made now.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from connectors.heartland.client import GpApi, Transaction
from connectors.heartland.declines import in_plain_words
from connectors.heartland.settings import HeartlandSettings
from connectors.heartland.tokens import SignIn
from connectors.mapping.mapping import Mapping as Recipe
from streams.core.connector import Outcome
from streams.core.errors import Rejected
from streams.messages.heartland import Authorize, Capture, Refund, Reverse

CAPTURED = frozenset(("CAPTURED", "FUNDED"))
REVERSED = frozenset(("REVERSED",))


@dataclass(frozen=True)
class Payments:
    """The executors of the commands to Heartland.

    Args:
        gp: GP API's transactions.
        sign_in: knows the account.
        mappings: the connector's mapping files by name.
        settings: the merchant's country and the address of our bridge.
    """

    gp: GpApi
    sign_in: SignIn
    mappings: Mapping[str, Recipe]
    settings: HeartlandSettings

    async def authorize(self, command: Authorize, *, unknown: bool) -> Outcome:
        """Asks for a payment with the order's token. A decline is an outcome of amount 0.

        Answers `id`, `status`, `result`, `message` (in plain words), `authcode`, `brand`, `last4`.

        Raises:
            Rejected: the order has no token, or GP API refuses a field.
            Transient, Unknown, Misconfigured: as the client says.
        """
        if not command.token:
            raise Rejected(
                "the order carries no payment token (PMT_...), so there is nothing to charge: see"
                " why the shop's checkout sent none, or take the payment by hand",
                "token",
            )
        if unknown and (known := await self.gp.find(command.id)):
            return _outcome(known, command.currency)
        record = {
            **command.model_dump(),
            "country": command.country or self.settings.country,
            "account_name": await self.sign_in.account_name(),
            "status_url": self.settings.status_url,
        }
        body = self.mappings["authorize"](record)
        return _outcome(await self.gp.create(body, command.id), command.currency)

    async def capture(self, command: Capture, *, unknown: bool) -> Outcome:
        """Takes authorized money; answers `id`, `status` and the amount taken.

        Raises:
            Rejected: GP API refuses, e.g. more than was authorized, or what was reversed.
            Transient, Unknown, Misconfigured: as the client says.
        """
        _named(command.transaction_id)
        if unknown and (done := await self._reached(command.transaction_id, CAPTURED)):
            return _outcome(done, command.currency)
        body = self.mappings["capture"](command.model_dump())
        taken = await self.gp.capture(command.transaction_id, body, command.id)
        return _outcome(taken, command.currency)

    async def reverse(self, command: Reverse, *, unknown: bool) -> Outcome:
        """Lets authorized money go; answers `id`, `status` and the amount let go.

        Raises:
            Rejected: GP API refuses, e.g. a part only, or what was refunded.
            Transient, Unknown, Misconfigured: as the client says.
        """
        _named(command.transaction_id)
        if unknown and (done := await self._reached(command.transaction_id, REVERSED)):
            return _outcome(done, command.currency)
        body = self.mappings["reverse"](command.model_dump())
        gone = await self.gp.reverse(command.transaction_id, body, command.id)
        return _outcome(gone, command.currency)

    async def refund(self, command: Refund, *, unknown: bool) -> Outcome:
        """Gives captured money back; answers `id`, `status` and the amount given.

        The whole of a transaction is reversed, which costs no fee; what GP API does not let us
        reverse (its batch is closed, a part was refunded before) and every part is refunded. A
        refund is a transaction of its own, with the command's id as its `reference`.

        Raises:
            Rejected: GP API refuses, e.g. more than was captured.
            Transient, Unknown, Misconfigured: as the client says.
        """
        _named(command.transaction_id)
        whole = command.amount == command.captured
        if unknown and (done := await self._given_back(command, whole)):
            return _given(done, command)
        if whole:
            body = self.mappings["reverse"](command.model_dump())
            with suppress(Rejected):
                key = f"{command.id}-whole"
                return _given(await self.gp.reverse(command.transaction_id, body, key), command)
        body = self.mappings["refund"](command.model_dump())
        return _given(await self.gp.refund(command.transaction_id, body, command.id), command)

    async def _given_back(self, command: Refund, whole: bool) -> Transaction | None:
        if refund := await self.gp.find(command.id):
            return refund
        return await self._reached(command.transaction_id, REVERSED) if whole else None

    async def _reached(self, id: str, statuses: frozenset[str]) -> Transaction | None:
        now = await self.gp.get(id)
        return now if now["status"] in statuses else None


def _named(transaction_id: str) -> None:
    if not transaction_id:
        raise Rejected(
            "no transaction is named, so there is no authorized money to act on",
            "transaction_id",
        )


def _given(transaction: Transaction, command: Refund) -> Outcome:
    """A reversed transaction is of its whole amount, a refund of its own."""
    values = {"id": transaction["id"], "status": transaction["status"]}
    return Outcome(values, command.amount, command.currency)


def _outcome(transaction: Transaction, currency: str) -> Outcome:
    """What became of a payment; `amount` is empty on a decline."""
    payment: Mapping[str, Any] = transaction.get("payment_method") or {}
    card: Mapping[str, str] = payment.get("card") or {}
    result = str(payment.get("result", ""))
    values = {
        "id": transaction["id"],
        "status": transaction["status"],
        "result": result,
        "message": in_plain_words(result, str(payment.get("message", ""))),
        "authcode": card.get("authcode", ""),
        "brand": card.get("brand", ""),
        "last4": card.get("masked_number_last4", "")[-4:],
    }
    return Outcome(values, int(transaction.get("amount") or 0), currency)
