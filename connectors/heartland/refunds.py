"""Executing refunds: captured money goes back once, to the penny."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.heartland.client import GpApi
from connectors.heartland.transactions import REFUSED, REVERSED, Transaction, named
from connectors.mapping.mapping import Mapping as Recipe
from streams.core.connector import Outcome
from streams.core.errors import Rejected
from streams.messages.heartland import Refund


@dataclass(frozen=True)
class Refunds:
    """The executor of `heartland.refund`.

    Args:
        gp: GP API's transactions.
        mappings: the connector's mapping files by name.
    """

    gp: GpApi
    mappings: Mapping[str, Recipe]

    async def refund(self, command: Refund, *, unknown: bool) -> Outcome:
        """Gives captured money back; answers `id`, `status` and the amount given.

        The whole of a transaction is reversed, which costs no fee; what GP API does not let us
        reverse (its batch is closed), what is left after a refund and every part is refunded. A
        refund is a transaction of its own, with the command's id as its `reference`.

        Raises:
            Rejected: it is more than was captured, or GP API refuses or declines it.
            Transient, Unknown, Misconfigured: as the client says.
        """
        named(command.transaction_id)
        if command.amount > command.captured:
            raise Rejected("more would be given back than was captured", "amount")
        whole = command.amount == command.captured
        if unknown and (done := await self._given_back(command, whole)):
            return _given(done, command)
        if whole and (gone := await self._reversed(command)):
            return _given(gone, command)
        body = self.mappings["refund"](command.model_dump())
        return _given(await self.gp.refund(command.transaction_id, body, command.id), command)

    async def _given_back(self, command: Refund, whole: bool) -> Transaction | None:
        if refund := await self.gp.find(command.id):
            return refund
        return await self.gp.reached(command.transaction_id, REVERSED) if whole else None

    async def _reversed(self, command: Refund) -> Transaction | None:
        """The reversed transaction; None if a part of it was refunded, or GP API refuses."""
        now = await self.gp.get(command.transaction_id)
        if now["amount"] != str(command.amount):
            return None
        body = self.mappings["reverse"](command.model_dump())
        try:
            gone = await self.gp.reverse(command.transaction_id, body, f"{command.id}-whole")
        except Rejected:
            return None
        return gone if gone["status"] in REVERSED else None


def _given(transaction: Transaction, command: Refund) -> Outcome:
    """A reversed transaction is of its whole amount, a refund of its own.

    Raises:
        Rejected: the refund was declined.
    """
    if transaction["status"] in REFUSED:
        raise Rejected(f"the refund {transaction['id']} is {transaction['status']}: no money moved")
    values = {"id": transaction["id"], "status": transaction["status"]}
    return Outcome(values, command.amount, command.currency)
