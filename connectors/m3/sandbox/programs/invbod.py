"""INVBODMI: invoices and credit notes as M3's own Invoice BOD reads them, line by line.

EXTA is net and TAMT is VAT, of the head and of each line; RXIN, RYEA name the invoice that a credit
note takes back from. Its lines are of the order that credits the return, whose rows in OOLINE have
REPN. That, and what of the many amounts holds what, is by analogy: to the column, to their names.
"""

from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.dates import ymd8
from connectors.m3.sandbox.mi import Handler, Record
from connectors.m3.sandbox.quantities import amount, plain, whole
from connectors.m3.sandbox.state.receivables import Invoice


def get_header(company: Company, fields: Record) -> list[Record]:
    """An invoice's head."""
    invoice = _invoice(company, fields)
    currency, totals = invoice.order.currency, invoice.totals
    return [
        {
            "FACI": company.settings.facility,
            "WHLO": company.settings.warehouse,
            "IVTP": invoice.IVTP,
            "IVNO": invoice.CINO,
            "PYNO": invoice.order.CUNO,
            "IVDT": ymd8(invoice.at_ms),
            "ACDT": ymd8(invoice.at_ms),
            "CUCD": currency,
            "LOCD": company.settings.currency,
            "EXTA": amount(totals.net, currency),
            "TAMT": amount(totals.vat, currency),
            "EPAM": amount(totals.gross, currency),
            "RXIN": invoice.original.CINO if invoice.original else "",
            "RYEA": str(invoice.original.INYR) if invoice.original else "",
            "LMDT": ymd8(invoice.changed_ms),
            "RGDT": ymd8(invoice.at_ms),
        }
    ]


def select_lines(company: Company, fields: Record) -> list[Record]:
    """An invoice's lines: order line (RIDN, RIDL), delivery, quantity, net and VAT."""
    invoice = _invoice(company, fields)
    currency = invoice.order.currency
    return [
        {
            "LINU": str(number),
            "WHLO": company.settings.warehouse,
            "ITNO": part.line.ITNO,
            "ITDS": part.line.ITDS,
            "RIDN": invoice.ORNO,
            "RIDL": str(ponr),
            "RIDX": "0",
            "DLIX": str(invoice.DLIX or ""),
            "IVQT": plain(part.quantity),
            "IVQS": plain(part.quantity),
            "UNMS": part.line.UNMS,
            "SPUN": part.line.UNMS,
            "SAPR": f"{part.line.SAPR:f}",
            "SACD": str(part.line.SACD),
            "EXTA": amount(part.totals.net, currency),
            "TAMT": amount(part.totals.vat, currency),
        }
        for number, (ponr, part) in enumerate(invoice.lines(), 1)
    ]


def _invoice(company: Company, fields: Record) -> Invoice:
    year = whole(fields["INYR"], "INYR")
    return company.books.receivables.invoice(fields["CINO"], year)


HANDLERS: dict[tuple[str, str], Handler] = {
    ("INVBODMI", "GetHeader"): get_header,
    ("INVBODMI", "SelLines"): select_lines,
}
