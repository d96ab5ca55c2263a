"""Customers in M3 (CRS610MI)."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.m3.bulk import Bulk
from connectors.m3.errors import accepted, already_exists, does_not_exist
from connectors.m3.records import transaction
from connectors.m3.wire import Transaction
from connectors.mapping.mapping import Mapping as Rule
from streams.core.connector import Outcome
from streams.messages.m3 import EnsureCustomer


@dataclass(frozen=True)
class Customers:
    """Executes `m3.ensure_customer`.

    Attributes:
        bulk: the packer.
        rules: the mappings `customer_get` and `customer_add`, which make the same CUNO.
    """

    bulk: Bulk
    rules: Mapping[str, Rule]

    async def ensure(self, command: EnsureCustomer, *, unknown: bool) -> Outcome:
        """Makes sure that M3 has the customer; `values` has its CUNO.

        M3 is asked first in any case, and the number is the command's own: so it is added once.

        Raises:
            Rejected: M3 or the mapping refuses the customer.
        """
        record = command.model_dump()
        get = transaction(self.rules["customer_get"], record)
        add = transaction(self.rules["customer_add"], record)
        async with self.bulk.command():
            if await has_customer(self.bulk, get):
                return Outcome({"CUNO": get.record["CUNO"]})
            added = await self.bulk.run(add)
            if not already_exists(added, "CUNO"):
                accepted(added, f"customer {add.record['CUNO']}")
            return Outcome({"CUNO": add.record["CUNO"]})


async def has_customer(bulk: Bulk, get: Transaction) -> bool:
    """Whether M3 has the customer that a `customer_get` asks for.

    Raises:
        Rejected: M3 refuses to say.
    """
    found = await bulk.run(get)
    if does_not_exist(found, "CUNO"):
        return False
    accepted(found, f"to show customer {get.record['CUNO']}")
    return True
