"""Customer payments in M3 (ARS040MI): a batch of one payment, then ControlBatch."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.m3.bulk import Bulk
from connectors.m3.errors import accepted, already_exists
from connectors.m3.records import transaction
from connectors.m3.wire import Transaction
from connectors.mapping.mapping import Mapping as Rule
from streams.core.connector import Outcome
from streams.core.errors import Rejected, Transient, Unknown
from streams.core.money import exact_minor
from streams.messages.m3 import RecordPayment

_DIGITS = 9
_LINE = 1
_PAID = "9"


@dataclass(frozen=True)
class Payments:
    """Executes `m3.record_payment`.

    Attributes:
        bulk: the packer.
        rules: the mappings `payment_head`, `payment_line` and `payment_control`.
    """

    bulk: Bulk
    rules: Mapping[str, Rule]

    async def record(self, command: RecordPayment, *, unknown: bool) -> Outcome:
        """Reports a payment of an invoice; `values` has PBID, and the amount is what was paid.

        The batch's number is made from the invoice's, so a second batch cannot come to be. With
        `unknown`, M3's ledger is asked first whether the invoice is paid; what an earlier try left
        of the batch is used.

        Raises:
            Unknown: the batch is there, and M3 did not run ControlBatch.
            Rejected: M3 refuses the payment, or has one of the same number already.
        """
        number = batch_number(command)
        record = {**command.model_dump(), "batch_number": number, "line": _LINE}
        head = transaction(self.rules["payment_head"], record)
        line = transaction(self.rules["payment_line"], record)
        control = transaction(self.rules["payment_control"], record)
        invoice = f"the payment of invoice {command.invoice_number}/{command.invoice_year}"
        done = Outcome({"PBID": str(number)}, command.amount, command.currency)
        async with self.bulk.command():
            if unknown and await self._paid(command):
                return done
            opened, added = await self.bulk.run_all([head, line])
            if not already_exists(opened, "PBID"):
                accepted(opened, invoice)
            if not (unknown and already_exists(added, "TRNO")):
                accepted(added, invoice)
            try:
                controlled = await self.bulk.run(control)
            except Transient as failure:
                raise Unknown(f"batch {number} is not settled yet: {failure.reason}") from failure
            accepted(controlled, invoice)
            return done

    async def _paid(self, command: RecordPayment) -> bool:
        """Whether M3's ledger shows the invoice as paid by at least the command's amount."""
        question = {
            "PYNO": command.customer_number,
            "CUNO": command.customer_number,
            "CINO": command.invoice_number,
            "INYR": str(command.invoice_year),
        }
        columns = ("CUAM", "OCUA", "RECO")
        asked = Transaction("ARS200MI", "GetInvTotInfo", question, columns)
        ledger = accepted(await self.bulk.run(asked), f"invoice {command.invoice_number}")
        if ledger.get("RECO") == _PAID:
            return True
        gross, left = (ledger.get(name) or ledger["CUAM"] for name in ("CUAM", "OCUA"))
        currency = command.currency
        paid = exact_minor(gross, currency) - exact_minor(left, currency)
        return abs(paid) >= abs(command.amount)


def batch_number(command: RecordPayment) -> int:
    """PBID (10 digits): the last digit of the invoice's year, then nine digits of its number.

    Raises:
        Rejected: the invoice's number is not one of at most nine digits.
    """
    number = command.invoice_number
    if not (number.isascii() and number.isdigit() and len(number) <= _DIGITS):
        reason = (
            f"invoice number {number!r} is not of at most {_DIGITS} digits, so it makes no PBID"
        )
        raise Rejected(reason, "CINO")
    return int(f"{command.invoice_year % 10}{number:>0{_DIGITS}}")
