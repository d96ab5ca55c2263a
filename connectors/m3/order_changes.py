"""Changing the lines of customer orders in M3 (OIS100MI AddOrderLine, UpdPriceInfo, DelLine)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.m3.bulk import Bulk
from connectors.m3.errors import accepted
from connectors.m3.export import Row, answered, quoted, select
from connectors.m3.line_changes import COLUMNS, changes
from connectors.m3.records import transaction, transactions
from connectors.m3.wire import MiResult, Transaction
from connectors.mapping.mapping import Mapping as Rule
from connectors.mapping.record import Record
from streams.core.connector import Outcome
from streams.core.errors import Rejected
from streams.messages.m3 import ChangeOrder


@dataclass(frozen=True)
class OrderChanges:
    """Executes `m3.change_order`.

    The order's lines are read from M3's table and only what they lack is done. MI changes no
    quantity that way: a line with the new one is added and the old one is deleted. Lines are added
    first, for with its last line M3 deletes an order, and one that has delivered all it holds takes
    no more. They are taken out again if M3 keeps the old ones, so that not both are delivered.

    Attributes:
        bulk: the packer.
        rules: the mappings `order_line_add`, `order_charge_add`, `order_line_price` and
            `order_line_delete`.
        cono: the company, in which M3's table is searched.
    """

    bulk: Bulk
    rules: Mapping[str, Rule]
    cono: int

    async def change(self, command: ChangeOrder, *, unknown: bool) -> Outcome:
        """Makes an order's lines those of a command; what is so already is left as it is.

        `values` has ORNO, PONR of each line of goods, and LMTS: the order's lines are these after
        then (empty if M3 does not tell it). M3 is read first in any case, so `unknown` makes no
        difference, and to ask again goes on where an earlier try ended.

        Raises:
            Rejected: M3 has no such order, a line of which something has left would have to be
                changed, or nothing is wanted: nothing is changed. Or M3 refuses a line: what it
                took before stays, so the order may lack a line until people or another try end it.
        """
        record, order = command.model_dump(), f"order {command.key}"
        goods = transactions(self.rules["order_line_add"], record)
        wanted = [*goods, *transactions(self.rules["order_charge_add"], record)]
        async with self.bulk.command():
            plan = changes(wanted, await self._lines(command), order)
            new = [line for line, there in zip(wanted, plan.numbers, strict=True) if not there]
            priced = [wanted[at] for at in plan.prices]
            prices = [self._price(record, wanted[at], plan.numbers[at]) for at in plan.prices]
            deletes = self._deletes(record, [line.number for line in plan.unwanted])
            results = await self.bulk.run_all(new) if new else []
            added = [each.records[0].get("PONR", "") for each in results if each.records]
            try:
                _accepted("add", results, _items(new), order)
                await self._run("price", prices, _items(priced), order)
                await self._run("delete", deletes, [line.item for line in plan.unwanted], order)
            except Rejected:
                if added:
                    await self.bulk.run_all(self._deletes(record, added))
                raise
            told = iter(added)
            numbers = [number or next(told) for number in plan.numbers]
            ponr, changed_at = ",".join(numbers[: len(goods)]), await self._changed_at(command)
            return Outcome({"ORNO": command.m3_order, "PONR": ponr, "LMTS": changed_at})

    async def _lines(self, command: ChangeOrder) -> list[Row]:
        return await self._rows(COLUMNS, "OOLINE", "OB", command)

    async def _changed_at(self, command: ChangeOrder) -> str:
        """When M3 changed the order last; the change is made, whatever becomes of the question."""
        try:
            heads = await self._rows(("OALMTS",), "OOHEAD", "OA", command)
        except Rejected:
            return ""
        return next((row["OALMTS"] for row in heads if row["OALMTS"].isdecimal()), "")

    async def _rows(
        self, columns: Sequence[str], table: str, prefix: str, command: ChangeOrder
    ) -> list[Row]:
        """The rows of the order in a table, whose columns begin with a prefix."""
        of_order = f"{prefix}CONO = {self.cono} and {prefix}ORNO = {quoted(command.m3_order)}"
        query = select(columns, table, of_order)
        return list(answered(await self.bulk.run(query), columns))

    def _price(self, record: Record, wanted: Transaction, number: str) -> Transaction:
        given = {**record, **wanted.record, "PONR": number}
        return transaction(self.rules["order_line_price"], given)

    def _deletes(self, record: Record, numbers: Sequence[str]) -> list[Transaction]:
        return transactions(self.rules["order_line_delete"], {**record, "lines": numbers})

    async def _run(
        self, verb: str, made: Sequence[Transaction], items: Sequence[str], order: str
    ) -> None:
        results = await self.bulk.run_all(made) if made else []
        _accepted(verb, results, items, order)


def _accepted(verb: str, results: Sequence[MiResult], items: Sequence[str], order: str) -> None:
    """All are tried before a refusal is raised."""
    for result, item in zip(results, items, strict=True):
        accepted(result, f"to {verb} item {item} of {order} (lines added for it are taken out)")


def _items(lines: Sequence[Transaction]) -> list[str]:
    return [line.record["ITNO"] for line in lines]
