"""OIS350MI and ARS200MI: invoices and what is still to be paid of them."""

from collections.abc import Iterable

from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.dates import ymd8
from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.mi import Handler, Record
from connectors.m3.sandbox.quantities import amount, whole
from connectors.m3.sandbox.search import terms
from connectors.m3.sandbox.state.receivables import Invoice

_DAY_MS = 86_400_000
_SEARCHED = frozenset({"CINO", "INYR", "CUNO", "PYNO", "IVDT", "DUDT", "RECO"})


def get_head(company: Company, fields: Record) -> list[Record]:
    """An invoice's head by year and number."""
    invoice = _by_number(company, fields)
    return [_head(company, invoice)]


def list_heads(company: Company, fields: Record) -> list[Record]:
    """The invoices of a year, from IVNO on."""
    invoices = company.books.receivables.invoices.values()
    return [_head(company, invoice) for invoice in _of_year(invoices, fields)]


def list_heads_by_payer(company: Company, fields: Record) -> list[Record]:
    """A payer's invoices of a year, from IVNO on; OOIN 1: only those not paid."""
    company.books.customers.get(fields["PYNO"], "PYNO")
    invoices = company.books.receivables.by_payer.get(fields["PYNO"], [])
    only_open = fields.get("OOIN") == "1"
    return [
        _head(company, invoice)
        for invoice in _of_year(invoices, fields)
        if invoice.outstanding or not only_open
    ]


def list_lines_by_type(company: Company, fields: Record) -> list[Record]:
    """What an invoice bills, if it is of the type IVTP."""
    return [row for row in list_lines(company, fields) if row["IVTP"] == fields["IVTP"]]


def search_invoices(company: Company, fields: Record) -> list[Record]:
    """Invoices by `FIELD:value` or range: CINO, INYR, CUNO, PYNO, IVDT, DUDT or RECO."""
    wanted = terms(fields["SQRY"])
    if not wanted.keys() <= _SEARCHED:
        raise Refused("WQR0101", "SQRY", fields["SQRY"])
    rows = map(ledger_entry, company.books.receivables.invoices.values())
    return [row for row in rows if all(row[name] in value for name, value in wanted.items())]


def list_lines(company: Company, fields: Record) -> list[Record]:
    """What an invoice bills: one record, its order and delivery."""
    invoice = _by_number(company, fields)
    currency = invoice.order.currency
    net, vat = amount(invoice.totals.net, currency), amount(invoice.totals.vat, currency)
    return [
        {
            "IVTP": invoice.IVTP,
            "ORNO": invoice.ORNO,
            "DLIX": str(invoice.DLIX or ""),
            "WHLO": company.settings.warehouse,
            "IVRF": invoice.order.CUOR,
            "PYNO": invoice.order.CUNO,
            "CUNM": _name(company, invoice),
            "AMT1": net,
            "AMT2": net,
            "VTAM": vat,
            "VTP1": str(company.settings.vat_percent),
        }
    ]


def total_info(company: Company, fields: Record) -> list[Record]:
    """An invoice in the ledger: its amount, what is paid and what is outstanding."""
    year = whole(fields["INYR"], "INYR")
    invoice = company.books.receivables.invoice(fields["CINO"], year)
    for name in ("CUNO", "PYNO"):
        if fields[name] != invoice.order.CUNO:
            raise Refused("WIN0103", name, fields["CINO"])
    currency = invoice.order.currency
    paid = amount(invoice.totals.gross - invoice.outstanding, currency)
    left = amount(invoice.outstanding, currency)
    return [
        {
            **ledger_entry(invoice),
            "VTAM": amount(invoice.totals.vat, currency),
            "PCUA": paid,
            "PAMT": paid,
            "OCUA": left,
            "OAMT": left,
            "ACAM": amount(invoice.totals.gross, currency),
        }
    ]


def list_ledger(company: Company, fields: Record) -> list[Record]:
    """A customer's invoices, the latest last; AAC0 1: only those not paid."""
    if "CUNO" in fields:
        company.books.customers.get(fields["CUNO"])
    receivables = company.books.receivables
    number = fields.get("CUNO") or fields.get("PYNO")
    found: Iterable[Invoice] = receivables.invoices.values()
    if number:
        found = receivables.by_payer.get(number, [])
    since, only_open = fields.get("IVDT", ""), fields.get("AAC0") == "1"
    return [
        {**ledger_entry(invoice), "DIVI": company.settings.divi}
        for invoice in found
        if ymd8(invoice.at_ms) >= since and (invoice.outstanding or not only_open)
    ]


def _by_number(company: Company, fields: Record) -> Invoice:
    year = whole(fields["YEA4"], "YEA4")
    return company.books.receivables.invoice(fields["IVNO"], year, "IVNO")


def _of_year(invoices: Iterable[Invoice], fields: Record) -> Iterable[Invoice]:
    first, year = whole(fields.get("IVNO", "0"), "IVNO"), whole(fields["YEA4"], "YEA4")
    return (each for each in invoices if year == each.INYR and int(each.CINO) >= first)


def _name(company: Company, invoice: Invoice) -> str:
    return company.books.customers.get(invoice.order.CUNO).record.get("CUNM", "")


def _head(company: Company, invoice: Invoice) -> Record:
    currency = invoice.order.currency
    gross = amount(invoice.totals.gross, currency)
    return {
        "IVNO": invoice.CINO,
        "EXIN": invoice.CINO,
        "FACI": company.settings.facility,
        "PYNO": invoice.order.CUNO,
        "CUNO": invoice.order.CUNO,
        "CUNM": _name(company, invoice),
        "IDAT": ymd8(invoice.at_ms),
        "ACDT": ymd8(invoice.at_ms),
        "DUDT": ymd8(invoice.at_ms + 30 * _DAY_MS),
        "RAFC": amount(invoice.outstanding, currency),
        "CUCD": currency,
        "AMT1": gross,
        "CUC1": currency,
        "AMT2": gross,
        "CUC2": currency,
        "IVTP": invoice.IVTP,
        "RXIN": invoice.original.CINO if invoice.original else "",
        "RYEA": str(invoice.original.INYR) if invoice.original else "",
    }


def ledger_entry(invoice: Invoice) -> Record:
    """An invoice or a credit note as the ledger shows it."""
    return {
        "YEA4": str(invoice.INYR),
        "PYNO": invoice.order.CUNO,
        "CUNO": invoice.order.CUNO,
        "CINO": invoice.CINO,
        "INYR": str(invoice.INYR),
        "TRCD": "10",
        "CUCD": invoice.order.currency,
        "CUAM": amount(invoice.totals.gross, invoice.order.currency),
        "IVTP": invoice.IVTP,
        "IVDT": ymd8(invoice.at_ms),
        "DUDT": ymd8(invoice.at_ms + 30 * _DAY_MS),
        "RECO": invoice.RECO,
        "REDE": ymd8(invoice.paid_ms),
    }


HANDLERS: dict[tuple[str, str], Handler] = {
    ("OIS350MI", "GetInvHead"): get_head,
    ("OIS350MI", "LstInvHead"): list_heads,
    ("OIS350MI", "LstInvHeadByPay"): list_heads_by_payer,
    ("OIS350MI", "LstInvLine"): list_lines,
    ("OIS350MI", "LstInvLineByTyp"): list_lines_by_type,
    ("ARS200MI", "SearchInvoices"): search_invoices,
    ("ARS200MI", "GetInvTotInfo"): total_info,
    ("ARS200MI", "LstInvoices"): list_ledger,
    ("ARS200MI", "LstInvByDivi"): list_ledger,
}
