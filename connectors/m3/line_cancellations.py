"""Taking lines of customer orders back in M3 (OIS100MI DelLine, CloLine)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from connectors.m3.bulk import Bulk
from connectors.m3.errors import accepted, does_not_exist, refusal
from connectors.m3.order_lines import is_final
from connectors.m3.records import transactions
from connectors.m3.wire import MiResult, Transaction
from connectors.mapping.mapping import Mapping as Rule
from streams.core.connector import Outcome
from streams.core.errors import Rejected
from streams.messages.m3 import CancelLines

_LOOKED_AT = ("ORQT", "DLQT", "IVQT", "ORST")


@dataclass(frozen=True)
class LineCancellations:
    """Executes `m3.cancel_lines`.

    A line that M3 does not delete, for whatever reason, is closed; one that it does not close
    either is looked at. So of M3's message ids only those count that say "does not exist".

    Attributes:
        bulk: the packer.
        rules: the mappings `order_line_delete` and `order_line_close`.
    """

    bulk: Bulk
    rules: Mapping[str, Rule]

    async def cancel(self, command: CancelLines, *, unknown: bool) -> Outcome:
        """Deletes lines, or closes them; in doubt, again: what is done already is no matter.

        `values` has ORNO; DELETED: the lines that M3 has no more; CLOSED: those of which it keeps
        what has left; DELIVERED: those of which all has left. Each a list with commas.

        Raises:
            Rejected: M3 neither deletes nor closes a line that is still to be delivered, in M3's
                words; what it takes of the others is done.
        """
        record = command.model_dump()
        deletes = transactions(self.rules["order_line_delete"], record)
        closes = transactions(self.rules["order_line_close"], record)
        async with self.bulk.command():
            kept = await self._refused("delete", deletes)
            left = [each for each in closes if each.record["PONR"] in kept]
            delivered = await self._delivered(await self._refused("close", left))
            closed = [line for line in kept if line not in delivered]
            lines = {
                "DELETED": [line for line in command.lines if line not in kept],
                "CLOSED": closed,
                "DELIVERED": delivered,
            }
            values = {what: ",".join(numbers) for what, numbers in lines.items()}
            return Outcome({"ORNO": command.m3_order, **values})

    async def _refused(
        self, what: str, lines: Sequence[Transaction]
    ) -> dict[str, tuple[Transaction, Rejected]]:
        """The lines, by PONR, that M3 has and does not delete or close, and why."""
        refused = {}
        for line, result in zip(lines, await self._run(lines), strict=True):
            if result.error and not _is_gone(result):
                number, order = line.record["PONR"], line.record["ORNO"]
                failure = refusal(result.error, f"to {what} line {number} of order {order}")
                if not isinstance(failure, Rejected):
                    raise failure
                refused[number] = line, failure
        return refused

    async def _delivered(
        self, refused: Mapping[str, tuple[Transaction, Rejected]]
    ) -> tuple[str, ...]:
        """Of lines that M3 does not close: those of which all has left; the others are closed."""
        asked = [
            Transaction("OIS100MI", "GetLine", line.record, _LOOKED_AT)
            for line, _ in refused.values()
        ]
        delivered = []
        for (number, (_, why)), result in zip(refused.items(), await self._run(asked), strict=True):
            line = accepted(result, f"to tell of line {number}")
            left = sum(Decimal(line.get(name, "0")) for name in ("DLQT", "IVQT"))
            if left >= Decimal(line["ORQT"]):
                delivered.append(number)
            elif not is_final(line.get("ORST", "")):
                raise why
        return tuple(delivered)

    async def _run(self, made: Sequence[Transaction]) -> list[MiResult]:
        return await self.bulk.run_all(made) if made else []


def _is_gone(result: MiResult) -> bool:
    return does_not_exist(result, "ORNO") or does_not_exist(result, "PONR")
