"""What M3 wrote to be paid: invoices and credit notes, the orders and the returns they are of.

A line of INVBODMI names an order's line. That of a credit note is the line of an order that M3 has
made to credit a return: its row in OOLINE has the return's number, and the return has the shop's
order and our reference. (OOLINE's REPN is M3's; that it is filled so is by analogy.) A credit note
of no return is of the order that its lines name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.m3.client import MiClient
from connectors.m3.errors import accepted
from connectors.m3.export import Row, quoted, rows, select, selects, within
from connectors.m3.ours import Ours
from connectors.m3.wire import MiResult, Transaction
from connectors.window import Window

Bill = dict[str, Any]
Line = tuple[str, str]
"""ORNO and PONR."""

_BILL = ("UHYEA4", "UHIVNO", "UHEXIN", "UHCUNO", "UHCUCD", "UHIVTP", "UHLMTS")
_CREDITED = ("OBORNO", "OBPONR", "OBWHLO", "OBREPN")
_RETURN = ("OCREPN", "OCWHLO", "OCRORN", "OCYREF")


@dataclass(frozen=True)
class Bills:
    """Asks M3 what it billed and credited.

    Attributes:
        client: runs reading transactions.
        ours: whose orders are kept.
    """

    client: MiClient
    ours: Ours

    async def written(self, this: Window) -> list[Bill]:
        """What was written in a time and is of orders of ours, with EXTA and TAMT.

        `orders` has their numbers, `references` the shop's; `returns` what is credited: REPN and
        YREF. Of one that INVBODMI refuses M3's words are kept (`refused`), for it may be ours.
        """
        where = within("UHLMTS", this.start, this.end)
        found = await rows(self.client, _BILL, [select(_BILL, "OINVOH", where)])
        told = await self._ask("SelLines", ("RIDN", "RIDL", "IVQT"), found)
        returns = await self._returns(
            [line for _, lines in told for line in lines.records if _credits(line)]
        )
        bills = [_bill(row, lines, returns) for row, lines in told]
        numbers = [number for bill in bills for number in bill["orders"]]
        orders = await self.ours.orders(self.client, numbers)
        for bill in bills:
            of = [orders[number]["OACUOR"] for number in bill["orders"] if number in orders]
            bill["references"] = of
        ours = [bill for bill in bills if bill["references"]]
        heads = await self._ask("GetHeader", ("EXTA", "TAMT"), ours)
        whole = [{**bill, **accepted(head, "an invoice")} for bill, head in heads]
        return [*whole, *(bill for bill in bills if "refused" in bill)]

    async def _returns(self, lines: Sequence[Row]) -> Mapping[Line, Row]:
        """The returns that lines credit, by the lines."""
        numbers = [quoted(line["RIDN"]) for line in lines]
        asked = list(selects(_CREDITED, "OOLINE", "OBORNO", numbers, "OBREPN > 0"))
        credited = await rows(self.client, _CREDITED, asked)
        asked = list(selects(_RETURN, "OCHEAD", "OCREPN", [row["OBREPN"] for row in credited]))
        heads = {
            (row["OCWHLO"], row["OCREPN"]): row for row in await rows(self.client, _RETURN, asked)
        }
        return {
            (row["OBORNO"], row["OBPONR"]): heads[row["OBWHLO"], row["OBREPN"]]
            for row in credited
            if (row["OBWHLO"], row["OBREPN"]) in heads
        }

    async def _ask(
        self, name: str, columns: tuple[str, ...], bills: Sequence[Mapping[str, Any]]
    ) -> list[tuple[Mapping[str, Any], MiResult]]:
        asked = [
            Transaction(
                "INVBODMI", name, {"INYR": bill["UHYEA4"], "CINO": number_of(bill)}, columns
            )
            for bill in bills
        ]
        return list(zip(bills, await self.client.read(asked), strict=True))


def number_of(bill: Mapping[str, Any]) -> str:
    """CINO of an invoice: its extended number, where M3 keeps one, else IVNO."""
    return str(bill["UHEXIN"] or bill["UHIVNO"])


def _bill(row: Mapping[str, Any], lines: MiResult, returns: Mapping[Line, Row]) -> Bill:
    if lines.error:
        return {**row, "refused": lines.error.message, "orders": []}
    orders, credited = set(), {}
    for line in lines.records:
        number = line.get("RIDN", "")
        returned = returns.get((number, line.get("RIDL", "")))
        orders.add(returned["OCRORN"] if returned else number)
        if returned:
            credited[returned["OCREPN"]] = returned["OCYREF"]
    return {**row, "orders": sorted(orders - {""}), "returns": credited}


def _credits(line: Row) -> bool:
    return "RIDN" in line and line.get("IVQT", "").startswith("-")
