"""M3's tables as EXPORTMI sees them: their prefix, their columns, their rows.

Prefixes and column names are M3's where public code shows them (OA, OB, OC, OD, UA, UB, UH, ES,
OK, MM, MB). By analogy: that OXHEAD has OOHEAD's and keeps a confirmed order with
status 90; columns of OCHEAD and OCLINE but REPN, WHLO, CUNO, RELI, SAPR and RSCD; that a
return is credited by an order whose lines have REPN in OOLINE (which has the column); that a column
has the type and length of the like-named MI field; that LMTS is milliseconds.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from connectors.m3.sandbox.catalogue import Field, programs
from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.dates import ymd8
from connectors.m3.sandbox.mi import Record
from connectors.m3.sandbox.programs.invoices import ledger_entry
from connectors.m3.sandbox.programs.ois100_read import head, line_record
from connectors.m3.sandbox.quantities import plain
from connectors.m3.sandbox.search import Selection
from connectors.m3.sandbox.state.orders import INVOICED, Order
from connectors.m3.sandbox.state.receivables import Invoice
from streams.core.clock import utc

_CONFIRMED, _OPEN = "90", "10"
_OWN = "CONO WHLO"
_STAMPS = "RGDT RGTM LMDT LMTS CHNO CHID"
_NUMBERS = {"LMTS": 18, "RGTM": 6, "CHNO": 3, "CONO": 3, "YEA4": 4, "INYR": 4, "RYEA": 4}

Rows = Callable[[Company, Selection], Iterable[Record]]


@dataclass(frozen=True)
class Table:
    """A table; `columns` and the keys of its rows are without the prefix."""

    prefix: str
    columns: Mapping[str, Field]
    rows: Rows


@cache
def tables() -> Mapping[str, Table]:
    """All tables by name."""
    return {
        "OOHEAD": _table("OA", _outputs("OIS100MI", "GetHead"), _orders),
        "OXHEAD": _table("OA", _outputs("OIS100MI", "GetHead"), _batch_orders),
        "OOLINE": _table(
            "OB", f"ORNO CUNO REPN {_outputs('OIS100MI', 'LstLineBOD')}", _order_lines
        ),
        "ODHEAD": _table("UA", "ORNO DLIX CUNO ORST DLDT IVNO YEA4", _deliveries),
        "ODLINE": _table("UB", "ORNO DLIX PONR POSX ITNO DLQT", _delivery_lines),
        "OINVOH": _table("UH", "YEA4 IVNO EXIN PYNO CUNO CUCD IVTP RXIN RYEA", _invoices),
        "FSLEDG": _table(
            "ES", "PYNO CUNO CINO INYR TRCD CUCD CUAM VTAM IVTP IVDT DUDT RECO REDE", _ledger
        ),
        "OCHEAD": _table("OC", "REPN CUNO RORN EXIN YEA4 YREF RSCD RERE RESL RESH", _returns),
        "OCLINE": _table("OD", "REPN RELI RORN RORL ITNO REQ0 REQ5 SAPR RSCD REST", _return_lines),
        "OCUSMA": _table("OK", _outputs("CRS610MI", "GetBasicData"), _customers),
        "MITMAS": _table("MM", "ITNO ITDS UNMS STAT STCD SAPR", _items),
        "MITBAL": _table("MB", "ITNO STQT ALQT", _balances),
    }


def _table(prefix: str, names: str, rows: Rows) -> Table:
    columns = dict.fromkeys([*_OWN.split(), *names.split(), *_STAMPS.split()])
    return Table(prefix, {name: _column(name) for name in columns}, rows)


def _outputs(program: str, transaction: str) -> str:
    return " ".join(programs()[program].transactions[transaction].outputs)


@cache
def _column(name: str) -> Field:
    if name in _NUMBERS:
        return Field(name, _NUMBERS[name], "N", mandatory=False)
    for program in programs().values():
        for transaction in program.transactions.values():
            for side in (transaction.outputs, transaction.inputs):
                if name in side:
                    return side[name]
    return Field(name, 2, "A", mandatory=False)


def _stamps(entered_ms: int, changed_ms: int) -> Record:
    return {
        "RGDT": ymd8(entered_ms),
        "RGTM": f"{utc(entered_ms):%H%M%S}",
        "LMDT": ymd8(changed_ms),
        "LMTS": str(changed_ms),
        "CHNO": "1",
        "CHID": "TANDEM",
    }


def _found(company: Company, query: Selection, prefix: str) -> Iterable[Order]:
    """Confirmed orders, by CUOR or ORNO if the query asks so."""
    orders = company.books.orders
    cuors, ornos = query.exactly(f"{prefix}CUOR"), query.exactly(f"{prefix}ORNO")
    if cuors is not None:
        return [order for cuor in cuors for order in orders.by_cuor.get(cuor, [])]
    if ornos is not None:
        return [orders.final[orno] for orno in ornos if orno in orders.final]
    return orders.final.values()


def _orders(company: Company, query: Selection) -> Iterable[Record]:
    for order in _found(company, query, "OA"):
        stamps = _stamps(order.entered_ms, order.changed_ms)
        yield {**head(company, order, order.ORNO), **stamps}


def _batch_orders(company: Company, query: Selection) -> Iterable[Record]:
    wanted = query.exactly("OACUOR")
    for order in company.books.orders.batch.values():
        if wanted is None or order.CUOR in wanted:
            status = _CONFIRMED if order.ORNO else _OPEN
            row = head(company, order, order.batch_ORNO)
            stamps = _stamps(order.entered_ms, order.changed_ms)
            yield {**row, "ORST": status, "ORSL": status, **stamps}


def _order_lines(company: Company, query: Selection) -> Iterable[Record]:
    for order in _found(company, query, "OB"):
        for line in order.lines:
            row = line_record(company, order, line)
            stamps = _stamps(order.entered_ms, line.changed_ms)
            yield {**row, "ORNO": order.ORNO, "CUNO": order.CUNO, **stamps}
    yield from _credit_lines(company, query.exactly("OBORNO"))


def _credit_lines(company: Company, ornos: tuple[str, ...] | None) -> Iterable[Record]:
    """Lines of the orders by which returns are credited; of these orders there is no more."""
    for note in company.books.receivables.invoices.values():
        if note.REPN and (ornos is None or note.ORNO in ornos):
            for ponr, part in note.lines():
                quantity = plain(part.quantity)
                yield {
                    "WHLO": company.settings.warehouse,
                    "ORNO": note.ORNO,
                    "CUNO": note.order.CUNO,
                    "PONR": str(ponr),
                    "POSX": "0",
                    "ITNO": part.line.ITNO,
                    "ORQT": quantity,
                    "IVQT": quantity,
                    "ORST": INVOICED,
                    "REPN": note.REPN,
                    **_stamps(note.at_ms, note.at_ms),
                }


def _deliveries(company: Company, _query: Selection) -> Iterable[Record]:
    bills = {bill.DLIX: bill for bill in company.books.receivables.invoices.values()}
    for delivery in company.books.deliveries.left():
        bill = bills.get(delivery.DLIX)
        yield {
            "WHLO": company.settings.warehouse,
            "ORNO": delivery.order.ORNO,
            "DLIX": str(delivery.DLIX),
            "CUNO": delivery.order.CUNO,
            "ORST": delivery.ORST,
            "DLDT": ymd8(delivery.at_ms),
            "IVNO": bill.CINO if bill else "",
            "YEA4": str(bill.INYR) if bill else "",
            **_stamps(delivery.at_ms, bill.at_ms if bill else delivery.at_ms),
        }


def _delivery_lines(company: Company, _query: Selection) -> Iterable[Record]:
    for delivery in company.books.deliveries.left():
        for part in delivery.parts:
            yield {
                "WHLO": company.settings.warehouse,
                "ORNO": delivery.order.ORNO,
                "DLIX": str(delivery.DLIX),
                "PONR": str(part.line.PONR),
                "POSX": "0",
                "ITNO": part.line.ITNO,
                "DLQT": plain(part.quantity),
                **_stamps(delivery.at_ms, delivery.at_ms),
            }


def _bill(invoice: Invoice) -> Record:
    order = invoice.order
    return {
        "PYNO": order.CUNO,
        "CUNO": order.CUNO,
        "CUCD": order.currency,
        "IVTP": invoice.IVTP,
        **_stamps(invoice.at_ms, invoice.changed_ms),
    }


def _invoices(company: Company, _query: Selection) -> Iterable[Record]:
    for invoice in company.books.receivables.invoices.values():
        original = invoice.original
        yield {
            **_bill(invoice),
            "YEA4": str(invoice.INYR),
            "IVNO": invoice.CINO,
            "EXIN": invoice.CINO,
            "RXIN": original.CINO if original else "",
            "RYEA": str(original.INYR) if original else "",
        }


def _ledger(company: Company, query: Selection) -> Iterable[Record]:
    wanted = query.exactly("ESCINO")
    for invoice in company.books.receivables.invoices.values():
        if wanted is None or invoice.CINO in wanted:
            yield {**_bill(invoice), **ledger_entry(invoice)}


def _returns(company: Company, _query: Selection) -> Iterable[Record]:
    for returned in company.books.returns.by_repn.values():
        yield {
            **returned.record,
            "WHLO": company.settings.warehouse,
            "REPN": returned.REPN,
            "CUNO": returned.order.CUNO,
            "RORN": returned.order.ORNO,
            "RESL": returned.RESL,
            "RESH": returned.RESH,
            **_stamps(returned.entered_ms, returned.changed_ms),
        }


def _return_lines(company: Company, _query: Selection) -> Iterable[Record]:
    for returned in company.books.returns.by_repn.values():
        for entry in returned.lines:
            yield {
                **entry.record,
                "WHLO": company.settings.warehouse,
                "REPN": returned.REPN,
                "RELI": str(entry.RELI),
                "RORN": returned.order.ORNO,
                "RORL": str(entry.line.PONR),
                "ITNO": entry.line.ITNO,
                "REQ0": plain(entry.REQ0),
                "REQ5": "0",
                "SAPR": f"{entry.SAPR:f}",
                "REST": entry.REST,
                **_stamps(returned.entered_ms, returned.changed_ms),
            }


def _customers(company: Company, _query: Selection) -> Iterable[Record]:
    for customer in company.books.customers.by_cuno.values():
        yield {**customer.record, **_stamps(customer.changed_ms, customer.changed_ms)}


def _items(company: Company, _query: Selection) -> Iterable[Record]:
    for item in company.books.items.by_itno.values():
        yield {
            "STAT": "20",
            "UNMS": item.UNMS,
            **item.record,
            "ITNO": item.ITNO,
            "STCD": str(int(item.stocked)),
            "SAPR": f"{item.price:f}",
            **_stamps(item.changed_ms, item.changed_ms),
        }


def _balances(company: Company, _query: Selection) -> Iterable[Record]:
    for item in company.books.items.by_itno.values():
        if item.stocked:
            yield {
                "WHLO": company.settings.warehouse,
                "ITNO": item.ITNO,
                "STQT": plain(item.STQT),
                "ALQT": plain(item.ALQT),
                **_stamps(item.moved_ms, item.moved_ms),
            }
