"""Customer returns in M3 (OIS390MI): a head, then its lines; M3 receives and credits them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from connectors.m3 import returnable
from connectors.m3.bulk import Bulk
from connectors.m3.errors import accepted
from connectors.m3.export import Row, answered, quoted, select
from connectors.m3.records import transaction, transactions
from connectors.m3.wire import Transaction
from connectors.mapping.mapping import Mapping as Rule
from streams.core.connector import Outcome
from streams.messages.m3 import CreateReturn

_NUMBER_TO_COME = "0"
_HEAD = ("OCREPN",)
_LINE = ("ODRORL", "ODREQ0", "ODITNO")


@dataclass(frozen=True)
class Returns:
    """Executes `m3.create_return`.

    M3 has no public transaction that takes a return or a line of it back. So M3's tables are asked
    first whether it can take every line (`returnable`).

    Attributes:
        bulk: the packer.
        rules: the mappings `return_head`, `return_line` and `return_charge`.
        cono: the company, in which M3's tables are searched.
    """

    bulk: Bulk
    rules: Mapping[str, Rule]
    cono: int

    async def create(self, command: CreateReturn, *, unknown: bool) -> Outcome:
        """Announces what comes back; `values` has REPN.

        With `unknown`, M3's tables are asked for the return with the command's id, and for its
        lines: what an earlier try left out is added.

        Raises:
            Rejected: the mapping refuses the return, or more would come back than has left: nothing
                is entered. Or M3 itself refuses it; then what M3 took of it stays.
        """
        record = {**command.model_dump(), "REPN": _NUMBER_TO_COME}
        head = transaction(self.rules["return_head"], record)
        lines = [
            *transactions(self.rules["return_line"], record),
            *transactions(self.rules["return_charge"], record),
        ]
        what = f"the return {command.refund_id} of order {command.key}"
        async with self.bulk.command():
            known = await self._number(head) if unknown else ""
            if known:
                lines = await self._left(known, lines)
            if lines:
                await self._check(head.record["RORN"], lines, what)
            number = known or accepted(await self.bulk.run(head), what)["REPN"]
            numbered = [_numbered(line, number) for line in lines]
            results = await self.bulk.run_all(numbered) if numbered else []
            for line, result in zip(lines, results, strict=True):
                accepted(result, f"item {line.record['ITNO']} of {what}")
            return Outcome({"REPN": number})

    async def _number(self, head: Transaction) -> str:
        reference, warehouse = quoted(head.record["YREF"]), quoted(head.record["WHLO"])
        ours = f"OCCONO = {self.cono} and OCWHLO = {warehouse} and OCYREF = {reference}"
        (found,) = await self._rows((_HEAD, "OCHEAD", ours))
        return found[0]["OCREPN"] if found else ""

    async def _left(self, number: str, lines: Sequence[Transaction]) -> list[Transaction]:
        """The lines that an earlier try has not added to the return."""
        warehouse = quoted(lines[0].record["WHLO"])
        ours = f"ODCONO = {self.cono} and ODWHLO = {warehouse} and ODREPN = {quoted(number)}"
        (there,) = await self._rows((_LINE, "OCLINE", ours))
        left = []
        for line in lines:
            same = next((row for row in there if _same(line, row)), None)
            if same is None:
                left.append(line)
            else:
                there.remove(same)
        return left

    async def _check(self, order: str, lines: Sequence[Transaction], what: str) -> None:
        number = quoted(order)
        sold, back = await self._rows(
            (returnable.SOLD, "OOLINE", f"OBCONO = {self.cono} and OBORNO = {number}"),
            (returnable.BACK, "OCLINE", f"ODCONO = {self.cono} and ODRORN = {number}"),
        )
        returnable.check(lines, sold, back, what)

    async def _rows(self, *queries: tuple[Sequence[str], str, str]) -> list[list[Row]]:
        """What each query finds: columns, table, where."""
        results = await self.bulk.run_all([select(*query) for query in queries])
        return [
            list(answered(result, columns))
            for result, (columns, _, _) in zip(results, queries, strict=True)
        ]


def _numbered(line: Transaction, number: str) -> Transaction:
    return replace(line, record={**line.record, "REPN": number})


def _same(line: Transaction, row: Row) -> bool:
    """Whether a row of OCLINE is of a line; M3 chose the order's line if none was named."""
    asked = line.record
    return (
        row["ODITNO"] == asked["ITNO"]
        and Decimal(row["ODREQ0"]) == Decimal(asked["REQ0"])
        and int(row["ODRORL"]) == int(asked.get("RORL", row["ODRORL"]))
    )
