"""Customer orders in M3 (OIS100MI): batch head, lines, address and texts, then Confirm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from connectors.m3.bulk import Bulk
from connectors.m3.errors import accepted, refusal
from connectors.m3.export import Row, answered, quoted, select
from connectors.m3.records import transaction, transactions
from connectors.m3.wire import MiError, MiResult, Transaction
from connectors.mapping.mapping import Mapping as Rule
from streams.core.connector import Outcome
from streams.core.errors import Failure, Rejected
from streams.messages.m3 import CreateOrder
from streams.messages.parts import Line

_BODY = ("order_line", "order_charge", "order_address", "order_note")
_NUMBER_TO_COME = "0"
_ORDER = ("OAORNO", "OAORST")
_LINE = ("OBPONR", "OBORQT", "OBITNO")


@dataclass(frozen=True)
class Orders:
    """Executes `m3.create_order`.

    An order is entered as a batch entry, which is no customer order before `Confirm`; of a refused
    one nothing but that entry is left. It is not deleted: no public transaction is known to delete
    batch entries, and `DelHead` with its temporary number could hit another order's.

    Attributes:
        bulk: the packer.
        rules: the mappings `order_head`, `order_line`, `order_charge`, `order_address`,
            `order_note` and `order_confirm`.
        cono: the company, by which M3's order table is searched.
    """

    bulk: Bulk
    rules: Mapping[str, Rule]
    cono: int

    async def create(self, command: CreateOrder, *, unknown: bool) -> Outcome:
        """Enters and confirms an order; `values` has ORNO, STAT and PONR of each line.

        With `unknown`, M3's order table is asked first for the order's key.

        Raises:
            Rejected: M3 or the mapping refuses the order, with M3's message; nothing is confirmed.
        """
        record = {**command.model_dump(), "ORNO": _NUMBER_TO_COME}
        head = transaction(self.rules["order_head"], record)
        body = [made for name in _BODY for made in transactions(self.rules[name], record)]
        confirm = transaction(self.rules["order_confirm"], record)
        async with self.bulk.command():
            if unknown and (known := await find_order(self.bulk, self.cono, command)):
                return Outcome(known)
            entry = accepted(await self.bulk.run(head), f"order {command.key}")["ORNO"]
            added = await self._add(command.key, [_numbered(each, entry) for each in body])
            confirmed = await self.bulk.run(_numbered(confirm, entry))
            order = accepted(confirmed, f"to confirm order {command.key}")
            goods = (result.records for result in added[: len(command.lines)])
            numbers = ",".join(records[0].get("PONR", "") if records else "" for records in goods)
            return Outcome({"ORNO": order["ORNO"], "STAT": order.get("STAT", ""), "PONR": numbers})

    async def _add(self, key: str, body: list[Transaction]) -> list[MiResult]:
        results = await self.bulk.run_all(body)
        refused = [
            refusal(result.error, _named(made, key, result.error))
            for made, result in zip(body, results, strict=True)
            if result.error
        ]
        if refused:
            raise _together(refused)
        return results


async def find_order(bulk: Bulk, cono: int, command: CreateOrder) -> dict[str, str]:
    """ORNO, STAT and PONR of a command's order in M3's tables; empty if M3 has none of its key.

    They are read through EXPORTMI, which sees every confirmed order at once; `SearchHead` reads a
    search index.

    Raises:
        Rejected: M3 refuses a query.
    """
    of_key = f"OACONO = {cono} and OACUOR = {quoted(command.key)}"
    found = await _rows(bulk, _ORDER, "OOHEAD", of_key)
    if not found:
        return {}
    number = found[0]["OAORNO"]
    lines = await _rows(bulk, _LINE, "OOLINE", f"OBCONO = {cono} and OBORNO = {quoted(number)}")
    return {"ORNO": number, "STAT": found[0]["OAORST"], "PONR": _numbers(command, lines)}


async def _rows(bulk: Bulk, columns: Sequence[str], table: str, where: str) -> list[Row]:
    return list(answered(await bulk.run(select(columns, table, where)), columns))


def _numbers(command: CreateOrder, rows: Sequence[Row]) -> str:
    """PONR of each line, which M3 has in the command's order; empty if one is not to be found."""
    there = sorted(rows, key=lambda row: int(row["OBPONR"]))
    numbers: list[str] = []
    for line in command.lines:
        same = next((row for row in there if _same(line, row)), None)
        if same is None:
            return ""
        there.remove(same)
        numbers.append(same["OBPONR"])
    return ",".join(numbers)


def _same(line: Line, row: Row) -> bool:
    return row["OBITNO"] == line.item and Decimal(row["OBORQT"]) == line.quantity


def _numbered(made: Transaction, number: str) -> Transaction:
    return replace(made, record={**made.record, "ORNO": number})


def _named(made: Transaction, key: str, error: MiError) -> str:
    if made.name == "AddBatchLine":
        return f"item {made.record['ITNO']} of order {key}"
    return f"{error.field or made.name} of order {key}"


def _together(refused: list[Failure]) -> Failure:
    """One failure of many: what concerns the whole connector first, else all reasons in one."""
    rejected = [each for each in refused if isinstance(each, Rejected)]
    if len(rejected) < len(refused):
        return next(each for each in refused if not isinstance(each, Rejected))
    reason = "; ".join(dict.fromkeys(each.reason for each in rejected))
    return Rejected(reason, rejected[0].field, rejected[0].code)
