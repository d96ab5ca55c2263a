"""Customer returns in M3 (OIS390MI): a head, then its lines; M3 receives and credits them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from connectors.m3.bulk import Bulk
from connectors.m3.errors import accepted
from connectors.m3.records import transaction, transactions
from connectors.m3.wire import Transaction
from connectors.mapping.mapping import Mapping as Rule
from streams.core.connector import Outcome
from streams.messages.m3 import CreateReturn

_NUMBER_TO_COME = "0"


@dataclass(frozen=True)
class Returns:
    """Executes `m3.create_return`.

    Attributes:
        bulk: the packer.
        rules: the mappings `return_head` and `return_line`.
        cono: the company, in which M3's tables are searched.
    """

    bulk: Bulk
    rules: Mapping[str, Rule]
    cono: int

    async def create(self, command: CreateReturn, *, unknown: bool) -> Outcome:
        """Announces the goods; `values` has REPN.

        With `unknown`, M3's tables are asked for the return with the command's id, and for its
        lines: what an earlier try left out is added.

        Raises:
            Rejected: M3 or the mapping refuses the return, e.g. of more than was delivered.
        """
        record = {**command.model_dump(), "REPN": _NUMBER_TO_COME}
        head = transaction(self.rules["return_head"], record)
        transactions(self.rules["return_line"], record)
        what = f"the return {command.refund_id} of order {command.key}"
        async with self.bulk.command():
            known = await self._number(head) if unknown else ""
            number = known or accepted(await self.bulk.run(head), what)["REPN"]
            lines = transactions(self.rules["return_line"], {**record, "REPN": number})
            if known:
                lines = await self._left(lines)
            results = await self.bulk.run_all(lines) if lines else []
            for line, result in zip(lines, results, strict=True):
                accepted(result, f"item {line.record['ITNO']} of {what}")
            return Outcome({"REPN": number})

    async def _number(self, head: Transaction) -> str:
        found = await self._select("OCHEAD", "OC", "OCREPN", head, "YREF")
        return found[0] if found else ""

    async def _left(self, lines: Sequence[Transaction]) -> list[Transaction]:
        """The lines of one return that an earlier try has not added."""
        columns = "ODRORL, ODITNO, ODREQ0"
        there = await self._select("OCLINE", "OD", columns, lines[0], "REPN")
        left = []
        for line in lines:
            same = next((row for row in there if _same(line, row)), None)
            if same is None:
                left.append(line)
            else:
                there.remove(same)
        return left

    async def _select(
        self, table: str, prefix: str, columns: str, made: Transaction, key: str
    ) -> list[str]:
        """Rows of a table that are of our company and agree in warehouse and key."""
        same = " and ".join(f"{prefix}{name} = '{made.record[name]}'" for name in ("WHLO", key))
        query = f"{columns} from {table} where {prefix}CONO = {self.cono} and {same}"
        fields = {"QERY": query, "SEPC": ";", "HDRS": "0"}
        answer = await self.bulk.run(Transaction("EXPORTMI", "Select", fields))
        accepted(answer, "the query")
        return [row["REPL"].strip() for row in answer.records if row.get("REPL", "").strip()]


def _same(line: Transaction, row: str) -> bool:
    """Whether a row of OCLINE is of a line; M3 chose the order's line if none was named."""
    order_line, item, quantity = row.split(";")
    asked = line.record
    return (
        item.strip() == asked["ITNO"]
        and Decimal(quantity) == Decimal(asked["REQ0"])
        and int(order_line) == int(asked.get("RORL", order_line))
    )
