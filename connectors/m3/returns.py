"""Customer returns in M3 (OIS390MI): a head, then its lines; M3 receives and credits them."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.m3.bulk import Bulk
from connectors.m3.errors import accepted, refusal
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
    """

    bulk: Bulk
    rules: Mapping[str, Rule]

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
            number = await self._number(str(head.record["YREF"])) if unknown else ""
            left = await self._lines(number) if number else 0
            number = number or accepted(await self.bulk.run(head), what)["REPN"]
            lines = transactions(self.rules["return_line"], {**record, "REPN": number})[left:]
            for result in await self.bulk.run_all(lines) if lines else ():
                if result.error:
                    raise refusal(result.error, what)
            return Outcome({"REPN": number})

    async def _number(self, reference: str) -> str:
        found = await self._select(f"OCREPN from OCHEAD where OCYREF = '{reference}'")
        return found[0] if found else ""

    async def _lines(self, number: str) -> int:
        """How many of the lines an earlier try has added: they were sent in their order."""
        return len(await self._select(f"ODRELI from OCLINE where ODREPN = '{number}'"))

    async def _select(self, query: str) -> list[str]:
        fields = {"QERY": query, "SEPC": ";", "HDRS": "0"}
        answer = await self.bulk.run(Transaction("EXPORTMI", "Select", fields))
        accepted(answer, "the query")
        return [row["REPL"].strip() for row in answer.records if row.get("REPL", "").strip()]
