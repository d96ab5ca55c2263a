"""EXPORTMI: rows of OOHEAD, OXHEAD and OCUSMA by a simple query.

OXHEAD's columns are taken to have OOHEAD's prefix, and to keep a confirmed order with status 90;
an empty result is no error; a column's type and length are those of the like-named MI field (all
by analogy).
"""

from collections.abc import Callable, Iterable

from connectors.m3.sandbox.catalogue import Field, programs
from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.mi import Handler, Record
from connectors.m3.sandbox.programs.ois100_read import head
from connectors.m3.sandbox.search import Selection, selection
from connectors.m3.sandbox.state.orders import Order

_CONFIRMED = "90"
_OPEN = "10"


def select(company: Company, fields: Record) -> list[Record]:
    """The rows a query finds, one text a row, columns separated by SEPC (default `;`)."""
    query = selection(fields["QERY"])
    prefix, columns = _columns(query.file)
    for column in {*query.columns, *query.conditions}:
        if column.removeprefix(prefix) not in columns or not column.startswith(prefix):
            raise Refused("WQR0101", "QERY", column)
    separator = fields.get("SEPC", ";")
    own = {"CONO": str(company.settings.cono)}
    rows = [
        separator.join(row.get(column.removeprefix(prefix), "") for column in query.columns)
        for row in ({**own, **found} for found in _FILES[query.file](company, query))
        if all(row.get(name[2:], "") in values for name, values in query.conditions.items())
    ]
    if fields.get("HDRS") == "1":
        rows.insert(0, separator.join(query.columns))
    return [{"REPL": row} for row in rows]


def list_fields(_company: Company, fields: Record) -> list[Record]:
    """The columns of a file."""
    prefix, columns = _columns(fields["FILE"])
    return [
        {
            "FLDN": f"{prefix}{field.name}",
            "FLTY": field.type,
            "FLLE": str(field.length),
            "FLDP": "2" if field.type == "N" and field.length > 10 else "0",
        }
        for field in columns.values()
    ]


def _orders(company: Company, query: Selection) -> Iterable[Record]:
    orders = company.books.orders
    found: Iterable[Order] = orders.final.values()
    if "OACUOR" in query.conditions:
        numbers = query.conditions["OACUOR"]
        found = [order for cuor in numbers for order in orders.by_cuor.get(cuor, [])]
    return (head(company, order, order.ORNO) for order in found)


def _batch_orders(company: Company, query: Selection) -> Iterable[Record]:
    wanted = query.conditions.get("OACUOR")
    return (
        {
            **head(company, order, order.batch_ORNO),
            "ORST": _CONFIRMED if order.ORNO else _OPEN,
            "ORSL": _CONFIRMED if order.ORNO else _OPEN,
        }
        for order in company.books.orders.batch.values()
        if wanted is None or order.CUOR in wanted
    )


def _customers(company: Company, _query: Selection) -> Iterable[Record]:
    return (customer.record for customer in company.books.customers.by_cuno.values())


_FILES: dict[str, Callable[[Company, Selection], Iterable[Record]]] = {
    "OOHEAD": _orders,
    "OXHEAD": _batch_orders,
    "OCUSMA": _customers,
}


def _columns(file: str) -> tuple[str, dict[str, Field]]:
    source, own = programs(), {"CONO": Field("CONO", 3, "N", mandatory=True)}
    if file in ("OOHEAD", "OXHEAD"):
        return "OA", {**own, **source["OIS100MI"].transactions["GetHead"].outputs}
    if file == "OCUSMA":
        return "OK", {**own, **source["CRS610MI"].transactions["GetBasicData"].outputs}
    raise Refused("WFI0103", "QERY", file)


HANDLERS: dict[tuple[str, str], Handler] = {
    ("EXPORTMI", "Select"): select,
    ("EXPORTMI", "LstFields"): list_fields,
}
