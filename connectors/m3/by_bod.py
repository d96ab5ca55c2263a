"""Orders and customers by BOD instead of MI: handed over to ION, which M3 answers when it has time.

Handing over is the effect, and it is the command's own: the message's id is the command's. What M3
says is an event of its own (Acknowledge, by the bridge), for the process that hears it need not be
the one that asked, and M3 may take hours. M3 is asked for a few seconds whether it has done it, so
that in fair weather the result has M3's number as with MI.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from connectors.m3 import process
from connectors.m3.bulk import Bulk
from connectors.m3.customers import has_customer
from connectors.m3.ion import IonClient
from connectors.m3.orders import find_order
from connectors.m3.process import Sender
from connectors.m3.records import transaction
from connectors.m3.shown import shown
from connectors.m3.wire import Transaction
from connectors.mapping.mapping import Mapping as Rule
from streams.core.connector import Outcome
from streams.messages.m3 import CreateOrder, EnsureCustomer

NOT_YET = {"ORNO": "", "STAT": ""}


@dataclass(frozen=True)
class ByBod:
    """Executes `m3.create_order` and `m3.ensure_customer` by Process BODs.

    Attributes:
        ion: takes the BODs.
        bulk: the packer, by which M3 is asked what it has.
        rules: the mappings `bod_…` and `customer_get`.
        sender: who sends.
        cono: the company, by which M3's order table is searched.
        seconds: how long M3 is asked whether it has done what was handed over.
    """

    ion: IonClient
    bulk: Bulk
    rules: Mapping[str, Rule]
    sender: Sender
    cono: int
    seconds: float

    async def create(self, command: CreateOrder, *, unknown: bool) -> Outcome:
        """Hands an order over; `values` as by MI; empty while M3 has it not.

        With `unknown`, M3's order table is asked first for the order's key. If it does not have
        it, the same message goes again: ION knows it by its id if it has taken it.

        Raises:
            Rejected: a mapping or ION refuses the order. A refusal by M3 is an event.
        """
        bod = process.sales_order(command, self.rules, self.sender)
        if unknown and (known := await self._order(command)):
            return Outcome(known)
        await self.ion.send(bod)
        known = await shown(partial(self._order, command), self.seconds) or NOT_YET
        return Outcome(known)

    async def ensure(self, command: EnsureCustomer, *, unknown: bool) -> Outcome:
        """Hands a customer over unless M3 has it; `values` has the CUNO that it gets or has.

        M3 is asked first in any case, and the number is the command's own: so it is added once.

        Raises:
            Rejected: a mapping or ION refuses the customer. A refusal by M3 is an event.
        """
        get = transaction(self.rules["customer_get"], command.model_dump())
        bod = process.customer(command, self.rules, self.sender)
        if not await self._customer(get):
            await self.ion.send(bod)
            await shown(partial(self._customer, get), self.seconds)
        return Outcome({"CUNO": get.record["CUNO"]})

    async def _order(self, command: CreateOrder) -> dict[str, str]:
        async with self.bulk.command():
            return await find_order(self.bulk, self.cono, command)

    async def _customer(self, get: Transaction) -> bool:
        async with self.bulk.command():
            return await has_customer(self.bulk, get)
