"""Taking customer orders back in M3 (OIS100MI DelHead)."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.m3.bulk import Bulk
from connectors.m3.errors import accepted, does_not_exist
from connectors.m3.records import transaction
from connectors.mapping.mapping import Mapping as Rule
from streams.core.connector import Outcome
from streams.messages.m3 import CancelOrder


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
        """Deletes an order; `values` has ORNO. What is deleted already is no matter.

        Raises:
            Rejected: M3 has begun to deliver the order, in M3's words.
        """
        delete = transaction(self.rules["order_delete"], command.model_dump())
        async with self.bulk.command():
            deleted = await self.bulk.run(delete)
            if not does_not_exist(deleted, "ORNO"):
                accepted(deleted, f"to delete order {command.m3_order}")
            return Outcome({"ORNO": command.m3_order})
