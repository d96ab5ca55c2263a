"""Taking customer orders back in M3 (OIS100MI DelHead)."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.m3.bulk import Bulk
from connectors.m3.errors import accepted, does_not_exist, refusal
from connectors.m3.records import transaction
from connectors.m3.wire import MiError, Transaction
from connectors.mapping.mapping import Mapping as Rule
from streams.core.connector import Outcome
from streams.core.errors import Rejected
from streams.messages.m3 import CancelOrder

_ENTERED = "22"


@dataclass(frozen=True)
class Cancellations:
    """Executes `m3.cancel_order`.

    Attributes:
        bulk: the packer.
        rules: the mapping `order_delete`.
    """

    bulk: Bulk
    rules: Mapping[str, Rule]

    async def cancel(self, command: CancelOrder, *, unknown: bool) -> Outcome:
        """Deletes an order; what is deleted already is no matter.

        `values` has ORNO; and KEPT, M3's words, if it keeps an order that is on its way.

        Raises:
            Rejected: M3 does not delete an order that it has not begun to deliver, in M3's words.
        """
        delete = transaction(self.rules["order_delete"], command.model_dump())
        values = {"ORNO": command.m3_order, "KEPT": ""}
        async with self.bulk.command():
            deleted = await self.bulk.run(delete)
            if deleted.error and not does_not_exist(deleted, "ORNO"):
                values["KEPT"] = await self._on_its_way(delete, deleted.error)
            return Outcome(values)

    async def _on_its_way(self, delete: Transaction, why: MiError) -> str:
        number = delete.record["ORNO"]
        failure = refusal(why, f"to delete order {number}")
        if not isinstance(failure, Rejected):
            raise failure
        head = Transaction("OIS100MI", "GetHead", delete.record, ("ORST",))
        order = accepted(await self.bulk.run(head), f"to tell of order {number}")
        if order.get("ORST", "") <= _ENTERED:
            raise failure
        return failure.reason
