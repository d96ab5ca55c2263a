"""M3's books as a page: orders, deliveries, invoices, receivables, payments, stock, BODs."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from connectors.sandbox.own_tables import calls
from connectors.sandbox.page import Kind, Page, Table, table
from streams.core.money import show

Books = Mapping[str, Any]
Row = tuple[object, ...]

_ORST = {"22": "22 entered", "33": "33 allocated", "66": "66 delivered", "77": "77 invoiced"}


def page(books: Books, currency: str, called: Mapping[str, int], bods: Mapping[str, int]) -> Page:
    """The page of the books as `GET /_sandbox/books` answers them.

    Args:
        books: amounts in minor units; deliveries, returns and credit notes are shown if they are
            there.
        currency: of the totals.
        called: how often each MI transaction was run.
        bods: how many were delivered, refused, are pending and kept.
    """
    figures = [("orders", f"{books['counts']['orders']:,}")]
    figures += [(name, show(minor, currency)) for name, minor in books["totals"].items()]
    told = table("BODs", {"what": "state", "how many": "number"}, bods.items())
    tables = (_orders(books), *_documents(books, currency), _stock(books), told, calls(called))
    return Page("M3", "A sandbox of Infor M3 behind ION API", tuple(figures), tables)


def _orders(books: Books) -> Table:
    return table(
        "Orders",
        {
            "CUOR": "text",
            "ORNO": "text",
            "CUNO": "text",
            "ORST": "state",
            "total": "number",
            "lines": "number",
        },
        (
            (
                each["CUOR"],
                each["ORNO"],
                each["CUNO"],
                _ORST.get(each["state"], each["state"]),
                show(each["total"], each["currency"]),
                len(each["lines"]),
            )
            for each in (*books["orders"].values(), *books["duplicates"])
        ),
    )


def _documents(books: Books, currency: str) -> Iterable[Table]:
    for name, (title, columns, row) in _DOCUMENTS.items():
        found = books.get(name, ())
        entries = found.items() if isinstance(found, Mapping) else ((None, each) for each in found)
        if name in books:
            yield table(title, columns, (row(key, each, currency) for key, each in entries))


def _delivery(_: object, each: Books, currency: str) -> Row:
    return each["DLIX"], each["CUOR"], each["ORNO"], show(each["gross"], currency)


def _invoice(cuor: object, each: Books, _: str) -> Row:
    currency, outstanding = each["currency"], each["outstanding"]
    return (
        f"{each['CINO']}/{each['INYR']}",
        cuor or each["CUOR"],
        each["ORNO"],
        show(each["net"], currency),
        show(each["vat"], currency),
        show(each["gross"], currency),
        show(outstanding, currency),
        "open" if outstanding else "paid",
    )


def _return(_: object, each: Books, currency: str) -> Row:
    gross = sum(line["gross"] for line in each["lines"])
    return each["REPN"], each["CUOR"], each["ORNO"], each["state"], show(gross, currency)


def _payment(_: object, each: Books, currency: str) -> Row:
    return (
        each["PBID"],
        f"{each['CINO']}/{each['INYR']}",
        each["CUOR"],
        each["IRNO"],
        show(each["amount"], currency),
    )


_INVOICES: Mapping[str, Kind] = {
    "CINO/INYR": "text",
    "CUOR": "text",
    "ORNO": "text",
    "net": "number",
    "VAT": "number",
    "gross": "number",
    "outstanding": "number",
    "receivable": "state",
}
_PAYMENTS: Mapping[str, Kind] = {
    "PBID": "text",
    "CINO/INYR": "text",
    "CUOR": "text",
    "IRNO": "code",
    "amount": "number",
}
_DOCUMENTS: Mapping[str, tuple[str, Mapping[str, Kind], Callable[[object, Books, str], Row]]] = {
    "deliveries": (
        "Deliveries",
        {"DLIX": "text", "CUOR": "text", "ORNO": "text", "gross": "number"},
        _delivery,
    ),
    "invoices": ("Invoices and receivables", _INVOICES, _invoice),
    "credit_notes": ("Credit notes", _INVOICES, _invoice),
    "returns": (
        "Returns",
        {"REPN": "text", "CUOR": "text", "ORNO": "text", "state": "state", "gross": "number"},
        _return,
    ),
    "payments": ("Payments", _PAYMENTS, _payment),
    "repayments": ("Repayments", _PAYMENTS, _payment),
}


def _stock(books: Books) -> Table:
    return table(
        "Stock",
        {"ITNO": "text", "on hand (STQT)": "number", "allocated (ALQT)": "number"},
        ((itno, each["STQT"], each["ALQT"]) for itno, each in books["stock"].items()),
    )
