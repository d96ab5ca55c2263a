"""CRS610MI: customers."""

from collections.abc import Iterable

from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.dates import ymd8
from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.mi import Handler, Record
from connectors.m3.sandbox.search import terms
from connectors.m3.sandbox.state.customers import Customer

_SEARCHED = frozenset({"CUNO", "ALCU", "CUNM", "STAT", "CSCD"})


def add(company: Company, fields: Record) -> list[Record]:
    """Adds a customer from a template."""
    customer = company.books.customers.add(fields, company.now_ms())
    company.announcer.customer(customer)
    return [{"CUNO": customer.CUNO}]


def change(company: Company, fields: Record) -> list[Record]:
    """Changes the fields given; those not given stay."""
    customer = company.books.customers.get(fields["CUNO"])
    customer.record.update(fields)
    customer.changed_ms = company.now_ms()
    company.announcer.customer(customer)
    return [{"CUNO": customer.CUNO}]


def get(company: Company, fields: Record) -> list[Record]:
    """A customer's basic data."""
    return [_row(company, company.books.customers.get(fields["CUNO"]))]


def list_by_number(company: Company, fields: Record) -> list[Record]:
    """Customers by number, from CUNO on."""
    first = fields.get("CUNO", "")
    customers = company.books.customers.by_cuno
    return [_row(company, each) for cuno, each in sorted(customers.items()) if cuno >= first]


def search(company: Company, fields: Record) -> list[Record]:
    """Customers by `FIELD:value`: CUNO, ALCU, CUNM, STAT or CSCD."""
    wanted = terms(fields["SQRY"])
    if not wanted.keys() <= _SEARCHED:
        raise Refused("WQR0101", "SQRY", fields["SQRY"])
    customers = company.books.customers.by_cuno
    found: Iterable[Customer] = customers.values()
    if "CUNO" in wanted and wanted["CUNO"].single:
        found = filter(None, [customers.get(wanted["CUNO"].low)])
    return [
        _row(company, customer)
        for customer in found
        if all(customer.record.get(name, "") in value for name, value in wanted.items())
    ]


def _row(company: Company, customer: Customer) -> Record:
    own = {"CONO": str(company.settings.cono), "PYNO": customer.CUNO}
    return {**own, **customer.record, "LMDT": ymd8(customer.changed_ms)}


HANDLERS: dict[tuple[str, str], Handler] = {
    ("CRS610MI", "Add"): add,
    ("CRS610MI", "ChgBasicData"): change,
    ("CRS610MI", "ChgOrderInfo"): change,
    ("CRS610MI", "ChgFinancial"): change,
    ("CRS610MI", "GetFinancial"): get,
    ("CRS610MI", "GetBasicData"): get,
    ("CRS610MI", "LstByNumber"): list_by_number,
    ("CRS610MI", "SearchCustomer"): search,
}
