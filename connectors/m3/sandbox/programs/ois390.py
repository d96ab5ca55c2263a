"""OIS390MI: customer returns, held against what was delivered."""

from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.mi import Handler, Record
from connectors.m3.sandbox.programs.ois100 import check_warehouse
from connectors.m3.sandbox.quantities import decimal, positive, whole
from connectors.m3.sandbox.state.orders import Line, Order
from connectors.m3.sandbox.state.receivables import Invoice
from connectors.m3.sandbox.state.returns import Return


def add_head(company: Company, fields: Record) -> list[Record]:
    """Opens a return of an order (RORN), or of the order of an invoice (EXIN, YEA4)."""
    check_warehouse(company, fields)
    original = _original(company, fields)
    order = _order(company, fields, original)
    if fields.get("CUNO", order.CUNO) != order.CUNO:
        raise Refused("WOR0305", "CUNO", order.ORNO)
    repn = str(whole(fields["REPN"], "REPN")) if "REPN" in fields else ""
    now = company.now_ms()
    return [{"REPN": company.books.returns.add(repn, order, original, fields, now).REPN}]


def add_line(company: Company, fields: Record) -> list[Record]:
    """Announces what comes back of an order line (RORL), or of an item of the order (ITNO)."""
    check_warehouse(company, fields)
    returned = company.books.returns.get(str(whole(fields["REPN"], "REPN")))
    quantity = positive(fields["REQ0"], "REQ0", "WQT0101")
    price = decimal(fields["SAPR"], "SAPR", "WSA0101") if "SAPR" in fields else None
    line = _line(returned, fields)
    entry = returned.add(line, quantity, price, fields)
    returned.changed_ms = company.now_ms()
    company.returning.announced(returned)
    return [{"RELI": str(entry.RELI), "TREL": str(entry.RELI)}]


def _original(company: Company, fields: Record) -> Invoice | None:
    if "EXIN" not in fields:
        return None
    year = whole(fields.get("YEA4", ""), "YEA4")
    return company.books.receivables.invoice(fields["EXIN"], year, "EXIN")


def _order(company: Company, fields: Record, original: Invoice | None) -> Order:
    if "RORN" not in fields:
        if original is None:
            raise Refused("WOR0302", "RORN")
        return original.order
    order = company.books.orders.get(fields["RORN"], "RORN")
    if original is not None and original.order is not order:
        raise Refused("WIN0103", "EXIN", original.CINO)
    return order


def _line(returned: Return, fields: Record) -> Line:
    itno = fields.get("ITNO")
    if "RORL" in fields and fields["RORL"].strip("0"):
        line = returned.order.line(fields["RORL"], "RORL")
        if itno not in (None, line.ITNO):
            raise Refused("WIT0103", "ITNO", itno)
        return line
    if itno is None:
        raise Refused("WIT0102", "ITNO")
    lines = [line for line in returned.order.lines if itno == line.ITNO]
    if not lines:
        raise Refused("WIT0103", "ITNO", itno)
    return max(lines, key=lambda line: line.DLQT - line.RTQT)


HANDLERS: dict[tuple[str, str], Handler] = {
    ("OIS390MI", "AddHead"): add_head,
    ("OIS390MI", "AddLine"): add_line,
}
