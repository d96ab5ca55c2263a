"""OIS100MI, reading: heads, lines, values, searches."""

from collections.abc import Iterable

from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.dates import ymd8
from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.mi import Handler, Record
from connectors.m3.sandbox.quantities import amount, plain, whole
from connectors.m3.sandbox.search import Range, terms
from connectors.m3.sandbox.state.orders import Line, Order

_SEARCHED = frozenset({"CUOR", "CUNO", "ORNO", "ORTP", "ORST", "ORSL", "OBLC", "ORDT", "LMDT"})


def head(company: Company, order: Order, orno: str) -> Record:
    """An order's head as GetHead, LstHead and SearchHead show it."""
    totals = order.totals
    settings = company.settings
    return {
        "FACI": settings.facility,
        "WHLO": settings.warehouse,
        "DIVI": settings.divi,
        "PYNO": order.CUNO,
        "ORDT": ymd8(order.entered_ms),
        **order.record,
        "ORNO": orno,
        "CUNO": order.CUNO,
        "CUOR": order.CUOR,
        "ORTP": order.ORTP,
        "CUCD": order.currency,
        "STAT": order.ORST,
        "ORST": order.ORST,
        "ORSL": order.ORSL,
        "OBLC": order.OBLC,
        "VXCL": str(int(not order.includes_vat)),
        "NTAM": amount(totals.net, order.currency),
        "VTAM": amount(totals.vat, order.currency),
        "TOAM": amount(totals.gross, order.currency),
        "TOPY": amount(totals.gross, order.currency),
        "ORVA": amount(totals.net, order.currency),
        "BRAM": amount(totals.gross, order.currency),
    }


def line_record(company: Company, order: Order, line: Line) -> Record:
    """A line as GetLine and LstLineBOD show it; DLQT is what is delivered and not invoiced.

    (Public code counts what has left as DLQT + IVQT.)
    """
    totals = line.totals
    quantity = plain(line.ORQT)
    return {
        "WHLO": company.settings.warehouse,
        **line.record,
        "PONR": str(line.PONR),
        "POSX": "0",
        "ITNO": line.ITNO,
        "ITDS": line.ITDS,
        "ORQT": quantity,
        "ORQA": quantity,
        "SAPR": f"{line.SAPR:f}",
        "SACD": str(line.SACD),
        "ALUN": line.UNMS,
        "UNMS": line.UNMS,
        "SPUN": line.UNMS,
        "CUCD": order.currency,
        "CUOR": order.CUOR,
        "ORST": line.ORST,
        "NLAM": amount(totals.net, order.currency),
        "GLAM": amount(totals.gross, order.currency),
        "ALQT": plain(line.ALQT),
        "DLQT": plain(line.DLQT - line.IVQT),
        "IVQT": plain(line.IVQT),
    }


def get_head(company: Company, fields: Record) -> list[Record]:
    """The head of a confirmed order."""
    order = company.books.orders.get(fields["ORNO"])
    return [head(company, order, order.ORNO)]


def get_batch_head(company: Company, fields: Record) -> list[Record]:
    """The head of a batch order, confirmed or not."""
    order = company.books.orders.get_batch(fields["ORNO"])
    return [head(company, order, order.batch_ORNO)]


def get_line(company: Company, fields: Record) -> list[Record]:
    """A line of a confirmed order."""
    order = company.books.orders.get(fields["ORNO"])
    return [line_record(company, order, order.line(fields["PONR"]))]


def get_batch_line(company: Company, fields: Record) -> list[Record]:
    """A line of a batch order."""
    order = company.books.orders.get_batch(fields["ORNO"])
    return [line_record(company, order, order.line(fields["PONR"]))]


def list_lines(company: Company, fields: Record) -> list[Record]:
    """The lines of a confirmed order, all or of one status or item."""
    order = company.books.orders.get(fields["ORNO"])
    rows = (line_record(company, order, line) for line in order.lines)
    wanted = {name: fields[name] for name in ("ORST", "ITNO") if name in fields}
    return [row for row in rows if wanted.items() <= row.items()]


def list_heads(company: Company, fields: Record) -> list[Record]:
    """A customer's orders whose lowest and highest status are within ORSL and ORST."""
    company.books.customers.get(fields["CUNO"])
    low, high = fields.get("ORSL", "00"), fields.get("ORST", "99")
    orders = company.books.orders.final.values()
    return [
        head(company, order, order.ORNO)
        for order in orders
        if fields["CUNO"] == order.CUNO and low <= order.ORSL <= order.ORST <= high
    ]


def order_value(company: Company, fields: Record) -> list[Record]:
    """Net, VAT and total of an order."""
    return get_head(company, fields)


def search_heads(company: Company, fields: Record) -> list[Record]:
    """Orders by `FIELD:value` or `FIELD:[from TO to]`, all of which must hold."""
    wanted = terms(fields["SQRY"])
    if not wanted.keys() <= _SEARCHED:
        raise Refused("WQR0101", "SQRY", fields["SQRY"])
    orders = company.books.orders
    found: Iterable[Order] = orders.final.values()
    if "CUOR" in wanted and wanted["CUOR"].single:
        found = orders.by_cuor.get(wanted["CUOR"].low, [])
    return [head(company, order, order.ORNO) for order in found if _holds(order, wanted)]


def _holds(order: Order, wanted: dict[str, Range]) -> bool:
    dates = {"ORDT": order.entered_ms, "LMDT": order.changed_ms}
    return all(
        ymd8(dates[name]) in value if name in dates else getattr(order, name) in value
        for name, value in wanted.items()
    )


def get_address(company: Company, fields: Record) -> list[Record]:
    """An order's own address of one type; nothing if it has none."""
    order = company.books.orders.get(fields["ORNO"])
    address = order.addresses.get(whole(fields["ADRT"], "ADRT"))
    return [address] if address else []


HANDLERS: dict[tuple[str, str], Handler] = {
    ("OIS100MI", "GetHead"): get_head,
    ("OIS100MI", "GetBatchHead"): get_batch_head,
    ("OIS100MI", "GetLine"): get_line,
    ("OIS100MI", "GetBatchLine"): get_batch_line,
    ("OIS100MI", "LstLineBOD"): list_lines,
    ("OIS100MI", "LstHead"): list_heads,
    ("OIS100MI", "GetOrderValue"): order_value,
    ("OIS100MI", "SearchHead"): search_heads,
    ("OIS100MI", "GetAddress"): get_address,
}
