"""Runs one MI transaction: checks the fields, calls the program, shapes the result."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.m3.sandbox.catalogue import InvalidInput, Program, Transaction, programs
from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.dates import writer
from connectors.m3.sandbox.messages import Refused

Record = dict[str, str]
Handler = Callable[[Company, Record], list[Record]]
Result = dict[str, Any]


@dataclass(frozen=True)
class Options:
    """How a caller wants its results; the names are those of the query parameters.

    `maxrecs` 0 is unlimited; its default of 100 is the SDK's.
    """

    cono: str = ""
    divi: str = ""
    maxrecs: int = 100
    dateformat: str = "YMD8"
    excludeempty: bool = False
    righttrim: bool = True
    returncols: tuple[str, ...] = ()
    extendedresult: bool = False


class Terminated(Exception):
    """The request itself is refused: HTTP 400, error at the top of the answer.

    Attributes:
        error_type: `TransactionNotFound`, ... (other values by analogy).
        reason: in words.
    """

    def __init__(self, error_type: str, reason: str):
        self.error_type = error_type
        self.reason = reason
        super().__init__(f"{error_type}: {reason}")


def find_program(name: str) -> Program:
    """The program `name`.

    Raises:
        Terminated: TransactionNotFound.
    """
    program = programs().get(name)
    if program is None:
        raise Terminated("TransactionNotFound", f"Program {name} does not exist")
    return program


def find_transaction(program: Program, name: str) -> Transaction:
    """A program's transaction.

    Raises:
        Terminated: TransactionNotFound.
    """
    transaction = program.transactions.get(name)
    if transaction is None:
        reason = f"Transaction {name} does not exist in program {program.name}"
        raise Terminated("TransactionNotFound", reason)
    return transaction


class Runner:
    """Runs transactions against one company.

    Args:
        company: what they work on.
        handlers: the simulated ones, by program and transaction; GENERAL's serve every program.
    """

    def __init__(self, company: Company, handlers: Mapping[tuple[str, str], Handler]):
        self._company = company
        self._handlers = handlers

    def run(self, transaction: Transaction, record: dict[str, Any], options: Options) -> Result:
        """The result of a transaction that M3's logic accepted.

        Raises:
            InvalidInput: a field is too long, missing or not numeric.
            Refused: M3's logic refused it.
        """
        calls = self._company.calls
        key = f"{transaction.program}/{transaction.name}"
        calls[key] = calls.get(key, 0) + 1
        self._check_company(record, options)
        fields = transaction.checked(record, options.dateformat)
        handler = self._handlers.get((transaction.program, transaction.name)) or (
            self._handlers.get(("GENERAL", transaction.name))
        )
        if handler is None:
            reason = f"{key} is checked, but this sandbox does not simulate it"
            raise InvalidInput("NotSimulated", "", reason)
        rows = handler(self._company, fields)
        if options.maxrecs:
            rows = rows[: options.maxrecs]
        result = _named(transaction, record, options)
        result["records"] = [_shaped(transaction, row, options) for row in rows]
        return result

    def _check_company(self, record: dict[str, Any], options: Options) -> None:
        settings = self._company.settings
        cono = options.cono or record.get("CONO")
        if cono and str(cono) != str(settings.cono):
            raise Refused("XAU0008", "CONO", cono)
        divi = options.divi or record.get("DIVI")
        if divi and divi != settings.divi:
            raise Refused("WDI0103", "DIVI", divi)


def refusal(
    transaction: Transaction,
    record: dict[str, Any],
    options: Options,
    error: Refused | InvalidInput,
) -> Result:
    """The result of a transaction that was not done."""
    return {**_named(transaction, record, options), **error_fields(error)}


def error_fields(error: Refused | InvalidInput) -> Result:
    """The error quintet, as results and refused requests carry it."""
    if isinstance(error, Refused):
        kind, code, text = "ServerReturnedNOK", error.code, error.padded
    else:
        kind, code, text = error.error_type, "", error.text
    return {
        "errorMessage": text,
        "errorCode": code,
        "errorCfg": "",
        "errorField": error.field,
        "errorType": kind,
    }


def _named(transaction: Transaction, record: dict[str, Any], options: Options) -> Result:
    result: Result = {"transaction": transaction.name, "notProcessed": False}
    if options.extendedresult:
        result["parameters"] = {name: str(value) for name, value in record.items()}
    return result


def _shaped(transaction: Transaction, row: Record, options: Options) -> Record:
    names = transaction.outputs
    if options.returncols:
        names = {name: names[name] for name in options.returncols if name in names}
    shaped = {name: row.get(name, "") for name in names}
    if options.dateformat != "YMD8":
        write = writer(options.dateformat)
        dates = (name for name, field in names.items() if field.type == "D")
        shaped.update({name: write(shaped[name]) for name in dates})
    if options.excludeempty:
        shaped = {name: text for name, text in shaped.items() if text}
    if not options.righttrim:
        shaped = {name: text.ljust(names[name].length) for name, text in shaped.items()}
    return shaped
